-- +goose Up

-- The pages that articles were taken over from before the source that we have them
-- from did, where that says so: they are told on, so that what is ours is known
-- wherever it comes back.
CREATE TABLE through (
  article BIGINT NOT NULL PRIMARY KEY REFERENCES article (seq) ON DELETE CASCADE,
  pages   TEXT COLLATE "C" NOT NULL                      -- JSON, the last one first
);
