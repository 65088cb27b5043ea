package feed

import (
	"bufio"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// oracleEntry is an entry as Python's feedparser reads it.
type oracleEntry struct {
	ID, Title, Link, Date string
	Authors               []string
}

type oracleFeed struct {
	File, Title string
	Entries     []oracleEntry
}

// Every feed of the large collection reads as feedparser reads it, but where
// testdata/known_wrong.tsv says why not. The collection is not part of this
// repository: where it is absent there is nothing to compare.
func TestCorpus(t *testing.T) {
	dir := sharedCorpus()
	if dir == "" {
		t.Skip("no collection of feeds beside the repository")
	}
	wrong := knownWrong(t)
	oracle, err := os.Open(filepath.Join(dir, "oracle.feeds.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer oracle.Close()
	lines := bufio.NewScanner(oracle)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var want oracleFeed
		if err := json.Unmarshal(lines.Bytes(), &want); err != nil {
			t.Fatal(err)
		}
		body, err := os.ReadFile(filepath.Join(dir, "feeds", want.File))
		if err != nil {
			t.Fatal(err)
		}
		got, err := Parse(body, Options{URL: "http://feed.invalid/dir/" + url.PathEscape(want.File), Fixed: true})
		if err != nil {
			t.Errorf("%s: %v", want.File, err)
			continue
		}
		if len(got.Entries) != len(want.Entries) {
			t.Errorf("%s: %d entries, want %d", want.File, len(got.Entries), len(want.Entries))
			continue
		}
		for i, e := range got.Entries {
			for field, pair := range compared(e, want.Entries[i]) {
				if pair[1] != "" && pair[0] != pair[1] && !wrong[want.File+"\t"+field] && !wrong[want.File+"\t*"] {
					t.Errorf("%s: entry %d: %s %q, want %q", want.File, i, field, pair[0], pair[1])
				}
			}
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
}

func sharedCorpus() string {
	for up := "../../.."; len(up) < 20; up += "/.." {
		if dir := up + "/shared/corpus"; exists(dir) {
			return dir
		}
	}
	return ""
}

func exists(path string) bool { _, err := os.Stat(path); return err == nil }

func knownWrong(t *testing.T) map[string]bool {
	t.Helper()
	text, err := os.ReadFile("testdata/known_wrong.tsv")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		file, rest, _ := strings.Cut(line, "\t")
		field, reason, _ := strings.Cut(rest, "\t")
		if strings.TrimSpace(reason) == "" {
			t.Errorf("%s %s is called wrong without a reason", file, field)
		}
		known[file+"\t"+field] = true
	}
	return known
}

// compared is what both say, field by field, in a form that can be compared.
func compared(got Entry, want oracleEntry) map[string][2]string {
	stamp := ""
	if d := got.Date(); !d.IsZero() {
		stamp = d.Format(time.RFC3339)
	}
	var names []string
	for _, p := range got.Authors {
		names = append(names, p.String())
	}
	return map[string][2]string{
		"title":   {squash(got.Title), squash(want.Title)},
		"date":    {stamp, want.Date},
		"link":    {sameURL(got.Link), sameURL(want.Link)},
		"id":      {sameURL(got.ID), sameURL(relativeTo(got.ID, want.ID))},
		"authors": {sortedFold(names), sortedFold(want.Authors)},
	}
}

// relativeTo is want, or got where want is got made absolute: ids are compared
// as they were written.
func relativeTo(got, want string) string {
	if got != "" && strings.HasSuffix(want, strings.TrimLeft(got, "./")) {
		return got
	}
	return want
}

func sameURL(s string) string {
	u, err := url.Parse(strings.TrimSpace(s))
	if err != nil || u.Scheme == "" {
		return squash(s)
	}
	if u.Path == "" && u.Opaque == "" {
		u.Path = "/"
	}
	u.Host, u.RawPath = strings.ToLower(u.Host), ""
	if q, err := url.PathUnescape(u.RawQuery); err == nil {
		u.RawQuery = q
	}
	return u.String()
}

func sortedFold(names []string) string {
	seen := map[string]bool{}
	for _, n := range names {
		seen[strings.ToLower(squash(n))] = true
	}
	var b strings.Builder
	for len(seen) > 0 {
		least := ""
		for n := range seen {
			if least == "" || n < least {
				least = n
			}
		}
		b.WriteString(least + "; ")
		delete(seen, least)
	}
	return b.String()
}
