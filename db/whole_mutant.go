//go:build mutant_validators_first

package db

import "context"

// storeWhole stores the validators of passes before what they validate, each
// in a transaction of its own. TestChaos must find it.
func (d *DB) storeWhole(ctx context.Context, passes []Pass, store func(*tx) error) error {
	err := d.inTx(ctx, func(t *tx) error {
		for _, p := range passes {
			poll := p.Poll
			if p.Decide != nil {
				poll = p.Decide(0)
			}
			if _, err := t.ExecContext(ctx, `
				UPDATE source SET etag = $2, last_modified = $3, validators_for = $4, body_hash = $5, next_due = $6 WHERE id = $1`,
				p.Source, poll.ETag, poll.LastModified, poll.ValidatorsFor, poll.BodyHash, ms(poll.NextDue)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return d.inTx(ctx, store)
}
