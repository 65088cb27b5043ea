package conduct

import (
	"context"
	"fmt"
	"time"

	"courant/db/content"
	"courant/db/sqlrow"
	"courant/db/state"
)

// lessons is how many of the latest decisions are told, of each status: what editors
// refuse changes with the years, and this many are learned in a tenth of a second.
const lessons = 500

// Lesson is a comment that an editor decided on.
type Lesson struct {
	Name, Email, Text string
	Body              content.HTML
	Refused           bool // removed, or spam
}

// LastDecision is when an editor last decided on a comment, zero for never.
func (c Conduct) LastDecision(ctx context.Context) (at time.Time, err error) {
	if err = c.engine.Reader().QueryRowContext(ctx, latestText).Scan(sqlrow.Time(&at)); err != nil {
		err = fmt.Errorf("when an editor last decided: %w", err)
	}
	return at, err
}

// Lessons are the latest decisions of editors that stand. What was purged taught
// nothing: its words are gone.
func (c Conduct) Lessons(ctx context.Context) ([]Lesson, error) {
	var all []Lesson
	for _, status := range []state.Comment{state.Approved, state.Removed, state.Spam} {
		list, err := sqlrow.Collect(ctx, c.engine.Reader(), func(r sqlrow.Row) (Lesson, error) {
			l := Lesson{Refused: status != state.Approved}
			err := r.Scan(&l.Name, &l.Email, &l.Text, &l.Body)
			return l, err
		}, lessonText, string(status), lessons)
		if err != nil {
			return nil, fmt.Errorf("what editors decided: %w", err)
		}
		all = append(all, list...)
	}
	return all, nil
}

const (
	// latestText looks at the end of each stretch of the index.
	latestText = `
		SELECT max(at) FROM (
			SELECT max(decided) AS at FROM comment WHERE decided IS NOT NULL AND status = 'approved'
			UNION ALL SELECT max(decided) FROM comment WHERE decided IS NOT NULL AND status = 'removed'
			UNION ALL SELECT max(decided) FROM comment WHERE decided IS NOT NULL AND status = 'spam') AS latest`
	lessonText = `
		SELECT name, email, text, body FROM comment WHERE decided IS NOT NULL AND status = $1 AND text <> ''
		ORDER BY decided DESC LIMIT $2`
)
