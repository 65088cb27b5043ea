-- +goose Up

-- Who got a form of ours lately, for processes on several machines (min_delay): a
-- network, a form and a day under one name, which nobody can read anything from.
-- What is older than that delay is deleted, and none of it is missed.
CREATE TABLE visit (
  name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  at   BIGINT NOT NULL
);
