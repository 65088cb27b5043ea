-- +goose Up

-- The threads that articles have at their sources, and how following them stands, see
-- package thread.
CREATE TABLE thread (
  article       BIGINT NOT NULL PRIMARY KEY REFERENCES article (seq) ON DELETE CASCADE,
  source        TEXT COLLATE "C" NOT NULL REFERENCES source (id),
  address       TEXT COLLATE "C" NOT NULL,               -- of the comment feed
  host          TEXT COLLATE "C" NOT NULL,               -- of that
  shard         BIGINT NOT NULL,            -- of the host: who polls it
  said          TEXT COLLATE "C" NOT NULL,               -- of it by the source's feed: how many comments, of when
  alive         BIGINT NOT NULL,            -- when anything last came or moved
  due           BIGINT,                     -- NULL: it is followed no more
  asked         BIGINT,                     -- when it was last asked for
  etag          TEXT COLLATE "C" NOT NULL DEFAULT '',
  last_modified TEXT COLLATE "C" NOT NULL DEFAULT '',
  failures      BIGINT NOT NULL DEFAULT 0,  -- in a row
  why           TEXT COLLATE "C" NOT NULL DEFAULT ''     -- it ended or last failed, for people
);
CREATE INDEX thread_due    ON thread (due) WHERE due IS NOT NULL;
CREATE INDEX thread_source ON thread (source, alive) WHERE due IS NOT NULL;

-- Of comments that come from such a thread: the source, their id there, their page.
ALTER TABLE comment ADD COLUMN origin TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE comment ADD COLUMN external TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE comment ADD COLUMN link TEXT COLLATE "C" NOT NULL DEFAULT '';
CREATE UNIQUE INDEX comment_external ON comment (article, external) WHERE external <> '';
CREATE INDEX comment_outside ON comment (status) WHERE origin <> '';
