package identity

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"courant/db/likeness"
)

// shelf is a store of one source's articles, as far as identity goes.
type shelf struct {
	known   []Known
	names   []string // what each was when it first came, for tests
	policy  Policy
	strikes int
	at      time.Time
}

// item is an entry of a test's document: id, link, title, text, date.
type item struct {
	id, link, title, text string
	date, updated         int // hours since the epoch
}

func (i item) claim() Claim {
	c := Claim{ID: i.id, Link: i.link, Title: i.title, Hash: "hash:" + i.title + i.text + fmt.Sprint(i.date)}
	if i.date != 0 {
		c.Date = time.Unix(int64(i.date)*3600, 0).UTC()
	}
	c.Updated = c.Date
	if i.updated != 0 {
		c.Updated = time.Unix(int64(i.updated)*3600, 0).UTC()
	}
	c.Text = func() (likeness.Sketch, int) { return likeness.Of(i.text), len(strings.Fields(i.text)) }
	return c
}

// read resolves a document, takes over what came of it, and says of each entry
// "new", "double", "purged", or which article it is, by its first title.
func (s *shelf) read(t *testing.T, doc ...item) []string {
	t.Helper()
	d := Document{Known: s.known, Policy: s.policy, Strikes: s.strikes, At: s.at}
	for _, i := range doc {
		d.Claims = append(d.Claims, i.claim())
	}
	res := d.Resolve()
	if s.policy.after(res.Policy) {
		t.Errorf("the policy went from %q back to %q", s.policy, res.Policy)
	}
	s.policy, s.strikes = res.Policy, res.Strikes
	seen := map[int]bool{}
	var said []string
	for i, v := range res.Verdicts {
		c := d.Claims[i]
		switch v.Kind {
		case New:
			said = append(said, "new")
			for _, k := range s.known {
				if slices.Contains(k.Keys, v.Key) {
					t.Errorf("key %q of a new entry is taken", v.Key)
				}
			}
			sketch, words := c.Text()
			s.known = append(s.known, Known{
				Keys: []string{v.Key}, Link: LinkHash(c.Link), Path: PathHash(c.Link), Title: TitleHash(c.Title),
				Sketch: sketch, Words: words, Date: c.Date, Updated: c.Updated,
			})
			s.names = append(s.names, doc[i].title)
			seen[len(s.known)-1] = true
		case Same:
			if seen[v.Known] {
				t.Errorf("two entries are article %s", s.names[v.Known])
			}
			seen[v.Known] = true
			said = append(said, s.names[v.Known])
			k := &s.known[v.Known]
			if v.Alias != "" {
				k.Keys = append(k.Keys, v.Alias)
			}
			k.Link, k.Path, k.Title, k.Updated = LinkHash(c.Link), PathHash(c.Link), TitleHash(c.Title), c.Updated
			k.Sketch, k.Words = c.Text()
		case Purged:
			said = append(said, "purged")
		case Double:
			said = append(said, "double")
		}
	}
	for i := range s.known {
		switch {
		case seen[i]:
			s.known[i].LastSeen = time.Time{}
		case s.known[i].LastSeen.IsZero():
			s.known[i].LastSeen = s.at
		}
	}
	return said
}

// prose is a text of n words; two seeds share none.
func prose(seed, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "w%dx%d ", seed, i)
	}
	return b.String()
}

const site = "https://site.example/"

func TestResolve(t *testing.T) {
	post := func(n int) item { // an entry like most: all its own
		return item{id: fmt.Sprint("id", n), link: fmt.Sprint(site, n), title: fmt.Sprint("Title ", n), text: prose(n, 60), date: n}
	}
	posts := func(from, to int) (list []item) {
		for n := from; n < to; n++ {
			list = append(list, post(n))
		}
		return list
	}
	with := func(i item, f func(*item)) item { f(&i); return i }
	for _, c := range []struct {
		name string
		docs [][]item
		want string // of the last document
	}{
		{"the same again", [][]item{posts(1, 4), posts(1, 4)}, "Title 1, Title 2, Title 3"},
		{"one more", [][]item{posts(1, 3), posts(1, 4)}, "Title 1, Title 2, new"},
		{"I04 case counts", [][]item{{{id: "a", link: site + "1", title: "A"}, {id: "A", link: site + "2", title: "B"}}}, "new, new"},
		{"I05 twice, the newest first", [][]item{{with(post(2), func(i *item) { i.updated = 9 }), post(2)}}, "new, double"},
		{"I05 twice, the newest last", [][]item{{post(2), with(post(2), func(i *item) { i.updated = 9 })}}, "double, new"},
		{"I06 one id for a few of many", [][]item{
			append(posts(1, 60), item{id: "id1", link: site + "other", title: "Other"}),
			append([]item{{id: "id1", link: site + "other", title: "Other"}}, posts(1, 3)...),
		}, "Other, Title 1, Title 2"},
		{"I06 one id for all", [][]item{
			{{id: "N/A", link: site + "a", title: "A"}, {id: "N/A", link: site + "b", title: "B"}},
			{{id: "N/A", link: site + "c", title: "C"}, {id: "N/A", link: site + "a", title: "A"}, {id: "N/A", link: site + "b", title: "B"}},
		}, "new, A, B"},
		{"I06 one id for all, no link", [][]item{
			{{id: "N/A", title: "A"}, {id: "N/A", title: "B"}},
			{{id: "N/A", title: "C"}, {id: "N/A", title: "A"}, {id: "N/A", title: "B"}},
		}, "new, A, B"},
		{"I06 the policy stays", [][]item{
			{{id: "N/A", link: site + "a", title: "A"}, {id: "N/A", link: site + "b", title: "B"}},
			{{id: "N/A", link: site + "c", title: "C"}},
			{{id: "N/A", link: site + "c", title: "C, mended"}},
		}, "C"},
		{"I06 ids are none, nor links, but dates", [][]item{
			{{id: "N/A", link: site + "a", title: "A"}, {id: "N/A", link: site + "b", title: "B"}},
			{{id: "1", link: site, title: "One", date: 9}, {id: "2", link: site, title: "Two", date: 10}, {id: "3", link: site, title: "Three", date: 11}},
			{{id: "4", link: site, title: "Four", date: 12}, {id: "5", link: site, title: "One, mended", date: 9}, {id: "6", link: site, title: "Two", date: 10}},
		}, "new, One, Two"},
		{"I07 https", [][]item{{{id: "http://site.example/?p=1", title: "A"}}, {{id: "https://site.example/?p=1", title: "A"}}}, "A"},
		{"I07 www", [][]item{{{id: "http://site.example/?p=1", title: "A"}}, {{id: "https://www.site.example/?p=1", title: "B"}}}, "A"},
		{"I07 another host, the link says so", [][]item{
			{{id: "https://old.example/?p=1", link: site + "1", title: "A"}}, {{id: "https://new.example/?p=1", link: site + "1", title: "A"}},
		}, "A"},
		{"I07 another host, the text says so", [][]item{
			{{id: "https://old.example/?p=1", link: "https://old.example/1", title: "A", text: prose(1, 60)}},
			{{id: "https://new.example/?p=1", link: "https://new.example/1", title: "A", text: prose(1, 60)}},
		}, "A"},
		{"I07 another host, nothing says so", [][]item{
			{{id: "https://old.example/?p=1", link: "https://old.example/1", title: "A", text: prose(1, 60)}},
			{{id: "https://new.example/?p=1", link: "https://new.example/1", title: "B", text: prose(2, 60)}},
		}, "new"},
		{"I07 two in one document are two", [][]item{
			{{id: "http://site.example/1", title: "A"}, {id: "https://site.example/1", title: "B"}},
			{{id: "https://site.example/1", title: "B"}, {id: "http://site.example/1", title: "A"}},
		}, "B, A"},
		{"I08 another id, the same link", [][]item{posts(1, 3), {with(post(1), func(i *item) { i.id = "x" }), post(2)}}, "Title 1, Title 2"},
		{"I08 the new id is known from then on", [][]item{
			posts(1, 3), {with(post(1), func(i *item) { i.id = "x" })}, {with(post(1), func(i *item) { i.id, i.link = "x", site+"moved" })},
		}, "Title 1"},
		{"I08 http, www and a slash are one link", [][]item{{post(1)}, {with(post(1), func(i *item) { i.id, i.link = "x", "http://www.site.example/1/" })}}, "Title 1"},
		{"I08 not where the old id stands there too", [][]item{{post(1)}, {post(1), with(post(7), func(i *item) { i.link = post(1).link })}}, "Title 1, new"},
		{"I08 not where one link serves all", [][]item{
			{{id: "1", link: site, title: "A", text: "x", date: 1}}, {{id: "2", link: site, title: "B", text: "y", date: 2}},
		}, "new"},
		{"I09 another id and link", [][]item{posts(1, 5), append(posts(1, 4), with(post(4), func(i *item) { i.id, i.link = "x", site+"x" }))}, "Title 1, Title 2, Title 3, Title 4"},
		{"I09 not where the text is short", [][]item{
			{{id: "1", link: site + "1", title: "Menu", text: "soup and bread"}}, {{id: "2", link: site + "2", title: "Menu", text: "soup and bread"}},
		}, "new"},
		{"I09 not where the text is another", [][]item{
			{{id: "1", link: site + "1", title: "Menu", text: prose(1, 60)}}, {{id: "2", link: site + "2", title: "Menu", text: prose(2, 60)}},
		}, "new"},
		{"I09 not where the old one is there as well", [][]item{
			{post(1)}, {post(1), with(post(1), func(i *item) { i.id, i.link = "x", site+"x" })},
		}, "Title 1, new"},
		{"I10 all ids and hosts at once", [][]item{
			{{id: "1", link: site + "1", title: "A"}, {id: "2", link: site + "2", title: "B"}, {id: "3", link: site + "3", title: "C"}},
			{{id: "x", link: "https://new.example/1", title: "A"}, {id: "y", link: "https://new.example/2", title: "B"}, {id: "z", link: "https://new.example/3", title: "C"}},
		}, "A, B, C"},
		{"I10 not titles that come again each week", [][]item{
			{{id: "1", link: site + "1", title: "Monday", text: prose(1, 20)}, {id: "2", link: site + "2", title: "Tuesday", text: prose(2, 20)}, {id: "3", link: site + "3", title: "Wednesday", text: prose(3, 20)}},
			{{id: "4", link: site + "4", title: "Monday", text: prose(4, 20)}, {id: "5", link: site + "5", title: "Tuesday", text: prose(5, 20)}, {id: "6", link: site + "6", title: "Wednesday", text: prose(6, 20)}},
		}, "new, new, new"},
		{"I11 the title", [][]item{{post(1)}, {with(post(1), func(i *item) { i.title = "Mended" })}}, "Title 1"},
		{"I12 the link", [][]item{{post(1)}, {with(post(1), func(i *item) { i.link = site + "moved" })}}, "Title 1"},
		{"all but the id, and half the text stays", [][]item{
			{post(1)}, {with(post(1), func(i *item) { i.title, i.link, i.text = "Mended", site+"moved", prose(1, 60)+prose(2, 20) })},
		}, "Title 1"},
		{"I38 one id, and all else is another", [][]item{{post(1)}, {with(post(2), func(i *item) { i.id = "id1" })}}, "new"},
		{"I38 both stay what they are", [][]item{
			{post(1)}, {with(post(2), func(i *item) { i.id = "id1" })}, {with(post(2), func(i *item) { i.id = "id1" }), post(1)},
		}, "Title 2, Title 1"},
		{"I38 three times, and ids no longer count", [][]item{
			{post(1)},
			{with(post(2), func(i *item) { i.id = "id1" })},
			{with(post(3), func(i *item) { i.id = "id1" })},
			{with(post(4), func(i *item) { i.id = "id1" })},
			{with(post(5), func(i *item) { i.id = "id1" }), with(post(4), func(i *item) { i.id = "id1" })},
		}, "new, Title 4"},
		{"I39 no id and one link, one date", [][]item{
			{{link: site, title: "One", date: 9}, {link: site, title: "Two", date: 9}, {link: site, title: "Three", date: 9}},
			{{link: site, title: "Four", date: 11}, {link: site, title: "One", date: 9}},
		}, "new, One"},
		{"I39 no id and one link, dates", [][]item{
			{{link: site, title: "One", date: 9}, {link: site, title: "Two", date: 10}, {link: site, title: "Three", date: 11}},
			{{link: site, title: "Four", date: 12}, {link: site, title: "One, mended", date: 9}, {link: site, title: "Two", date: 10}},
		}, "new, One, Two"},
		{"I39 no id and one link, the newest alone", [][]item{
			{{link: site, title: "One", text: "first", date: 9}}, {{link: site, title: "Two", text: "second", date: 10}}, {{link: site, title: "Two", text: "second", date: 10}},
		}, "Two"},
		{"I39 one has no date, one no title", [][]item{
			{{link: site, date: 9}, {link: site, title: "Two"}}, {{link: site, date: 9}, {link: site, title: "Two"}},
		}, ", Two"},
		{"no id: the link", [][]item{{{link: site + "1", title: "A", text: "old"}}, {{link: site + "1", title: "B", text: "new"}}}, "A"},
		{"neither id nor link", [][]item{{{title: "A", text: "x"}}, {{title: "A", text: "x"}, {title: "B", text: "y"}}}, "A, new"},
		{"ids with a bar in them are whole", [][]item{
			{{id: "a|1", link: site + "1", title: "A"}, {id: "a|2", link: site + "2", title: "B"}},
			{{id: "a|1", link: site + "1", title: "A"}, {id: "a|2", link: site + "2", title: "B"}, {id: "a|3", link: site + "3", title: "C"}},
		}, "A, B, new"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &shelf{at: time.Unix(1_800_000_000, 0)}
			var got []string
			for _, doc := range c.docs {
				got = s.read(t, doc...)
				s.at = s.at.Add(time.Hour)
			}
			if got := strings.Join(got, ", "); got != c.want {
				t.Errorf("the last document is %s, want %s (policy %q)", got, c.want, s.policy)
			}
		})
	}
}

// I28: what was purged does not come back.
func TestPurged(t *testing.T) {
	d := Document{
		Claims: []Claim{{ID: "1", Link: site + "1", Title: "A"}},
		Known:  []Known{{Keys: []string{"1"}, Purged: true}},
	}
	if v := d.Resolve().Verdicts[0]; v.Kind != Purged {
		t.Errorf("verdict %+v, want purged", v)
	}
}

// I36: what comes back after a month is said to.
func TestResurfaced(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	for days, want := range map[int]bool{0: false, 29: false, 30: true, 300: true} {
		k := Known{Keys: []string{"1"}, Link: LinkHash(site + "1"), LastSeen: now.AddDate(0, 0, -days)}
		d := Document{At: now, Known: []Known{k}, Claims: []Claim{{ID: "2", Link: site + "1"}}}
		if v := d.Resolve().Verdicts[0]; v.Kind != Same || v.Resurfaced != want {
			t.Errorf("after %d days: %+v", days, v)
		}
	}
}

// What is unchanged to the byte is left out of the claims, and is taken all the
// same.
func TestUnchanged(t *testing.T) {
	date := time.Unix(1_700_000_000, 0)
	a := Known{Keys: []string{"N/A", "alias"}, Link: LinkHash(site + "a"), Title: TitleHash("A"), Unchanged: true, Updated: date}
	for _, c := range []struct {
		name  string
		claim Claim
		want  Kind
	}{
		{"its id with another link", Claim{ID: "N/A", Link: site + "b", Title: "B"}, New},
		{"its link with another id", Claim{ID: "b", Link: site + "a", Title: "B"}, New},
		{"its link with an id that it had", Claim{ID: "alias", Link: site + "a", Title: "A"}, New},
		{"once more, no newer", Claim{ID: "N/A", Link: site + "a", Title: "A", Updated: date}, Double},
		{"once more, newer", Claim{ID: "N/A", Link: site + "a", Title: "A", Updated: date.Add(1)}, Same},
	} {
		d := Document{Known: []Known{a}, Claims: []Claim{c.claim}}
		res := d.Resolve()
		if v := res.Verdicts[0]; v.Kind != c.want || res.Repeated != (c.want != New) {
			t.Errorf("%s: %+v, repeated: %t", c.name, v, res.Repeated)
		}
	}
}

// I35: the keys are the same in whatever order documents arrive.
func TestOrder(t *testing.T) {
	docs := [][]item{
		{{id: "1", link: site + "1", title: "A"}, {id: "2", link: site + "2", title: "B"}},
		{{id: "2", link: site + "2", title: "B"}, {link: site + "3", title: "C"}},
		{{title: "D", text: "x"}, {id: "1", link: site + "1", title: "A2"}},
	}
	var first []string
	for _, order := range [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}, {2, 1, 0, 0, 1, 2}} {
		s := &shelf{}
		for _, n := range order {
			s.read(t, docs[n]...)
		}
		keys := map[string]bool{}
		for _, k := range s.known {
			keys[k.Keys[0]] = true
		}
		list := slices.Sorted(maps.Keys(keys))
		if first == nil {
			first = list
		}
		if !slices.Equal(list, first) || len(s.known) != 4 {
			t.Errorf("order %v gives %q, order 0 1 2 %q", order, list, first)
		}
	}
}

func TestOurs(t *testing.T) {
	o := Ours{Tag: "tag:news.example,2026:", Site: "https://news.example/paper/"}
	for _, c := range []struct {
		id, link string
		want     bool
	}{
		{"tag:news.example,2026:article/x", "", true},
		{"tag:news.example,2025:article/x", "", false},
		{"1", "https://news.example/paper/article/x", true},
		{"1", "http://NEWS.example/paper", true},
		{"1", "https://news.example/papers", false},
		{"1", "https://other.example/paper/", false},
		{"", "", false},
	} {
		if got := o.Made(c.id, c.link); got != c.want {
			t.Errorf("Made(%q, %q) = %v", c.id, c.link, got)
		}
	}
	if (Ours{}).Made("1", "https://x.example/") {
		t.Error("nothing made something")
	}
}

// A document of 10,000 entries of any kind costs little.
func BenchmarkResolve(b *testing.B) {
	for name, f := range map[string]func(n int) item{
		"plain": func(n int) item {
			return item{id: fmt.Sprint(n), link: fmt.Sprint(site, n), title: fmt.Sprint("T", n), date: n}
		},
		"one id":  func(n int) item { return item{id: "x", link: fmt.Sprint(site, n), title: fmt.Sprint("T", n), date: n} },
		"one all": func(n int) item { return item{id: "x", link: site, title: "T", text: fmt.Sprint(n), date: n} },
		"no id":   func(n int) item { return item{link: site, title: "T", text: fmt.Sprint(n), date: n} },
	} {
		b.Run(name, func(b *testing.B) {
			var known []Known
			var claims []Claim
			for n := range 10_000 {
				c := f(n).claim()
				claims = append(claims, c)
				known = append(known, Known{Keys: []string{fmt.Sprint("old", n)}, Link: LinkHash(c.Link), Title: TitleHash(c.Title), Words: 100})
			}
			for b.Loop() {
				d := Document{Claims: claims, Known: known}
				d.Resolve()
			}
		})
	}
}

// What we published is ours however many took it over since.
func TestOursPassed(t *testing.T) {
	o := Ours{Tag: "tag:news.example,2026:", Site: "https://news.example/paper/"}
	for name, c := range map[string]struct {
		via     string
		through []string
		want    bool
	}{
		"by one":       {"https://news.example/paper/article/x", nil, true},
		"by two":       {"https://b.example/y", []string{"https://news.example/paper/article/x"}, true},
		"by four":      {"https://d.example/w", []string{"https://c.example/z", "https://b.example/y", "https://news.example/paper/article/x"}, true},
		"others alone": {"https://b.example/y", []string{"https://c.example/z", ""}, false},
		"nothing":      {"", nil, false},
	} {
		if got := o.Passed(c.via, c.through); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
