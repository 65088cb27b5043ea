-- +goose Up

-- SQLite alone: the index of words, see package search: of what readers can see,
-- which words it has. Without contents and places it is a sixth of the text.
CREATE VIRTUAL TABLE search_article USING fts5 (words, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii');
CREATE VIRTUAL TABLE search_comment USING fts5 (words, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii');
-- The words themselves, in their order. It stores nothing.
CREATE VIRTUAL TABLE search_article_words USING fts5vocab ('search_article', 'instance');
CREATE VIRTUAL TABLE search_comment_words USING fts5vocab ('search_comment', 'instance');

-- What changed for readers since it was indexed: a row a change, written with
-- the change itself, whoever makes it.
CREATE TABLE search_queue (
  id   INTEGER PRIMARY KEY AUTOINCREMENT,     -- no row takes the number of one that is gone
  kind TEXT NOT NULL CHECK (kind IN ('article', 'comment')),
  seq  INTEGER NOT NULL                       -- of an article or comment that may be gone
) STRICT;

-- What is there already is indexed in the background: the latest first.
INSERT INTO search_queue (kind, seq) SELECT 'comment', seq FROM comment WHERE status = 'approved' ORDER BY seq;
INSERT INTO search_queue (kind, seq) SELECT 'article', seq FROM article WHERE status = 'published' ORDER BY seq;

-- SQLite alone: what sees to it that changes are indexed.
-- +goose StatementBegin
CREATE TRIGGER search_article_new AFTER INSERT ON article WHEN new.status = 'published' BEGIN
  INSERT INTO search_queue (kind, seq) VALUES ('article', new.seq);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER search_article_changed
AFTER UPDATE OF status, section, tags, author, headline, summary, key_points, published, body ON article
WHEN old.status = 'published' OR new.status = 'published' BEGIN
  INSERT INTO search_queue (kind, seq) VALUES ('article', new.seq);
END;
-- +goose StatementEnd
-- A comment is found by the section and the tags of its article, and is seen with it.
-- +goose StatementBegin
CREATE TRIGGER search_article_moved AFTER UPDATE OF status, section, tags ON article
WHEN (old.status = 'published' OR new.status = 'published')
  AND (old.status IS NOT new.status OR old.section IS NOT new.section OR old.tags IS NOT new.tags) BEGIN
  INSERT INTO search_queue (kind, seq) SELECT 'comment', seq FROM comment WHERE article = new.seq AND status = 'approved';
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER search_article_gone AFTER DELETE ON article WHEN old.status = 'published' BEGIN
  INSERT INTO search_queue (kind, seq) VALUES ('article', old.seq);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER search_comment_new AFTER INSERT ON comment WHEN new.status = 'approved' BEGIN
  INSERT INTO search_queue (kind, seq) VALUES ('comment', new.seq);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER search_comment_changed AFTER UPDATE OF status, name, body ON comment
WHEN old.status = 'approved' OR new.status = 'approved' BEGIN
  INSERT INTO search_queue (kind, seq) VALUES ('comment', new.seq);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER search_comment_gone AFTER DELETE ON comment WHEN old.status = 'approved' BEGIN
  INSERT INTO search_queue (kind, seq) VALUES ('comment', old.seq);
END;
-- +goose StatementEnd
