//go:build mutant_migration_in_pieces

package db

import "strings"

// mutateSchema has each statement of a migration committed by itself.
func mutateSchema(text string) string {
	return strings.Replace(text, "-- +goose Up", "-- +goose NO TRANSACTION\n-- +goose Up", 1)
}
