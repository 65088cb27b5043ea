package db

import "testing"

// Many machines: what the store has to do with it, seen from inside.
func TestMachines(t *testing.T) {
	t.Run("M1 statements", statementsOfBoth)
	t.Run("M1 migrations", migrationsInStep)
	t.Run("M6 order", lateCommit)
	t.Run("M6 lost", watchLost)
}
