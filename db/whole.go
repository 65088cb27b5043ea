//go:build !mutant_validators_first

package db

import (
	"context"
	"fmt"
)

// storeWhole runs store, which stores passes, as one transaction: what a pass
// brought and the validators that say so stand or fall together (P17).
func (d *DB) storeWhole(ctx context.Context, passes []Pass, store func(*tx) error) error {
	if err := d.inTx(ctx, store); err != nil {
		return fmt.Errorf("store %d passes: %w", len(passes), err)
	}
	return nil
}
