package daemon

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"courant/db"
	"courant/db/engine"
	"courant/db/scope"
)

const (
	// indexAfter is how long changes gather before they are indexed, many at once.
	// With the second in which another process's change is seen they are found
	// within two.
	indexAfter = 200 * time.Millisecond
	// indexMany is how many changes are worth a batch of their own, without waiting for
	// others to gather.
	indexMany = 200
	// indexAgain is when indexing is tried again that failed.
	indexAgain = 5 * time.Second
)

// KeepIndex takes whatever changes for readers into the store's index of words,
// and what it finds unindexed at the start, until ctx ends. After each batch it
// rests for as long as that took: who polls and who serves come first. Where
// several processes do so for one store, they take turns.
func KeepIndex(ctx context.Context, store *db.DB, log *slog.Logger) {
	changed := make(chan struct{}, 1)
	store.OnChange(func(scopes []string) {
		if slices.Equal(scopes, []string{scope.Search}) {
			return // it was indexed
		}
		select {
		case changed <- struct{}{}:
		default:
		}
	})
	began, done := time.Now(), 0
	for {
		start := time.Now()
		n, err := store.Index(ctx)
		done += n
		rest := time.Since(start)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			level := slog.LevelWarn
			if engine.Busy(err) || errors.Is(err, context.DeadlineExceeded) {
				level = slog.LevelDebug // others write: it is their turn
			}
			log.Log(ctx, level, "cannot index what changed", "err", err)
			rest = indexAgain
		case n == 0:
			if took := time.Since(began); took > indexAgain {
				log.Info("indexed what had not been", "changes", done, "took", took.Round(time.Millisecond))
			}
			select {
			case <-ctx.Done():
				return
			case <-changed:
			}
			began, done, rest = time.Now(), 0, indexAfter
		case n < indexMany:
			rest = max(rest, indexAfter)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(rest):
		}
	}
}
