//go:build mutant_backup_in_place

package db

// partSuffix gives a copy its name before it is whole. TestChaos must find it.
const partSuffix = ""
