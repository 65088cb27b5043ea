package conduct

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"courant/db/sqlrow"
)

const (
	// HideAfter is how many visitors have to report a comment for it to be hidden
	// until an editor has looked.
	HideAfter = 3
	// maxReports is how many reports of one comment are kept: an editor reads no
	// more, and a crowd must not fill the disk.
	maxReports = 100
)

// Report is what a reader says of a comment.
type Report struct {
	Network string // as of a comment
	Visitor string // as of a comment, or empty
	Reason  string
	At      time.Time
	Settled bool // an editor has looked since
}

// Tally is how a comment stands with those who report.
type Tally struct {
	Open    int // reports that no editor has looked at
	Settled int
}

// Hides reports whether the comment is hidden until an editor has looked.
func (t Tally) Hides() bool { return t.Open >= HideAfter && t.Settled == 0 }

// reported begins the part of a flag that says how many reported a comment.
const reported = "reported by "

// Flag is flagged, as comments bear it, with what t adds.
func (t Tally) Flag(flagged string) string {
	var parts []string
	for part := range strings.SplitSeq(flagged, "; ") {
		if part != "" && !strings.HasPrefix(part, reported) {
			parts = append(parts, part)
		}
	}
	n := "1 visitor"
	if t.Open > 1 {
		n = fmt.Sprintf("%d visitors", t.Open)
	}
	return strings.Join(append(parts, reported+n), "; ")
}

// AddReport stores r of the comment seq in a transaction, and whether it is one more:
// a network reports a comment once, whatever it is called that day, and so does a
// visitor. networks are how r's network was called on the days before.
func AddReport(ctx context.Context, t *sql.Tx, seq int64, r Report, networks []string) (tally Tally, added bool, err error) {
	var known bool
	if err := t.QueryRowContext(ctx, `
		SELECT EXISTS (SELECT 1 FROM report WHERE comment = $1 AND (network IN (SELECT value FROM json_each($2)) OR (visitor <> '' AND visitor = $3)))`,
		seq, sqlrow.Text(append(networks, r.Network)), r.Visitor).Scan(&known); err != nil {
		return tally, false, err
	}
	if tally, err = talliedOf(ctx, t, seq); err != nil || known || tally.Open+tally.Settled >= maxReports {
		return tally, false, err
	}
	tally.Open++
	_, err = t.ExecContext(ctx, `INSERT INTO report (comment, network, visitor, reason, at) VALUES ($1, $2, $3, $4, $5)`,
		seq, r.Network, r.Visitor, r.Reason, sqlrow.Milli(r.At))
	return tally, err == nil, err
}

func talliedOf(ctx context.Context, t *sql.Tx, seq int64) (tally Tally, err error) {
	err = t.QueryRowContext(ctx, `
		SELECT count(*) FILTER (WHERE settled = 0), count(*) FILTER (WHERE settled = 1) FROM report WHERE comment = $1`, seq).
		Scan(&tally.Open, &tally.Settled)
	return tally, err
}

// Settle notes in a transaction that an editor has looked at what was reported of
// the comment seq.
func Settle(ctx context.Context, t *sql.Tx, seq int64) error {
	_, err := t.ExecContext(ctx, `UPDATE report SET settled = 1 WHERE comment = $1 AND settled = 0`, seq)
	return err
}

// Forget drops in a transaction what was reported of the comment seq.
func Forget(ctx context.Context, t *sql.Tx, seq int64) error {
	_, err := t.ExecContext(ctx, `DELETE FROM report WHERE comment = $1`, seq)
	return err
}

// Reports are what was reported of the comment with that id, the first one first.
func (c Conduct) Reports(ctx context.Context, id string) ([]Report, error) {
	list, err := sqlrow.Collect(ctx, c.engine.Reader(), func(r sqlrow.Row) (v Report, err error) {
		err = r.Scan(&v.Network, &v.Visitor, &v.Reason, sqlrow.Time(&v.At), &v.Settled)
		return v, err
	}, `
		SELECT report.network, report.visitor, report.reason, report.at, report.settled
		FROM report JOIN comment ON comment.seq = report.comment WHERE comment.id = $1 ORDER BY report.at`, id)
	if err != nil {
		return nil, fmt.Errorf("reports of comment %s: %w", id, err)
	}
	return list, nil
}
