package main

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"courant/db"
	"courant/db/dbtest"
	"courant/db/dbtest/cluster"
	"courant/db/engine"
)

// shell runs a command of the program with a configuration.
func shell(t *testing.T, config string, args ...string) (status int, out, errs string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	status = run(t.Context(), append(args, "--config", config), strings.NewReader(""), &stdout, &stderr)
	return status, stdout.String(), stderr.String()
}

// Many machines: what commands do for it.
func storesMove(t *testing.T) {
	server := cluster.Own(t)
	dir := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte("[database]\n"+text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	does := func(want int, says, config string, args ...string) {
		t.Helper()
		status, out, errs := shell(t, config, args...)
		if status != want || !regexp.MustCompile(says).MatchString(out+errs) {
			t.Errorf("courant %s: status %d, want %d and %q:\n%s%s", strings.Join(args, " "), status, want, says, out, errs)
		}
	}
	path, address := filepath.Join(dir, "courant.db"), server.Database("courant")
	file, other := write("file.toml", fmt.Sprintf("path = %q\n", path)), write("server.toml", fmt.Sprintf("url = %q\n", address))
	fill(t, engine.Config{Path: path})

	t.Run("M9", func(t *testing.T) {
		does(0, `(?m)^article +20 +[0-9a-f]{12}\n(?s:.*)postgres:///courant now holds what .*courant.db held: \d+ rows of \d+ tables, compared`, file, "database", "copy", "--to", address)
		does(1, `there is something in it already: rows of`, file, "database", "copy", "--to", address)
		does(0, `is sound`, other, "database", "check")
		does(0, `"sound":true`, other, "database", "check", "--json")
		back := filepath.Join(dir, "back.db")
		does(0, `compared`, other, "database", "copy", "--to", back)
		config := write("back.toml", fmt.Sprintf("path = %q\n", back))
		_, was, _ := shell(t, file, "article", "list", "--json")
		for _, c := range []string{other, config} {
			if _, is, errs := shell(t, c, "article", "list", "--json"); is != was || strings.Count(was, "\n") != 20 {
				t.Errorf("articles are\n%s%s, and were\n%s", is, errs, was)
			}
		}
		harm(t, "sqlite", back, `UPDATE source SET entries = 4711`)
		does(1, `(?m)^counts +source +source-0 has 20 articles, and counts 4711$`, config, "database", "check")
		does(1, `"sound":false`, config, "database", "check", "--json")
	})
	t.Run("M10", func(t *testing.T) {
		copied := filepath.Join(dir, "backup.db")
		does(0, `backup.db  \d+ bytes, checked\nhint: .*point-in-time recovery`, other, "backup", copied)
		does(1, `exists already`, other, "backup", copied)
		does(1, `hint: --force puts the copy in its place`, other, "restore", copied)
		harm(t, "pgx", address, `DELETE FROM article_tag`)
		does(1, `is not on the list of its tag`, other, "database", "check")
		does(0, `postgres:///courant is now what .*backup.db holds`, other, "restore", copied, "--force")
		does(0, `is sound`, other, "database", "check")
		d, err := db.Open(t.Context(), engine.Config{URL: address, Connections: 3}, db.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		does(1, `hint: stop the daemon first`, other, "restore", copied, "--force")
		if n, err := d.Articles(t.Context(), db.ArticleQuery{}); err != nil || len(n) != 20 {
			t.Errorf("%d articles, %v", len(n), err)
		}
	})
}

// fill makes a store with articles.
func fill(t *testing.T, c engine.Config) {
	t.Helper()
	d, err := db.Open(t.Context(), c, db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := dbtest.Fill(t.Context(), d, 20); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}

// harm changes a database behind everybody's back.
func harm(t *testing.T, driver, where, text string) {
	t.Helper()
	pool, err := sql.Open(driver, where)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	if _, err := pool.ExecContext(context.Background(), text); err != nil {
		t.Fatal(err)
	}
}
