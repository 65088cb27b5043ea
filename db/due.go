//go:build !mutant_due_forgotten

package db

// isDue selects the sources that are due at $1: by the time that their last
// pass wrote down, whichever process that was in (P30). NULL: never polled.
const isDue = `(next_due IS NULL OR next_due <= $1 OR last_pass > $1)`
