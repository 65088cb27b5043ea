package publisher

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

// node is an element of an XML document, for tests that look into one. Names
// carry the usual prefix of their namespace ("dc:creator"), whatever prefix the
// document has; RSS and Atom have none.
type node struct {
	name     string
	attr     map[string]string
	text     string // its own, without that of its children
	children []*node
}

var usualPrefix = map[string]string{
	"http://www.w3.org/2005/Atom": "atom:", "http://www.sitemaps.org/schemas/sitemap/0.9": "", "http://purl.org/rss/1.0/modules/content/": "content:",
	"http://purl.org/dc/elements/1.1/": "dc:", "http://wellformedweb.org/CommentAPI/": "wfw:",
	"http://purl.org/rss/1.0/modules/slash/": "slash:", "http://purl.org/syndication/thread/1.0": "thr:",
	"http://purl.org/syndication/history/1.0": "fh:", "http://purl.org/atompub/tombstones/1.0": "at:",
	"http://search.yahoo.com/mrss/": "media:", "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes:", "https://podcastindex.org/namespace/1.0": "podcast:", "http://source.scripting.com/": "source:", "http://www.w3.org/XML/1998/namespace": "xml:", "xmlns": "xmlns:", "": "",
}

// parseXML reads a document strictly. The names of an Atom document lose their
// prefix.
func parseXML(t testing.TB, text string) *node {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(text))
	root := &node{}
	stack := []*node{root}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("not well-formed: %v\n%s", err, text)
		}
		top := stack[len(stack)-1]
		switch k := token.(type) {
		case xml.StartElement:
			n := &node{name: named(t, k.Name), attr: map[string]string{}}
			for _, a := range k.Attr {
				n.attr[named(t, a.Name)] = a.Value
			}
			top.children = append(top.children, n)
			stack = append(stack, n)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		case xml.CharData:
			top.text += string(k)
		}
	}
	if len(root.children) != 1 {
		t.Fatalf("%d root elements", len(root.children))
	}
	return root.children[0]
}

func named(t testing.TB, n xml.Name) string {
	prefix, ok := usualPrefix[n.Space]
	if !ok {
		t.Fatalf("namespace %q of %s is not declared or not known", n.Space, n.Local)
	}
	return prefix + n.Local
}

// all are the descendants reached by path, names separated by "/".
func (n *node) all(path string) []*node {
	name, rest, more := strings.Cut(path, "/")
	var list []*node
	for _, c := range n.children {
		if c.name != name {
			continue
		}
		if more {
			list = append(list, c.all(rest)...)
		} else {
			list = append(list, c)
		}
	}
	return list
}

// one is the only descendant reached by path.
func (n *node) one(t testing.TB, path string) *node {
	t.Helper()
	list := n.all(path)
	if len(list) != 1 {
		t.Fatalf("%d of %s in %s, want 1", len(list), path, n.name)
	}
	return list[0]
}

// value is the text of the only descendant reached by path.
func (n *node) value(t testing.TB, path string) string {
	t.Helper()
	return n.one(t, path).text
}

// links are the links of a relation, of Atom or in RSS.
func (n *node) links(rel string) []*node {
	var list []*node
	for _, name := range []string{"atom:link"} {
		for _, l := range n.all(name) {
			if l.attr["rel"] == rel {
				list = append(list, l)
			}
		}
	}
	return list
}

// jsonFeedDoc is a JSON Feed as tests read it.
type jsonFeedDoc struct {
	Version     string
	Title       string
	HomePageURL string `json:"home_page_url"`
	FeedURL     string `json:"feed_url"`
	NextURL     string `json:"next_url"`
	Language    string
	Author      any
	Authors     []struct{ Name string }
	Courant     struct{ Complete bool } `json:"_courant"`
	Items       []jsonFeedItem
}

type jsonFeedItem struct {
	ID            string
	URL           string
	ExternalURL   string `json:"external_url"`
	Title         string
	ContentHTML   *string `json:"content_html"`
	Summary       string
	DatePublished string `json:"date_published"`
	DateModified  string `json:"date_modified"`
	Author        any
	Authors       []struct{ Name string }
	Tags          []string
	Language      string
	Attachments   []struct {
		URL      string
		MimeType string `json:"mime_type"`
		Size     int64  `json:"size_in_bytes"`
	}
	Courant struct {
		KeyPoints    []string `json:"key_points"`
		Source       struct{ Title, URL string }
		CommentCount *int   `json:"comment_count"`
		CommentsURL  string `json:"comments_url"`
		InReplyTo    string `json:"in_reply_to"`
		License      string
	} `json:"_courant"`
}

func parseJSON(t testing.TB, text string) jsonFeedDoc {
	t.Helper()
	var d jsonFeedDoc
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return d
}

func (s *testSite) atom(address string) *node { s.t.Helper(); return parseXML(s.t, s.get(address)) }
func (s *testSite) rss(address string) *node {
	s.t.Helper()
	return parseXML(s.t, s.get(address)).one(s.t, "channel")
}

func (s *testSite) json(address string) jsonFeedDoc {
	s.t.Helper()
	return parseJSON(s.t, s.get(address))
}

// wait moves the clock.
func (s *testSite) wait(d time.Duration) { s.clock.now = s.clock.now.Add(d) }

// parsedTime is a time of Atom or JSON Feed.
func parsedTime(t testing.TB, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		t.Fatal(err)
	}
	if _, offset := at.Zone(); offset != 0 || !strings.HasSuffix(text, "Z") {
		t.Errorf("%s is not in UTC", text)
	}
	return at
}
