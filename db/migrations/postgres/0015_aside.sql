-- +goose Up

-- What an editor asked for, and typed, in the form of a list as the session ended is
-- kept as what is typed of no article yet.
CREATE TABLE kept_sheet (
  name TEXT COLLATE "C" NOT NULL,                       -- of the editor
  page TEXT COLLATE "C" NOT NULL CHECK (page IN ('add', 'write', 'list', 'comments')),
  at   BIGINT NOT NULL,
  form TEXT COLLATE "C" NOT NULL,                       -- urlencoded
  PRIMARY KEY (name, page)
);
INSERT INTO kept_sheet (name, page, at, form) SELECT name, page, at, form FROM sheet;
DROP TABLE sheet;
ALTER TABLE kept_sheet RENAME TO sheet;

-- Why an article that is incoming has no row of its own on the list of what waits:
-- 1, it is kept for later; 2, an earlier one that is the same lies on the same list;
-- 3, both. It follows from bin and same, and is kept beside them: a list that looked
-- there for each of its rows would be slow.
ALTER TABLE article ADD COLUMN aside BIGINT NOT NULL DEFAULT 0 CHECK (aside IN (0, 1, 2, 3));
UPDATE article SET aside =
  CASE WHEN EXISTS (SELECT 1 FROM bin WHERE bin.article = article.seq) THEN 1 ELSE 0 END
  + CASE WHEN EXISTS (
    SELECT 1 FROM same JOIN same AS other ON other.head = same.head AND other.article < same.article
    JOIN article AS earlier ON earlier.seq = other.article AND earlier.status = 'incoming'
    WHERE same.article = article.seq
      AND EXISTS (SELECT 1 FROM bin WHERE bin.article = earlier.seq) = EXISTS (SELECT 1 FROM bin WHERE bin.article = article.seq)
  ) THEN 2 ELSE 0 END
  WHERE seq IN (SELECT article FROM bin UNION SELECT article FROM same);
DROP INDEX article_incoming;

-- PostgreSQL alone: an entry of an index has no room for the headline.
CREATE INDEX article_incoming ON article (seq, source, section, language) WHERE status = 'incoming' AND aside = 0;
