//go:build !mutant_no_unique_key && !mutant_migration_in_pieces

package db

import "io/fs"

// shipped are the migrations of this program.
func shipped() (fs.FS, error) { return fs.Sub(migrations, "migrations") }
