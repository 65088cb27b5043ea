//go:build mutant_no_unique_key || mutant_migration_in_pieces

package db

import (
	"io/fs"
	"strings"
	"testing/fstest"
)

// shipped are the migrations of this program, with edits of a mutant. TestChaos
// must find it.
func shipped() (fs.FS, error) {
	files := fstest.MapFS{}
	list, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	for _, name := range list {
		data, err := migrations.ReadFile(name)
		if err != nil {
			return nil, err
		}
		text := mutateSchema(string(data))
		files[strings.TrimPrefix(name, "migrations/")] = &fstest.MapFile{Data: []byte(text)}
	}
	return files, nil
}
