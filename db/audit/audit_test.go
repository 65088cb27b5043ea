package audit_test

import (
	"database/sql"
	"os"
	"slices"
	"strings"
	"testing"

	"courant/db/audit"
	"courant/db/dbtest"
	"courant/db/dbtest/cluster"
	"courant/db/engine"
)

// sound is a store with articles, tags and a thread, of which all words are indexed.
func sound(t *testing.T) (d *engine.DB, raw *sql.DB) {
	t.Helper()
	store, ctx := dbtest.New(t), t.Context()
	if err := dbtest.Fill(ctx, store, 60); err != nil {
		t.Fatal(err)
	}
	raw = dbtest.Raw(t, store)
	var article string
	if err := raw.QueryRow(`SELECT id FROM article WHERE seq = 60`).Scan(&article); err != nil {
		t.Fatal(err)
	}
	if err := dbtest.FillThread(ctx, store, article, 6, 0); err != nil {
		t.Fatal(err)
	}
	for {
		n, err := store.Index(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return store.DB, raw
		}
	}
}

func check(t *testing.T, d *engine.DB) (list []string) {
	t.Helper()
	faults, err := audit.Check(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range faults {
		list = append(list, f.String())
	}
	return list
}

// A store in which nothing is wrong has no faults, and each thing that may be wrong
// is found, and said of the row that has it (M9).
func TestCheck(t *testing.T) {
	d, raw := sound(t)
	if faults := check(t, d); len(faults) > 0 {
		t.Fatalf("of a sound store: %q", faults)
	}
	number := "rowid"
	if d.Path() == "" {
		number = "seq"
	}
	for _, c := range []struct{ name, harm, mend, want string }{
		{
			"entries", `UPDATE source SET entries = entries + 1 WHERE id = 'source-0'`, `UPDATE source SET entries = entries - 1 WHERE id = 'source-0'`,
			"counts: source: source-0 has 60 articles, and counts 61",
		},
		{
			"comments", `UPDATE article SET comments = comments + 1 WHERE comments > 0`, `UPDATE article SET comments = comments - 1 WHERE comments > 0`,
			"has 6 approved comments, and counts 7",
		},
		{
			"tag that is missing", `UPDATE article_tag SET tag = 'other' WHERE article = 3 AND tag = (SELECT min(tag) FROM article_tag WHERE article = 3)`,
			``, "is not on the list of its tag",
		},
		{"tag too many", ``, ``, "is on the list of the tag other, and does not have it"},
		{"word that is missing", `DELETE FROM search_article WHERE ` + number + ` = 5`, ``, "words: article: row 5 is seen by readers and not in the index of words"},
		{"word too many", `DELETE FROM comment WHERE seq = 6`, `DELETE FROM search_queue`, ""},
		{"word too many, which nobody is about to take out", ``, ``, "words: comment: row 6 is in the index of words and not seen by readers"},
		{"change", `INSERT INTO change (seq, at, scopes) VALUES (1000000, 0, '[]')`, ``, "counts: change: change 1000000 is beyond"},
	} {
		if _, err := raw.Exec(c.harm); c.harm != "" && err != nil {
			t.Fatal(c.name, err)
		}
		faults := check(t, d)
		if !slices.ContainsFunc(faults, func(f string) bool { return strings.Contains(f, c.want) }) {
			t.Errorf("%s: %q, want one with %q", c.name, faults, c.want)
		}
		if _, err := raw.Exec(c.mend); c.mend != "" && err != nil {
			t.Fatal(c.name, err)
		}
	}
}

// A row that refers to nothing is found, in whatever table.
func TestReferences(t *testing.T) {
	d, raw := sound(t)
	raw.SetMaxOpenConns(1)
	if d.Path() == "" { // else nothing holds it in a connection that was not asked to
		if _, err := raw.Exec(`SET session_replication_role = replica`); err != nil {
			t.Skip(err) // only a superuser may
		}
	}
	for _, text := range []string{`DELETE FROM source WHERE id = 'source-0'`, `UPDATE comment SET parent = 4711 WHERE seq = 1`} {
		if _, err := raw.Exec(text); err != nil {
			t.Fatal(err)
		}
	}
	faults := check(t, d)
	for _, want := range []string{"references: comment: parent 4711 is no row of comment", "references: article: source source-0 is no row of source", "and 40 more like these"} {
		if !slices.ContainsFunc(faults, func(f string) bool { return strings.HasPrefix(f, want) || strings.HasSuffix(f, want) }) {
			t.Errorf("%q is not among %q", want, faults)
		}
	}
}

// A file whose pages were overwritten is damaged, whatever of it can be read.
func TestDamage(t *testing.T) {
	cluster.SQLiteOnly(t, "what a server does with its disk is its own")
	d, _ := sound(t)
	if err := d.Checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(d.Path(), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	const page = 4096
	if _, err := f.WriteAt([]byte(strings.Repeat("junk", page/2)), info.Size()/2/page*page); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if faults := check(t, d); !slices.ContainsFunc(faults, func(f string) bool { return strings.HasPrefix(f, audit.Damage+": ") }) {
		t.Errorf("%q", faults)
	}
}
