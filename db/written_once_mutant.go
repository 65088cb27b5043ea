//go:build mutant_identity_each_start

package db

// onceWritten gives the database a new identity at each start. TestChaos must
// find it.
const onceWritten = `ON CONFLICT (key) DO UPDATE SET value = excluded.value`
