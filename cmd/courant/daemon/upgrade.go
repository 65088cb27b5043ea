package daemon

import (
	"context"
	"errors"
	"fmt"
	"time"

	"courant/db"
	"courant/db/engine"
)

// outdatedEvery is how often a daemon looks whether a newer one has changed the database
// so that it must end: what it writes until then is refused anyway.
const outdatedEvery = time.Second

// keepUp ends the daemon, with engine.ErrNewer, once it must not write any more
// beside the schema that a newer one made (docs/machines.md, Upgrade one by one). A
// database that is away says nothing.
func keepUp(ctx context.Context, store *db.DB) error {
	tick := time.NewTicker(outdatedEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if err := store.Outdated(ctx); errors.Is(err, engine.ErrNewer) {
			return fmt.Errorf("write beside a newer program: %w", err)
		}
	}
}
