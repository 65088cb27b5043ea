package editing

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"courant/db"
	"courant/db/newsroom"
	"courant/db/state"
	"courant/db/text"
)

// Action is what can be done to articles on a list, one or many at once.
type Action string

// The actions.
const (
	Publish  Action = "publish"
	Reject   Action = "reject"
	Reopen   Action = "reopen" // back to incoming
	Withdraw Action = "withdraw"
	Schedule Action = "schedule" // publish at a time
	Bin      Action = "bin"      // keep for later
	Unbin    Action = "unbin"
	Pin      Action = "pin" // have the article lead the front page, while no other is pinned after it
	Unpin    Action = "unpin"
	Nominate Action = "nominate" // say that it should be published, or take that back
	Attach   Action = "attach"   // to the first: that one stands for the others
	Join     Action = "join"     // with the first: they are the same, whatever the program thinks
	Split    Action = "split"    // from what is the same: it is an article of its own
	Add      Action = "add"      // leave what was just made where it lies: only with New
)

// Order is what an editor wants done.
type Order struct {
	Action Action
	IDs    []string  // of articles
	Reason string    // of Withdraw, for readers; of Reject, for editors
	At     time.Time // of Schedule
	Edit   *Change   // what becomes of the words of the first article, before; nil: nothing

	// New says that the only article was made just now, for this: an undo takes that back
	// too. It stays, among what was rejected, for no id that was given goes.
	New   bool
	Typed *newsroom.Typed // of which it was made, with New: forgotten, and back with an undo; nil: nothing
	Note  string          // for other editors, about what of IDs can be moved; empty: none. An undo takes it back too

	group  int64 // of Join: that of the first
	stands bool  // whether readers see the first, or will
}

const (
	// maxReason is the longest reason, in characters: a few sentences.
	maxReason = 2000
	// furthest is how far ahead a publication can be scheduled.
	furthest = 2 * 365 * 24 * time.Hour
	// MostAtOnce is how many articles one order is about: some lists full. What
	// they take is a transaction of some tens of milliseconds.
	MostAtOnce = 500
	// undoWithin is for how long what was done can be undone.
	undoWithin = time.Hour
)

// changes says of each action where an article lies afterwards.
var changes = map[Action]func(o Order, p newsroom.Place) (newsroom.Place, error){
	Publish: func(_ Order, p newsroom.Place) (newsroom.Place, error) {
		return newsroom.Place{Status: state.Published, Nominated: p.Nominated, Pinned: p.Pinned}, nil
	},
	Reject: func(o Order, p newsroom.Place) (newsroom.Place, error) {
		if p.Status == state.Scheduled {
			return p, refusal("is scheduled: make it incoming again first")
		}
		return newsroom.Place{Status: state.Rejected, Reason: o.Reason, Nominated: p.Nominated, Pinned: p.Pinned}, nil
	},
	Reopen: func(_ Order, p newsroom.Place) (newsroom.Place, error) {
		return newsroom.Place{Status: state.Incoming, Nominated: p.Nominated, Pinned: p.Pinned}, nil
	},
	Withdraw: func(o Order, p newsroom.Place) (newsroom.Place, error) {
		return newsroom.Place{Status: state.Withdrawn, Reason: o.Reason, Nominated: p.Nominated, Pinned: p.Pinned}, nil
	},
	Schedule: func(o Order, p newsroom.Place) (newsroom.Place, error) {
		return newsroom.Place{Status: state.Scheduled, Scheduled: o.At, Nominated: p.Nominated, Pinned: p.Pinned}, nil
	},
	Bin: func(_ Order, p newsroom.Place) (newsroom.Place, error) {
		if p.Status != state.Incoming {
			return p, refusal("is %s: only what is incoming is kept for later", p.Status)
		}
		p.Bin = true
		return p, nil
	},
	Unbin: func(_ Order, p newsroom.Place) (newsroom.Place, error) {
		p.Bin = false
		return p, nil
	},
	Pin: func(o Order, p newsroom.Place) (newsroom.Place, error) {
		if p.Status == state.Withdrawn || p.Status == state.Rejected {
			return p, refusal("is %s: only what readers see, or may come to see, is pinned", p.Status)
		}
		p.Pinned = o.At
		return p, nil
	},
	Unpin: func(_ Order, p newsroom.Place) (newsroom.Place, error) {
		p.Pinned = time.Time{}
		return p, nil
	},
	Nominate: func(_ Order, p newsroom.Place) (newsroom.Place, error) {
		p.Nominated = !p.Nominated
		return p, nil
	},
	Attach: func(o Order, p newsroom.Place) (newsroom.Place, error) {
		if p.Status != state.Incoming && p.Status != state.Rejected {
			return p, refusal("is %s: only what was not published is attached to another", p.Status)
		}
		return newsroom.Place{Status: state.Rejected, Under: o.IDs[0], Nominated: p.Nominated, Pinned: p.Pinned}, nil
	},
	Join: func(o Order, p newsroom.Place) (newsroom.Place, error) {
		p.Same = o.group
		if o.stands && (p.Status == state.Incoming || p.Status == state.Rejected) {
			p.Status, p.Reason, p.Bin, p.Under = state.Rejected, "", false, o.IDs[0]
		}
		return p, nil
	},
	Add: func(_ Order, p newsroom.Place) (newsroom.Place, error) { return p, nil },
	Split: func(_ Order, p newsroom.Place) (newsroom.Place, error) {
		if p.Same == 0 && p.Under == "" {
			return p, refusal("is an article of its own already")
		}
		if p.Under != "" && p.Status == state.Rejected {
			p.Status, p.Reason = state.Incoming, ""
		}
		p.Same, p.Under = 0, ""
		return p, nil
	},
}

func refusal(format string, args ...any) error {
	return &newsroom.RefusalError{Text: fmt.Sprintf(format, args...)}
}

// notYours refuses a, which is of a section that the editor does not decide on.
func notYours(a db.Article) error {
	return &newsroom.RefusalError{Text: fmt.Sprintf("is of the section %q, which is not yours", a.Section), Kind: ErrNotYours}
}

// Do does what o says to all articles that it can be done to, in one transaction:
// the deed, by whose ID it is undone, has those that it was done to. What cannot be
// done to one article is in the error, joined. Where articles are the same (see
// newsroom.Room.Group), what is done to one that is incoming is done to all that
// are: one of them is published, and stands for the others, which are attached to
// it. Errors: *FieldError, *state.TransitionError, *newsroom.RefusalError
// (with ErrNotYours in it where the section is another's), db.ErrNotFound.
func (e Editor) Do(ctx context.Context, o Order) (newsroom.Deed, error) {
	change, known := changes[o.Action]
	o.Reason, o.IDs = text.Line(o.Reason), each(o.IDs)
	switch {
	case !known || o.Action == Add && !o.New:
		return newsroom.Deed{}, &FieldError{"action", fmt.Sprintf("there is no %q", string(o.Action))}
	case len(o.IDs) == 0:
		return newsroom.Deed{}, &FieldError{"id", "no article is chosen"}
	case (o.Action == Attach || o.Action == Join) && len(o.IDs) < 2:
		return newsroom.Deed{}, &FieldError{"id", "one article is chosen, and it takes two"}
	case len(o.IDs) > MostAtOnce:
		return newsroom.Deed{}, &FieldError{"id", fmt.Sprintf("at most %d articles at once", MostAtOnce)}
	case len([]rune(o.Reason)) > maxReason:
		return newsroom.Deed{}, &FieldError{"reason", fmt.Sprintf("has more than %d characters", maxReason)}
	case o.Action == Schedule && !o.At.After(e.store.Now()):
		return newsroom.Deed{}, &FieldError{"at", "must be a time to come"}
	case o.Action == Schedule && o.At.Sub(e.store.Now()) > furthest:
		return newsroom.Deed{}, &FieldError{"at", "is more than two years away"}
	}
	note, err := checkNote(o.Note)
	if err != nil {
		return newsroom.Deed{}, err
	}
	if o.Action == Pin {
		o.At = e.store.Now().UTC().Truncate(time.Millisecond)
	}
	if o.Action == Join || o.Action == Attach {
		if err := e.joinTo(ctx, &o); err != nil {
			return newsroom.Deed{}, err
		}
	}
	ids, stands, err := e.withTwins(ctx, o)
	if err != nil {
		return newsroom.Deed{}, err
	}
	alone := map[int64]bool{} // who began a group that this order splits
	place := func(a db.Article, p newsroom.Place) (newsroom.Place, error) {
		if !e.mayTouch(a, o.Action) {
			return p, notYours(a)
		}
		if o.Action == Split {
			if alone[max(p.Same, -p.Same)] = true; p.Same == 0 && p.Under == "" && alone[a.Seq] {
				return p, nil // the others were just split off
			}
		}
		if head := stands[a.ID]; head != "" {
			return newsroom.Place{Status: state.Rejected, Under: head, Nominated: p.Nominated, Pinned: p.Pinned}, nil
		}
		next, err := change(o, p)
		if err == nil && next == p && o.Action != Add {
			err = standing(a.ID, p, o.Action)
		}
		return next, err
	}
	with := db.With{New: o.New, Typed: o.Typed, Note: note, Noted: o.IDs}
	if o.Edit != nil {
		edit, err := e.edit(ctx, ids[0], *o.Edit)
		if err != nil {
			return newsroom.Deed{}, err
		}
		with.Edit = &edit
	}
	return e.store.Do(ctx, e.name, string(o.Action), ids, with, place)
}

// each is every id of a list once, in its order.
func each(list []string) (ids []string) {
	seen := map[string]bool{}
	for _, id := range list {
		if !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	return ids
}

// standing says that an article lies already where it was to go.
func standing(id string, p newsroom.Place, what Action) error {
	switch {
	case what == Bin:
		return refusal("is kept for later already")
	case what == Unbin:
		return refusal("is not among what is kept for later")
	case what == Pin:
		return refusal("is pinned already")
	case what == Unpin:
		return refusal("is not pinned")
	case what == Attach:
		return refusal("is attached to that one already")
	case what == Join:
		return refusal("is the same as that one already")
	}
	return &state.TransitionError{Kind: "article", ID: id, From: string(p.Status), To: string(p.Status)}
}

// mayTouch reports whether what is limited to sections may do that to an article.
// To say what others should do, anybody may.
func (e Editor) mayTouch(a db.Article, what Action) bool {
	return len(e.only) == 0 || what == Nominate || slices.Contains(e.only, a.Section)
}

// withTwins are the articles of o and those that are the same, and, of those which
// another stands for, that one.
func (e Editor) withTwins(ctx context.Context, o Order) (ids []string, stands map[string]string, err error) {
	ids, stands = slices.Clone(o.IDs), map[string]string{}
	room := newsroom.New(e.store.DB, e.store.Now)
	switch o.Action {
	case Attach, Join:
		return ids[1:], stands, nil
	case Reopen: // what was attached to one that was to be published waits with it again
		for _, id := range slices.Clone(ids) {
			a, err := e.store.Article(ctx, id)
			if errors.Is(err, db.ErrNotFound) || a.Status == state.Published {
				continue // it goes nowhere, and neither do they
			}
			if err != nil {
				return nil, nil, err
			}
			list, err := room.AttachedTo(ctx, id)
			if err != nil {
				return nil, nil, err
			}
			for _, other := range list {
				if !slices.Contains(ids, other) {
					ids = append(ids, other)
				}
			}
		}
		return ids, stands, nil
	}
	if !slices.Contains([]Action{Publish, Schedule, Reject, Bin, Unbin}, o.Action) {
		return ids, stands, nil
	}
	twins, err := room.TwinsOf(ctx, ids)
	if err != nil {
		return nil, nil, err
	}
	for _, id := range slices.Clone(ids) {
		for _, twin := range twins[id] {
			if slices.Contains(ids, twin) {
				continue
			}
			ids = append(ids, twin)
			if o.Action == Publish || o.Action == Schedule {
				stands[twin] = id
			}
		}
	}
	return ids, stands, nil
}

// Undo takes back what was done within the last hour, and what was taken back it
// does again; an empty id is what the editor did last. What was moved since stays,
// with a db.ErrStale in the error; where nothing came of it the deed has no ID. Errors:
// *FieldError, *newsroom.RefusalError with ErrNotYours in it, db.ErrNotFound.
func (e Editor) Undo(ctx context.Context, id string) (deed newsroom.Deed, err error) {
	room := newsroom.New(e.store.DB, e.store.Now)
	if id == "" {
		deed, err = room.LastDeed(ctx, e.name)
	} else {
		deed, err = room.Deed(ctx, id)
	}
	switch {
	case errors.Is(err, db.ErrNotFound):
		return deed, fmt.Errorf("there is nothing to undo: %w", err)
	case err != nil:
		return deed, err
	case e.store.Now().Sub(deed.At) > undoWithin:
		return newsroom.Deed{}, &FieldError{"", "this was done more than an hour ago, and is not undone any more"}
	}
	if len(e.only) > 0 {
		for _, s := range deed.Steps {
			if s.Comment != "" || s.Typed != nil || s.Note != nil {
				continue // whoever moderates does so everywhere, and what they typed is theirs
			}
			a, err := e.store.Article(ctx, s.Article)
			if err != nil {
				return newsroom.Deed{}, err
			}
			if !e.mayTouch(a, Action(deed.What)) {
				return newsroom.Deed{}, notYours(a)
			}
		}
	}
	return e.store.Undo(ctx, deed.ID, e.name)
}

// ParseTime reads a time as a form or a person writes it: in zone, or with one of its
// own. An error is the end of a sentence.
func ParseTime(s string, zone *time.Location) (time.Time, error) {
	s = strings.TrimSpace(s)
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t.UTC(), nil
	}
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04"} {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is not a time: write it like 2026-11-27T09:30", s)
}

// Note leaves a note about articles for other editors, and returns the deed by whose ID
// that is undone. Errors: *FieldError, db.ErrNotFound.
func (e Editor) Note(ctx context.Context, ids []string, note string) (newsroom.Deed, error) {
	note, err := checkNote(note)
	switch {
	case err != nil:
		return newsroom.Deed{}, err
	case note == "":
		return newsroom.Deed{}, &FieldError{"note", "says nothing"}
	case len(ids) == 0:
		return newsroom.Deed{}, &FieldError{"id", "no article is chosen"}
	case len(ids) > MostAtOnce:
		return newsroom.Deed{}, &FieldError{"id", fmt.Sprintf("at most %d articles at once", MostAtOnce)}
	}
	return e.store.LeaveNote(ctx, e.name, each(ids), note)
}

// checkNote is a note as it is stored, its lines kept.
func checkNote(note string) (string, error) {
	note = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(note, "")))
	if len([]rune(note)) > maxReason {
		return "", &FieldError{"note", fmt.Sprintf("has more than %d characters", maxReason)}
	}
	return note, nil
}
