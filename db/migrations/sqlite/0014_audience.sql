-- +goose Up

-- Who reads a feed for others, by what fetchers say of themselves: a row for each
-- feed and fetcher, with how many subscribers it named last. No address of anybody's.
CREATE TABLE audience (
  feed        TEXT NOT NULL,
  fetcher     TEXT NOT NULL,
  subscribers INTEGER NOT NULL,
  seen        INTEGER NOT NULL,
  PRIMARY KEY (feed, fetcher)
) STRICT;
CREATE INDEX audience_seen ON audience (seen);
