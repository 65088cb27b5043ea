-- +goose Up

-- The threads that articles have at their sources, and how following them stands, see
-- package thread.
CREATE TABLE thread (
  article       INTEGER NOT NULL PRIMARY KEY REFERENCES article (seq) ON DELETE CASCADE,
  source        TEXT NOT NULL REFERENCES source (id),
  address       TEXT NOT NULL,               -- of the comment feed
  host          TEXT NOT NULL,               -- of that
  shard         INTEGER NOT NULL,            -- of the host: who polls it
  said          TEXT NOT NULL,               -- of it by the source's feed: how many comments, of when
  alive         INTEGER NOT NULL,            -- when anything last came or moved
  due           INTEGER,                     -- NULL: it is followed no more
  asked         INTEGER,                     -- when it was last asked for
  etag          TEXT NOT NULL DEFAULT '',
  last_modified TEXT NOT NULL DEFAULT '',
  failures      INTEGER NOT NULL DEFAULT 0,  -- in a row
  why           TEXT NOT NULL DEFAULT ''     -- it ended or last failed, for people
) STRICT;
CREATE INDEX thread_due    ON thread (due) WHERE due IS NOT NULL;
CREATE INDEX thread_source ON thread (source, alive) WHERE due IS NOT NULL;

-- Of comments that come from such a thread: the source, their id there, their page.
ALTER TABLE comment ADD COLUMN origin TEXT NOT NULL DEFAULT '';
ALTER TABLE comment ADD COLUMN external TEXT NOT NULL DEFAULT '';
ALTER TABLE comment ADD COLUMN link TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX comment_external ON comment (article, external) WHERE external <> '';
CREATE INDEX comment_outside ON comment (status) WHERE origin <> '';
