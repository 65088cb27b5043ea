-- +goose Up

-- Articles that came from their source's past: they are dated by it and are no news.
CREATE TABLE history (
  article BIGINT NOT NULL PRIMARY KEY REFERENCES article (seq) ON DELETE CASCADE
);

-- How far the way into a source's past is gone, see package past.
CREATE TABLE backfill (
  source   TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES source (id),
  most     BIGINT NOT NULL,                  -- articles to bring in all, 0: as many as there are
  asked    BIGINT NOT NULL,                  -- when somebody last asked for it
  next     TEXT COLLATE "C" NOT NULL DEFAULT '',          -- the document to read next; empty: the source's own
  way      TEXT COLLATE "C" NOT NULL DEFAULT '',          -- by what documents lead to the next
  articles BIGINT NOT NULL DEFAULT 0,        -- brought so far
  failures BIGINT NOT NULL DEFAULT 0,        -- in a row
  due      BIGINT NOT NULL,                  -- when the next document may be asked for
  ended    BIGINT,                           -- NULL: it goes on
  why      TEXT COLLATE "C" NOT NULL DEFAULT ''           -- it ended, or last failed, for people
);

-- The documents of sources' pasts that were asked for, each with its last answer.
CREATE TABLE backfill_document (
  source        TEXT COLLATE "C" NOT NULL REFERENCES source (id),
  address       TEXT COLLATE "C" NOT NULL,
  at            BIGINT NOT NULL,             -- when it was asked for
  took          BIGINT NOT NULL,             -- milliseconds
  status        BIGINT NOT NULL,             -- HTTP status, 0: no answer
  bytes         BIGINT NOT NULL,
  conditional   BIGINT NOT NULL CHECK (conditional IN (0, 1)),
  etag          TEXT COLLATE "C" NOT NULL DEFAULT '',
  last_modified TEXT COLLATE "C" NOT NULL DEFAULT '',
  next          TEXT COLLATE "C" NOT NULL DEFAULT '',     -- where it leads
  way           TEXT COLLATE "C" NOT NULL DEFAULT '',
  digest        TEXT COLLATE "C" NOT NULL DEFAULT '',     -- of the ids of its entries
  fresh         BIGINT NOT NULL DEFAULT 0,   -- articles that it brought
  error         TEXT COLLATE "C" NOT NULL DEFAULT '',
  PRIMARY KEY (source, address)
);
