-- +goose Up

-- What an editor typed and has not saved, of what is no article yet: a page that is
-- to be added, a text of one's own.
CREATE TABLE sheet (
  name TEXT NOT NULL,                       -- of the editor
  page TEXT NOT NULL CHECK (page IN ('add', 'write')),
  at   INTEGER NOT NULL,
  form TEXT NOT NULL,                       -- urlencoded
  PRIMARY KEY (name, page)
) STRICT, WITHOUT ROWID;
