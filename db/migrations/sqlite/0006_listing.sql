-- +goose Up

-- In which order articles came to the lists that readers see, see package listing:
-- each has a publication number in each, which stays.
CREATE TABLE listing (
  list    TEXT NOT NULL,                      -- as package scope names it
  number  INTEGER NOT NULL,
  article INTEGER NOT NULL REFERENCES article (seq) ON DELETE CASCADE,
  PRIMARY KEY (list, number)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX listing_article ON listing (article, list);

-- What was published before there were numbers has them in the order of the lists.
INSERT INTO listing (list, number, article)
  SELECT 'site', row_number() OVER (ORDER BY published, seq), seq FROM article WHERE published IS NOT NULL;
INSERT INTO listing (list, number, article)
  SELECT 'source:' || article.source, listing.number, article.seq FROM listing JOIN article ON article.seq = listing.article
  WHERE listing.list = 'site';
INSERT INTO listing (list, number, article)
  SELECT 'section:' || article.section, listing.number, article.seq FROM listing JOIN article ON article.seq = listing.article
  WHERE listing.list = 'site' AND article.section <> '';
INSERT INTO listing (list, number, article)
  SELECT DISTINCT 'tag:' || tag.value, listing.number, article.seq
  FROM listing JOIN article ON article.seq = listing.article CROSS JOIN json_each(article.tags) AS tag
  WHERE listing.list = 'site';
INSERT INTO counter (name, n) SELECT 'publication', count(*) FROM article WHERE published IS NOT NULL HAVING count(*) > 0;
