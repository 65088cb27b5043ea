package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
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
	mutants = flag.Bool("mutants", false, "have TestMutants run on each mutant the test that must find it")
	mutant  = flag.String("mutant", "", "name of the mutant that TestChaos tests")
)

// mutantRounds are enough for TestChaos to find each.
const mutantRounds = 15

// foundBy begins the line of a mutant's comment that names, by its package and
// its name, the test that must find it. Where there is none, TestChaos must.
const foundBy = "found by: "

// mutantNames are the mutants of testdata/mutants: programs that break one
// promise each. A file says in its comment which, and what test must find it, and
// holds what is there and what the mutant has in its place, in pairs.
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

// readMutant is the file of a mutant, and the test that must find it: its package
// from the top and its name, with a part behind a slash where that is enough; ""
// for TestChaos.
func readMutant(t *testing.T, name string) (archive *txtar.Archive, folder, test string) {
	t.Helper()
	archive, err := txtar.ParseFile(filepath.Join("testdata/mutants", name+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(archive.Comment)) {
		if where, is := strings.CutPrefix(line, foundBy); is {
			if _, err := fmt.Sscan(where, &folder, &test); err != nil {
				t.Fatalf("%s: %q names no folder and test: %v", name, line, err)
			}
		}
	}
	return archive, folder, test
}

// mutate is the tree's files with the changes of some mutants in them, by their
// path from the top. What a mutant would change must be there, and once.
func mutate(t *testing.T, names ...string) map[string]string {
	t.Helper()
	changed := map[string]string{}
	for _, name := range names {
		archive, _, _ := readMutant(t, name)
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

// buildMutant builds the program with the changes of some mutants; as it is
// shipped where there are none, or the only name is empty.
func buildMutant(t *testing.T, dir string, names ...string) (bin string) {
	t.Helper()
	if len(names) == 1 && names[0] == "" {
		return buildCourant(t, dir)
	}
	return buildCourant(t, dir, overlay(t, dir, names...))
}

// overlay is the flag of go build that has it take the changes of some mutants
// in place of the tree's files.
func overlay(t *testing.T, dir string, names ...string) (flag string) {
	t.Helper()
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
	return "-overlay=" + list
}

// Each mutant changes what is there: one that was left behind would find
// nothing wrong and prove nothing.
func TestMutantsApply(t *testing.T) {
	for _, name := range mutantNames(t) {
		t.Run(name, func(t *testing.T) { mutate(t, name) })
	}
}

// TestMutants has tests look at programs that are wrong: each must be found by
// the test that proves the promise it breaks. By hand, for it takes minutes; that
// they build is tested in CI.
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
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			if _, folder, test := readMutant(t, name); test != "" {
				findByTest(t, name, folder, test)
			} else {
				findByChaos(t, name)
			}
		})
	}
}

// findByChaos has TestChaos find a mutant.
func findByChaos(t *testing.T, name string) {
	t.Helper()
	buildMutant(t, t.TempDir(), name) // to be wrong, it must build
	cmd := exec.Command(os.Args[0], "-test.run=^TestChaos$", "-test.v", "-mutant="+name, "-rounds="+strconv.Itoa(mutantRounds))
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	ended, err := begin(cmd)
	if err != nil {
		t.Fatal(err)
	}
	err = <-ended
	out := said.Bytes()
	if err == nil {
		t.Fatalf("TestChaos found nothing wrong:\n%s", out)
	}
	found := regexp.MustCompile(`chaos_\w+\.go:\d+: (.*)`).FindAllSubmatch(out, -1)
	if len(found) < 2 { // the first is the seed
		t.Fatalf("TestChaos failed, but says no fault:\n%s", out)
	}
	t.Logf("%s", found[1][1])
}

// findByTest has a test of a folder find a mutant, in a build of its own.
func findByTest(t *testing.T, name, folder, test string) {
	t.Helper()
	dir := t.TempDir()
	bin := filepath.Join(dir, "tests")
	run := func(where, program string, args ...string) (string, error) {
		cmd := exec.Command(program, args...)
		cmd.Dir, cmd.Env = filepath.Join(top, where), append(os.Environ(), "CGO_ENABLED=0")
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := run("", "go", "test", overlay(t, dir, name), "-c", "-o", bin, "./"+folder); err != nil {
		t.Fatalf("go test -c: %v\n%s", err, out) // to be wrong, it must build
	}
	out, err := run(folder, bin, "-test.run=^"+strings.ReplaceAll(test, "/", "$/^")+"$")
	if err == nil {
		t.Fatalf("%s of %s found nothing wrong", test, folder)
	}
	failed := regexp.MustCompile(`--- FAIL: `+test+`\S*`).FindAllString(out, -1)
	if len(failed) == 0 {
		t.Fatalf("%s of %s failed, but says no fault:\n%s", test, folder, out)
	}
	slices.Sort(failed)
	t.Logf("%s", strings.ReplaceAll(strings.Join(failed, " "), "--- FAIL: ", ""))
}
