-- +goose Up

-- What the desk counts of a source, by looks at an index alone: what waits of it, ...
CREATE INDEX article_waiting ON article (source, status, aside) WHERE status = 'incoming' AND aside = 0;

-- PostgreSQL alone: ... what was rejected lately (an entry of an index has no room for why), ...
CREATE INDEX article_rejected ON article (source, first_seen) WHERE status = 'rejected';

-- ... and how its last answers were.
DROP INDEX pass_source;
CREATE INDEX pass_source ON pass (source, id, status);

-- The log is narrowed by who did it, and by what it was done to.
CREATE INDEX action_actor ON action (actor, id);
CREATE INDEX action_kind  ON action (kind, id);
