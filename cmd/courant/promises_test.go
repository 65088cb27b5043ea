package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var (
	// promiseCode is a promise as comments cite it.
	promiseCode = regexp.MustCompile(`\b(?:P\d{2,3}|I\d\d|V\d\d|X\d\d?|[RATHNJCFMW]\d\d?)\b`)
	// promiseName is the name of a test that proves one.
	promiseName = regexp.MustCompile(`^(?:P\d{2,3}|I\d\d|V\d\d|X\d\d?|[RATHNJCFMW]\d\d?)(?: |$)`)
	// promiseLine is a line of docs/promises.md.
	promiseLine = regexp.MustCompile(`(?m)^- \*\*(\w+)\*\* \S`)
)

// TestPromises holds docs/promises.md to the code: each promise that the code
// cites stands there, and none that it does not cite.
func TestPromises(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(top, "docs", "promises.md"))
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]bool{}
	for _, m := range promiseLine.FindAllStringSubmatch(string(data), -1) {
		if said[m[1]] {
			t.Errorf("docs/promises.md has %s twice", m[1])
		}
		said[m[1]] = true
	}
	cited := citedPromises(t)
	for _, code := range slices.Sorted(maps.Keys(cited)) {
		if !said[code] {
			t.Errorf("%s cites %s, which docs/promises.md does not have", cited[code], code)
		}
	}
	for _, code := range slices.Sorted(maps.Keys(said)) {
		if cited[code] == "" {
			t.Errorf("docs/promises.md has %s, which nothing cites", code)
		}
	}
}

// citedPromises gives each promise that a comment cites or a test is named for,
// with one place where it is.
func citedPromises(t *testing.T) map[string]string {
	cited := map[string]string{}
	files := token.NewFileSet()
	err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		switch {
		case d.IsDir() && (d.Name() == "testdata" || path != top && strings.HasPrefix(d.Name(), ".")):
			return filepath.SkipDir
		case filepath.Ext(path) == ".sql":
			data, err := os.ReadFile(path)
			for _, line := range strings.Split(string(data), "\n") {
				_, comment, _ := strings.Cut(line, "--")
				cite(cited, comment, path)
			}
			return err
		case filepath.Ext(path) != ".go":
			return nil
		}
		f, err := parser.ParseFile(files, path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		for _, group := range f.Comments {
			cite(cited, group.Text(), path)
		}
		if strings.HasSuffix(path, "_test.go") {
			ast.Inspect(f, func(n ast.Node) bool {
				if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
					name, _ := strconv.Unquote(lit.Value)
					cite(cited, strings.TrimSpace(promiseName.FindString(name)), path)
				}
				return true
			})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return cited
}

func cite(cited map[string]string, text, path string) {
	for _, code := range promiseCode.FindAllString(text, -1) {
		cited[code] = path
	}
}
