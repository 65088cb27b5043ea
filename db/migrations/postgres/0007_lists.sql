-- +goose Up

-- Each index is a part of what it costs to store an article: one is in those of the
-- lists that can show it, and in no others.
DROP INDEX article_published;
CREATE INDEX article_published ON article (published, seq) WHERE status = 'published';
DROP INDEX article_section;
CREATE INDEX article_section   ON article (section, published, seq) WHERE status = 'published' AND section <> '';
DROP INDEX article_status;
CREATE INDEX article_status    ON article (status, seq) WHERE status <> 'published';

-- PostgreSQL alone: that new articles are indexed is written for many at once by
-- whoever stores them.
DROP TRIGGER search_article_new ON article;
