package feeds

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"courant/db/content"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const site = "https://news.example.org"

// body is HTML as the store gives it back.
func body(markup string) (h content.HTML) {
	if err := h.Scan(markup); err != nil {
		panic(err) // it takes every string
	}
	return h
}

func at(hour, minute int) time.Time { return time.Date(2026, 11, 22, hour, minute, 0, 0, time.UTC) }

// plant is an article with everything that an ordinary one has.
func plant() Entry {
	link := site + "/article/harbour-city-opens-its-tidal-power-plant-7k3f"
	return Entry{
		ID: "tag:news.example.org,2026:article/7k3f", Title: "Harbour City Opens Its Tidal Power Plant After Ten Years",
		Link: link, Published: at(9, 30), Updated: at(10, 5), Author: "Jane Doe",
		Section: Category{ID: "coast", Title: "Coast", Scheme: site + "/section/"}, Tags: []string{"Energy"},
		KeyPoints: []string{
			"The plant’s “first turn” lit 40,000 homes on Sunday.",
			"Its cost rose from 90 to 210 million over ten years.",
			"Two more turbines follow in spring, the port says.",
		},
		Body: body("<p>The gates opened at low water on Sunday, with families &amp; engineers watching.</p>"),
		Via:  "https://source.example/2026/tidal",
		Source: &Source{
			ID: "https://source.example/feed.xml", Title: "Source Daily", URL: "https://source.example/feed.xml", Page: "https://source.example/", Updated: at(9, 0),
		},
		Replies: &Replies{Count: 2, Updated: at(10, 5), Page: link + "#comments", Atom: link + "/feed.atom", RSS: link + "/feed.rss"},
	}
}

func comment(id, title, name, text string, when time.Time, to ReplyTo) Entry {
	return Entry{
		ID: "tag:news.example.org,2026:comment/" + id, Title: title, Link: plant().Link + "#c-" + id, Published: when, Updated: when,
		Author: name, Body: body("<p>" + text + "</p>"), ReplyTo: &to,
	}
}

func list() Feed {
	return Feed{
		ID: "tag:news.example.org,2026:feed/", Title: "Courant", Description: "Curated news with comment threads", Language: "en",
		Author: Person{Name: "News desk"}, Page: site + "/", Updated: at(10, 5), Entries: []Entry{plant()},
	}
}

func thread(entries ...Entry) Feed {
	f := Feed{
		ID: "tag:news.example.org,2026:feed/article/7k3f", Title: "Comments on: " + plant().Title, Description: "The comment thread of this article",
		Language: "en", Page: plant().Link + "#comments", Updated: at(9, 30), Complete: true, Entries: entries,
	}
	if len(entries) > 0 {
		f.Updated = entries[0].Updated
	}
	return f
}

func replies() []Entry {
	article := plant()
	return []Entry{
		comment("9q2m", "Bob, in reply to Ann", "Bob", "I agree.", at(10, 5),
			ReplyTo{Ref: "tag:news.example.org,2026:comment/8p1x", Page: article.Link + "#c-8p1x", Source: article.Link + "/feed.atom"}),
		comment("8p1x", "Ann", "Ann", "First.", at(10, 0), ReplyTo{Ref: article.ID, Page: article.Link, Source: site + "/feed.atom"}),
	}
}

// bare is an article with as little as there can be.
func bare() Entry {
	return Entry{
		ID: "tag:news.example.org,2026:article/0000", Link: site + "/article/0000", Published: at(8, 0), Updated: at(8, 0),
		Body: body("<p>No title, no author, nothing.</p>"),
	}
}

// awkward is an article whose every text tries to break the document.
func awkward() Entry {
	e := plant()
	e.ID, e.Link = "tag:news.example.org,2026:article/9999", site+"/article/9999"
	e.Title, e.Author, e.Language, e.License = "AT&T <b>sells</b> ]]> \x0b\ufffe", "A & B <c>", "ar", "CC BY 4.0"
	e.Tags, e.KeyPoints = []string{"R&D <x>", "\x01"}, []string{"One & <two> ]]>\x02"}
	e.Body = body("<p>Body ]]&gt; &amp;nbsp; <img src=\"https://source.example/a.jpg\" alt=\"x\"/></p>")
	e.Via = "https://source.example/?a=1&b=<2>"
	e.Image = Media{URL: "https://source.example/lead.jpg", Title: `The "lead" & more`}
	e.Files = []Media{
		{URL: "https://source.example/a.mp3", Type: "audio/mpeg", Length: 1234, Title: "Hear & see"},
		{URL: "https://source.example/b.mp4", Type: "video/mp4"},
	}
	return e
}

func cases() map[string]Feed {
	withdrawal := list()
	withdrawal.Updated = at(11, 0)
	withdrawal.Deleted = []Deletion{{Ref: "tag:news.example.org,2026:article/5c1d", When: at(11, 0)}}
	empty := list()
	empty.Entries, empty.Updated = nil, at(7, 0)
	extremes := list()
	extremes.Title, extremes.Description = "News & <views> ]]>", "About & <all>"
	extremes.Author.Email = "desk@news.example.org"
	extremes.Image = Media{URL: site + "/logo", Width: 100, Height: 50}
	extremes.Entries = []Entry{awkward(), bare(), plant().Short(""), plant().Short("https://source.example/2026/tidal")}
	for i := range extremes.Entries {
		extremes.Entries[i].ID += fmt.Sprint("-", i)
		extremes.Entries[i].Updated = extremes.Entries[i].Updated.Add(time.Duration(i) * time.Millisecond)
	}
	paged := thread(replies()...)
	paged.Complete = false
	paged.First, paged.Prev, paged.Next, paged.Last = "?page=1", "?page=1", "?page=3", "?page=9"
	for _, p := range []*string{&paged.First, &paged.Prev, &paged.Next, &paged.Last} {
		*p = plant().Link + "/feed" + *p
	}
	raw := list()
	raw.Style = "/feed.css"
	return map[string]Feed{
		"articles": list(), "comments": thread(replies()...), "comments_empty": thread(), "withdrawal": withdrawal,
		"empty": empty, "extremes": extremes, "paged": paged, "raw": raw,
	}
}

// written is f in a format, with its own address.
func written(t testing.TB, f Feed, format Format) string {
	t.Helper()
	page, _, _ := strings.Cut(f.Page, "#")
	f.Self = strings.TrimSuffix(page, "/") + "/" + format.File()
	b, _, err := Write(f, format)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestGolden(t *testing.T) {
	for name, f := range cases() {
		for _, format := range Formats() {
			t.Run(name+"."+string(format), func(t *testing.T) {
				file := filepath.Join("testdata", "golden", name+"."+string(format))
				got := written(t, f, format)
				if *update {
					if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(string(want), got); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

// What we write says what hand-made feeds say that the W3C validator passes,
// element by element in whatever order.
func TestShape(t *testing.T) {
	all := cases()
	files, err := filepath.Glob("testdata/shape/*")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		name, format, _ := strings.Cut(filepath.Base(file), ".")
		t.Run(filepath.Base(file), func(t *testing.T) {
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := written(t, all[name], Format(format))
			if diff := cmp.Diff(shape(t, string(want)), shape(t, got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// shape is what a document says: of XML its elements by their paths, sorted,
// but for what the hand-made feeds leave out.
func shape(t *testing.T, text string) any {
	t.Helper()
	if strings.HasPrefix(text, "{") {
		var v map[string]any
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			t.Fatal(err)
		}
		delete(v, "authors")
		return v
	}
	d := xml.NewDecoder(strings.NewReader(text))
	var path, all []string
	var chars string
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch k := token.(type) {
		case xml.StartElement:
			path, chars = append(path, k.Name.Space+" "+k.Name.Local), ""
			var attrs []string
			for _, a := range k.Attr {
				if a.Name.Space != "xmlns" && a.Name.Local != "xmlns" {
					attrs = append(attrs, a.Name.Local+"="+a.Value)
				}
			}
			slices.Sort(attrs)
			all = append(all, strings.Join(path, "/")+" "+strings.Join(attrs, " "))
		case xml.CharData:
			chars += string(k)
		case xml.EndElement:
			if c := strings.TrimSpace(chars); c != "" {
				// Times may have their milliseconds.
				all = append(all, strings.Join(path, "/")+": "+strings.Replace(c, ":00.000Z", ":00Z", 1))
			}
			path, chars = path[:len(path)-1], ""
		}
	}
	slices.Sort(all)
	return slices.DeleteFunc(all, func(s string) bool {
		// Not all hand-made feeds have a subtitle, and they write the tag's term in lower case.
		return strings.Contains(s, "Atom subtitle") || strings.Contains(strings.ToLower(s), "term=energy")
	})
}

// Whatever a stranger writes, the document is well-formed and says it once.
func FuzzWrite(f *testing.F) {
	f.Add("AT&T <b>", "Jane", "<p>x</p>", "Energy")
	f.Add("]]>", "\x00\x0b", "<![CDATA[", "\ufffe\xed\xa0\x80")
	f.Add("&#x26;", "&nbsp;", "]]&gt;]]>", "<?xml?>")
	f.Fuzz(func(t *testing.T, title, name, markup, tag string) {
		e := plant()
		e.Title, e.Author, e.Tags, e.KeyPoints, e.License = title, name, []string{tag, name}, []string{markup, title}, tag
		e.Source.Title, e.Section.Title, e.Image.Title = name, tag, markup
		if err := e.Body.Scan(markup); err != nil {
			t.Fatal(err)
		}
		c := replies()[0]
		c.Title, c.Author, c.Body = title, name, e.Body
		list := list()
		list.Title, list.Description = title, markup
		list.Author.Name = name
		list.Entries = []Entry{e, e.Short(""), c, {ID: e.ID, Link: e.Link, Title: title, Body: e.Body}}
		for _, format := range Formats() {
			out := []byte(written(t, list, format))
			if format == JSON {
				if !json.Valid(out) {
					t.Fatalf("not valid JSON: %s", out)
				}
				continue
			}
			d := xml.NewDecoder(bytes.NewReader(out))
			for {
				_, err := d.Token()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatalf("%s is not well-formed: %v\n%s", format, err, out)
				}
			}
		}
	})
}

// Every format names the pages that an article was taken over from, so that it ends
// where it began however those follow each other that pass it on (I37).
func TestThrough(t *testing.T) {
	l, e := list(), plant()
	e.Via, e.Through = "https://b.example/article/2", []string{"https://c.example/article/3", "https://d.example/article/4"}
	l.Entries = []Entry{e}
	for format, want := range map[Format]string{
		Atom: `<link rel="via" type="text/html" href="https://d.example/article/4"/>`, RSS: `<atom:link rel="via" href="https://d.example/article/4"/>`,
		JSON: `"through":["https://c.example/article/3","https://d.example/article/4"]`,
	} {
		if out := written(t, l, format); !strings.Contains(out, want) {
			t.Errorf("%s lacks %s:\n%s", format, want, out)
		}
	}
}

// The same feed always gives the same bytes.
func TestSame(t *testing.T) {
	for name, f := range cases() {
		for _, format := range Formats() {
			once, again := written(t, f, format), written(t, f, format)
			if once != again {
				t.Errorf("%s.%s differs from itself", name, format)
			}
		}
	}
}

func BenchmarkWrite(b *testing.B) {
	f := list()
	f.Entries = nil
	for i := range 50 {
		e := plant()
		e.ID += fmt.Sprint(i)
		e.Body = body(strings.Repeat("<p>"+strings.Repeat("A paragraph of an article of ordinary length. ", 10)+"</p>", 8))
		f.Entries = append(f.Entries, e)
	}
	for _, format := range Formats() {
		b.Run(string(format), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := Write(f, format); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
