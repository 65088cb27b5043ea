-- +goose Up

-- What we subscribed to at hubs elsewhere.
CREATE TABLE subscription (
  source  TEXT NOT NULL PRIMARY KEY REFERENCES source (id),
  hub     TEXT NOT NULL,
  topic   TEXT NOT NULL,                      -- the feed as it names itself
  token   TEXT NOT NULL UNIQUE,               -- of the callback's address, which nobody else can guess
  secret  TEXT NOT NULL,                      -- that deliveries are signed with
  asked   TEXT NOT NULL CHECK (asked IN ('', 'subscribe', 'unsubscribe')), -- of the hub, which has not confirmed it
  expires INTEGER,                            -- NULL: it does not stand, and nothing was left to the hub
  due     INTEGER NOT NULL,                   -- when the hub is to be asked
  tries   INTEGER NOT NULL DEFAULT 0          -- how often in a row it was asked for nothing
) STRICT, WITHOUT ROWID;
CREATE INDEX subscription_due ON subscription (due);

-- What hubs delivered and no pass has taken in.
CREATE TABLE inbox (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  source       TEXT NOT NULL REFERENCES source (id),
  at           INTEGER NOT NULL,
  due          INTEGER NOT NULL,           -- when it is to be taken in
  tries        INTEGER NOT NULL DEFAULT 0, -- how often that was begun: what kills us is not read for ever
  content_type TEXT NOT NULL,
  body         BLOB NOT NULL
) STRICT;
CREATE INDEX inbox_source ON inbox (source, id);
