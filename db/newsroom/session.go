package newsroom

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

const (
	// Idle is for how long a session may go unused before it ends.
	Idle = 12 * time.Hour
	// Longest is how long a session lasts at most.
	Longest = 30 * 24 * time.Hour
	// touchEvery is how exactly it is known when a session was last used: a write
	// for every page that an editor reads would be one too many.
	touchEvery = 10 * time.Minute
	// kept is how long one that has ended is still known for whose it was: what was
	// typed in it is kept for its editor.
	kept = 60 * 24 * time.Hour
)

// Session is an editor's, from signing in to signing out.
type Session struct {
	ID         [sha256.Size]byte // the hash of its token
	Name       string            // of the editor
	Credential []byte            // a hash of the password's hash
	Agent      string            // the browser, as it names itself
	Created    time.Time
	Used       time.Time // to some minutes
	Live       bool      // it has not ended
}

// SessionID is what a session is stored under, for a token that a cookie holds:
// whoever reads the database can sign in with none of them (V44).
func SessionID(token string) [sha256.Size]byte { return sha256.Sum256([]byte(token)) }

// Begin stores a new session, of which ID, Name, Credential and Agent are read,
// and ends the one with the id old, where there is one (V43). Those that ended
// long ago are forgotten.
func (r *Room) Begin(ctx context.Context, s Session, old [sha256.Size]byte) error {
	return r.inTx(ctx, "begin a session", func(t *sql.Tx, now int64) error {
		if err := end(ctx, t, old[:], now); err != nil {
			return err
		}
		if _, err := t.ExecContext(ctx, `DELETE FROM session WHERE used < $1`, now-kept.Milliseconds()); err != nil {
			return err
		}
		_, err := t.ExecContext(ctx, `
			INSERT INTO session (id, name, credential, agent, created, used) VALUES ($1, $2, $3, $4, $5, $5)`,
			s.ID[:], s.Name, s.Credential, s.Agent, now)
		return err
	})
}

func end(ctx context.Context, t *sql.Tx, id []byte, now int64) error {
	_, err := t.ExecContext(ctx, `UPDATE session SET ended = $2 WHERE id = $1 AND ended IS NULL`, id, now)
	return err
}

// Session returns the session with an id, live or not, or ErrNotFound. That a
// live one is used is noted, to some minutes.
func (r *Room) Session(ctx context.Context, id [sha256.Size]byte) (Session, error) {
	s, err := r.scan(r.engine.Reader().QueryRowContext(ctx, `
		SELECT id, name, credential, agent, created, used, ended FROM session WHERE id = $1`, id[:]))
	if errors.Is(err, sql.ErrNoRows) {
		return s, fmt.Errorf("session: %w", ErrNotFound)
	}
	if err != nil || !s.Live || r.now().Sub(s.Used) < touchEvery {
		return s, err
	}
	return s, r.inTx(ctx, "note a session", func(t *sql.Tx, now int64) error {
		_, err := t.ExecContext(ctx, `UPDATE session SET used = $2 WHERE id = $1 AND ended IS NULL`, id[:], now)
		return err
	})
}

func (r *Room) scan(row interface{ Scan(...any) error }) (s Session, err error) {
	var id []byte
	var created, used int64
	var ended sql.NullInt64
	if err = row.Scan(&id, &s.Name, &s.Credential, &s.Agent, &created, &used, &ended); err != nil {
		return s, err
	}
	copy(s.ID[:], id)
	s.Created, s.Used = at(created), at(used)
	now := r.now()
	s.Live = !ended.Valid && now.Sub(s.Used) < Idle && now.Sub(s.Created) < Longest
	return s, nil
}

// Sessions are the live sessions of an editor, the latest first.
func (r *Room) Sessions(ctx context.Context, name string, credential []byte) (list []Session, err error) {
	rows, err := r.engine.Reader().QueryContext(ctx, `
		SELECT id, name, credential, agent, created, used, ended FROM session
		WHERE name = $1 AND ended IS NULL ORDER BY created DESC`, name)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		s, err := r.scan(rows)
		if err != nil {
			return nil, err
		}
		if s.Live && bytes.Equal(s.Credential, credential) {
			list = append(list, s)
		}
	}
	return list, rows.Err()
}

// End ends an editor's session: nobody is let in with its token any more. One
// that is somebody else's stays.
func (r *Room) End(ctx context.Context, name string, id [sha256.Size]byte) error {
	return r.inTx(ctx, "end a session", func(t *sql.Tx, now int64) error {
		res, err := t.ExecContext(ctx, `UPDATE session SET ended = $3 WHERE id = $1 AND name = $2 AND ended IS NULL`, id[:], name, now)
		return logAccount(ctx, t, now, name, "end session", res, err)
	})
}

// EndOthers ends all sessions of an editor but one.
func (r *Room) EndOthers(ctx context.Context, name string, but [sha256.Size]byte) error {
	return r.inTx(ctx, "end sessions", func(t *sql.Tx, now int64) error {
		res, err := t.ExecContext(ctx, `UPDATE session SET ended = $3 WHERE name = $1 AND id <> $2 AND ended IS NULL`, name, but[:], now)
		return logAccount(ctx, t, now, name, "end other sessions", res, err)
	})
}

// logAccount adds a line to the log of what an editor did to what is their own, where that
// changed anything.
func logAccount(ctx context.Context, t *sql.Tx, now int64, name, what string, res sql.Result, err error) error {
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return err
	}
	_, err = t.ExecContext(ctx, `
		INSERT INTO action (at, actor, kind, ref, what, detail, before, after) VALUES ($1, $2, 'account', $2, $3, '', 'valid', 'ended')`, now, name, what)
	return err
}

// FeedTurn is how often an editor has renewed the secret of the private feeds.
func (r *Room) FeedTurn(ctx context.Context, name string) (turn int, err error) {
	err = r.engine.Reader().QueryRowContext(ctx, `SELECT turn FROM feed_key WHERE name = $1`, name).Scan(&turn)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return turn, err
}

// RenewFeed makes an editor's feeds have another secret.
func (r *Room) RenewFeed(ctx context.Context, name string) error {
	return r.inTx(ctx, "renew the feeds' secret", func(t *sql.Tx, now int64) error {
		res, err := t.ExecContext(ctx, `
			INSERT INTO feed_key (name, turn) VALUES ($1, 1) ON CONFLICT (name) DO UPDATE SET turn = feed_key.turn + 1`, name)
		return logAccount(ctx, t, now, name, "renew the feeds' secret", res, err)
	})
}
