package aggregator

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"courant/db"
	"courant/db/dbtest"
	"courant/db/lease"
	"courant/db/push"
)

// subscribed is a pushing whose hub confirmed.
func newSubscribed(t *testing.T) *pushing {
	t.Helper()
	p := newPushing(t)
	ctx := t.Context()
	p.poll()
	if err := p.followOne(ctx, <-p.found); err != nil {
		t.Fatal(err)
	}
	if p.lastAsked() == nil {
		t.Fatal("the hub was not asked")
	}
	sub, err := p.inbox.Of(ctx, "fed")
	if err == nil {
		err = p.inbox.Confirm(ctx, sub.Token, push.Subscribe, sub.Topic, time.Hour)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// present are the entries that the source's feed has, as far as we know.
func (p *pushing) present() int {
	p.t.Helper()
	known, err := p.store.PresentEntries(p.t.Context(), "fed")
	if err != nil {
		p.t.Fatal(err)
	}
	return len(known)
}

// exec changes the store behind everybody's back.
func (p *pushing) exec(text string, args ...any) {
	p.t.Helper()
	err := p.store.Tx(p.t.Context(), func(t *sql.Tx) error {
		_, err := t.ExecContext(p.t.Context(), text, args...)
		return err
	}, nil)
	if err != nil {
		p.t.Fatal(err)
	}
}

// What went around by others that follow us does not come back, in any format (I37).
func TestDeliveryWentAround(t *testing.T) {
	p := newSubscribed(t)
	const ours, theirs = "http://127.0.0.1:1/article/own-1", "http://other.example/article/own-2"
	p.deliver(strings.Replace(rss("around"), "</item>", `<source url="http://other.example/feed.rss">Other</source>`+
		`<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="via" href="`+theirs+`"/><atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="via" href="`+ours+`"/></item>`, 1))
	p.deliver(`<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><id>tag:b.example,2026:f</id><updated>2026-01-02T00:00:00Z</updated><entry><title>around</title>` +
		`<id>tag:b.example,2026:1</id><updated>2026-01-02T00:00:00Z</updated><source><id>o</id><title>Other</title><link rel="self" href="http://other.example/feed.atom"/></source>` +
		`<link href="http://b.example/article/1"/><link rel="via" href="` + theirs + `"/><link rel="via" href="` + ours + `"/></entry></feed>`)
	item := `{"id":"tag:b.example,2026:1","title":"around","url":"http://b.example/article/1","content_html":"Text.","external_url":"` + theirs +
		`","_courant":{"source":{"title":"Other","url":"http://other.example/feed.json"},"through":%s}}`
	json := func(through string) string {
		return `{"version":"https://jsonfeed.org/version/1.1","title":"T","items":[` + fmt.Sprintf(item, through) + `]}`
	}
	p.deliver(json(`["` + ours + `"]`))
	if got := p.headlines(); !slices.Equal(got, []string{"a"}) {
		t.Errorf("%v", got)
	}
	p.deliver(json(`[7, "http://third.example/1"]`)) // and what only others passed on does
	if got := p.headlines(); !slices.Equal(got, []string{"a", "around"}) {
		t.Errorf("%v", got)
	}
}

// A delivery is taken up as a pass like any other: identity, limits, and no trust
// beyond the source's own.
func TestDeliveryIsAPass(t *testing.T) {
	p := newSubscribed(t)
	ctx := t.Context()
	t.Run("what is known is changed, and not new", func(t *testing.T) {
		p.deliver(strings.Replace(rss("a"), "About a.", "More about a.", 1))
		list, err := p.store.Articles(ctx, db.ArticleQuery{All: true, Limit: 10})
		if err != nil || len(list) != 1 || !strings.Contains(fmt.Sprint(list[0].Summary, list[0].Body), "More about a.") {
			t.Errorf("%+v, %v", list, err)
		}
	})
	t.Run("our own is dropped (I37)", func(t *testing.T) {
		s := p.deliver(strings.Replace(rss("own"), "http://tidal.example/own", "http://127.0.0.1:1/article/own-1", 1))
		if got := p.headlines(); !slices.Equal(got, []string{"a"}) || s.Own != 1 {
			t.Errorf("%v, %d our own", got, s.Own)
		}
	})
	t.Run("what follows us does not come back (I37)", func(t *testing.T) {
		entry := `<source url="http://127.0.0.1:1/feed.rss">Ours</source></item>`
		p.deliver(strings.Replace(rss("echo"), "</item>", entry, 1))
		if got := p.headlines(); !slices.Equal(got, []string{"a"}) {
			t.Errorf("%v", got)
		}
	})
	t.Run("it moves the source nowhere", func(t *testing.T) {
		channel := `<channel><itunes:new-feed-url xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd">http://evil.example/feed</itunes:new-feed-url>` +
			`<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="hub" href="http://evil.example/hub"/>` +
			`<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="self" href="http://evil.example/self"/>`
		before := p.sources.subject(p.deliver(rss("a")))
		s := p.sources.subject(p.deliver(strings.Replace(rss("b"), "<channel>", channel, 1)))
		if got := s.Config.Address(s.Memory); got != p.feed.URL || s.Memory.Hub != before.Memory.Hub || s.Memory.Topic != before.Memory.Topic {
			t.Errorf("polled at %s, hub %s, topic %s", got, s.Memory.Hub, s.Memory.Topic)
		}
	})
	t.Run("it changes nothing that a poll asks by", func(t *testing.T) {
		before, err := p.store.Source(ctx, "fed")
		if err != nil {
			t.Fatal(err)
		}
		s := p.deliver(rss("c"))
		if s.ETag != before.ETag || s.ValidatorsFor != before.ValidatorsFor || !slices.Equal(s.BodyHash, before.BodyHash) || !s.LastPass.Equal(before.LastPass) || !s.LastSuccess.Equal(before.LastSuccess) {
			t.Errorf("%+v\nwas %+v", s, before)
		}
	})
	t.Run("what it lacks is not deleted, what it says is deleted is", func(t *testing.T) {
		for range 3 {
			p.deliver(rss("a"))
		}
		if n := p.present(); n != 3 {
			t.Errorf("%d entries, want 3", n)
		}
		p.deliver(`<feed xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0"><id>urn:x</id><title>Tidal</title>` +
			`<at:deleted-entry ref="b" when="2026-01-01T00:00:00Z"/></feed>`)
		if n := p.present(); n != 2 {
			t.Errorf("%d entries, want 2", n)
		}
	})
	t.Run("a source's limits hold", func(t *testing.T) {
		if err := p.SetSources(ctx, []SourceConfig{{ID: "fed", URL: p.feed.URL, Publish: "auto", MaxItems: 2}}); err != nil {
			t.Fatal(err)
		}
		before := len(p.headlines())
		p.deliver(rss("k", "l", "m", "n"))
		if n := len(p.headlines()) - before; n != 2 {
			t.Errorf("%d articles of a delivery of four, max_items is 2", n)
		}
	})
	t.Run("a paused source takes none", func(t *testing.T) {
		if err := p.SetSources(ctx, []SourceConfig{{ID: "fed", URL: p.feed.URL, Publish: "auto", Paused: true}}); err != nil {
			t.Fatal(err)
		}
		before := p.headlines()
		p.deliver(rss("z"))
		if got := p.headlines(); !slices.Equal(got, before) {
			t.Errorf("%v", got)
		}
	})
}

// What came from a hub that the source does not name any more is not taken in.
func TestDeliveryOfAFormerHub(t *testing.T) {
	p := newSubscribed(t)
	p.exec(`UPDATE subscription SET hub = 'http://former.example/'`)
	p.deliver(rss("b"))
	if got := p.headlines(); !slices.Equal(got, []string{"a"}) {
		t.Errorf("%v", got)
	}
	if err := p.reconcile(t.Context()); err != nil {
		t.Fatal(err)
	}
	if sub, err := p.inbox.Of(t.Context(), "fed"); err != nil || sub.Asked != push.Unsubscribe {
		t.Errorf("the former hub is asked to %q: %v", sub.Asked, err)
	}
}

// A delivery that could not be stored is there until it is; one that never comes to an
// end is given up.
func TestDeliveryStays(t *testing.T) {
	p := newSubscribed(t)
	ctx := t.Context()
	left := func() (n, tries int) {
		t.Helper()
		if err := p.store.Reader().QueryRowContext(ctx, `SELECT count(*), coalesce(max(tries), 0) FROM inbox`).Scan(&n, &tries); err != nil {
			t.Fatal(err)
		}
		return n, tries
	}
	mend := dbtest.Refuse(t, p.store, "pass", `NEW.source = 'fed'`)
	before, err := p.store.Source(ctx, "fed")
	if err != nil {
		t.Fatal(err)
	}
	after := p.deliver(rss("b"))
	if n, tries := left(); n != 1 || tries != 1 {
		t.Errorf("%d deliveries are left after %d tries", n, tries)
	}
	if after.Errors != before.Errors || after.NextDue != before.NextDue {
		t.Errorf("that is a failure of the source: %+v", after)
	}
	p.takeIn() // it is not due yet
	if n, tries := left(); n != 1 || tries != 1 {
		t.Errorf("at once again: %d deliveries are left after %d tries", n, tries)
	}
	mend()
	p.exec(`UPDATE inbox SET due = 0`)
	p.takeIn()
	if n, _ := left(); n != 0 {
		t.Errorf("%d deliveries are left", n)
	}
	if got := p.headlines(); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("%v", got)
	}

	if err := p.inbox.Put(ctx, push.Delivery{Source: "fed", Body: []byte(rss("killer"))}, push.Room{Items: 1, Bytes: 1 << 20}); err != nil {
		t.Fatal(err)
	}
	list, err := p.inbox.Waiting(ctx)
	if err != nil || len(list) != 1 {
		t.Fatalf("%v, %v", list, err)
	}
	if err := p.inbox.Put(ctx, push.Delivery{Source: "fed", Body: []byte("large")}, push.Room{Items: 9, Bytes: 9}); !errors.Is(err, push.ErrFull) {
		t.Errorf("there is room for more than there is: %v", err)
	}
	for range takeTries { // as by processes that died over it
		if _, err := p.inbox.Take(ctx, list[0].ID, takeWait); err != nil {
			t.Fatal(err)
		}
		p.exec(`UPDATE inbox SET due = 0`)
	}
	p.takeIn()
	if n, _ := left(); n != 0 {
		t.Errorf("%d deliveries are left", n)
	}
	if got := p.headlines(); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("%v", got)
	}
}

// Of several workers that one takes a delivery in who has its source's shard; what one
// brings that has lost it is not stored, and there for who has it.
func TestDeliveryByShard(t *testing.T) {
	p := newSubscribed(t)
	ctx := t.Context()
	s, err := p.store.Source(ctx, "fed")
	if err != nil {
		t.Fatal(err)
	}
	var mine lease.Set
	mine[s.Shard] = true
	put := func(entry string) {
		t.Helper()
		if err := p.inbox.Put(ctx, push.Delivery{Source: "fed", Body: []byte(rss(entry))}, push.Room{Items: 1, Bytes: 1 << 20}); err != nil {
			t.Fatal(err)
		}
	}
	check := func(left int, want ...string) {
		t.Helper()
		var n int
		if err := p.store.Reader().QueryRowContext(ctx, `SELECT count(*) FROM inbox`).Scan(&n); err != nil || n != left {
			t.Errorf("%d deliveries are left, want %d: %v", n, left, err)
		}
		if got := p.headlines(); !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	}
	hold := func(shards lease.Set) {
		t.Helper()
		if err := p.Hold(ctx, shards, time.Time{}); err != nil {
			t.Fatal(err)
		}
	}
	put("b")
	hold(lease.All().Minus(mine))
	p.takeIn()
	check(1, "a")
	hold(mine)
	p.store.Fence(func(_ context.Context, _ *sql.Tx, sources []string) (map[string]error, error) {
		lost := map[string]error{}
		for _, id := range sources {
			lost[id] = lease.ErrLost
		}
		return lost, nil
	})
	p.takeIn() // it was frozen, and another has the shard
	check(1, "a")
	p.store.Fence(func(context.Context, *sql.Tx, []string) (map[string]error, error) { return nil, nil })
	p.exec(`UPDATE inbox SET due = 0`)
	p.takeIn()
	check(0, "a", "b")
	if given := p.Yield(1); given.Len() != 1 {
		t.Errorf("%d shards are given away, want the one whose delivery is taken in", given.Len())
	}
}

// A hub that does not answer holds up no other, and is asked again later each time.
func TestHubWait(t *testing.T) {
	var before time.Duration
	for tries := range 20 {
		wait := hubWait(tries)
		if wait < before || wait < hubPatience || wait > hubRest {
			t.Errorf("after %d tries: %s, was %s", tries, wait, before)
		}
		before = wait
	}
	if before != hubRest {
		t.Errorf("at most %s", before)
	}
}
