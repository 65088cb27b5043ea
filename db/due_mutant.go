//go:build mutant_due_forgotten

package db

// isDue forgets what was written down: a process knows only what it did itself.
// TestChaos must find it.
const isDue = `$1 > 0`
