-- +goose Up

-- Who reads a feed for others, by what fetchers say of themselves: a row for each
-- feed and fetcher, with how many subscribers it named last. No address of anybody's.
CREATE TABLE audience (
  feed        TEXT COLLATE "C" NOT NULL,
  fetcher     TEXT COLLATE "C" NOT NULL,
  subscribers BIGINT NOT NULL,
  seen        BIGINT NOT NULL,
  PRIMARY KEY (feed, fetcher)
);
CREATE INDEX audience_seen ON audience (seen);
