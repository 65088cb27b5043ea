-- +goose Up

-- Articles that came from their source's past: they are dated by it and are no news.
CREATE TABLE history (
  article INTEGER NOT NULL PRIMARY KEY REFERENCES article (seq) ON DELETE CASCADE
) STRICT;

-- How far the way into a source's past is gone, see package past.
CREATE TABLE backfill (
  source   TEXT NOT NULL PRIMARY KEY REFERENCES source (id),
  most     INTEGER NOT NULL,                  -- articles to bring in all, 0: as many as there are
  asked    INTEGER NOT NULL,                  -- when somebody last asked for it
  next     TEXT NOT NULL DEFAULT '',          -- the document to read next; empty: the source's own
  way      TEXT NOT NULL DEFAULT '',          -- by what documents lead to the next
  articles INTEGER NOT NULL DEFAULT 0,        -- brought so far
  failures INTEGER NOT NULL DEFAULT 0,        -- in a row
  due      INTEGER NOT NULL,                  -- when the next document may be asked for
  ended    INTEGER,                           -- NULL: it goes on
  why      TEXT NOT NULL DEFAULT ''           -- it ended, or last failed, for people
) STRICT;

-- The documents of sources' pasts that were asked for, each with its last answer.
CREATE TABLE backfill_document (
  source        TEXT NOT NULL REFERENCES source (id),
  address       TEXT NOT NULL,
  at            INTEGER NOT NULL,             -- when it was asked for
  took          INTEGER NOT NULL,             -- milliseconds
  status        INTEGER NOT NULL,             -- HTTP status, 0: no answer
  bytes         INTEGER NOT NULL,
  conditional   INTEGER NOT NULL CHECK (conditional IN (0, 1)),
  etag          TEXT NOT NULL DEFAULT '',
  last_modified TEXT NOT NULL DEFAULT '',
  next          TEXT NOT NULL DEFAULT '',     -- where it leads
  way           TEXT NOT NULL DEFAULT '',
  digest        TEXT NOT NULL DEFAULT '',     -- of the ids of its entries
  fresh         INTEGER NOT NULL DEFAULT 0,   -- articles that it brought
  error         TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (source, address)
) STRICT, WITHOUT ROWID;
