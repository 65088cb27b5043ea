package engine

import (
	"context"
	"time"
)

// watchEvery is how soon another process's change is seen (PRODUCT.md: within
// 1 s), where nothing wakes who watches.
const watchEvery = 500 * time.Millisecond

// Watch calls f once at its beginning and whenever another connection may have
// written since, until ctx ends, which is no error, or f fails.
func (d *DB) Watch(ctx context.Context, f Look) error {
	if err := d.kind.watch(ctx, d.r, f); ctx.Err() == nil {
		return err
	}
	return nil
}
