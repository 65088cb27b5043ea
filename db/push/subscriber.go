package push

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"courant/db/sqlrow"
)

// What is asked of the hub for a subscriber, and what it tells one unasked.
const (
	Subscribe   = "subscribe"
	Unsubscribe = "unsubscribe"
	Denied      = "denied"
)

// Request asks for a subscription, its renewal, or its end.
type Request struct {
	Mode     string // Subscribe or Unsubscribe
	Topic    string // address of the feed, in its one form
	Named    string // the feed as whoever asks wrote it
	News     string // that the feed holds: whoever asks has these
	Scopes   []string
	Callback string
	Host     string // of Callback
	Secret   string // empty: deliveries are not signed
	Lease    time.Duration
}

// Limits bound what a store keeps for strangers.
type Limits struct {
	All        int // subscriptions
	Host       int // of them at one host
	Unverified int // that nobody has confirmed yet
}

// ErrFull says that a limit is reached.
var ErrFull = errors.New("too many subscriptions, or deliveries")

// Ask notes a request, to be verified: the subscription that stands meanwhile goes
// on as it is. ErrFull: there are too many; ErrNotFound: there is no subscription to
// end.
func (h Hub) Ask(ctx context.Context, r Request, l Limits) error {
	return h.tx(ctx, func(t *sql.Tx, now int64) error {
		res, err := t.ExecContext(ctx, `
			UPDATE hub_subscriber SET ask = $3, ask_topic = $4, ask_secret = $5, ask_lease = $6, ask_reason = '', asked = asked + 1, due = $7, tries = 0
			WHERE topic = $1 AND callback = $2`,
			r.Topic, r.Callback, r.Mode, r.Named, r.Secret, int64(r.Lease/time.Second), now)
		err = sqlrow.Touched(res, err, ErrNotFound)
		if !errors.Is(err, ErrNotFound) || r.Mode != Subscribe {
			return err
		}
		if err := l.check(ctx, t, r.Host); err != nil {
			return err
		}
		if _, err := t.ExecContext(ctx, `
			INSERT INTO hub_topic (address, news, version, dirty, seen, looked) VALUES ($1, $2, 1, 1, 0, $3)
			ON CONFLICT (address) DO NOTHING`, r.Topic, r.News, now); err != nil {
			return err
		}
		if err := setScopes(ctx, t, r.Topic, r.Scopes); err != nil {
			return err
		}
		_, err = t.ExecContext(ctx, `
			INSERT INTO hub_subscriber (topic, callback, host, has, ask, ask_topic, ask_secret, ask_lease, asked, due)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9)`,
			r.Topic, r.Callback, r.Host, r.News, r.Mode, r.Named, r.Secret, int64(r.Lease/time.Second), now)
		return err
	})
}

// check is ErrFull where one more at host were too many.
func (l Limits) check(ctx context.Context, t *sql.Tx, host string) error {
	var all, unverified, at int
	if err := t.QueryRowContext(ctx, `SELECT count(*), count(*) - count(expires) FROM hub_subscriber`).Scan(&all, &unverified); err != nil {
		return err
	}
	if err := t.QueryRowContext(ctx, `SELECT count(*) FROM hub_subscriber WHERE host = $1`, host).Scan(&at); err != nil {
		return err
	}
	if all >= l.All || unverified >= l.Unverified || at >= l.Host {
		return ErrFull
	}
	return nil
}

// Lane is a kind of what is due, each of which leaves room to the others.
type Lane int

// The lanes.
const (
	News   Lane = iota // for those that took what they were sent before
	Asks               // what is to be verified, or told
	Behind             // news for those that did not
	Lanes
)

// Job is something that is due for one subscriber, claimed.
type Job struct {
	Topic    string
	Callback string
	Host     string
	Secret   string
	Ask      string // Subscribe, Unsubscribe or Denied; empty: its topic's news
	Named    string // the topic as it was asked for, with Ask
	Lease    time.Duration
	Reason   string // of a denial
	Version  int64  // of the topic: who renders it anew for each sends the same to all
	Tries    int    // how often in a row it failed
	Standing bool   // it is a subscriber already

	id, asked, claimed int64
}

// Claim claims at most n of what is due in a lane, the longest due first, but at
// most each for one host, and nothing for the hosts in full.
func (h Hub) Claim(ctx context.Context, lane Lane, n, each int, full []string) (list []Job, err error) {
	if some, err := h.some(ctx, `SELECT EXISTS (SELECT 1 FROM hub_subscriber WHERE due <= $1 AND claimed <= $1)`); err != nil || !some {
		return nil, err
	}
	err = h.tx(ctx, func(t *sql.Tx, now int64) (err error) {
		until := now + claimFor.Milliseconds()
		list, err = sqlrow.Collect(ctx, t, func(r sqlrow.Row) (Job, error) {
			j := Job{claimed: until}
			var seconds int64
			err := r.Scan(&j.id, &j.Topic, &j.Callback, &j.Host, &j.Secret, &j.Ask, &j.Named, &seconds, &j.Reason, &j.asked, &j.Version, &j.Tries, &j.Standing)
			j.Lease = time.Duration(seconds) * time.Second
			return j, err
		}, `
			UPDATE hub_subscriber SET claimed = $2 WHERE id IN (
				SELECT id FROM (
					SELECT id, due, row_number() OVER (PARTITION BY host ORDER BY due, id) AS place FROM hub_subscriber
					WHERE due <= $1 AND claimed <= $1 AND (ask <> '' OR expires > $1)
						AND CASE WHEN ask <> '' THEN 1 WHEN tries > 0 THEN 2 ELSE 0 END = CAST($3 AS INTEGER)
						AND host NOT IN (SELECT value FROM json_each($4))) AS waiting
				WHERE place <= $5 ORDER BY due, id LIMIT $6)
			RETURNING id, topic, callback, host, secret, ask, ask_topic, ask_lease, ask_reason, asked,
				(SELECT version FROM hub_topic WHERE hub_topic.address = hub_subscriber.topic), tries, expires IS NOT NULL`,
			now, until, int(lane), sqlrow.Text(full), each, n)
		return err
	})
	return list, err
}

// Outcome is what came of a job.
type Outcome int

// The outcomes.
const (
	Delivered Outcome = iota // it has the news
	Verified                 // what was asked is what the callback wants
	Refused                  // it is not, or nobody could be asked
	Failed                   // to be tried again after Done.Wait
	Ended                    // it is a subscriber no more
	Released                 // nothing was done: it is due as it was
)

// Done is a job that was done.
type Done struct {
	Job
	Outcome Outcome
	News    string        // Delivered: those that were sent
	Wait    time.Duration // Failed
}

// Settle writes down what came of jobs. What was asked while one of them was done
// is due; a job whose claim ran out is left to who has it now.
func (h Hub) Settle(ctx context.Context, list []Done) error {
	if len(list) == 0 {
		return nil
	}
	return h.tx(ctx, func(t *sql.Tx, now int64) error {
		for _, d := range list {
			if err := d.settle(ctx, t, now); err != nil {
				return err
			}
		}
		return nil
	})
}

func (d Done) settle(ctx context.Context, t *sql.Tx, now int64) error {
	switch d.Outcome {
	case Delivered:
		return exec(ctx, t, `
			UPDATE hub_subscriber SET has = $3, tries = 0, claimed = 0, due = CASE
				WHEN ask <> '' THEN CAST($4 AS BIGINT)
				WHEN EXISTS (SELECT 1 FROM hub_topic WHERE address = topic AND version > $5 AND news <> $3) THEN CAST($4 AS BIGINT) END
			WHERE id = $1 AND claimed = $2`, d.id, d.claimed, d.News, now, d.Version)
	case Verified:
		return d.verified(ctx, t, now)
	case Refused:
		if !d.Standing {
			return d.remove(ctx, t)
		}
		return exec(ctx, t, `
			UPDATE hub_subscriber SET claimed = 0, tries = 0, ask = CASE WHEN asked = $3 THEN '' ELSE ask END, due = CASE
				WHEN asked <> $3 OR EXISTS (SELECT 1 FROM hub_topic WHERE address = topic AND news <> has) THEN CAST($4 AS BIGINT) END
			WHERE id = $1 AND claimed = $2`, d.id, d.claimed, d.asked, now)
	case Failed:
		return exec(ctx, t, `
			UPDATE hub_subscriber SET claimed = 0, tries = CASE WHEN asked = $3 THEN tries + 1 ELSE 0 END, due = CASE WHEN asked = $3 THEN CAST($4 AS BIGINT) ELSE CAST($5 AS BIGINT) END
			WHERE id = $1 AND claimed = $2`, d.id, d.claimed, d.asked, now+d.Wait.Milliseconds(), now)
	case Ended:
		return d.remove(ctx, t)
	}
	return exec(ctx, t, `UPDATE hub_subscriber SET claimed = 0 WHERE id = $1 AND claimed = $2`, d.id, d.claimed)
}

// verified carries out what was asked, unless something else was meanwhile.
func (d Done) verified(ctx context.Context, t *sql.Tx, now int64) error {
	if d.Ask != Subscribe {
		return d.remove(ctx, t)
	}
	if err := exec(ctx, t, `
		UPDATE hub_subscriber SET secret = ask_secret, expires = CAST($4 AS BIGINT) + ask_lease * 1000, ask = '', ask_secret = '', tries = 0, claimed = 0, due = CASE
			WHEN EXISTS (SELECT 1 FROM hub_topic WHERE address = topic AND news <> has) THEN CAST($4 AS BIGINT) END
		WHERE id = $1 AND claimed = $2 AND asked = $3`, d.id, d.claimed, d.asked, now); err != nil {
		return err
	}
	return exec(ctx, t, `UPDATE hub_subscriber SET claimed = 0, tries = 0, due = $3 WHERE id = $1 AND claimed = $2`, d.id, d.claimed, now)
}

// remove removes a subscriber, unless it has asked anew meanwhile: then it is none
// until that is verified.
func (d Done) remove(ctx context.Context, t *sql.Tx) error {
	if err := exec(ctx, t, `DELETE FROM hub_subscriber WHERE id = $1 AND claimed = $2 AND asked = $3`, d.id, d.claimed, d.asked); err != nil {
		return err
	}
	return exec(ctx, t, `UPDATE hub_subscriber SET claimed = 0, tries = 0, expires = NULL WHERE id = $1 AND claimed = $2`, d.id, d.claimed)
}

func exec(ctx context.Context, t *sql.Tx, text string, args ...any) error {
	_, err := t.ExecContext(ctx, text, args...)
	return err
}

// Count is how many subscriptions stand.
func (h Hub) Count(ctx context.Context) (n int, err error) {
	now, err := h.store.Clock(ctx, h.store.Reader(), h.store.Now())
	if err != nil {
		return 0, err
	}
	err = h.store.Reader().QueryRowContext(ctx, `SELECT count(*) FROM hub_subscriber WHERE expires > $1`, now.UnixMilli()).Scan(&n)
	return n, err
}
