-- +goose Up

-- What each connection to a server last committed, so that it is known although the
-- answer was lost (see package engine). A file needs none.
CREATE TABLE receipt (
  id TEXT NOT NULL PRIMARY KEY,               -- of the connection, random
  n  INTEGER NOT NULL,                        -- of its latest transaction
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
