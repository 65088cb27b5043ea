package feed

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// ofKinds are documents of each format: head, an entry by its number, and tail.
var ofKinds = map[string]struct {
	head, between, tail string
	entry               func(i int, text string) string
}{
	"rss": {
		`<?xml version="1.0"?><rss version="2.0" xmlns:c="http://purl.org/rss/1.0/modules/content/"><channel><title>T</title><link>https://site.example/</link>
			<language>en</language><a:link xmlns:a="http://www.w3.org/2005/Atom" rel="self" href="https://site.example/feed"/>`, "\n", "</channel></rss>",
		func(i int, text string) string {
			return fmt.Sprintf(`<item><guid>%d</guid><title>%s</title><link>/%[1]d</link><c:encoded><![CDATA[<p>%[2]s</p> ]]></c:encoded></item>`, i, text)
		},
	},
	"rdf": {
		`<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel rdf:about="https://site.example/feed"><title>T</title></channel>`, "", "</rdf:RDF>",
		func(i int, text string) string {
			return fmt.Sprintf(`<item rdf:about="https://site.example/%d"><title>%s</title><link>/%[1]d</link></item>`, i, text)
		},
	},
	"atom": {
		`<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><author><name>Ann</name></author><link href="https://site.example/"/>`, " ", "</feed>",
		func(i int, text string) string {
			return fmt.Sprintf(`<entry xml:lang="en"><id>%d</id><title>%s</title><link href="%[1]d"/><content type="html">&lt;p&gt;%[2]s</content></entry>`, i, text)
		},
	},
	"json": {
		`{"version":"https://jsonfeed.org/version/1.1","title":"T","home_page_url":"https://site.example/","language":"en","authors":[{"name":"Ann"}],"items":[`, ",\n", `]}`,
		func(i int, text string) string {
			return fmt.Sprintf(`{"id": "%d", "url": "/%[1]d", "title": "%s", "content_html": "<p>%[2]s"}`, i, text)
		},
	},
}

var at = Options{URL: "https://site.example/dir/feed.xml"}

// parseKnown parses what was parsed before, as far as old knows of it.
func parseKnown(t *testing.T, text string, o Options, old *Document) *Document {
	t.Helper()
	o.Known = Known{Context: old.Context, Entries: marked(old)}
	doc, err := Parse([]byte(text), o)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func marked(d *Document) map[Mark]bool {
	set := map[Mark]bool{}
	for _, m := range d.Marks {
		set[m] = m != Mark{}
	}
	return set
}

// Of a document that is known, only what has changed is parsed.
func TestKnown(t *testing.T) {
	const n = 40
	for kind, k := range ofKinds {
		make := func(changed int, text string) string {
			var list []string
			for i := range n {
				words := fmt.Sprintf("Word %d &amp; é", i)
				if i == changed {
					words = text
				}
				list = append(list, k.entry(i, words))
			}
			return k.head + strings.Join(list, k.between) + k.tail
		}
		whole, err := Parse([]byte(make(-1, "")), at)
		if err != nil || len(whole.Entries) != n || len(whole.Unchanged) != 0 || slices.Contains(whole.Marks, Mark{}) {
			t.Fatalf("%s: %d entries, marks %v, %v", kind, len(whole.Entries), whole.Marks, err)
		}
		for _, changed := range []int{0, 7, n - 1} {
			text := make(changed, "Another")
			doc, all := parseKnown(t, text, at, whole), parseKnown(t, text, at, &Document{})
			if len(all.Entries) != n {
				t.Fatalf("%s: %d entries where none is known", kind, len(all.Entries))
			}
			if diff := cmp.Diff(all.Entries[changed:changed+1], doc.Entries); diff != "" {
				t.Errorf("%s: parsed with entry %d changed (-want +got):\n%s", kind, changed, diff)
			}
			if want := slices.Delete(slices.Clone(whole.Marks), changed, changed+1); !slices.Equal(doc.Unchanged, want) {
				t.Errorf("%s: %d entries are unchanged, want %d in their order", kind, len(doc.Unchanged), len(want))
			}
		}
		if doc := parseKnown(t, make(-1, ""), at, whole); len(doc.Entries) != 0 || len(doc.Unchanged) != n || doc.Title != "T" {
			t.Errorf("%s: of a document that is known %d entries are parsed, %d are not, title %q", kind, len(doc.Entries), len(doc.Unchanged), doc.Title)
		}
	}
}

// What is around entries changes what they say: then all are parsed, to what they
// say now.
func TestKnownContext(t *testing.T) {
	for name, c := range map[string]struct {
		kind, old, new string
		url            string
	}{
		"a namespace":                    {kind: "rss", old: `xmlns:c="http://purl.org/rss/1.0/modules/content/"`, new: `xmlns:c="http://other.example/"`},
		"a further namespace":            {kind: "rss", old: `<rss `, new: `<rss xmlns:media="http://search.yahoo.com/mrss/" `},
		"the base":                       {kind: "rss", old: `<channel>`, new: `<channel xml:base="https://other.example/">`},
		"the base of an Atom feed":       {kind: "atom", old: `<feed `, new: `<feed xml:base="/other/" `},
		"the language":                   {kind: "rss", old: `<language>en<`, new: `<language>de<`},
		"the language of XML":            {kind: "rss", old: `<rss `, new: `<rss xml:lang="de" `},
		"the language behind it all":     {kind: "rdf", old: `</rdf:RDF>`, new: `<channel><language>de</language></channel></rdf:RDF>`},
		"the feed's own address":         {kind: "rss", old: `https://site.example/feed"`, new: `https://other.example/feed"`},
		"its own address, behind it all": {kind: "atom", old: `</feed>`, new: `<link rel="self" href="https://other.example/feed"/></feed>`},
		"the site":                       {kind: "atom", old: `<link href="https://site.example/"/>`, new: `<link href="https://other.example/"/>`},
		"the feed's author":              {kind: "atom", old: `<name>Ann`, new: `<name>Bea`},
		"a further author, at the end":   {kind: "atom", old: `</feed>`, new: `<author><name>Bea</name></author></feed>`},
		"what stands around":             {kind: "rss", old: `<channel>`, new: `<channel><channel>`},
		"the dialect":                    {kind: "rdf", old: `rdf:RDF`, new: `feed`},
		"the address":                    {kind: "rdf", url: "https://site.example/else/feed.xml"},
		"JSON: the language":             {kind: "json", old: `"language":"en"`, new: `"language":"de"`},
		"JSON: the author":               {kind: "json", old: `Ann`, new: `Bea`},
		"JSON: the site":                 {kind: "json", old: `"https://site.example/"`, new: `"https://other.example/"`},
		"JSON: its own address":          {kind: "json", old: `"title":"T",`, new: `"title":"T","feed_url":"https://other.example/",`},
		"JSON: the address":              {kind: "json", url: "https://other.example/feed.json"},
	} {
		k := ofKinds[c.kind]
		text := k.head + k.entry(1, "One") + k.between + k.entry(2, "Two") + k.tail
		whole, err := Parse([]byte(text), at)
		if err != nil || len(whole.Entries) != 2 {
			t.Fatalf("%s: %v", name, err)
		}
		o := at
		if c.url != "" {
			o.URL = c.url
		} else {
			if !strings.Contains(text, c.old) {
				t.Fatalf("%s: %q is not in the document", name, c.old)
			}
			text = strings.ReplaceAll(text, c.old, c.new)
		}
		want, err := Parse([]byte(text), o)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, parseKnown(t, text, o, whole)); diff != "" || len(want.Entries) != 2 {
			t.Errorf("%s: %d entries; not all are read as where nothing is known (-want +got):\n%s", name, len(want.Entries), diff)
		}
	}
}

// The encoding is undone before anything is compared: the same bytes in another
// one are others, the same text in another one is the same.
func TestKnownEncoding(t *testing.T) {
	k := ofKinds["rss"]
	text := k.head + k.entry(1, "Grüße") + k.entry(2, "Plain") + k.tail
	o := at
	o.ContentType = "text/xml; charset=utf-8"
	whole, err := Parse([]byte(text), o)
	if err != nil || len(whole.Entries) != 2 {
		t.Fatal(err)
	}
	latin := strings.ReplaceAll(strings.ReplaceAll(text, "ü", "\xfc"), "ß", "\xdf")
	o.ContentType = "text/xml; charset=iso-8859-1"
	if doc := parseKnown(t, latin, o, whole); len(doc.Entries) != 0 || len(doc.Unchanged) != 2 {
		t.Errorf("the same text in another encoding: %d entries are parsed", len(doc.Entries))
	}
	greek, _ := Parse([]byte(latin), Options{URL: o.URL, ContentType: "text/xml; charset=iso-8859-7"})
	o.ContentType = "text/xml; charset=iso-8859-7"
	if doc := parseKnown(t, latin, o, whole); len(doc.Entries) != 1 || doc.Entries[0].Title == "Grüße" || doc.Entries[0].Title != greek.Entries[0].Title {
		t.Errorf("the same bytes in another encoding: %d entries are parsed", len(doc.Entries))
	}
}

// An entry that had to be mended, or whose reading looked beyond it, has no Mark.
func TestDoubtfulMarks(t *testing.T) {
	const good = `<item><guid>9</guid><title>good</title></item>`
	for name, in := range map[string]string{
		"not closed":                              `<item><guid>1</guid><title>a</title><item><guid>2</guid></item>` + good,
		"an element not closed":                   `<item><guid>1</guid><title>a</item>` + good,
		"an element of no name":                   `<item><guid>1</guid><x><title>a</title></item>` + good,
		"another prefix":                          `<item><guid>1</guid><title>a</dc:title></item>` + good,
		"CDATA not closed":                        `<item><guid>1</guid><description><![CDATA[a</description></item>` + good + `<item><title><![CDATA[b]]></title></item>`,
		"its end inside CDATA":                    `<item><guid>1</guid><description><![CDATA[</item>]]></description></item>` + good,
		"its end inside a comment":                `<item><guid>1</guid><!-- </item> --></item>` + good,
		"a comment not closed":                    `<item><guid>1</guid><!-- <title>a</title></item>` + good,
		"an instruction not closed":               `<item><guid>1</guid><description>a<?x</description></item>` + good,
		"another spelling":                        `<item><guid>1</guid><title>a</title></ITEM>` + good,
		"an item inside":                          `<item><guid>1</guid><item><title>a</title></item></item>` + good,
		"an item inside, under a name of its own": `<item xmlns:r="http://purl.org/rss/1.0/"><guid>1</guid><r:item><title>a</title></r:item></item>` + good,
		"closed at once":                          `<item rdf:about="x"/>` + good,
	} {
		doc := read(t, "<rss><channel>"+in+"</channel></rss>")
		if len(doc.Marks) != len(doc.Entries) || len(doc.Marks) == 0 {
			t.Fatalf("%s: %d marks of %d entries", name, len(doc.Marks), len(doc.Entries))
		}
		for i, e := range doc.Entries {
			if (doc.Marks[i] != Mark{}) != (e.ID == "9") && !(e.ID == "" && e.Title == "b") {
				t.Errorf("%s: entry %q has mark %x", name, e.ID, doc.Marks[i])
			}
		}
	}
}

// alike fails where two documents with one Context have entries with one Mark
// that differ, or where knowing some entries changes anything but that they are
// left out.
func alike(t *testing.T, a, b []byte, random *rand.Rand) {
	t.Helper()
	first, err := Parse(a, at)
	if err != nil {
		return
	}
	second, err := Parse(b, at)
	if err != nil {
		return
	}
	if first.Context == second.Context {
		said := map[Mark]Entry{}
		for i, m := range first.Marks {
			said[m] = first.Entries[i]
		}
		delete(said, Mark{})
		for i, m := range second.Marks {
			if e, both := said[m]; both {
				if diff := cmp.Diff(e, second.Entries[i]); diff != "" {
					t.Fatalf("entries with one mark differ:\n%s\nin %q\nand %q", diff, a, b)
				}
			}
		}
	}
	o := at
	o.Known = Known{Context: first.Context, Entries: marked(first)}
	for m := range o.Known.Entries {
		if random.IntN(4) == 0 {
			delete(o.Known.Entries, m)
		}
	}
	got, err := Parse(b, o)
	if err != nil {
		t.Fatalf("cannot be read with entries known: %v: %q", err, b)
	}
	want := *second
	if first.Context == second.Context {
		want.Entries, want.Marks = nil, nil
		for i, m := range second.Marks {
			if o.Known.Entries[m] {
				want.Unchanged = append(want.Unchanged, m)
			} else {
				want.Entries, want.Marks = append(want.Entries, second.Entries[i]), append(want.Marks, m)
			}
		}
	}
	if len(got.Entries) == 0 {
		got.Entries, got.Marks = nil, nil
	}
	if len(want.Entries) == 0 {
		want.Entries, want.Marks = nil, nil
	}
	if diff := cmp.Diff(&want, got); diff != "" {
		t.Fatalf("with entries known (-want +got):\n%s\nof %q", diff, b)
	}
}

// without is text with a piece taken out, at random, or put in again elsewhere.
func without(text []byte, random *rand.Rand) []byte {
	if len(text) == 0 {
		return text
	}
	from := random.IntN(len(text))
	to := min(len(text), from+1+random.IntN(1+random.IntN(2000)))
	rest := slices.Concat(text[:from], text[to:])
	if random.IntN(3) == 0 {
		return rest
	}
	return slices.Insert(rest, random.IntN(len(rest)+1), text[from:to]...)
}

// Whatever is cut out of real documents, or moved, what has one Mark is alike.
func TestMarks(t *testing.T) {
	files, _ := filepath.Glob("testdata/*/*.*")
	if dir := sharedCorpus(); dir != "" {
		real, _ := filepath.Glob(filepath.Join(dir, "feeds", "*"))
		for i := 0; i < len(real); i += max(1, len(real)/40) {
			files = append(files, real[i])
		}
	}
	if len(files) < 10 {
		t.Fatalf("%d files", len(files))
	}
	random := rand.New(rand.NewPCG(1, 2))
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if len(text) > 256<<10 {
			continue
		}
		alike(t, text, text, random)
		for range 8 {
			alike(t, text, without(text, random), random)
		}
	}
}

// FuzzMarks is TestMarks with documents of nobody's.
func FuzzMarks(f *testing.F) {
	for _, k := range ofKinds {
		f.Add([]byte(k.head+k.entry(1, "One")+k.between+k.entry(2, "<b>Two")+k.between+k.entry(3, "]]>")+k.tail), uint64(1))
	}
	f.Fuzz(func(t *testing.T, text []byte, seed uint64) {
		random := rand.New(rand.NewPCG(seed, 0))
		alike(t, text, without(text, random), random)
	})
}

// BenchmarkKnown reads a document of which little has changed.
func BenchmarkKnown(b *testing.B) {
	for kind, k := range ofKinds {
		var list []string
		for i := range 5000 {
			list = append(list, k.entry(i, strings.Repeat("Some words of it. ", 60)))
		}
		text := []byte(k.head + strings.Join(list, k.between) + k.tail)
		whole, err := Parse(text, at)
		if err != nil {
			b.Fatal(err)
		}
		known := at
		known.Known = Known{Context: whole.Context, Entries: marked(whole)}
		for _, m := range whole.Marks[:10] {
			delete(known.Known.Entries, m)
		}
		for name, o := range map[string]Options{"all new": at, "10 of 5000 new": known} {
			b.Run(kind+"/"+name, func(b *testing.B) {
				b.SetBytes(int64(len(text)))
				b.ReportAllocs()
				for b.Loop() {
					if _, err := Parse(text, o); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
