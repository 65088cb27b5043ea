// Package conduct knows how those behave who comment: how their last comments
// fared, how often their network posts, where else their text stands, what other
// readers reported, and what editors decided, for a judge to learn from. It
// decides nothing. It has statements of its own over the store's comments and over
// a table of reports, and asks the store's engine to run them. Begin with New.
package conduct

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"courant/db/engine"
	"courant/db/sqlrow"
	"courant/db/state"
	"courant/db/text"
)

const (
	// Remembered is how many of a commenter's decided comments count: old sins are
	// forgotten, and so is an old good name.
	Remembered = 10
	// RateRows is how many of the latest comments of a network are told: a rate that
	// lets through more at once is no bound that a restart could lift.
	RateRows = 64
	// sameWithin is how long a text counts as posted elsewhere too.
	sameWithin = 24 * time.Hour
	// sameLetters is how long a text must be to be somebody's own: many thank an
	// author in the same two words.
	sameLetters = 25
)

// Conduct is what is known of the commenters of a store. Safe for concurrent use.
type Conduct struct {
	engine *engine.DB
	now    func() time.Time
}

// New returns the conduct in the store that e is the engine of; now is its clock.
func New(e *engine.DB, now func() time.Time) Conduct { return Conduct{e, now} }

// TextKey is the same for the same text, however it was typed, and empty for one
// that is too short to be anybody's own.
func TextKey(s string) string {
	essence := text.Essence(s)
	if utf8.RuneCountInString(essence) < sameLetters {
		return ""
	}
	sum := sha256.Sum256([]byte(essence))
	return hex.EncodeToString(sum[:])
}

// Question is whom and what to look for.
type Question struct {
	Visitor  string   // empty: one without a cookie
	Networks []string // how the network is called on the days that count, today's first
	Around   []string // and the networks around it
	Text     string   // as typed
	Comment  string   // id of the comment that is being changed and does not count, or empty
	Since    time.Time
}

// Past is what is known.
type Past struct {
	Known            bool // the visitor has an approved comment
	Decided, Refused int  // of the visitor's last ones, at most Remembered; Refused by editors or as spam
	Same, OwnSame    int  // comments with the same text within a day; by the visitor or their network
	Posted, Around   []time.Time
}

// Of answers q. Posted and Around are when the network, and those around it,
// posted since q.Since, the oldest first, at most RateRows each.
func (c Conduct) Of(ctx context.Context, q Question) (p Past, err error) {
	if err = c.standing(ctx, q, &p); err == nil {
		err = c.same(ctx, q, &p)
	}
	if err == nil {
		p.Posted, err = c.times(ctx, postedText, q.Networks, q.Since)
	}
	if err == nil {
		p.Around, err = c.times(ctx, aroundText, q.Around, q.Since)
	}
	if err != nil {
		return Past{}, fmt.Errorf("how a commenter behaves: %w", err)
	}
	return p, nil
}

func (c Conduct) standing(ctx context.Context, q Question, p *Past) error {
	if q.Visitor == "" {
		return nil
	}
	if err := c.engine.Reader().QueryRowContext(ctx, `
		SELECT EXISTS (SELECT 1 FROM comment WHERE visitor = $1 AND status = 'approved' AND id <> $2)`, q.Visitor, q.Comment).Scan(&p.Known); err != nil {
		return err
	}
	list, err := sqlrow.Collect(ctx, c.engine.Reader(), sqlrow.Column[string], standingText, q.Visitor, q.Comment, Remembered)
	p.Decided = len(list)
	for _, s := range list {
		if state.Comment(s) != state.Approved {
			p.Refused++
		}
	}
	return err
}

func (c Conduct) same(ctx context.Context, q Question, p *Past) error {
	key := TextKey(q.Text)
	if key == "" {
		return nil
	}
	return c.engine.Reader().QueryRowContext(ctx, sameText, key, sqlrow.Milli(c.now().Add(-sameWithin)), q.Visitor, sqlrow.Text(q.Networks), q.Comment).Scan(&p.Same, &p.OwnSame)
}

const (
	standingText = `
		SELECT status FROM comment WHERE visitor = $1 AND status IN ('approved', 'spam', 'removed') AND taken = 0 AND id <> $2
		ORDER BY seq DESC LIMIT $3`
	sameText = `
		SELECT count(*), count(*) FILTER (WHERE (visitor <> '' AND visitor = $3) OR network IN (SELECT value FROM json_each($4)))
		FROM comment WHERE same = $1 AND same <> '' AND created > $2 AND id <> $5`
	postedText = `
		SELECT created FROM comment WHERE network IN (SELECT value FROM json_each($1)) AND network <> '' AND created > $2
		ORDER BY created DESC LIMIT $3`
	aroundText = `
		SELECT created FROM comment WHERE around IN (SELECT value FROM json_each($1)) AND around <> '' AND created > $2
		ORDER BY created DESC LIMIT $3`
)

func (c Conduct) times(ctx context.Context, text string, names []string, since time.Time) ([]time.Time, error) {
	list, err := sqlrow.Collect(ctx, c.engine.Reader(), func(r sqlrow.Row) (t time.Time, err error) {
		err = r.Scan(sqlrow.Time(&t))
		return t, err
	}, text, sqlrow.Text(names), sqlrow.Milli(since), RateRows)
	slices.Reverse(list)
	return list, err
}
