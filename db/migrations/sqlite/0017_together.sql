-- +goose Up

-- A migration that programs which do not know it cannot write beside puts its number
-- here: such as run already refuse to write from then on, and end.
CREATE TABLE beside (least INTEGER NOT NULL PRIMARY KEY) STRICT;
