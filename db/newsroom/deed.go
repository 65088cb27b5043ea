package newsroom

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"courant/db/sqlrow"
	"courant/db/state"
)

// Place is where an article lies at the desk: all that an undo puts back.
type Place struct {
	Status    state.Article `json:"status"`
	Scheduled time.Time     `json:"scheduled,omitzero"`
	Reason    string        `json:"reason,omitempty"`    // of a withdrawal, for readers; of a rejection, for editors
	Bin       bool          `json:"bin,omitempty"`       // it is kept for later
	Under     string        `json:"under,omitempty"`     // id of the article that stands for it
	Nominated bool          `json:"nominated,omitempty"` // by whoever acts
	Pinned    time.Time     `json:"pinned,omitzero"`     // of the published ones the one pinned last leads the front page; zero: it is not
	Same      int64         `json:"same,omitempty"`      // which articles it is the same as; 0: none. Only where a deed is about that
}

// Stands reports whether readers see what lies there, or will at a set time.
func (p Place) Stands() bool { return p.Status == state.Published || p.Status == state.Scheduled }

// binned is what the log calls an article that is kept for later.
const binned = "kept for later"

// Said is p in words, for the log.
func (p Place) Said() string {
	switch {
	case p.Status == state.Scheduled:
		return string(p.Status) + " for " + p.Scheduled.UTC().Format(time.RFC3339)
	case p.Bin:
		return binned
	case p.Under != "":
		return attachedTo + p.Under
	}
	return string(p.Status)
}

// attachedTo begins what the log says of an article that another one stands for.
const attachedTo = "attached to "

// Differ says in words, for the log, what is another of two places of one article that
// both have its status.
func Differ(was, is Place) (before, after string) {
	words := func(p Place) string {
		switch {
		case was.Bin != is.Bin && p.Bin:
			return binned
		case was.Bin != is.Bin:
			return string(p.Status)
		case was.Pinned != is.Pinned && p.Pinned.IsZero():
			return "not pinned"
		case was.Pinned != is.Pinned:
			return "pinned"
		case was.Nominated != is.Nominated && p.Nominated:
			return "nominated"
		case was.Nominated != is.Nominated:
			return "not nominated"
		case was.Under != is.Under && p.Under != "":
			return attachedTo + p.Under
		case p.Same != 0:
			return sameAs + "others"
		}
		return alone
	}
	return words(was), words(is)
}

// sameAs begins what the log says of an article that is in a group.
const sameAs = "the same as "

// SameAs says in words, for the log, which article the one with a number is the same as:
// the first of its group but itself.
func SameAs(ctx context.Context, q sqlrow.Queryer, seq int64) (said string, err error) {
	var id string
	err = sqlrow.One(q.QueryRowContext(ctx, `
		SELECT article.id FROM same JOIN same AS other ON other.head = same.head AND other.article <> same.article
		JOIN article ON article.seq = other.article WHERE same.article = $1 ORDER BY other.article LIMIT 1`, seq), &id)
	if errors.Is(err, sqlrow.ErrNotFound) {
		return alone, nil
	}
	return sameAs + id, err
}

// alone is what the log calls an article that is in no group.
const alone = "on its own"

// Standing is how a comment stands: all that an undo puts back.
type Standing struct {
	Status  state.Comment `json:"status"`
	Reason  string        `json:"reason,omitempty"`
	Flagged string        `json:"flagged,omitempty"`
	Taken   bool          `json:"taken,omitempty"`
	Decided int64         `json:"decided,omitempty"` // milliseconds since 1970; 0: nobody has
}

// Said is s in words, for the log.
func (s Standing) Said() string {
	if s.Flagged != "" {
		return string(s.Status) + ", flagged"
	}
	return string(s.Status)
}

// Step is what became of one article: of its place, or of its words, or of what is
// noted about it, or typed and not saved; or of one comment on it.
type Step struct {
	Article string   `json:"article"` // id
	Was     Place    `json:"was,omitzero"`
	Is      Place    `json:"is,omitzero"`
	Comment string   `json:"comment,omitempty"` // id; of an article it is empty
	Stood   Standing `json:"stood,omitzero"`
	Stands  Standing `json:"stands,omitzero"`

	Had    map[string]json.RawMessage `json:"had,omitempty"`    // the words that were changed, by field: as they were
	Has    map[string]json.RawMessage `json:"has,omitempty"`    // and as they became
	Notice string                     `json:"notice,omitempty"` // id of what readers were told of a correction
	Waited *Sent                      `json:"waited,omitempty"` // what its source sent, where the deed takes that over or gives up what waited of it: as it was
	Waits  *Sent                      `json:"waits,omitempty"`  // and as it became
	Note   *Note                      `json:"note,omitempty"`   // that was left
	Typed  *Typed                     `json:"typed,omitempty"`  // that was forgotten
}

// Back is s as the step that takes it back.
func (s Step) Back() Step {
	s.Was, s.Is, s.Stood, s.Stands = s.Is, s.Was, s.Stands, s.Stood
	s.Had, s.Has, s.Waited, s.Waits = s.Has, s.Had, s.Waits, s.Waited
	return s
}

// Fields are the words that a step changed, in the order of their names.
func (s Step) Fields() []string { return slices.Sorted(maps.Keys(s.Has)) }

// Deed is what somebody did to articles or to comments, one or many at once. It can
// be undone, and undoing it again does it again.
type Deed struct {
	ID     string // random; empty where nothing was done
	At     time.Time
	Actor  string
	What   string // publish, reject, …
	Undone bool
	Steps  []Step
}

// Articles are the ids of those that it was done to, each once.
func (d Deed) Articles() (ids []string) {
	for _, s := range d.Steps {
		if !slices.Contains(ids, s.Article) {
			ids = append(ids, s.Article)
		}
	}
	return ids
}

// Size is of how many articles it is, or comments.
func (d Deed) Size() int {
	if d.OfComments() {
		return len(d.Steps)
	}
	return len(d.Articles())
}

// OfComments reports whether it was done to comments.
func (d Deed) OfComments() bool { return len(d.Steps) > 0 && d.Steps[0].Comment != "" }

// A RefusalError says why an article was not moved, as the end of a sentence that
// begins with the article.
type RefusalError struct {
	Text string
	Kind error // what errors.Is finds in it; nil: nothing
}

func (e *RefusalError) Error() string { return e.Text }

func (e *RefusalError) Unwrap() error { return e.Kind }

// Groups reports whether a deed called what is about which articles are the same:
// split, join, and what takes them back.
func Groups(what string) bool {
	_, undone, _ := strings.Cut(what, " ") // "undo split"
	return slices.Contains([]string{"split", "join"}, cmp.Or(undone, what))
}

// TakesBack reports whether a deed called what takes another one back, or does it again.
func TakesBack(what string) bool { return strings.Contains(what, " ") }

// deedKept is how long a deed is known: an undo works for an hour, and what was
// done is in the log of actions for ever.
const deedKept = 7 * 24 * time.Hour

// SaveDeed stores a deed within t, under a new ID that it returns.
func SaveDeed(ctx context.Context, t *sql.Tx, d Deed) (string, error) {
	if _, err := t.ExecContext(ctx, `DELETE FROM deed WHERE at < $1`, sqlrow.Milli(d.At.Add(-deedKept))); err != nil {
		return "", err
	}
	id := strings.ToLower(rand.Text()[:deedChars])
	_, err := t.ExecContext(ctx, `INSERT INTO deed (id, at, actor, what, steps) VALUES ($1, $2, $3, $4, $5)`,
		id, sqlrow.Milli(d.At), d.Actor, d.What, sqlrow.Text(d.Steps))
	return id, err
}

// deedChars is the length of a deed's id, of 32 letters and digits.
const deedChars = 10

// TurnDeed notes that a deed was undone, or done again.
func TurnDeed(ctx context.Context, t *sql.Tx, id string, undone bool) error {
	n := 0
	if undone {
		n = 1
	}
	_, err := t.ExecContext(ctx, `UPDATE deed SET undone = $2 WHERE id = $1`, id, n)
	return err
}

// ReadDeed returns what was done, or sqlrow.ErrNotFound.
func ReadDeed(ctx context.Context, q sqlrow.Queryer, id string) (d Deed, err error) {
	d.ID = id
	var undone int
	err = sqlrow.One(q.QueryRowContext(ctx, `SELECT at, actor, what, undone, steps FROM deed WHERE id = $1`, id),
		sqlrow.Time(&d.At), &d.Actor, &d.What, &undone, sqlrow.JSON(&d.Steps))
	d.Undone = undone == 1
	if err != nil {
		return Deed{}, fmt.Errorf("action %s: %w", id, err)
	}
	return d, nil
}

// Deed returns what was done, or sqlrow.ErrNotFound.
func (r *Room) Deed(ctx context.Context, id string) (Deed, error) {
	return ReadDeed(ctx, r.engine.Reader(), id)
}

// LastDeed returns what somebody did last to articles and did not undo, or
// sqlrow.ErrNotFound.
func (r *Room) LastDeed(ctx context.Context, actor string) (Deed, error) {
	var id string
	if err := sqlrow.One(r.engine.Reader().QueryRowContext(ctx, `
		SELECT id FROM deed WHERE actor = $1 AND undone = 0 AND what NOT IN ('approved', 'removed', 'spam') ORDER BY at DESC LIMIT 1`, actor), &id); err != nil {
		return Deed{}, fmt.Errorf("what %s did: %w", actor, err)
	}
	return r.Deed(ctx, id)
}

// PlaceOf is where an article lies, as actor sees it; of is what the article itself
// says.
func PlaceOf(ctx context.Context, q sqlrow.Queryer, seq int64, actor string, of Place) (Place, error) {
	var bin, nominated int
	err := q.QueryRowContext(ctx, `
		SELECT (SELECT count(*) FROM bin WHERE article = $1), (SELECT count(*) FROM nomination WHERE article = $1 AND name = $2),
			coalesce((SELECT head.id FROM attached JOIN article AS head ON head.seq = attached.head WHERE attached.article = $1), ''),
			(SELECT at FROM pin WHERE article = $1), coalesce((SELECT head FROM same WHERE article = $1), 0)`,
		seq, actor).Scan(&bin, &nominated, &of.Under, sqlrow.Time(&of.Pinned), &of.Same)
	of.Bin, of.Nominated = bin > 0, nominated > 0
	return of, err
}

// SetPlace writes what of a place does not stand with the article itself.
func SetPlace(ctx context.Context, t *sql.Tx, seq int64, now time.Time, actor string, was, is Place) error {
	exec := func(differs bool, text string, args ...any) func() error {
		return func() error {
			if !differs {
				return nil
			}
			_, err := t.ExecContext(ctx, text, args...)
			return err
		}
	}
	for _, do := range []func() error{
		exec(is.Bin && !was.Bin, `INSERT INTO bin (article, at, actor) VALUES ($1, $2, $3) ON CONFLICT (article) DO NOTHING`, seq, sqlrow.Milli(now), actor),
		exec(was.Bin && !is.Bin, `DELETE FROM bin WHERE article = $1`, seq),
		exec(is.Nominated && !was.Nominated, `INSERT INTO nomination (article, name, at) VALUES ($1, $2, $3) ON CONFLICT (article, name) DO NOTHING`, seq, actor, sqlrow.Milli(now)),
		exec(was.Nominated && !is.Nominated, `DELETE FROM nomination WHERE article = $1 AND name = $2`, seq, actor),
		exec(!is.Pinned.IsZero() && is.Pinned != was.Pinned, `INSERT INTO pin (article, at, actor) VALUES ($1, $2, $3)
			ON CONFLICT (article) DO UPDATE SET at = excluded.at, actor = excluded.actor`, seq, sqlrow.Milli(is.Pinned), actor),
		exec(is.Pinned.IsZero() && !was.Pinned.IsZero(), `DELETE FROM pin WHERE article = $1`, seq),
		exec(is.Under != was.Under, `DELETE FROM attached WHERE article = $1`, seq),
	} {
		if err := do(); err != nil {
			return err
		}
	}
	if is.Same != was.Same {
		if err := regroup(ctx, t, seq, was.Same, is.Same); err != nil {
			return err
		}
	}
	if is.Under == was.Under || is.Under == "" {
		return nil
	}
	res, err := t.ExecContext(ctx, `INSERT INTO attached (article, head) SELECT $1, seq FROM article WHERE id = $2 AND seq <> $1`, seq, is.Under)
	return sqlrow.Touched(res, err, sqlrow.ErrNotFound)
}
