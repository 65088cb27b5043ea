-- +goose Up

-- What each connection to a server last committed, so that it is known although the
-- answer was lost (see package engine). A file needs none.
CREATE TABLE receipt (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,               -- of the connection, random
  n  BIGINT NOT NULL,                        -- of its latest transaction
  at BIGINT NOT NULL
);
