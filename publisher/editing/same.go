package editing

import (
	"context"
	"errors"

	"courant/db"
	"courant/db/newsroom"
	"courant/db/state"
)

// joinTo looks at the first article of o, which the others join, or are attached to:
// its page says so.
func (e Editor) joinTo(ctx context.Context, o *Order) (err error) {
	first, err := e.store.Article(ctx, o.IDs[0])
	if err != nil {
		return err
	}
	if !e.mayTouch(first, o.Action) {
		return notYours(first)
	}
	o.stands = newsroom.Place{Status: first.Status}.Stands()
	o.group, err = newsroom.New(e.store.DB, e.store.Now).GroupOf(ctx, first.ID)
	return err
}

// AttachLate attaches what came after an article that is the same and stands: nobody
// has to decide on it twice. It is done in the name of the desk.
func AttachLate(ctx context.Context, store *db.DB) error {
	room := newsroom.New(store.DB, store.Now)
	list, upTo, err := room.Late(ctx)
	if err != nil || upTo == 0 {
		return err
	}
	heads, byHead := []string{}, map[string][]string{}
	for _, l := range list {
		if byHead[l.Head] == nil {
			heads = append(heads, l.Head)
		}
		byHead[l.Head] = append(byHead[l.Head], l.ID)
	}
	for _, head := range heads {
		_, err := store.Do(ctx, DeskActor, string(Attach), byHead[head], db.With{}, func(_ db.Article, p newsroom.Place) (newsroom.Place, error) {
			if p.Status == state.Incoming && !p.Bin {
				p.Status, p.Under = state.Rejected, head
			}
			return p, nil
		})
		if err != nil && !errors.Is(err, db.ErrNotFound) { // purged meanwhile
			return err
		}
	}
	return room.SettleLate(ctx, upTo)
}

// DeskActor is whom the log names for what the desk did of itself.
const DeskActor = "desk"
