// Package conduct knows how those behave who comment: how their last comments
// fared, how often their network posts, where else their text stands, what other
// readers reported, and what editors decided, for a judge to learn from. It
// decides nothing. It has statements of its own over the store's comments and over
// a table of reports, and asks the store's engine to run them. Begin with New.
package conduct

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
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
	visits *visits
}

// New returns the conduct in the store that e is the engine of; now is its clock.
func New(e *engine.DB, now func() time.Time) Conduct { return Conduct{e, now, &visits{}} }

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
	Visitor  string    // empty: one without a cookie
	Networks []string  // how the network is called on the days that count, today's first
	Around   []string  // and the networks around it
	Text     string    // as typed
	Comment  string    // id of the comment that is being changed and does not count, or empty
	Visits   []string  // how Visited was told of the network's getting the form, on those days
	Since    time.Time // of what counts against a rate; zero: nothing does
}

// Past is what is known.
type Past struct {
	Known            bool // the visitor has an approved comment
	Decided, Refused int  // of the visitor's last ones, at most Remembered; Refused by editors or as spam
	Same, OwnSame    int  // comments with the same text within a day; by the visitor or their network
	Posted, Around   []time.Time
	Got              time.Time // when the network last got the form from whatever process; zero where nobody noted it
}

// Of answers q. Posted and Around are when the network, and those around it,
// posted since q.Since, the oldest first, at most RateRows each.
func (c Conduct) Of(ctx context.Context, q Question) (p Past, err error) {
	s := c.ask(q, &p)
	for _, err := range sqlrow.Each(ctx, c.engine.Reader(), func(r sqlrow.Row) (struct{}, error) { return struct{}{}, s.Each(r) }, s.Text, s.Args...) {
		if err != nil {
			return Past{}, fmt.Errorf("how a commenter behaves: %w", err)
		}
	}
	p.settle()
	return p, nil
}

// A Check judges a comment as it is stored: of two that come at once, to two processes,
// the later one is told of the earlier one (M7).
type Check struct {
	Alone    []string // nobody else who has one of these stores a comment meanwhile
	conduct  Conduct
	question Question
	begin    func() (Judge, engine.Statement)
}

// Judge says how a comment is stored whose writer's past is known, or gives a RateError.
type Judge func(Past) (status state.Comment, reason, flagged string, err error)

// Judging is a Check that is being made. It is of one transaction.
type Judging struct {
	question Question
	judge    Judge
	past     Past
}

// Posted is a comment that is stored in the same transaction, and which nobody who asks
// is told of yet.
type Posted struct {
	Comment                  string // id
	Visitor, Network, Around string
	Text                     string // as typed
	At                       time.Time
}

// Begin begins the check: what it has to know is known once the statements have run.
func (c Check) Begin() (*Judging, []engine.Statement) {
	judge, also := c.begin()
	j := &Judging{question: c.question, judge: judge}
	return j, []engine.Statement{c.conduct.ask(c.question, &j.past), also}
}

// Beside tells of another comment, which was stored before this one.
func (j *Judging) Beside(c Posted) {
	q, key := j.question, TextKey(c.Text)
	ours := c.Network != "" && slices.Contains(q.Networks, c.Network)
	if ours && c.At.After(q.Since) {
		j.past.Posted = append(j.past.Posted, c.At)
	}
	if c.Around != "" && slices.Contains(q.Around, c.Around) && c.At.After(q.Since) {
		j.past.Around = append(j.past.Around, c.At)
	}
	if key != "" && key == TextKey(q.Text) && c.Comment != q.Comment {
		j.past.Same++
		if ours || c.Visitor != "" && c.Visitor == q.Visitor {
			j.past.OwnSame++
		}
	}
}

// Judge says how the comment is stored, or gives a RateError where it is not.
func (j *Judging) Judge() (status state.Comment, reason, flagged string, err error) {
	j.past.settle()
	return j.judge(j.past)
}

// A RateError says that an address, or those around it, have posted enough for now.
type RateError struct{ Wait time.Duration }

func (e RateError) Error() string { return "too many comments: come again in " + e.Wait.String() }

// Check is the check of a comment that q asks of. begin is called in each transaction in
// which it is made, for the judge and for what else that has to know.
func (c Conduct) Check(q Question, begin func() (Judge, engine.Statement)) Check {
	check := Check{conduct: c, question: q, begin: begin}
	names := []string{TextKey(q.Text)}
	if !q.Since.IsZero() {
		names = slices.Concat(names, q.Networks, q.Around)
	}
	for _, name := range names {
		if name != "" {
			check.Alone = append(check.Alone, "courant comment "+name)
		}
	}
	return check
}

// The limits of statements that run for each comment are written out: SQLite prepares
// one anew each time it is run with a limit that is a parameter, which takes longer than
// these take to run.
const (
	rememberedText = "10" // Remembered
	rateRowsText   = "64" // RateRows

	// pastText is all that is known, in one statement, for the server may be far. Its second
	// column is a list of moments, or of "same" and "own" how many there are: a wave of one
	// text may be thousands. Each name is looked up by itself, by the end of its stretch of
	// the index. PostgreSQL may think that what is there since $3 is little, and read and sort
	// it all: by a rate that is asked for in earnest it is no more than RateRows.
	pastText = `
		SELECT 'posted', (SELECT string_agg(CAST(created AS TEXT), ' ') FROM (SELECT created FROM comment WHERE network = name.value AND network <> ''
			AND created > $3 ORDER BY created DESC LIMIT ` + rateRowsText + `) AS posted) FROM json_each($1) AS name
		UNION ALL SELECT 'around', (SELECT string_agg(CAST(created AS TEXT), ' ') FROM (SELECT created FROM comment WHERE around = name.value AND around <> ''
			AND created > $3 ORDER BY created DESC LIMIT ` + rateRowsText + `) AS near) FROM json_each($2) AS name
		UNION ALL SELECT CASE WHEN (visitor <> '' AND visitor = $6) OR network IN (SELECT value FROM json_each($1)) THEN 'own' ELSE 'same' END, CAST(count(*) AS TEXT)
			FROM comment WHERE same = $4 AND same <> '' AND created > $5 AND id <> $7 GROUP BY 1
		UNION ALL SELECT 'got', (SELECT CAST(at AS TEXT) FROM visit WHERE visit.name = name.value) FROM json_each($8) AS name
		UNION ALL SELECT 'decided', status FROM (SELECT status FROM comment WHERE $6 <> '' AND visitor = $6
			AND status IN ('approved', 'spam', 'removed') AND taken = 0 AND id <> $7 ORDER BY seq DESC LIMIT ` + rememberedText + `) AS decided
		UNION ALL SELECT 'known', id FROM (SELECT id FROM comment WHERE $6 <> '' AND visitor = $6 AND status = 'approved' AND id <> $7 LIMIT 1) AS known`
)

// ask asks what pastText says of q.
func (c Conduct) ask(q Question, p *Past) engine.Statement {
	return engine.Statement{Text: pastText, Each: p.scan, Args: []any{
		sqlrow.Text(q.Networks), sqlrow.Text(q.Around), sqlrow.Milli(q.Since), TextKey(q.Text),
		sqlrow.Milli(c.now().Add(-sameWithin)), q.Visitor, q.Comment, sqlrow.Text(q.Visits),
	}}
}

// scan takes a row of pastText.
func (p *Past) scan(r sqlrow.Row) error {
	var of string
	var has sql.NullString
	if err := r.Scan(&of, &has); err != nil {
		return err
	}
	switch of {
	case "known":
		p.Known = true
		return nil
	case "decided":
		p.Decided++
		if state.Comment(has.String) != state.Approved {
			p.Refused++
		}
		return nil
	}
	for _, number := range strings.Fields(has.String) {
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return err
		}
		switch at := time.UnixMilli(n).UTC(); of {
		case "posted":
			p.Posted = append(p.Posted, at)
		case "around":
			p.Around = append(p.Around, at)
		case "own":
			p.OwnSame = int(n)
			p.Same += int(n)
		case "same":
			p.Same += int(n)
		case "got":
			if at.After(p.Got) {
				p.Got = at
			}
		}
	}
	return nil
}

// settle has the moments in their order, and no more of them than count.
func (p *Past) settle() {
	for _, list := range []*[]time.Time{&p.Posted, &p.Around} {
		slices.SortFunc(*list, time.Time.Compare)
		*list = (*list)[max(0, len(*list)-RateRows):]
	}
}
