package main

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	_ "modernc.org/sqlite" // reads newsboat's cache
)

// startDemo starts `courant demo`, its requests in its log, and returns what it
// printed, by name.
func startDemo(t *testing.T) (*process, map[string]string) {
	t.Helper()
	p := startProcess(t, t.TempDir(), nil, "demo", "--verbose")
	printed := map[string]string{}
	eventually(t, "the demo prints its addresses", patience, func() bool {
		for line := range strings.Lines(p.logged()) {
			if name, address, ok := strings.Cut(strings.TrimSpace(line), " http"); ok && !strings.Contains(name, " ") {
				printed[name] = "http" + address
			}
		}
		return printed["page"] != "" && printed["feed"] != "" && printed["thread"] != ""
	})
	return p, printed
}

// someThread is the feed of an article with comments and how many there are.
func someThread(t *testing.T, feed string) (thread string, comments int) {
	t.Helper()
	return threadWith(t, feed, func(n int) bool { return n > 1 })
}

// threadWith is the first thread of a feed's articles that has a number of
// comments which will do.
func threadWith(t *testing.T, feed string, will func(comments int) bool) (thread string, comments int) {
	t.Helper()
	for _, m := range regexp.MustCompile(`rel="replies" type="application/atom\+xml" href="([^"]+)" thr:count="(\d+)"`).
		FindAllStringSubmatch(page(feed), -1) {
		if fmt.Sscan(m[2], &comments); will(comments) {
			return m[1], comments
		}
	}
	t.Fatal("no article has so many comments")
	return "", 0
}

// readFeed is what feedparser makes of a feed.
type readFeed struct {
	Bozo    bool
	Why     string
	Entries []struct{ ID, Title, Published, Author string }
}

const feedparserScript = `
import feedparser, json, sys
d = feedparser.parse(sys.argv[1])
print(json.dumps({"Bozo": bool(d.bozo), "Why": str(d.get("bozo_exception", "")), "Entries": [
    {"ID": e.get("id", ""), "Title": e.get("title", ""), "Published": e.get("published", ""), "Author": e.get("author", "")}
    for e in d.entries]}))
`

// needFeedparser is a python that has feedparser: the system's, where another
// comes first in PATH.
func needFeedparser(t *testing.T) string {
	t.Helper()
	for _, python := range []string{"python3", "/usr/bin/python3"} {
		if exec.Command(python, "-c", "import feedparser").Run() == nil {
			return python
		}
	}
	return need(t, "python3-feedparser") // a package, no program: it is missing
}

func feedparser(t *testing.T, python, address string) readFeed {
	t.Helper()
	out, err := exec.Command(python, "-c", feedparserScript, address).Output()
	if err != nil {
		t.Fatalf("feedparser %s: %v", address, err)
	}
	var p readFeed
	if err := json.Unmarshal(out, &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// feedparser reads every feed: the same entries in each format, with ids, dates
// and authors.
func TestFeedparser(t *testing.T) {
	python := needFeedparser(t)
	_, demo := startDemo(t)
	thread, comments := someThread(t, demo["feed"])
	empty, _ := threadWith(t, demo["feed"], func(n int) bool { return n == 0 })
	for _, feed := range []string{demo["feed"], thread, empty} {
		atom := feedparser(t, python, feed)
		rss := feedparser(t, python, strings.TrimSuffix(feed, "atom")+"rss")
		for format, p := range map[string]readFeed{"atom": atom, "rss": rss} {
			if p.Bozo {
				t.Errorf("%s as %s: %s", feed, format, p.Why)
			}
			for _, e := range p.Entries {
				if e.ID == "" || e.Title == "" || e.Published == "" || e.Author == "" {
					t.Errorf("%s as %s: an entry lacks something: %+v", feed, format, e)
				}
			}
		}
		ids := func(p readFeed) (list []string) {
			for _, e := range p.Entries {
				list = append(list, e.ID)
			}
			return list
		}
		if !slices.Equal(ids(atom), ids(rss)) {
			t.Errorf("%s: the ids of Atom and RSS differ:\n%q\n%q", feed, ids(atom), ids(rss))
		}
		switch n := len(atom.Entries); {
		case feed == demo["feed"] && n < 20:
			t.Errorf("the site's feed has %d entries", n)
		case feed == thread && n != comments:
			t.Errorf("the thread's feed has %d entries, the site's feed says %d", n, comments)
		case feed == empty && n != 0:
			t.Errorf("the empty thread's feed has %d entries", n)
		}
	}
}

// newsboat subscribes, holds as many items as a feed has, and gets a 304 when it
// asks again. Its cache takes equal ids of two feeds for one item, so each feed
// has a cache of its own.
func TestNewsboat(t *testing.T) {
	newsboat := need(t, "newsboat")
	p, demo := startDemo(t)
	thread, comments := someThread(t, demo["feed"])
	for _, feed := range []string{demo["feed"], strings.TrimSuffix(demo["feed"], "atom") + "rss", thread} {
		want := strings.Count(page(demo["feed"]), "<entry>")
		if feed == thread {
			want = comments
		}
		dir := t.TempDir()
		for name, content := range map[string]string{"urls": feed, "config": ""} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		var before int
		for range 3 {
			before = len(p.logged())
			cmd := exec.Command(newsboat, "-C", "config", "-u", "urls", "-c", "cache.db", "-x", "reload")
			cmd.Dir, cmd.Env = dir, append(os.Environ(), "HOME="+dir)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("newsboat: %v\n%s", err, out)
			}
		}
		path := strings.TrimPrefix(feed, strings.TrimSuffix(demo["page"], "/"))
		if third := p.logged()[before:]; !strings.Contains(third, "path="+path+" status=304") {
			t.Errorf("the third reload of %s got no 304:\n%s", path, third)
		}
		if got := cachedItems(t, filepath.Join(dir, "cache.db")); got != want {
			t.Errorf("newsboat holds %d items of %s, want %d", got, path, want)
		}
	}
	p.signal(syscall.SIGTERM)
	p.wait(stopWithin)
}

// cachedItems counts the items in a cache of newsboat.
func cachedItems(t *testing.T, file string) (n int) {
	t.Helper()
	d, err := sql.Open("sqlite", "file:"+file+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.QueryRow(`SELECT count(*) FROM rss_item`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
