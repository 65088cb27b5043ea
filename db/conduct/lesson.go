package conduct

import (
	"context"
	"fmt"
	"time"

	"courant/db/content"
	"courant/db/sqlrow"
)

// lessons is how many of the latest decisions are told, of each kind: what editors
// refuse changes with the years, and this many are learned in a tenth of a second.
const lessons = 1000

// Lesson is a comment that an editor decided on.
type Lesson struct {
	Name, Email, Text string
	Body              content.HTML
	Refused           bool // removed, or spam
}

// LastDecision is when an editor last decided on a comment, zero for never.
func (c Conduct) LastDecision(ctx context.Context) (at time.Time, err error) {
	if err = c.engine.Reader().QueryRowContext(ctx, `SELECT max(decided) FROM comment WHERE decided IS NOT NULL`).Scan(sqlrow.Time(&at)); err != nil {
		err = fmt.Errorf("when an editor last decided: %w", err)
	}
	return at, err
}

// Lessons are the latest decisions of editors that stand. What was purged taught
// nothing: its words are gone.
func (c Conduct) Lessons(ctx context.Context) ([]Lesson, error) {
	var all []Lesson
	for _, text := range []string{approvedText, refusedText} {
		list, err := sqlrow.Collect(ctx, c.engine.Reader(), func(r sqlrow.Row) (l Lesson, err error) {
			err = r.Scan(&l.Name, &l.Email, &l.Text, &l.Body, &l.Refused)
			return l, err
		}, text, lessons)
		if err != nil {
			return nil, fmt.Errorf("what editors decided: %w", err)
		}
		all = append(all, list...)
	}
	return all, nil
}

const (
	approvedText = `
		SELECT name, email, text, body, 0 FROM comment WHERE decided IS NOT NULL AND status = 'approved' AND text <> ''
		ORDER BY decided DESC LIMIT $1`
	refusedText = `
		SELECT name, email, text, body, 1 FROM comment WHERE decided IS NOT NULL AND status IN ('removed', 'spam') AND text <> ''
		ORDER BY decided DESC LIMIT $1`
)
