package db

import (
	"errors"
	"io/fs"
	"slices"
	"testing"
	"testing/fstest"

	"courant/db/dbtest/cluster"
	"courant/db/engine"
)

// laterSchema is the shipped one and a migration as releases make them: it adds.
func laterSchema(t *testing.T) engine.Schema {
	t.Helper()
	s := schema()
	files := fstest.MapFS{}
	if err := fs.WalkDir(s.Migrations, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := fs.ReadFile(s.Migrations, name)
		files[name] = &fstest.MapFile{Data: data}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	files["sqlite/9001_later.sql"] = &fstest.MapFile{Data: []byte(`-- +goose Up
ALTER TABLE article ADD COLUMN later TEXT NOT NULL DEFAULT '';
CREATE TABLE later (id INTEGER PRIMARY KEY) STRICT;
CREATE INDEX article_later ON article (later) WHERE later <> '';
`)}
	files["postgres/9001_later.sql"] = &fstest.MapFile{Data: []byte(`-- +goose Up
ALTER TABLE article ADD COLUMN later TEXT COLLATE "C" NOT NULL DEFAULT '';
CREATE TABLE later (id BIGINT PRIMARY KEY);
CREATE INDEX article_later ON article (later) WHERE later <> '';
`)}
	s.Migrations = files
	return s
}

// Machines are upgraded one by one: a process that runs goes on beside the newer
// schema that a newer one made, and cannot be started again on it, nor can what
// would only read (docs/machines.md).
func TestUpgradeOneByOne(t *testing.T) {
	c := testConfig(t)
	if cluster.Ask(t) {
		c = emptyConfig(t) // nobody else gets it afterwards
	}
	older, err := Open(t.Context(), c, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer older.Close()
	work := func(d *DB, guid string) {
		t.Helper()
		if err := d.SetSources(t.Context(), slices.Values([]Source{{ID: "tidal", URL: "https://tidal.example/"}})); err != nil {
			t.Fatal(err)
		}
		rs, err := d.Ingest(t.Context(), []Pass{{
			Source: "tidal", At: d.Now(), Feed: &Feed{}, Publish: Publish{Auto: true, InitialMax: 10},
			Entries: []Entry{{Article: Article{GUID: guid, Headline: guid}, Fingerprint: []byte(guid), Raw: []byte("raw")}},
		}})
		if err != nil || rs[0].Err != nil || rs[0].New != 1 {
			t.Fatalf("%s: %+v, %v", guid, rs, err)
		}
		list, err := d.Articles(t.Context(), ArticleQuery{All: true, Limit: 1})
		if err != nil || list[0].GUID != guid {
			t.Fatalf("%s: %+v, %v", guid, list, err)
		}
	}
	work(older, "before")
	newer, err := open(t.Context(), c, Options{}, laterSchema(t))
	if err != nil {
		t.Fatal(err)
	}
	defer newer.Close()
	work(newer, "newer")
	work(older, "older")
	if err := older.Outdated(t.Context()); err != nil {
		t.Errorf("beside a schema that adds: %v", err)
	}
	work(newer, "both")
	if n, err := older.Index(t.Context()); err != nil {
		t.Errorf("index: %d, %v", n, err)
	}
	for name, start := range map[string]func() (*DB, error){
		"to write": func() (*DB, error) { return Open(t.Context(), c, Options{}) },
		"to read":  func() (*DB, error) { return OpenReader(t.Context(), c, Options{}) },
	} {
		if d, err := start(); !errors.Is(err, engine.ErrNewer) {
			t.Errorf("an older process, %s, on a newer schema: %v", name, err)
			if err == nil {
				d.Close()
			}
		}
	}
}

// A migration that older programs cannot write beside says so, and those that run
// refuse to write from then on: nothing of theirs is stored by halves.
func TestUpgradeAlone(t *testing.T) {
	c := testConfig(t)
	if cluster.Ask(t) {
		c = emptyConfig(t) // nobody else gets it afterwards
	}
	older, err := Open(t.Context(), c, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer older.Close()
	list := slices.Values([]Source{{ID: "tidal", URL: "https://tidal.example/"}})
	if err := older.SetSources(t.Context(), list); err != nil {
		t.Fatal(err)
	}
	s := laterSchema(t)
	for _, engine := range []string{"sqlite", "postgres"} {
		s.Migrations.(fstest.MapFS)[engine+"/9002_alone.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\nINSERT INTO beside (least) VALUES (9002);\n")}
	}
	newer, err := open(t.Context(), c, Options{}, s)
	if err != nil {
		t.Fatal(err)
	}
	defer newer.Close()
	if err := older.Outdated(t.Context()); !errors.Is(err, engine.ErrNewer) {
		t.Errorf("the older process is not told to end: %v", err)
	}
	_, err = older.Ingest(t.Context(), []Pass{newsOf(older, "tidal", 1)})
	if !errors.Is(err, engine.ErrNewer) {
		t.Errorf("the older process stores: %v", err)
	}
	rs, err := newer.Ingest(t.Context(), []Pass{newsOf(newer, "tidal", 2)})
	if err != nil || rs[0].New != 2 {
		t.Errorf("the newer process: %+v, %v", rs, err)
	}
	if err := newer.Outdated(t.Context()); err != nil {
		t.Errorf("the newer process: %v", err)
	}
}
