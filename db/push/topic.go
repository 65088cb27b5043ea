package push

import (
	"context"
	"database/sql"
	"time"

	"courant/db/sqlrow"
)

// Topic is a feed that somebody is to be told of, claimed to be looked at.
type Topic struct {
	Address string // path and query, in its one form
	News    string // that it held when it was last told of; empty: it never was
	Tries   int    // how often in a row a hub elsewhere did not take it

	dirty, claimed int64
}

// Any reports whether there is any topic: without one nothing needs to be done.
func (h Hub) Any(ctx context.Context) (any bool, err error) {
	err = h.store.Reader().QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM hub_topic)`).Scan(&any)
	return any, err
}

// Mark has the topics looked at that the changes of s may have touched.
func (h Hub) Mark(ctx context.Context, s Span) error {
	return h.tx(ctx, func(t *sql.Tx, _ int64) error {
		moved, err := s.advance(ctx, t)
		if err != nil || !moved {
			return err
		}
		if s.All {
			_, err = t.ExecContext(ctx, `UPDATE hub_topic SET dirty = dirty + 1`)
			return err
		}
		_, err = t.ExecContext(ctx, `
			UPDATE hub_topic SET dirty = dirty + 1
			WHERE address IN (SELECT topic FROM hub_scope WHERE scope IN (SELECT value FROM json_each($1)))`, sqlrow.Text(s.Scopes))
		return err
	})
}

// Note has the feeds at the given addresses looked at, whether anybody subscribed
// to them or not: a hub elsewhere knows who did. s are the changes that may have
// touched them.
func (h Hub) Note(ctx context.Context, s Span, addresses []string) error {
	return h.tx(ctx, func(t *sql.Tx, now int64) error {
		moved, err := s.advance(ctx, t)
		if err != nil || !moved {
			return err
		}
		for _, address := range addresses {
			if _, err := t.ExecContext(ctx, `
				INSERT INTO hub_topic (address, dirty, seen, looked) VALUES ($1, 1, 0, $2)
				ON CONFLICT (address) DO UPDATE SET dirty = hub_topic.dirty + 1`, address, now); err != nil {
				return err
			}
		}
		return nil
	})
}

// ClaimTopics claims at most n of the topics that are to be looked at, the one that
// waits longest first.
func (h Hub) ClaimTopics(ctx context.Context, n int) (list []Topic, err error) {
	if some, err := h.some(ctx, `SELECT EXISTS (SELECT 1 FROM hub_topic WHERE dirty > seen AND after <= $1 AND claimed <= $1)`); err != nil || !some {
		return nil, err
	}
	err = h.tx(ctx, func(t *sql.Tx, now int64) (err error) {
		until := now + claimFor.Milliseconds()
		list, err = sqlrow.Collect(ctx, t, func(r sqlrow.Row) (Topic, error) {
			o := Topic{claimed: until}
			err := r.Scan(&o.Address, &o.News, &o.Tries, &o.dirty)
			return o, err
		}, `
			UPDATE hub_topic SET claimed = $2 WHERE address IN (
				SELECT address FROM hub_topic WHERE dirty > seen AND after <= $1 AND claimed <= $1 ORDER BY after, address LIMIT $3)
			RETURNING address, news, tries, dirty`, now, until, n)
		return err
	})
	return list, err
}

// some asks whether there is anything as of now, before anything is locked.
func (h Hub) some(ctx context.Context, text string, more ...any) (some bool, err error) {
	now, err := h.store.Clock(ctx, h.store.Reader(), h.store.Now())
	if err != nil {
		return false, err
	}
	err = h.store.Reader().QueryRowContext(ctx, text, append([]any{now.UnixMilli()}, more...)...).Scan(&some)
	return some, err
}

// Looked settles a topic that holds the given news and is made from scopes. Where
// they are not what it held before, its subscribers are due, but for those that have
// them already. It is looked at again no sooner than after a gap: a burst of changes
// is one delivery.
func (h Hub) Looked(ctx context.Context, o Topic, news string, scopes []string, gap time.Duration) error {
	return h.tx(ctx, func(t *sql.Tx, now int64) error {
		res, err := t.ExecContext(ctx, `
			UPDATE hub_topic SET seen = $3, looked = $4, after = $5, claimed = 0, tries = 0, news = $6,
				version = version + CASE WHEN news = $6 THEN 0 ELSE 1 END
			WHERE address = $1 AND claimed = $2`, o.Address, o.claimed, o.dirty, now, now+gap.Milliseconds(), news)
		if err := sqlrow.Touched(res, err, ErrNotFound); err != nil {
			return err
		}
		if err := setScopes(ctx, t, o.Address, scopes); err != nil || news == o.News {
			return err
		}
		_, err = t.ExecContext(ctx, `
			UPDATE hub_subscriber SET due = $2 WHERE topic = $1 AND expires > $2 AND has <> $3 AND due IS NULL`, o.Address, now, news)
		return err
	})
}

// setScopes writes what a topic is made from.
func setScopes(ctx context.Context, t *sql.Tx, address string, scopes []string) error {
	if _, err := t.ExecContext(ctx, `
		DELETE FROM hub_scope WHERE topic = $1 AND scope NOT IN (SELECT value FROM json_each($2))`, address, sqlrow.Text(scopes)); err != nil {
		return err
	}
	_, err := t.ExecContext(ctx, `
		INSERT INTO hub_scope (scope, topic) SELECT value, $1 FROM json_each($2) WHERE true ON CONFLICT (scope, topic) DO NOTHING`, address, sqlrow.Text(scopes))
	return err
}

// Later settles a topic that could not be looked at, or that a hub elsewhere did
// not take: it is tried again after wait.
func (h Hub) Later(ctx context.Context, o Topic, wait time.Duration) error {
	return h.tx(ctx, func(t *sql.Tx, now int64) error {
		_, err := t.ExecContext(ctx, `
			UPDATE hub_topic SET claimed = 0, tries = tries + 1, after = $3 WHERE address = $1 AND claimed = $2`, o.Address, o.claimed, now+wait.Milliseconds())
		return err
	})
}

// Gone settles a topic that is no more: its subscribers are told so, with the
// reason, and are none from now on.
func (h Hub) Gone(ctx context.Context, o Topic, reason string) error {
	return h.tx(ctx, func(t *sql.Tx, now int64) error {
		if _, err := t.ExecContext(ctx, `
			UPDATE hub_topic SET claimed = 0, seen = $3, looked = $4, after = $4, news = '' WHERE address = $1 AND claimed = $2`,
			o.Address, o.claimed, o.dirty, now); err != nil {
			return err
		}
		_, err := t.ExecContext(ctx, `
			UPDATE hub_subscriber SET ask = 'denied', ask_topic = topic, ask_reason = $2, asked = asked + 1, expires = NULL, due = $3, tries = 0
			WHERE topic = $1`, o.Address, reason, now)
		return err
	})
}

// noticed is how long it is remembered what a hub elsewhere was told of.
const noticed = 30 * 24 * time.Hour

// Prune forgets subscriptions that ran out, and topics that nobody subscribes to
// and no hub elsewhere was told of for long. pinged: there is such a hub.
func (h Hub) Prune(ctx context.Context, pinged bool) error {
	return h.tx(ctx, func(t *sql.Tx, now int64) error {
		if _, err := t.ExecContext(ctx, `DELETE FROM hub_subscriber WHERE expires <= $1 AND ask = ''`, now); err != nil {
			return err
		}
		kept := now
		if pinged {
			kept -= noticed.Milliseconds()
		}
		_, err := t.ExecContext(ctx, `
			DELETE FROM hub_topic WHERE looked <= $1 AND (dirty = seen OR CAST($2 AS INTEGER) = 0)
				AND NOT EXISTS (SELECT 1 FROM hub_subscriber WHERE hub_subscriber.topic = hub_topic.address)`, kept, number(pinged))
		return err
	})
}

// number is b as a statement has it.
func number(b bool) int {
	if b {
		return 1
	}
	return 0
}
