package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every test that opens a store runs on both engines (M2): its package has its TestMain
// call cluster.Main, or starts a server for the test; and .ci/run has PostgreSQL, so that
// none is skipped there.
func bothEngines(t *testing.T) {
	tested := 0
	root := filepath.Join("..", "..")
	for _, half := range []string{"db", "aggregator", "publisher", "cmd"} {
		if err := filepath.WalkDir(filepath.Join(root, half), func(dir string, e fs.DirEntry, err error) error {
			if err != nil || !e.IsDir() {
				return err
			}
			files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
			if err != nil {
				return err
			}
			opens, both := false, false
			for _, name := range files {
				text, err := os.ReadFile(name)
				if err != nil {
					return err
				}
				f, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly)
				if err != nil {
					return err
				}
				for _, i := range f.Imports {
					opens = opens || i.Path.Value == `"courant/db/dbtest"`
				}
				both = both || strings.Contains(string(text), "cluster.Main(m)") || strings.Contains(string(text), "cluster.Start(t)")
			}
			if opens && !both {
				t.Errorf("%s opens stores in its tests, and runs them on one engine alone: have its TestMain call cluster.Main", dir)
			}
			if opens {
				tested++
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	if tested < 10 {
		t.Errorf("only %d packages open stores in their tests", tested)
	}
	run, err := os.ReadFile(filepath.Join(root, ".ci", "run"))
	if err != nil {
		t.Fatal(err)
	}
	for _, has := range []string{"postgresql", "COURANT_TEST_ALL"} {
		if !strings.Contains(string(run), has) {
			t.Errorf(".ci/run does not have %s", has)
		}
	}
}
