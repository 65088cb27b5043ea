package feed

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The feeds in testdata, each after a kind that is out there, in short.
func TestFiles(t *testing.T) {
	for file, want := range map[string][]string{
		"rss/magazine.xml": {
			"The Quayside – Magazine | https://quayside.example | en-GB | ",
			"https://quayside.example/?p=4711 | Why the old crane still turns | https://quayside.example/crane/?utm_source=rss&utm_medium=feed | Mara Lindqvist | 2026-07-14 06:30 | 2 categories, 3 comments, image https://quayside.example/img/crane.jpg by J. Odell",
		},
		"rss/old.xml": {"Old Paper | http://old.example/ |  | ", "http://old.example/1 | Snow on the pier | http://old.example/1 | Ida | 2004-02-03 09:00 | 0 categories"},
		"atom/journal.xml": {
			"Journal & Notizen | https://journal.example/ | de | ",
			"tag:journal.example,2026:1 | Die Flut kam um <b>vier</b> | https://journal.example/flut/ | Jürgen Brandt | 2026-07-14 06:00 | 0 categories, 2 comments",
		},
		"json/links.json": {
			"Links & so on | https://links.example/ |  | items of the wrong type",
			"1 | A <map> of every lighthouse | https://links.example/1 |  | 2026-07-14 08:00 | 0 categories", "2 |  | https://links.example/2 |  | yesterday | 0 categories",
		},
		"rss/quirks.xml": {
			"Kapitän | https://quirks.example/ |  | ",
			"1 | Using Map<K, V> & List<T> | https://quirks.example/a?b=1&c=2 |  | 2022-10-04 13:25 | 1 categories",
			"2 | Party 😀 on the pier | https://quirks.example/b | Zwei | 2024-01-15 10:00 | 0 categories",
			"3 | a < b and c<d |  |  | 2024-01-15T10:00:00+99:00 | 0 categories",
			"4 | 5 March in Győr |  |  | 2024-03-05 10:00 | 0 categories, image https://quirks.example/a.jpg by ",
		},
		"atom/relations.xml": {
			"Harbour |  |  | ",
			"tag:harbour.example,2026:1 | Poem | https://harbour.example/1 |  |  | 0 categories",
			"tag:harbour.example,2026:2 | Map |  |  |  | 0 categories",
		},
		"json/lines.json": {"Messages |  |  | ", "1 |  |  |  |  | 0 categories"},
		"broken/cut.xml": {
			"Market & Town |  |  | elements that were not closed; the document was cut short: its last entry is left out",
			"1 | Café opens |  |  |  | 0 categories", "2 | Fish & chips |  |  |  | 0 categories",
		},
		"broken/umlaut.xml": {"Grüße – “Heute” |  |  | declared utf-8, was windows-1252; control characters dropped", "http://umlaut.example/1 | Schön | http://umlaut.example/1 |  |  | 0 categories"},
	} {
		t.Run(file, func(t *testing.T) {
			body, err := os.ReadFile(filepath.Join("testdata", file))
			if err != nil {
				t.Fatal(err)
			}
			doc, err := Parse(body, Options{URL: "https://read.example/" + file})
			if err != nil {
				t.Fatal(err)
			}
			got := []string{fmt.Sprintf("%s | %s | %s | %s", doc.Title, doc.Link, doc.Language, strings.Join(doc.Repairs, "; "))}
			for _, e := range doc.Entries {
				got = append(got, short(e))
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// The bodies of those in testdata that have lines, or bases of their own.
func TestFileBodies(t *testing.T) {
	for file, want := range map[string][]string{
		"atom/relations.xml": {
			"<p>The tide is out<br>and so am I</p><p>See &lt;https://harbour.example/&gt;.</p>",
			`<div xmlns="http://www.w3.org/1999/xhtml"><p><img src="https://harbour.example/m/q/1.png" alt=""/></p></div>`,
		},
		"json/lines.json": {"<p>First line<br>Second line</p><p>Steps:<br>\t1. one</p>"},
	} {
		body, err := os.ReadFile(filepath.Join("testdata", file))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range read(t, string(body)).Entries {
			got = append(got, e.Body)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
	}
}

func short(e Entry) string {
	var names []string
	for _, p := range e.Authors {
		names = append(names, p.String())
	}
	when := e.RawDate
	if d := e.Date(); !d.IsZero() {
		when = d.Format("2006-01-02 15:04")
	}
	s := fmt.Sprintf("%s | %s | %s | %s | %s | %d categories", e.ID, e.Title, e.Link, strings.Join(names, ", "), when, len(e.Categories))
	if e.CommentsCount != nil {
		s += fmt.Sprintf(", %d comments", *e.CommentsCount)
	}
	if e.Image.URL != "" {
		s += ", image " + e.Image.URL + " by " + e.Image.Credit
	}
	return s
}
