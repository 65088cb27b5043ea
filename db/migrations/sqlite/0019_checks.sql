-- +goose Up

-- SQLite alone: for each row that is written it makes a table of the values of an IN with more than two, and asks
-- that: of what it costs to store an article, a sixth. What is asked of these tables says the same in other words.
-- No row changes: it is done as "ALTER TABLE" of SQLite's manual has it (section 7, of CHECK constraints), and other
-- connections are told by the making of a view.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(replace(replace(sql,
    'status IN (''incoming'', ''published'', ''rejected'', ''scheduled'', ''withdrawn'')',
    'status = ''incoming'' OR status = ''published'' OR status = ''rejected'' OR status = ''scheduled'' OR status = ''withdrawn'''),
    'thread IN ('''', ''on'', ''off'', ''closed'')',
    'thread = '''' OR thread = ''on'' OR thread = ''off'' OR thread = ''closed'''),
    'aside IN (0, 1, 2, 3)', 'aside BETWEEN 0 AND 3')
  WHERE type = 'table' AND name = 'article';
UPDATE sqlite_schema SET sql = replace(sql, 'present IN (0, 1, 2)', 'present BETWEEN 0 AND 2')
  WHERE type = 'table' AND name = 'entry';
UPDATE sqlite_schema SET sql = replace(sql,
    'decision IN ('''', ''publish'', ''reject'', ''hold'')',
    'decision = '''' OR decision = ''publish'' OR decision = ''reject'' OR decision = ''hold''')
  WHERE type = 'table' AND name = 'ruling';
UPDATE sqlite_schema SET sql = replace(sql,
    'status IN (''pending'', ''approved'', ''spam'', ''removed'')',
    'status = ''pending'' OR status = ''approved'' OR status = ''spam'' OR status = ''removed''')
  WHERE type = 'table' AND name = 'comment';
CREATE VIEW reworded AS SELECT 1;
DROP VIEW reworded;
PRAGMA writable_schema = RESET;
