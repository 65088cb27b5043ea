package db

import (
	"context"
	"time"
)

// PassRow is a pass as it was logged (P104).
type PassRow struct {
	ID           int64
	Source       string
	At           time.Time
	Took         time.Duration
	URL          string
	Status       int   // HTTP status, 0: no answer
	Bytes        int64 // of the body as it came over the wire
	Conditional  bool
	Outcome      string
	New, Changed int
	NextDue      time.Time
	Reason       string // which rule set NextDue
	Error        string
	Manual       bool      // asked for by hand
	QuietUntil   time.Time // until when the answer asked not to be asked again
}

const passColumns = `pass.id, pass.source, pass.at, took, url, status, bytes, conditional, outcome, new, changed, next_due, reason, error,
	manual, quiet_until`

func scanPass(row interface{ Scan(...any) error }, more ...any) (p PassRow, err error) {
	var took int64
	err = row.Scan(append(more, &p.ID, &p.Source, msTime{&p.At}, &took, &p.URL, &p.Status, &p.Bytes, &p.Conditional,
		&p.Outcome, &p.New, &p.Changed, msTime{&p.NextDue}, &p.Reason, &p.Error, &p.Manual, msTime{&p.QuietUntil})...)
	p.Took = time.Duration(took) * time.Millisecond
	return p, err
}

// Passes returns the latest passes over a source, newest first, at most limit;
// of all sources where source is empty.
func (d *DB) Passes(ctx context.Context, source string, limit int) ([]PassRow, error) {
	where, args := "", []any{limit}
	if source != "" {
		where, args = "WHERE source = $2", append(args, source)
	}
	rows, err := d.r.QueryContext(ctx, `SELECT `+passColumns+` FROM pass `+where+` ORDER BY id DESC LIMIT $1`, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []PassRow
	for rows.Next() {
		p, err := scanPass(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, rows.Err()
}

// EachPass calls f with each pass made at or after since, oldest first, until
// it fails.
func (d *DB) EachPass(ctx context.Context, since time.Time, f func(PassRow) error) error {
	rows, err := d.r.QueryContext(ctx, `SELECT `+passColumns+` FROM pass WHERE at >= $1 ORDER BY id`, since.UnixMilli())
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		p, err := scanPass(rows)
		if err != nil {
			return err
		}
		if err := f(p); err != nil {
			return err
		}
	}
	return rows.Err()
}

// PrunePasses forgets the passes before the given moment and returns how many.
func (d *DB) PrunePasses(ctx context.Context, before time.Time) (n int64, err error) {
	err = d.inTx(ctx, func(t *tx) error {
		res, err := t.ExecContext(ctx, `
			DELETE FROM pass WHERE at < $1 AND id NOT IN (SELECT pass FROM ask WHERE pass IS NOT NULL)`, ms(before))
		if err != nil {
			return err
		}
		n, err = res.RowsAffected()
		return err
	})
	return n, err
}
