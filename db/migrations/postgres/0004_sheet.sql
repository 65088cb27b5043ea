-- +goose Up

-- What an editor typed and has not saved, of what is no article yet: a page that is
-- to be added, a text of one's own.
CREATE TABLE sheet (
  name TEXT COLLATE "C" NOT NULL,                       -- of the editor
  page TEXT COLLATE "C" NOT NULL CHECK (page IN ('add', 'write')),
  at   BIGINT NOT NULL,
  form TEXT COLLATE "C" NOT NULL,                       -- urlencoded
  PRIMARY KEY (name, page)
);
