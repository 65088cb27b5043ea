package audit

import (
	"context"
	"fmt"

	"courant/db/sqlrow"
)

// sqliteDamage runs SQLite's own check of the file, its indexes and its index of
// words.
func sqliteDamage(ctx context.Context, a *audit) error {
	found, err := sqlrow.Collect(ctx, a.t, sqlrow.Column[string], fmt.Sprintf(`PRAGMA integrity_check(%d)`, most))
	if err != nil {
		return err
	}
	for _, says := range found {
		if says != "ok" {
			a.fault(Damage, "file", says)
		}
	}
	return nil
}
