-- +goose Up

-- PostgreSQL alone: what makes storing many articles cheaper. A function that takes no
-- NULL becomes no part of the statement that calls it, and is planned at each call. (json_array_elements_text
-- gives nothing for NULL by itself.)
CREATE OR REPLACE FUNCTION json_each(list TEXT) RETURNS TABLE (value TEXT)
  LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 20
  AS 'SELECT json_array_elements_text(nullif(list, ''null'')::json)';

-- PostgreSQL alone: a batch of documents goes into the index at once, at the end of the transaction that
-- writes them (see package search), so that there is no list of what is not in it yet.
ALTER INDEX search_article_has SET (fastupdate = on);
ALTER INDEX search_comment_has SET (fastupdate = on);

-- PostgreSQL alone: it is compressed already: to try costs, and gains nothing.
ALTER TABLE entry ALTER COLUMN raw SET STORAGE EXTERNAL;

-- A migration that programs which do not know it cannot write beside puts its number
-- here: such as run already refuse to write from then on, and end.
CREATE TABLE beside (least BIGINT NOT NULL PRIMARY KEY);
