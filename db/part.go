//go:build !mutant_backup_in_place

package db

// partSuffix ends the name of a copy that is not whole yet.
const partSuffix = ".part"
