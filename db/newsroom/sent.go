package newsroom

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"

	"courant/db/sqlrow"
)

// Sent is what is kept of what the source of an article sent: the entry that it is
// made of, and the change that waits for an editor, where one does.
type Sent struct {
	Fingerprint []byte  `json:"fingerprint"` // of the entry
	Raw         []byte  `json:"raw"`
	Changed     int64   `json:"changed"`
	Given       string  `json:"given"`
	Updates     int     `json:"updates"`
	Change      *Change `json:"change,omitempty"`
}

// Change is a source's change that waits for an editor.
type Change struct {
	At          int64  `json:"at"`
	Fields      string `json:"fields"`
	Distance    int    `json:"distance"`
	Fingerprint []byte `json:"fingerprint"`
	Raw         []byte `json:"raw"`
}

// ReadSent is what is kept of what the source of an article sent, nil where it has
// none.
func ReadSent(ctx context.Context, q sqlrow.Queryer, seq int64) (*Sent, error) {
	var s Sent
	var c Change
	var at sql.NullInt64
	list, err := sqlrow.Collect(ctx, q, func(r sqlrow.Row) (*Sent, error) {
		err := r.Scan(&s.Fingerprint, &s.Raw, &s.Changed, &s.Given, &s.Updates, &at, &c.Fields, &c.Distance, &c.Fingerprint, &c.Raw)
		return &s, err
	}, `
		SELECT entry.fingerprint, entry.raw, entry.changed, entry.given, entry.updates,
			pending.at, coalesce(pending.fields, ''), coalesce(pending.distance, 0), pending.fingerprint, pending.raw
		FROM entry LEFT JOIN pending ON pending.article = entry.article WHERE entry.article = $1`, seq)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	if at.Valid {
		c.At = at.Int64
		s.Change = &c
	}
	return &s, nil
}

// PutSent has what is kept of what a source sent be as it was before a deed that left
// it as is. Where the source sent more since, that stays: it is what comes next.
func PutSent(ctx context.Context, t *sql.Tx, seq int64, was, is *Sent) error {
	if was == nil || is == nil {
		return nil
	}
	now, err := ReadSent(ctx, t, seq)
	if err != nil || now == nil || !now.same(is) {
		return err
	}
	if _, err := t.ExecContext(ctx, `
		UPDATE entry SET fingerprint = $2, raw = $3, changed = $4, given = $5, updates = $6 WHERE article = $1`,
		seq, was.Fingerprint, was.Raw, was.Changed, was.Given, was.Updates); err != nil {
		return err
	}
	if _, err := t.ExecContext(ctx, `DELETE FROM pending WHERE article = $1`, seq); err != nil || was.Change == nil {
		return err
	}
	c := was.Change
	if _, err := t.ExecContext(ctx, `INSERT INTO pending (article, at, fields, distance, fingerprint, raw) VALUES ($1, $2, $3, $4, $5, $6)`,
		seq, c.At, c.Fields, c.Distance, c.Fingerprint, c.Raw); err != nil {
		return fmt.Errorf("put back what waits: %w", err)
	}
	return nil
}

// TookOver reports whether a step made the article of another entry of its source.
func (s Step) TookOver() bool {
	return s.Waited != nil && s.Waits != nil && !bytes.Equal(s.Waited.Fingerprint, s.Waits.Fingerprint)
}

// same reports whether s and o are of the same entries.
func (s *Sent) same(o *Sent) bool {
	if (s.Change == nil) != (o.Change == nil) || !bytes.Equal(s.Fingerprint, o.Fingerprint) {
		return false
	}
	return s.Change == nil || bytes.Equal(s.Change.Fingerprint, o.Change.Fingerprint)
}
