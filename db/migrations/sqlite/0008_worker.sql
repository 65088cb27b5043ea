-- +goose Up

-- The processes that are workers. Each says every few seconds that it is there: one
-- that has not for as long as its lease lasts loses its shards to the others (M5).
CREATE TABLE worker (
  run     TEXT NOT NULL PRIMARY KEY,          -- random: no two are alike, not even of one process
  host    TEXT NOT NULL,
  boot    TEXT NOT NULL,
  space   TEXT NOT NULL,                      -- of its process numbers: each container has its own
  pid     INTEGER NOT NULL,
  started TEXT NOT NULL,                      -- of the process, as the kernel names it
  since   INTEGER NOT NULL,
  seen    INTEGER NOT NULL,
  expires INTEGER NOT NULL
) STRICT;

-- Which of them polls the sources of a shard (M4). Whoever takes away a worker's
-- shards deletes the worker, so that nothing goes to the shards but by its row.
CREATE TABLE shard (
  id     INTEGER NOT NULL PRIMARY KEY CHECK (id BETWEEN 0 AND 255),
  worker TEXT REFERENCES worker (run) ON DELETE SET NULL
) STRICT;

-- NULL: it was not dealt yet, see the upsert of sources.
ALTER TABLE source ADD COLUMN shard INTEGER;

-- A worker of a program that knows no shards holds all of them until it has ended,
-- which it does as soon as it sees that its lease is another's. That is what the
-- table is kept for.
INSERT INTO worker (run, host, boot, space, pid, started, since, seen, expires)
  SELECT run, host, boot, space, pid, started, renewed, renewed, expires FROM lease;
INSERT INTO shard (id, worker)
  WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 255)
  SELECT i, (SELECT run FROM lease) FROM n WHERE EXISTS (SELECT 1 FROM lease);
UPDATE lease SET host = '', run = '';
