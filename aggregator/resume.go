package aggregator

import (
	"context"

	"courant/db"
	"courant/db/state"
)

// Pause stops the polling of a source until Resume, in the store alone. An
// unknown id is db.ErrNotFound.
func Pause(ctx context.Context, store *db.DB, id, actor string) error {
	return store.PauseSource(ctx, id, true, actor)
}

// Resume clears the store's pause of a source, or the state that ended its
// polling, and makes one that was gone due at once. An unknown id is
// db.ErrNotFound.
func Resume(ctx context.Context, store *db.DB, id, actor string) error {
	s, err := store.Source(ctx, id)
	if err != nil {
		return err
	}
	if err := store.PauseSource(ctx, id, false, actor); err != nil {
		return err
	}
	if s.State != state.Gone && s.State != state.Dormant {
		return nil
	}
	return store.Reschedule(ctx, []db.Due{{Source: id, At: store.Now(), Reason: "resumed", State: state.Active}})
}
