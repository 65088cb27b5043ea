package main

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	module = "courant"
	top    = "../.." // the repository, from this package
)

// picture is the architecture: each folder of ours with what it gives. The
// README shows the same.
const picture = `
cmd/courant            commands, wiring, exit status; the only package that knows both halves
  │  adding            articles that have no feed: pages by their address, and what somebody writes
  │  article           courant article: curating articles
  │  cli               what the commands share: streams, global flags, the store they open, what they print and ask
  │  comment           courant comment: moderating comments
  │  config            strict TOML: every mistake with its line
  │  daemon            worker and publisher as a service: readiness, lease, reload, metrics, stop
  │  database          courant database, backup and restore: whole stores copied, checked, put back
  │  demo              a newspaper to look at
  │  failure           errors with advice on what to do, and those of how a command was called
  │  manuscript        an article as a file that a person edits
  │  memory            how much memory the process gives for speed
  │  naming            what a user means by an id, the beginning of one, or an address
  │  prose             a body as text for a terminal. Pure
  │  reading           what a feed file reads as, for courant parse
  │  refresh           one pass now: here, or by the worker that runs beside it
  │  remake            articles made anew from the entries that were kept of them
  │  report            what commands say of articles, comments, sources and passes. Prints nothing
  │  source            courant source: finding, seeing, pausing and withdrawing sources
  │  subscribe         sources made of the feeds that a list or a site names, and a list made of sources
  │  terminal          text as a terminal takes it: harmless, in columns, no wider than it is
  │  usage             arguments and flags of commands, and the manual made of them
  │  worker            courant worker: which processes poll the sources
  │
  ├── aggregator       from the web into the store: queue, engine, writer
  │     fetch          polite HTTP: validators, size and time limits, Retry-After, no private hosts
  │     feed           bytes → entries: RSS, Atom, RDF, JSON Feed. Touches no network and no clock
  │     normalise      entry → db.Article: identity, dates, links, key points, clean body
  │     identity       which entries of a document are articles that we have. Pure
  │     keypoints      the one to five sentences at the head of an article. Pure
  │     schedule       when each source is next due: cron, backoff, jitter. Pure: times in, times out
  │     poll           a source, an answer, a moment → db.Pass: what a visit leaves. Pure
  │     rules          expr over an article → publish, reject, tag … Pure
  │     plan           what a configuration would change in a store, and its rules in what is there
  │     fulltext       a page → its article. Pure
  │     robots         which pages programs may fetch, and which may be kept
  │     websub         asks hubs elsewhere to tell us of what is new
  │     discover       the feeds a page names
  │
  ├── publisher        from the store to readers: routes, handlers, settings
  │     web            handlers that return errors, middleware, conditional GET, compression
  │     channels       which feeds there are and what each holds: store → feeds.Feed. Knows no HTTP
  │     feeds          articles and threads → RSS, Atom, JSON Feed bytes. Knows no HTTP
  │     pages          templates, assets, view types. Knows no HTTP
  │     threads        a thread's tree, pages, places, orders. Pure
  │     comments       what a thread accepts: length, rate, spam, moderation. Knows no HTTP
  │     moderation     judges comments by all that is known: rules, blocks, how writers fared. Knows no HTTP
  │     rate           how much the visitors of one network may have us do
  │     discovery      sitemap, robots, OPML: store → bytes
  │     audience       for how many a feed is fetched, by what fetchers say
  │     hub            who is told of news: subscriptions, deliveries, by W3C WebSub
  │     editing        what editors do, by name, logged. Knows no HTTP; shell and desk are its doors
  │     desk           the editors' pages: sessions, forms
  │     password       argon2id hashes of passwords. Pure
  │     words          the furniture in the language of the site. Pure
  │     opml           subscription lists, both ways (cmd imports it too)
  │
  └── db               types, queries, migrations, transactions: the one thing both halves share; one subject a file
        engine         open, transaction with retry, migrate, backup, watch; SQLite and PostgreSQL. Knows no tables
        scope          names of what readers see and a change can touch. Pure
        state          where articles, comments and sources stand, how a visit ended. Pure
        sqlrow         rows read, and how times and lists stand in them
        listing        in which order articles came to the lists of readers: publication numbers, for archives
        past           how far the ways into the pasts of sources are gone
        thread         the threads that articles have at their sources: which are followed, and how far
        record         what was done and what was before, for people who ask
        lease          which processes are workers, and which of them polls what
        uri            the tag: URIs that articles, comments and feeds bear for ever. Pure
        setting        Duration, Size, Rate: what a configuration says
        text           Cut, Line, Sentences, Fold, Redact, Slug. Pure
        content        HTML: a body that has passed the sanitiser. No other way to make one
        podcast        what is said of an episode beside where its recording is. Pure
        newsroom       lists of the desk, and what editors leave beside articles: sessions, notes, what was done
        audience       for how many our feeds were fetched, and by whom
        push           who subscribed to our feeds, what we subscribed to, and what is left to deliver or take in
        blocks         whom editors want to hear no more of: tables of its own
        conduct        how commenters behave: how they fared, how often they post, what was reported
        crowd          what many ask for at once, done together. Pure
        diff           what changed between two texts, and how much. Pure
        likeness       how alike two texts are: folded titles, sketches. Pure
        ruling         what rules said of an article, as it is stored beside it
        search         an index of words: what changed goes in, what has all words comes out
        tables         what a store is made of, as its engine tells it: tables, columns, keys, references
        transfer       whole stores: from one engine to the other, as a backup, and back; compared
        audit          what is wrong with a store: damage, references, counts, words
        search/query   what somebody looks for, in what words, and where it stands in a text. Pure
        dbtest         a fresh migrated store for any package's tests, on either engine
        dbtest/fill    makes a store of any size, to measure with
        dbtest/seek    what searches of many kinds cost in one
        dbtest/cpu     processor time, for benchmarks
        dbtest/linear  a test that reading costs what it is long
        dbtest/cluster a PostgreSQL of the tests' own, their second run on it, and a bad network before it
`

// pictured are the folders that the picture names.
func pictured() []string {
	var folders []string
	half := ""
	for line := range strings.SplitSeq(strings.TrimSpace(picture), "\n") {
		name := strings.Trim(line, " │")
		branch := strings.HasPrefix(name, "├── ") || strings.HasPrefix(name, "└── ")
		name, _, _ = strings.Cut(strings.TrimLeft(name, "├└─ "), " ")
		switch {
		case name == "":
		case branch:
			half = name
			folders = append(folders, name)
		case half == "": // the command's own come before the halves
			if len(folders) > 0 {
				name = path.Join(folders[0], name)
			}
			folders = append(folders, name)
		default:
			folders = append(folders, path.Join(half, name))
		}
	}
	return folders
}

// families are the packages of commands, which package main makes into one: they
// alone import cli, and none imports another.
var families = []string{"cmd/courant/article", "cmd/courant/comment", "cmd/courant/database", "cmd/courant/source", "cmd/courant/worker"}

// mayImport says whether from may import to, both folders of ours. A test may
// also use dbtest, which is there for that, and cmd whatever it likes.
func mayImport(from, to string, test bool) bool {
	half := func(folder string) string { h, _, _ := strings.Cut(folder, "/"); return h }
	switch {
	case from == to:
		return true // a test package of its own
	case from == "db/dbtest/fill", from == "db/dbtest/seek":
		return half(to) == "db" // a tool for tests
	case from == "cmd/courant":
		return true // and nothing imports cmd: see below
	case to == "cmd/courant/cli":
		return slices.Contains(families, from)
	case slices.Contains(families, to):
		return false // nor one family of commands another
	case half(from) == "cmd":
		return to != "cmd/courant" // what it is made of knows both halves, and not what it is made into
	case to == "db/dbtest", to == "db/dbtest/cpu", to == "db/dbtest/linear", to == "db/dbtest/cluster":
		return test || from == "db/dbtest" || from == "db/dbtest/linear"
	case half(to) == "cmd":
		return false
	case half(to) == "db":
		return half(from) != "db" || to != "db" || from == "db/dbtest"
	case half(from) != half(to):
		return false // the halves never import each other, nor does db them
	default:
		return to != half(to) // nor a leaf its parent
	}
}

// goFiles parses every Go file of the repository, by folder.
func goFiles(t *testing.T, mode parser.Mode) (*token.FileSet, map[string][]*ast.File) {
	t.Helper()
	set, files := token.NewFileSet(), map[string][]*ast.File{}
	err := fs.WalkDir(os.DirFS(top), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || name != "." && strings.HasPrefix(d.Name(), ".")):
			return fs.SkipDir
		case !strings.HasSuffix(name, ".go"):
			return nil
		}
		f, err := parser.ParseFile(set, filepath.Join(top, name), nil, mode)
		files[path.Dir(name)] = append(files[path.Dir(name)], f)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return set, files
}

// The arrows between our folders are those of the picture.
func TestImports(t *testing.T) {
	folders := pictured()
	if !slices.Contains(folders, "aggregator/fetch") || !slices.Contains(folders, "db/content") {
		t.Fatalf("the picture reads as %q", folders)
	}
	set, files := goFiles(t, parser.ImportsOnly)
	for folder, list := range files {
		if !slices.Contains(folders, folder) {
			t.Errorf("%s: the picture does not show it", folder)
		}
		for _, f := range list {
			name := set.Position(f.Package).Filename
			for _, spec := range f.Imports {
				imported, err := strconv.Unquote(spec.Path.Value)
				if err != nil {
					t.Fatal(err)
				}
				to, ours := strings.CutPrefix(imported, module+"/")
				if ours && !mayImport(folder, to, strings.HasSuffix(name, "_test.go")) {
					t.Errorf("%s: %s must not import %s", name, folder, to)
				}
			}
		}
	}
	for _, folder := range folders {
		if files[folder] == nil {
			t.Errorf("the picture shows %s, which is not there", folder)
		}
	}
}

// A rule that lets everything pass would be none.
func TestMayImport(t *testing.T) {
	for _, arrow := range []struct {
		from, to string
		test, ok bool
	}{
		{"cmd/courant", "aggregator/feed", false, true},
		{"cmd/courant/config", "publisher", false, true},
		{"cmd/courant/daemon", "cmd/courant/config", false, true},
		{"cmd/courant/config", "cmd/courant", false, false},
		{"cmd/courant/config", "cmd/courant/cli", false, false},
		{"cmd/courant/article", "cmd/courant/cli", false, true},
		{"cmd/courant/article", "cmd/courant/source", false, false},
		{"cmd/courant/config", "cmd/courant/article", false, false},
		{"cmd/courant/cli", "cmd/courant/article", false, false},
		{"publisher", "cmd/courant/config", false, false},
		{"aggregator", "db", false, true},
		{"aggregator/normalise", "aggregator/feed", false, true},
		{"aggregator/normalise", "db/content", false, true},
		{"publisher/web", "db", false, true},
		{"db", "db/content", false, true},
		{"db", "db/setting", false, true},
		{"db", "db/dbtest", false, false},
		{"db/dbtest", "db", false, true},
		{"publisher", "db/dbtest", true, true},
		{"publisher", "db/dbtest", false, false},
		{"aggregator", "publisher", false, false},
		{"aggregator/fetch", "publisher/web", false, false},
		{"publisher/feeds", "aggregator/feed", true, false},
		{"aggregator/fetch", "aggregator", false, false},
		{"db", "aggregator", false, false},
		{"db/content", "db", false, false},
		{"db", "cmd/courant", false, false},
	} {
		if got := mayImport(arrow.from, arrow.to, arrow.test); got != arrow.ok {
			t.Errorf("mayImport(%s, %s, %v) = %v, want %v", arrow.from, arrow.to, arrow.test, got, arrow.ok)
		}
	}
}

// The README shows the picture that TestImports holds the tree to.
func TestReadmePicture(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join(top, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(readme), strings.TrimSpace(picture)) {
		t.Error("README.md has another picture of the packages")
	}
}

// Every package says what it is for, and every exported name what it promises.
func TestDocumented(t *testing.T) {
	_, files := goFiles(t, parser.ParseComments)
	for folder, list := range files {
		var own []*ast.File
		about, command := "", folder == "cmd/courant"
		for _, f := range list {
			if strings.HasSuffix(f.Name.Name, "_test") {
				continue
			}
			own = append(own, f)
			command = command || f.Name.Name == "main"
			if f.Doc != nil {
				about = f.Doc.Text()
			}
		}
		want := "Package " + path.Base(folder) + " "
		if command {
			want = "Command " + path.Base(folder) + " "
		}
		if !strings.HasPrefix(about, want) {
			t.Errorf("%s: its package comment must begin with %q", folder, want)
		}
		for _, name := range undocumented(own) {
			t.Errorf("%s: %s is exported and has no comment", folder, name)
		}
	}
}

// undocumented lists exported functions, methods and types with no comment.
// Values and fields may share that of their group.
func undocumented(files []*ast.File) (names []string) {
	for _, f := range files {
		for _, decl := range f.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && d.Doc == nil && exportedReceiver(d) && !obvious[d.Name.Name] {
					names = append(names, d.Name.Name)
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if s, ok := spec.(*ast.TypeSpec); ok && s.Name.IsExported() && s.Doc == nil && d.Doc == nil {
						names = append(names, s.Name.Name)
					}
				}
			}
		}
	}
	slices.Sort(names)
	return slices.DeleteFunc(names, func(n string) bool {
		return strings.HasPrefix(n, "Test") || strings.HasPrefix(n, "Fuzz") || strings.HasPrefix(n, "Benchmark")
	})
}

// obvious are methods of which the interface says all there is to say.
var obvious = map[string]bool{"Error": true, "Unwrap": true, "String": true, "Len": true, "Less": true, "Swap": true}

func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	t := d.Recv.List[0].Type
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	id, ok := t.(*ast.Ident)
	return ok && doc.IsPredeclared(id.Name) == false && id.IsExported()
}
