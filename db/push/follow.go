package push

import (
	"context"
	"crypto/rand"
	"database/sql"
	"time"

	"courant/db/sqlrow"
)

// Subscription is one of ours, to a source's feed at a hub elsewhere.
type Subscription struct {
	Source  string
	Hub     string
	Topic   string    // the feed as it names itself
	Token   string    // of the callback's address
	Secret  string    // that deliveries are signed with
	Asked   string    // Subscribe or Unsubscribe while the hub has not confirmed that, else empty
	Expires time.Time // zero: it does not stand, and nothing was left to the hub
	Due     time.Time // when the hub is to be asked
	Tries   int       // how often in a row it was asked for nothing
}

const subscriptionColumns = `source, hub, topic, token, secret, asked, expires, due, tries`

func scanSubscription(r sqlrow.Row) (s Subscription, err error) {
	err = r.Scan(&s.Source, &s.Hub, &s.Topic, &s.Token, &s.Secret, &s.Asked, sqlrow.Time(&s.Expires), sqlrow.Time(&s.Due), &s.Tries)
	return s, err
}

// Inbox is our side as a subscriber: what we subscribed to, and what was delivered.
// Safe for concurrent use.
type Inbox struct{ store Store }

// NewInbox returns the inbox of s.
func NewInbox(s Store) Inbox { return Inbox{s} }

// tx is Hub.tx: what is due is counted by the same clock.
func (i Inbox) tx(ctx context.Context, f func(t *sql.Tx, now int64) error) error {
	return Hub(i).tx(ctx, f)
}

// Subscriptions are all of them.
func (i Inbox) Subscriptions(ctx context.Context) ([]Subscription, error) {
	return sqlrow.Collect(ctx, i.store.Reader(), scanSubscription, `SELECT `+subscriptionColumns+` FROM subscription ORDER BY source`)
}

// Of is the subscription of a source, or ErrNotFound.
func (i Inbox) Of(ctx context.Context, source string) (Subscription, error) {
	return i.one(ctx, `SELECT `+subscriptionColumns+` FROM subscription WHERE source = $1`, source)
}

// ByToken is the one whose callback has a token, or ErrNotFound.
func (i Inbox) ByToken(ctx context.Context, token string) (Subscription, error) {
	return i.one(ctx, `SELECT `+subscriptionColumns+` FROM subscription WHERE token = $1`, token)
}

func (i Inbox) one(ctx context.Context, text, name string) (Subscription, error) {
	list, err := sqlrow.Collect(ctx, i.store.Reader(), scanSubscription, text, name)
	if err != nil || len(list) == 0 {
		if err == nil {
			err = ErrNotFound
		}
		return Subscription{}, err
	}
	return list[0], nil
}

// Stands reports whether the hub of a source is to push what is new there.
func (i Inbox) Stands(ctx context.Context, source string) (bool, error) {
	return Hub(i).some(ctx, `SELECT EXISTS (SELECT 1 FROM subscription WHERE expires > $1 AND source = $2)`, source)
}

// Lapsed are the sources whose subscription stood and stands no more, until Settle is
// told of them: what was left to their hubs is not any longer.
func (i Inbox) Lapsed(ctx context.Context) ([]string, error) {
	now, err := i.store.Clock(ctx, i.store.Reader(), i.store.Now())
	if err != nil {
		return nil, err
	}
	return sqlrow.Collect(ctx, i.store.Reader(), sqlrow.Column[string], `SELECT source FROM subscription WHERE expires <= $1 ORDER BY source`, now.UnixMilli())
}

// Settle is told that a source whose subscription lapsed is polled again as before.
func (i Inbox) Settle(ctx context.Context, source string) error {
	return i.tx(ctx, func(t *sql.Tx, now int64) error {
		return exec(ctx, t, `UPDATE subscription SET expires = NULL WHERE source = $1 AND expires <= $2`, source, now)
	})
}

// Follow has the hub be asked for a source's feed, unless there is a subscription of
// the source.
func (i Inbox) Follow(ctx context.Context, source, hub, topic string) error {
	return i.tx(ctx, func(t *sql.Tx, now int64) error {
		return exec(ctx, t, `
			INSERT INTO subscription (source, hub, topic, token, secret, asked, due) VALUES ($1, $2, $3, $4, $5, 'subscribe', $6)
			ON CONFLICT (source) DO NOTHING`, source, hub, topic, rand.Text()+rand.Text(), rand.Text()+rand.Text(), now)
	})
}

// Leave has the hub be asked to end a subscription.
func (i Inbox) Leave(ctx context.Context, s Subscription) error {
	return i.tx(ctx, func(t *sql.Tx, now int64) error {
		return exec(ctx, t, `
			UPDATE subscription SET asked = 'unsubscribe', expires = CASE WHEN expires > $2 THEN $2 ELSE expires END, due = $2, tries = 0
			WHERE token = $1 AND asked <> 'unsubscribe'`, s.Token, now)
	})
}

// Doubt has the hub be asked anew for a subscription that brought nothing.
func (i Inbox) Doubt(ctx context.Context, source string) error {
	return i.tx(ctx, func(t *sql.Tx, now int64) error {
		return exec(ctx, t, `UPDATE subscription SET due = $2, tries = 0 WHERE source = $1 AND asked = '' AND due > $2`, source, now)
	})
}

// ClaimDue returns the subscriptions whose hub is to be asked now, and that were:
// each is due again after wait, unless the hub confirms what it is asked.
func (i Inbox) ClaimDue(ctx context.Context, wait func(tries int) time.Duration) (list []Subscription, err error) {
	if some, err := Hub(i).some(ctx, `SELECT EXISTS (SELECT 1 FROM subscription WHERE due <= $1)`); err != nil || !some {
		return nil, err
	}
	err = i.tx(ctx, func(t *sql.Tx, now int64) error {
		list, err = sqlrow.Collect(ctx, t, scanSubscription, `SELECT `+subscriptionColumns+` FROM subscription WHERE due <= $1 ORDER BY due, source LIMIT 50`, now)
		if err != nil {
			return err
		}
		for k, s := range list {
			if s.Asked == "" {
				list[k].Asked = Subscribe
			}
			if err := exec(ctx, t, `UPDATE subscription SET asked = $2, due = $3, tries = tries + 1 WHERE token = $1`,
				s.Token, list[k].Asked, now+wait(s.Tries).Milliseconds()); err != nil {
				return err
			}
		}
		return nil
	})
	return list, err
}

// Forget removes a subscription, whatever its hub says.
func (i Inbox) Forget(ctx context.Context, s Subscription) error {
	return i.tx(ctx, func(t *sql.Tx, _ int64) error {
		return exec(ctx, t, `DELETE FROM subscription WHERE token = $1`, s.Token)
	})
}

// Confirm carries out what a hub asks whether we want it, and ErrNotFound where we
// did not ask for that. A lease is renewed when two thirds of it are over.
func (i Inbox) Confirm(ctx context.Context, token, mode, topic string, lease time.Duration) error {
	return i.tx(ctx, func(t *sql.Tx, now int64) error {
		if mode == Unsubscribe {
			res, err := t.ExecContext(ctx, `DELETE FROM subscription WHERE token = $1 AND topic = $2 AND asked = 'unsubscribe'`, token, topic)
			return sqlrow.Touched(res, err, ErrNotFound)
		}
		ms := lease.Milliseconds()
		res, err := t.ExecContext(ctx, `
			UPDATE subscription SET asked = '', tries = 0, expires = $3, due = $4 WHERE token = $1 AND topic = $2 AND asked = 'subscribe'`,
			token, topic, now+ms, now+ms*2/3)
		return sqlrow.Touched(res, err, ErrNotFound)
	})
}

// Refuse notes that a hub told us that we are no subscriber: what stood has lapsed,
// and the hub is asked again after wait.
func (i Inbox) Refuse(ctx context.Context, token, topic string, wait time.Duration) error {
	return i.tx(ctx, func(t *sql.Tx, now int64) error {
		res, err := t.ExecContext(ctx, `
			UPDATE subscription SET asked = 'subscribe', expires = CASE WHEN expires > $4 THEN $4 ELSE expires END, due = $3
			WHERE token = $1 AND topic = $2 AND asked <> 'unsubscribe'`,
			token, topic, now+wait.Milliseconds(), now)
		return sqlrow.Touched(res, err, ErrNotFound)
	})
}

// Delivery is what a hub delivered.
type Delivery struct {
	ID          int64
	Tries       int // how often it was begun to be taken in
	Source      string
	Shard       int // of the source, where it waits
	ContentType string
	Body        []byte
}

// Room is how much may wait in the inbox.
type Room struct {
	Items int   // of one source
	Bytes int64 // of all
}

// Put stores a delivery. ErrFull: there is no
// room for it.
func (i Inbox) Put(ctx context.Context, d Delivery, room Room) error {
	return i.tx(ctx, func(t *sql.Tx, now int64) error {
		var n int
		if err := t.QueryRowContext(ctx, `SELECT count(*) FROM inbox WHERE source = $1`, d.Source).Scan(&n); err != nil {
			return err
		}
		var bytes int64
		if err := t.QueryRowContext(ctx, `SELECT coalesce(sum(length(body)), 0) FROM inbox`).Scan(&bytes); err != nil {
			return err
		}
		if n >= room.Items || bytes+int64(len(d.Body)) > room.Bytes {
			return ErrFull
		}
		return exec(ctx, t, `INSERT INTO inbox (source, at, due, content_type, body) VALUES ($1, $2, $2, $3, $4)`, d.Source, now, d.ContentType, d.Body)
	})
}

// Waiting are the oldest deliveries of sources, without their bodies, where it is time
// for them. Those of a source are taken in one after the other, as they came.
func (i Inbox) Waiting(ctx context.Context) ([]Delivery, error) {
	now, err := i.store.Clock(ctx, i.store.Reader(), i.store.Now())
	if err != nil {
		return nil, err
	}
	return sqlrow.Collect(ctx, i.store.Reader(), func(r sqlrow.Row) (d Delivery, err error) {
		err = r.Scan(&d.ID, &d.Source, &d.Shard)
		return d, err
	}, `
		SELECT inbox.id, inbox.source, coalesce(source.shard, 0) FROM inbox JOIN source ON source.id = inbox.source
		WHERE inbox.id IN (SELECT min(id) FROM inbox GROUP BY source) AND inbox.due <= $1 ORDER BY inbox.id`, now.UnixMilli())
}

// Take returns a delivery that is due, with its body, and has it due again after wait:
// whoever takes it in and comes to no end leaves it. ErrNotFound: it is not due, or is
// no more.
func (i Inbox) Take(ctx context.Context, id int64, wait func(tries int) time.Duration) (d Delivery, err error) {
	err = i.tx(ctx, func(t *sql.Tx, now int64) error {
		err := sqlrow.One(t.QueryRowContext(ctx, `
			UPDATE inbox SET tries = tries + 1, due = $2 WHERE id = $1 AND due <= $2
			RETURNING id, source, tries, content_type, body`, id, now), &d.ID, &d.Source, &d.Tries, &d.ContentType, &d.Body)
		if err != nil {
			return err
		}
		return exec(ctx, t, `UPDATE inbox SET due = $2 WHERE id = $1`, id, now+wait(d.Tries).Milliseconds())
	})
	return d, err
}

// Taken removes a delivery that a pass has taken in.
func (i Inbox) Taken(ctx context.Context, id int64) error {
	return i.tx(ctx, func(t *sql.Tx, _ int64) error { return exec(ctx, t, `DELETE FROM inbox WHERE id = $1`, id) })
}

// PruneInbox removes what no worker took in for so long: its source is none any more.
func (i Inbox) PruneInbox(ctx context.Context, kept time.Duration) error {
	return i.tx(ctx, func(t *sql.Tx, now int64) error {
		return exec(ctx, t, `DELETE FROM inbox WHERE at < $1`, now-kept.Milliseconds())
	})
}
