package opml

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// What is written is read back the same.
func TestRoundTrip(t *testing.T) {
	d := Document{
		Title: "Sources & <more>", Modified: time.Date(2026, 11, 22, 10, 5, 0, 0, time.UTC),
		Feeds: []Feed{
			{Title: "A \"quoted\" title", URL: "https://a.example/?x=1&y=2", Page: "https://a.example/", Groups: []string{"World", "Sea"}},
			{Title: "B", URL: "https://b.example/", Description: "Line\ttab", Language: "en", Groups: []string{"World"}},
			{Title: "C", URL: "https://c.example/"},
		},
	}
	b, err := Write(d)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Read(b)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(d, got); diff != "" {
		t.Errorf("%s\n%s", diff, b)
	}
}

func TestRead(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"attributes in any case", `<opml><body><outline TEXT="A" XMLURL="http://a/"/></body></opml>`, "A=http://a/"},
		{"bare ampersand", `<opml><body><outline text="A" xmlUrl="http://a/?x&y"/></body></opml>`, "A=http://a/?x&y"},
		{"OPML 1.0's url", `<opml><body><outline type="rss" text="A" url="http://a/"/></body></opml>`, "A=http://a/"},
		{"a link is no feed", `<opml><body><outline type="link" text="A" url="http://a/"/></body></opml>`, ""},
		{"folders", `<opml><body><outline text="F"><outline text="G"><outline text="A" xmlUrl="http://a/"/></outline></outline><outline text="B" xmlUrl="http://b/"/></body></opml>`, "F/G/A=http://a/ B=http://b/"},
		{"cut off", `<opml><body><outline text="A" xmlUrl="http://a/"/><outl`, "A=http://a/"},
		{"empty", `<opml version="2.0"><head/><body/></opml>`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, err := Read([]byte(c.in))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range d.Feeds {
				got = append(got, strings.Join(append(f.Groups, f.Title), "/")+"="+f.URL)
			}
			if s := strings.Join(got, " "); s != c.want {
				t.Errorf("Read gave %q, want %q", s, c.want)
			}
		})
	}
	for name, in := range map[string]string{
		"a feed": `<rss><channel><title>x</title></channel></rss>`, "HTML": `<!doctype html><outline text="a">`, "nothing": "",
		"too deep": "<opml><body>" + strings.Repeat(`<outline text="a">`, 100),
	} {
		if d, err := Read([]byte(in)); err == nil {
			t.Errorf("%s was read as %+v", name, d)
		}
	}
}

// The lists of the corpus, where it is there: what is intact is read whole.
func TestCorpus(t *testing.T) {
	files, _ := filepath.Glob("../../../shared/corpus/opml/*.opml")
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		d, err := Read(b)
		if want := strings.Count(strings.ToLower(string(b)), "xmlurl="); err != nil || len(d.Feeds) != want {
			t.Errorf("%s: %d feeds, want %d (%v)", name, len(d.Feeds), want, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`<opml><head><title>x</title></head><body><outline text="F"><outline text="A" xmlUrl="http://a/"/></outline></body></opml>`))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := Read(b)
		if err != nil {
			return
		}
		out, err := Write(d)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Read(out)
		if err != nil || len(again.Feeds) != len(d.Feeds) {
			t.Fatalf("%d feeds became %d (%v):\n%s", len(d.Feeds), len(again.Feeds), err, fmt.Sprintf("%q", out))
		}
	})
}
