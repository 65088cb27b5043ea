package normalise_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"courant/aggregator/feed"
	"courant/db"
)

// hostileCase is what must hold of one feed that attacks.
type hostileCase struct {
	File      string
	Feed      string // accept, reject or either
	Statement string
	Contains  []string `json:"contains_text"`
	Absent    []string
	Entries   json.RawMessage
}

// Each feed in testdata/hostile attacks those who read it; manifest.json says
// how, and what must hold of what we make of it.
func TestHostile(t *testing.T) {
	var cases []hostileCase
	dir := filepath.Join("testdata", "hostile")
	manifest, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(manifest, &cases); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(c.File, func(t *testing.T) {
			body, err := os.ReadFile(filepath.Join(dir, c.File))
			if err != nil {
				t.Fatal(err)
			}
			doc, err := feed.Parse(body, feed.Options{URL: "http://feed.invalid/dir/" + c.File})
			if err != nil {
				if c.Feed == "accept" {
					t.Fatalf("%s\nParse: %v", c.Statement, err)
				}
				return
			}
			if c.Feed == "reject" {
				t.Fatalf("%s\nParse read %d entries", c.Statement, len(doc.Entries))
			}
			judge(t, c, made(doc))
		})
	}
}

func judge(t *testing.T, c hostileCase, list []db.Entry) {
	t.Helper()
	var shown, markup strings.Builder
	for _, e := range list {
		a := e.Article
		judgeBody(t, a.Body.String())
		for _, line := range append([]string{a.Headline, a.Author, a.Summary, a.Language, a.Image.Alt}, append(a.KeyPoints, a.Tags...)...) {
			judgeLine(t, line)
			shown.WriteString(line + "\n")
		}
		for _, at := range append([]string{a.Link, a.Image.URL}, addresses(a)...) {
			if at != "" && !strings.HasPrefix(at, "http://") && !strings.HasPrefix(at, "https://") {
				t.Errorf("%s\naddress %q", c.Statement, at)
			}
			markup.WriteString(at + "\n")
		}
		if a.Headline == "" {
			t.Error("an article with no headline")
		}
		shown.WriteString(a.Body.PlainText() + "\n")
		markup.WriteString(a.Body.String() + "\n")
	}
	for _, text := range c.Contains {
		// Our own page has the words "Leave a Comment"; no feed has.
		if !strings.Contains(shown.String(), text) && text != "Leave a Comment" {
			t.Errorf("%s\n%q is not shown", c.Statement, text)
		}
	}
	for _, text := range c.Absent {
		if strings.Contains(strings.ToLower(markup.String()), strings.ToLower(text)) {
			t.Errorf("%s\n%q is there", c.Statement, text)
		}
	}
	var one int
	var span [2]int
	switch {
	case c.Entries == nil:
	case json.Unmarshal(c.Entries, &one) == nil:
		if len(list) != one {
			t.Errorf("%s\n%d entries, want %d", c.Statement, len(list), one)
		}
	case json.Unmarshal(c.Entries, &span) == nil:
		if len(list) < span[0] || len(list) > span[1] {
			t.Errorf("%s\n%d entries, want %v", c.Statement, len(list), span)
		}
	}
}

func addresses(a db.Article) (list []string) {
	for _, n := range a.Enclosures {
		list = append(list, n.URL)
	}
	return list
}

// judgeLine holds for all plain text of an article: one line, that stays in its
// place, of bounded length.
func judgeLine(t *testing.T, s string) {
	t.Helper()
	for _, r := range s {
		if unicode.IsControl(r) || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 || r >= 0xE0000 && r <= 0xE007F {
			t.Errorf("%q holds %U", s, r)
			return
		}
	}
	if len([]rune(s)) > 500 {
		t.Errorf("a line of %d characters", len([]rune(s)))
	}
}

// What may come out in a body. This list is the test's own, on purpose.
const (
	harmless = " p br hr div h2 h3 h4 h5 h6 ul ol li dl dt dd blockquote pre figure figcaption details summary table caption colgroup col thead tbody tfoot tr td th " +
		"a em strong b i u s del ins mark small sub sup code kbd samp var cite q abbr dfn time bdi bdo ruby rt rp wbr img audio video source "
	harmlessAttributes = " href src rel alt title width height loading referrerpolicy colspan rowspan scope span start reversed value datetime dir lang controls preload poster "
)

func judgeBody(t *testing.T, body string) {
	t.Helper()
	context := &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div}
	nodes, err := html.ParseFragment(strings.NewReader(body), context)
	if err != nil {
		t.Fatalf("the body cannot be parsed: %v", err)
	}
	var look func(n *html.Node, depth int)
	look = func(n *html.Node, depth int) {
		if depth > 250 {
			t.Fatal("the body is nested too deep")
		}
		if n.Type == html.CommentNode {
			t.Errorf("comment %q", n.Data)
		}
		if n.Type == html.ElementNode {
			if !strings.Contains(harmless, " "+n.Data+" ") {
				t.Errorf("element %s", n.Data)
			}
			for _, a := range n.Attr {
				if !strings.Contains(harmlessAttributes, " "+a.Key+" ") {
					t.Errorf("attribute %s=%q", a.Key, a.Val)
				}
				if a.Key == "href" || a.Key == "src" || a.Key == "poster" {
					if !strings.HasPrefix(a.Val, "http://") && !strings.HasPrefix(a.Val, "https://") && !strings.HasPrefix(a.Val, "mailto:") {
						t.Errorf("address %s=%q", a.Key, a.Val)
					}
					if len(a.Val) > 8192 {
						t.Errorf("an address of %d bytes", len(a.Val))
					}
				}
				if a.Key == "href" && !strings.Contains(body, `rel="nofollow noopener noreferrer"`) {
					t.Errorf("a link without rel: %q", a.Val)
				}
			}
		}
		for k := n.FirstChild; k != nil; k = k.NextSibling {
			look(k, depth+1)
		}
	}
	for _, n := range nodes {
		look(n, 1)
	}
}
