package db

import (
	"bytes"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"courant/db/dbtest/cluster"
	"courant/db/state"
)

// begins tells a statement from other texts.
var begins = regexp.MustCompile(`^\s*(SELECT|INSERT|UPDATE|DELETE|WITH) `)

// composed are the statements of this package that are put together as they run, by
// the function that does it: all the ways it can.
func composed() map[string][]string {
	var articles, gone []string
	a := Article{Seq: 7, Published: time.UnixMilli(1e12)}
	day := ArticleQuery{From: a.Published, To: a.Published.Add(time.Hour)}
	for _, q := range []ArticleQuery{
		{Limit: 5},
		{Bodies: true, News: true},
		{Section: "x", Source: "x", Limit: 5, Before: &a},
		{Tag: "x", Before: &a, OldestFirst: true},
		day,
		{Status: state.Incoming, From: day.From, To: day.To, Before: &a},
		{All: true},
		{Order: ByDate},
		{Order: ByUpdate},
		{Order: BySource},
		{Order: ByHeadline},
		{Order: ByComments, All: true, Source: "x", Section: "x", OldestFirst: true},
	} {
		text, _ := q.sql()
		articles = append(articles, text)
		text, _ = q.withdrawnSQL()
		gone = append(gone, text)
	}
	for _, q := range []CommentQuery{
		{Article: "x", Visitor: "x", Tombstones: true, OldestFirst: true, Limit: 5, Offset: 5},
		{Parent: "x", All: true, Before: 5},
		{Under: "x", Public: true},
		{Offset: 5},
	} {
		text, _ := q.sql()
		articles = append(articles, text)
	}
	var moments, looks []string
	for _, table := range []string{"article", "comment", "notice"} {
		moments = append(moments, `SELECT updated FROM `+table+` WHERE updated >= $1 ORDER BY updated`)
		looks = append(looks, `
			SELECT taken.updated FROM json_each($1) AS start CROSS JOIN `+table+` AS taken
			WHERE taken.updated >= CAST(start.value AS BIGINT) AND taken.updated < CAST(start.value AS BIGINT) + $2`)
	}
	return map[string][]string{
		"ArticleQuery.sql": articles, "ArticleQuery.withdrawnSQL": gone,
		"tx.freeMoment": moments, "moments.ask": looks,
		"DB.RemovedComments": nil, "DB.Replies": nil, // underText alone, which CommentQuery.sql has
		"DB.ArticlesOf": {`SELECT ` + articleColumns + ` FROM article WHERE seq IN (SELECT CAST(value AS BIGINT) FROM json_each($1))`},
	}
}

// Every statement of the package, and of those below it, is one that both engines understand (M1): as
// SQLite runs it in all other tests, PostgreSQL takes it here.
func statementsOfBoth(t *testing.T) {
	if !cluster.Ask(t) {
		return // on PostgreSQL's turn
	}
	known := composed()
	constants, made := statements(t)
	for _, name := range made {
		if _, is := known[name]; !is {
			t.Errorf("%s puts a statement together: have composed name all that it can be", name)
		}
	}
	for name, list := range known {
		if !slices.Contains(made, name) {
			t.Errorf("%s puts no statement together any more", name)
		}
		constants = append(constants, list...)
	}
	if len(constants) < 100 {
		t.Errorf("only %d statements were found", len(constants))
	}
	d := testStore(t, nil)
	for _, text := range constants {
		s, err := d.r.PrepareContext(t.Context(), text)
		if err != nil {
			t.Errorf("%v: %s", err, text)
			continue
		}
		s.Close()
	}
}

// statements are the constant statements of the package and of those below it, and
// its functions that put others together.
func statements(t *testing.T) (constants, made []string) {
	t.Helper()
	if err := filepath.WalkDir(".", func(dir string, e fs.DirEntry, err error) error {
		if err != nil || !e.IsDir() {
			return err
		}
		if dir == "dbtest" || dir == "engine" { // no statements of the store
			return filepath.SkipDir
		}
		c, m := statementsIn(t, dir)
		constants = append(constants, c...)
		if dir == "." {
			made = m
		} else if len(m) > 0 && dir != "record" { // which the tests of that package run, on both engines; record's stand here
			main, err := os.ReadFile(filepath.Join(dir, "main_test.go"))
			if err != nil || !bytes.Contains(main, []byte("cluster.Main(m)")) {
				t.Errorf("%s puts statements together, and its tests run on one engine alone: have its TestMain call cluster.Main", dir)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return constants, made
}

// statementsIn is statements of one folder.
func statementsIn(t *testing.T, dir string) (constants, made []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	fset := token.NewFileSet()
	var files []*ast.File
	for _, e := range entries {
		if e.Name() == "sqlite.go" || e.Name() == "postgres.go" {
			continue // what one engine alone has
		}
		if strings.HasSuffix(e.Name(), ".go") && !strings.HasSuffix(e.Name(), "_test.go") {
			f, err := parser.ParseFile(fset, filepath.Join(dir, e.Name()), nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, f)
		}
	}
	// Only what is constant matters, and that needs no other package.
	info := types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
	c := types.Config{Importer: nothing{}, Error: func(error) {}}
	c.Check(dir, fset, files, &info)
	for _, f := range files {
		for _, decl := range f.Decls {
			ast.Inspect(decl, func(n ast.Node) bool {
				e, is := n.(ast.Expr)
				if !is {
					return true
				}
				if v := info.Types[e].Value; v != nil && v.Kind() == constant.String {
					if text := constant.StringVal(v); begins.MatchString(text) {
						constants = append(constants, strings.ReplaceAll(text, "%s", "$1"))
					}
					return false
				}
				if add, is := e.(*ast.BinaryExpr); is && begins.MatchString(leftmost(info, add)) {
					made = append(made, function(decl))
					return false
				}
				return true
			})
		}
	}
	slices.Sort(constants)
	return slices.Compact(constants), made
}

// leftmost is the constant text that a sum begins with.
func leftmost(info types.Info, e ast.Expr) string {
	if v := info.Types[e].Value; v != nil && v.Kind() == constant.String {
		return constant.StringVal(v)
	}
	if add, is := e.(*ast.BinaryExpr); is && add.Op == token.ADD {
		return leftmost(info, add.X)
	}
	return ""
}

// function names a declaration as go doc does.
func function(decl ast.Decl) string {
	f, is := decl.(*ast.FuncDecl)
	if !is {
		return "no function"
	}
	if f.Recv == nil {
		return f.Name.Name
	}
	recv := f.Recv.List[0].Type
	if star, is := recv.(*ast.StarExpr); is {
		recv = star.X
	}
	return recv.(*ast.Ident).Name + "." + f.Name.Name
}

// nothing imports empty packages.
type nothing struct{}

// Import implements types.Importer.
func (nothing) Import(name string) (*types.Package, error) {
	p := types.NewPackage(name, path.Base(name))
	p.MarkComplete()
	return p, nil
}
