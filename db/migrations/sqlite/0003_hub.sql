-- +goose Up

-- Feeds of ours that somebody is to be told of: those with subscribers at our hub,
-- or those that a hub elsewhere has been told of.
CREATE TABLE hub_topic (
  address TEXT NOT NULL PRIMARY KEY,          -- path and query of the feed in its one form
  news    TEXT NOT NULL DEFAULT '',           -- which news it held when it was last told of, '' before that
  version INTEGER NOT NULL DEFAULT 0,         -- counts them
  dirty   INTEGER NOT NULL,                   -- the last change that may have touched it, see change
  seen    INTEGER NOT NULL,                   -- the last one that it was looked at after
  looked  INTEGER NOT NULL,                   -- when that was
  after   INTEGER NOT NULL DEFAULT 0,         -- it is not looked at sooner
  claimed INTEGER NOT NULL DEFAULT 0,         -- until when some process looks at it
  tries   INTEGER NOT NULL DEFAULT 0          -- how often in a row a hub elsewhere did not take it
) STRICT, WITHOUT ROWID;
CREATE INDEX hub_topic_dirty ON hub_topic (after) WHERE dirty > seen;

-- What each of them is made from, as package scope names it.
CREATE TABLE hub_scope (
  scope TEXT NOT NULL,
  topic TEXT NOT NULL REFERENCES hub_topic (address) ON DELETE CASCADE,
  PRIMARY KEY (scope, topic)
) STRICT, WITHOUT ROWID;
CREATE INDEX hub_scope_topic ON hub_scope (topic);

-- Who is told, and who asked to be. A row is what is left to do for it, too: it is
-- due while a request of its own is not verified, or news have not reached it.
CREATE TABLE hub_subscriber (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  topic      TEXT NOT NULL REFERENCES hub_topic (address) ON DELETE CASCADE,
  callback   TEXT NOT NULL,
  host       TEXT NOT NULL,                   -- of callback
  secret     TEXT NOT NULL DEFAULT '',        -- '': deliveries are not signed
  expires    INTEGER,                         -- NULL: it is no subscriber yet
  has        TEXT NOT NULL DEFAULT '',        -- the news that reached it last
  ask        TEXT NOT NULL DEFAULT '' CHECK (ask IN ('', 'subscribe', 'unsubscribe', 'denied')), -- what is to be verified or told
  ask_topic  TEXT NOT NULL DEFAULT '',        -- as whoever asked wrote it
  ask_secret TEXT NOT NULL DEFAULT '',
  ask_lease  INTEGER NOT NULL DEFAULT 0,      -- seconds
  ask_reason TEXT NOT NULL DEFAULT '',        -- of a denial
  asked      INTEGER NOT NULL DEFAULT 0,      -- counts what was asked, so that an answer is to the last
  due        INTEGER,                         -- NULL: nothing is left to do
  claimed    INTEGER NOT NULL DEFAULT 0,      -- until when some process does it
  tries      INTEGER NOT NULL DEFAULT 0,      -- how often in a row it failed
  UNIQUE (topic, callback)
) STRICT;
CREATE INDEX hub_subscriber_due     ON hub_subscriber (due) WHERE due IS NOT NULL;
CREATE INDEX hub_subscriber_host    ON hub_subscriber (host);
CREATE INDEX hub_subscriber_expires ON hub_subscriber (expires);

-- The last change whose scopes were held against hub_scope.
CREATE TABLE hub_cursor (
  id  INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  seq INTEGER NOT NULL
) STRICT;
