package main

import (
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

var (
	mutants = flag.Bool("mutants", false, "have TestMutants run TestChaos on each mutant")
	mutant  = flag.String("mutant", "", "name of the mutant that TestChaos tests")
)

// mutantRounds are enough to find each.
const mutantRounds = 15

// mutantNames are the mutants of testdata/mutants: programs that break one
// promise each. A file says in its comment which, and holds what is there and
// what the mutant has in its place, in pairs.
func mutantNames(t *testing.T) (names []string) {
	t.Helper()
	files, err := filepath.Glob("testdata/mutants/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		names = append(names, strings.TrimSuffix(filepath.Base(f), ".txtar"))
	}
	return names
}

// mutate is the tree's files with the changes of some mutants in them, by their
// path from the top. What a mutant would change must be there, and once.
func mutate(t *testing.T, names ...string) map[string]string {
	t.Helper()
	changed := map[string]string{}
	for _, name := range names {
		archive, err := txtar.ParseFile(filepath.Join("testdata/mutants", name+".txtar"))
		if err != nil {
			t.Fatal(err)
		}
		if len(archive.Files) == 0 || len(archive.Files)%2 != 0 {
			t.Fatalf("%s: %d files are no pairs", name, len(archive.Files))
		}
		for pair := range slices.Chunk(archive.Files, 2) {
			file, isWas := strings.CutSuffix(pair[0].Name, ": was")
			if !isWas || pair[1].Name != file+": is" {
				t.Fatalf("%s: %q and %q are no pair", name, pair[0].Name, pair[1].Name)
			}
			text, ok := changed[file]
			if !ok {
				data, err := os.ReadFile(filepath.Join(top, file))
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				text = string(data)
			}
			if n := strings.Count(text, string(pair[0].Data)); n != 1 {
				t.Fatalf("%s: %s has this %d times, not once; the mutant must follow what was changed there:\n%s", name, file, n, pair[0].Data)
			}
			changed[file] = strings.Replace(text, string(pair[0].Data), string(pair[1].Data), 1)
		}
	}
	return changed
}

// buildMutant builds the program with the changes of some mutants, in place of
// the tree's files as go build's -overlay has it; as it is shipped where there
// are none, or the only name is empty.
func buildMutant(t *testing.T, dir string, names ...string) (bin string) {
	t.Helper()
	if len(names) == 1 && names[0] == "" {
		return buildCourant(t, dir)
	}
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	for file, text := range mutate(t, names...) {
		where, err := filepath.Abs(filepath.Join(top, file))
		if err != nil {
			t.Fatal(err)
		}
		instead := filepath.Join(dir, strings.ReplaceAll(file, "/", "_"))
		if err := os.WriteFile(instead, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		overlay.Replace[where] = instead
	}
	data, err := json.Marshal(overlay)
	if err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(list, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return buildCourant(t, dir, "-overlay="+list)
}

// Each mutant changes what is there: one that was left behind would find
// nothing wrong and prove nothing.
func TestMutantsApply(t *testing.T) {
	for _, name := range mutantNames(t) {
		t.Run(name, func(t *testing.T) { mutate(t, name) })
	}
}

// TestMutants has TestChaos look at programs that are wrong: it must find each
// of them. By hand, for it takes minutes; that they build is tested in CI.
func TestMutants(t *testing.T) {
	names := mutantNames(t)
	switch {
	case *mutants:
	case os.Getenv("COURANT_TEST_ALL") != "":
		buildMutant(t, t.TempDir(), names...) // they change different things, so all can go wrong at once
		return
	default:
		t.Skip("it builds the program with each mutant: -mutants or COURANT_TEST_ALL=1")
	}
	fault := regexp.MustCompile(`chaos_\w+\.go:\d+: (.*)`)
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			buildMutant(t, t.TempDir(), name) // to be wrong, it must build
			cmd := exec.Command(os.Args[0], "-test.run=^TestChaos$", "-test.v", "-mutant="+name, "-rounds="+strconv.Itoa(mutantRounds))
			out, err := cmd.CombinedOutput()
			if err == nil {
				t.Fatalf("TestChaos found nothing wrong:\n%s", out)
			}
			found := fault.FindAllSubmatch(out, -1)
			if len(found) < 2 { // the first is the seed
				t.Fatalf("TestChaos failed, but says no fault:\n%s", out)
			}
			t.Logf("%s", found[1][1])
		})
	}
}
