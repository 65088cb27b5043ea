package editing

import (
	"context"

	"courant/db"
	"courant/db/newsroom"
	"courant/db/state"
)

// Add does what o says to an article that has no feed: one that was made for it, which
// o.New says, or that was added before. With the action Add it waits as it is, once
// more where it was rejected. The deed has no ID where nothing is another. Errors: those
// of Do.
func (e Editor) Add(ctx context.Context, a db.Article, o Order) (deed newsroom.Deed, err error) {
	o.IDs = []string{a.ID}
	switch {
	case o.New || o.Action != Add:
	case a.Status == state.Rejected:
		o.Action = Reopen
	case o.Edit == nil:
		return deed, nil
	default:
		_, deed, err = e.Edit(ctx, a.ID, *o.Edit)
		return deed, err
	}
	return e.Do(ctx, o)
}
