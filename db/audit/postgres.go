package audit

import (
	"context"

	"courant/db/engine"
)

// postgresDamage reads every value of every table, as far as it is stored apart too,
// and asks the server what it knows of itself. More needs its extension amcheck.
func postgresDamage(ctx context.Context, a *audit) error {
	for _, t := range a.tables {
		var bytes int64
		// Beside the transaction, which an error would end.
		if err := a.d.Reader().QueryRowContext(ctx, `SELECT coalesce(sum(octet_length(CAST(t AS TEXT))), 0) FROM `+quoted(t.Name)+` AS t`).Scan(&bytes); err != nil {
			if !engine.Damaged(err) {
				return err
			}
			a.fault(Damage, t.Name, err.Error())
		}
	}
	for table, text := range map[string]string{
		"index": `SELECT CAST(CAST(indexrelid AS regclass) AS TEXT) || ' is not valid: REINDEX it' FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
			WHERE NOT indisvalid AND relnamespace = CAST(current_schema() AS regnamespace)`,
		"constraint": `SELECT conname || ' of ' || CAST(CAST(conrelid AS regclass) AS TEXT) || ' was never validated' FROM pg_constraint
			WHERE NOT convalidated AND connamespace = CAST(current_schema() AS regnamespace)`,
		"server": `SELECT 'the checksums of ' || CAST(checksum_failures AS TEXT) || ' pages were wrong' FROM pg_stat_database
			WHERE datname = current_database() AND checksum_failures > 0`,
	} {
		if err := a.each(ctx, Damage, table, text); err != nil {
			return err
		}
	}
	return nil
}
