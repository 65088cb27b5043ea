package db

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"courant/db/dbtest/cluster"
	"courant/db/engine"
	"courant/db/state"
)

// newsOf is a first pass over a source, or a later one, with n new entries, each with
// tags and dates of its own.
func newsOf(d *DB, source string, n int) Pass {
	p := Pass{
		Source: source, At: d.Now(), Feed: &Feed{Title: source}, Known: &Identified{Marks: []byte("marks")},
		Publish: Publish{Auto: true, InitialMax: 1000, InitialWindow: time.Hour * 1e5},
	}
	for i := range n {
		guid := fmt.Sprint(source, d.Now().UnixNano(), "-", i)
		p.Entries = append(p.Entries, Entry{
			Article: Article{
				GUID: guid, Headline: guid, Tags: []string{"tides", fmt.Sprint("tag", i)},
				SourcePublished: d.Now().Add(-time.Duration(i) * time.Hour),
			},
			Fingerprint: []byte(guid), Raw: []byte("raw"),
		})
	}
	return p
}

// proxied is a store on a server, and the proxy that counts the ways there.
func proxied(t *testing.T) (*DB, *cluster.Proxy) {
	t.Helper()
	c := testConfig(t)
	p := cluster.NewProxy(t, c.URL)
	c.URL = p.Address()
	d, err := Open(t.Context(), c, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d, p
}

// What a transaction stores goes to a server together: how often it waits for the
// server does not grow with the entries of a pass, nor much with the passes, so that a
// database some milliseconds away is little slower (machines.md, Figures).
func TestIngestTogether(t *testing.T) {
	if !cluster.Ask(t) {
		return // a file is not away
	}
	d, p := proxied(t)
	var sources []Source
	for i := range 60 {
		sources = append(sources, Source{ID: fmt.Sprint("s", i), URL: fmt.Sprintf("https://tidal%d.example/", i)})
	}
	before := p.Trips()
	if err := d.SetSources(t.Context(), slices.Values(sources)); err != nil {
		t.Fatal(err)
	}
	if n := p.Trips() - before; n > 25 {
		t.Errorf("%d sources took %d ways to the server", len(sources), n)
	}
	next := 0
	trips := func(passes, entries int) int {
		t.Helper()
		var list []Pass
		for range passes {
			list = append(list, newsOf(d, sources[next].ID, entries))
			next++
		}
		before := p.Trips()
		rs, err := d.Ingest(t.Context(), list)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rs {
			if r.Err != nil || r.New != entries || r.Shown != entries {
				t.Fatalf("%+v", r)
			}
		}
		return p.Trips() - before
	}
	trips(1, 1) // a connection learns the statements
	one := trips(1, 2)
	if one > 9 {
		t.Errorf("a pass with two new entries takes %d ways to the server", one)
	}
	if many := trips(1, 20); many > one+5 {
		t.Errorf("20 new entries take %d ways to the server, 2 take %d", many, one)
	}
	if many := trips(20, 2); many > one+10 {
		t.Errorf("20 passes take %d ways to the server, one takes %d", many, one)
	}
	if n, err := d.Index(t.Context()); err != nil || n == 0 {
		t.Fatalf("%d were indexed: %v", n, err)
	}
}

// A group of comments takes two ways to a server, one to ask and one to tell: others
// wait for the article that it is about from the first to the end of the last.
func TestCommentsTogether(t *testing.T) {
	if !cluster.Ask(t) {
		return // a file is not away
	}
	d, p := proxied(t)
	if err := d.SetSources(t.Context(), slices.Values([]Source{{ID: "s", URL: "https://tidal.example/"}})); err != nil {
		t.Fatal(err)
	}
	if rs, err := d.Ingest(t.Context(), []Pass{newsOf(d, "s", 1)}); err != nil || rs[0].Err != nil {
		t.Fatal(rs, err)
	}
	list, err := d.Articles(t.Context(), ArticleQuery{})
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	for _, learnt := range []bool{false, true} { // a connection learns the statements
		var group []posting
		for i := range 5 {
			group = append(group, posting{Comment{Article: list[0].ID, Name: "Ann", Text: fmt.Sprint(learnt, i), Status: state.Approved}, nil})
		}
		before := p.Trips()
		for _, got := range d.post(t.Context(), group) {
			if got.Err != nil || !got.Out.added {
				t.Fatalf("%+v", got)
			}
		}
		if n := p.Trips() - before; learnt && n > 2 {
			t.Errorf("it took %d", n)
		}
	}
}

// What waits is run before whatever is asked next, in its order, and what of it fails
// is what the transaction fails with; a pass of which it fails takes no other with it.
func TestLater(t *testing.T) {
	d := testStore(t, nil)
	ctx := t.Context()
	var told []int64
	note := func(rows int64) { told = append(told, rows) }
	if err := d.inTx(ctx, func(x *tx) error {
		for _, text := range []string{
			`INSERT INTO meta (key, value) VALUES ('a', '1')`,
			`INSERT INTO meta (key, value) VALUES ('b', '1')`,
			`UPDATE meta SET value = '2' WHERE key IN ('a', 'b')`,
			`UPDATE meta SET value = '2' WHERE key = 'c'`,
		} {
			if err := x.laterTold(ctx, note, text); err != nil {
				return err
			}
		}
		var n int
		if err := x.QueryRowContext(ctx, `SELECT count(*) FROM meta WHERE value = '2'`).Scan(&n); err != nil || n != 2 {
			t.Errorf("%d rows were changed: %v", n, err)
		}
		return x.later(ctx, `DELETE FROM meta WHERE key = 'a'`)
	}); err != nil {
		t.Fatal(err)
	}
	if want := []int64{1, 1, 2, 0}; !slices.Equal(told, want) {
		t.Errorf("told of %v rows, want %v", told, want)
	}
	var n int
	if err := d.r.QueryRowContext(ctx, `SELECT count(*) FROM meta WHERE key IN ('a', 'b')`).Scan(&n); err != nil || n != 1 {
		t.Errorf("%d rows are left: %v", n, err)
	}
	err := d.inTx(ctx, func(x *tx) error {
		if err := x.later(ctx, `INSERT INTO meta (key, value) VALUES ('b', '1')`); err != nil {
			return err
		}
		return x.QueryRowContext(ctx, `SELECT count(*) FROM meta`).Scan(&n)
	})
	if err == nil || engine.Busy(err) || engine.Gone(err) {
		t.Errorf("a key that is there: %v", err)
	}
	if err := d.SetSources(ctx, slices.Values([]Source{{ID: "one", URL: "https://one.example/"}, {ID: "two", URL: "https://two.example/"}})); err != nil {
		t.Fatal(err)
	}
	bad, good := newsOf(d, "one", 3), newsOf(d, "two", 3)
	bad.Entries[1].Article.GUID = bad.Entries[2].Article.GUID
	rs, err := d.Ingest(ctx, []Pass{bad, good, newsOf(d, "nobody", 1)})
	if err != nil || rs[0].Err == nil || rs[1].Err != nil || rs[1].New != 3 || rs[2].Err == nil {
		t.Errorf("%+v, %v", rs, err)
	}
}

// Two passes over one source may be stored at once: the second is no first import.
func TestIngestTwice(t *testing.T) {
	d := testStore(t, nil)
	ctx := t.Context()
	if err := d.SetSources(ctx, slices.Values([]Source{{ID: "one", URL: "https://one.example/"}})); err != nil {
		t.Fatal(err)
	}
	first := newsOf(d, "one", 2)
	second := first
	second.Entries = slices.Clone(first.Entries)
	second.Entries[0].Article.GUID, second.Entries[0].Fingerprint = "other", []byte("other")
	rs, err := d.Ingest(ctx, []Pass{first, second})
	if err != nil || rs[0].New != 2 || len(rs[0].Published) != 0 || rs[1].New != 1 || rs[1].Unchanged != 1 || len(rs[1].Published) != 1 {
		t.Errorf("%+v, %v", rs, err)
	}
}

// Who stores news holds more of the file's indexes in memory, who stores none does not.
func TestIngestWide(t *testing.T) {
	if cluster.Ask(t) {
		return // what a server holds is its own
	}
	d := testStore(t, nil)
	ctx := t.Context()
	if err := d.SetSources(ctx, slices.Values([]Source{{ID: "one", URL: "https://one.example/"}})); err != nil {
		t.Fatal(err)
	}
	holds := func() (kib int) {
		if err := d.inTx(ctx, func(x *tx) error { return x.QueryRowContext(ctx, `PRAGMA cache_size`).Scan(&kib) }); err != nil {
			t.Fatal(err)
		}
		return -kib
	}
	before := holds()
	for n, want := range []int{before, 2 * before} {
		if _, err := d.Ingest(ctx, []Pass{newsOf(d, "one", n)}); err != nil {
			t.Fatal(err)
		}
		if got := holds(); got != want {
			t.Errorf("after %d new entries %d KiB are held, want %d", n, got, want)
		}
	}
}

// A pass that is stored in parts gives its articles the moments one after another, as
// one that is stored at once, and each its number in its lists.
func TestIngestParts(t *testing.T) {
	at := time.Now()
	d := testStore(t, func() time.Time { return at })
	ctx := t.Context()
	if err := d.SetSources(ctx, slices.Values([]Source{{ID: "one", URL: "https://one.example/"}})); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Ingest(ctx, []Pass{newsOf(d, "one", 1)}); err != nil {
		t.Fatal(err)
	}
	const n = 3*partEntries + 10
	next := newsOf(d, "one", n)
	for i := range next.Entries {
		next.Entries[i].Article.GUID = fmt.Sprint("next ", i)
	}
	if rs, err := d.Ingest(ctx, []Pass{next}); err != nil || rs[0].Shown != n {
		t.Fatalf("%+v, %v", rs, err)
	}
	var moments, span, site, source, highest int
	if err := d.r.QueryRowContext(ctx, `
		SELECT count(DISTINCT updated), max(updated) - min(updated) + 1 FROM article WHERE guid LIKE 'next %'`).Scan(&moments, &span); err != nil {
		t.Fatal(err)
	}
	if moments != n || span != n {
		t.Errorf("%d articles have %d moments in %d ms", n, moments, span)
	}
	if err := d.r.QueryRowContext(ctx, `
		SELECT count(CASE WHEN list = 'site' THEN 1 END), count(CASE WHEN list = 'source:one' THEN 1 END), max(number) FROM listing`).Scan(&site, &source, &highest); err != nil {
		t.Fatal(err)
	}
	if site != n+1 || source != n+1 || highest != n+1 {
		t.Errorf("%d articles have %d numbers in the site's list, %d in their source's, up to %d", n+1, site, source, highest)
	}
}
