//go:build mutant_no_unique_key

package db

import "strings"

// mutateSchema takes the key of articles away.
func mutateSchema(text string) string {
	return strings.Replace(text, "UNIQUE (source, guid),", "", 1)
}
