package reading

import (
	"os"
	"path/filepath"
	"testing"
)

// Entries are resolved against where the file counts as fetched from, articles
// against the address that the feed gives itself; what is no feed has its error.
func TestOf(t *testing.T) {
	dir := t.TempDir()
	file := func(name, body string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	f := Of(file("a b.xml", `<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><link rel="self" href="https://site.example/x/feed"/>
		<entry><id>1</id><title>One</title><link href="one"/><updated>2026-11-26T10:00:00+01:00</updated></entry></feed>`), "")
	if f.Error != nil || f.N != 1 || f.File != "a b.xml" {
		t.Fatalf("read as %+v", f)
	}
	e := f.Entries[0]
	if *e.Link != Base+"one" || *e.Updated != "2026-11-26T09:00:00Z" || e.Article.Link != "https://site.example/x/one" || e.Published != nil {
		t.Errorf("the entry reads as %+v, %+v", e, e.Article)
	}
	for _, path := range []string{file("c.txt", "no feed"), filepath.Join(dir, "nosuch")} {
		if f := Of(path, ""); f.Error == nil || len(f.Entries) > 0 {
			t.Errorf("%s reads as %+v", path, f)
		}
	}
}
