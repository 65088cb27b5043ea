package aggregator

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"courant/aggregator/fetch"
	"courant/aggregator/poll"
	"courant/db/dbtest/cluster"
)

// unread is a store with two sources that say the same. Of the first it is known
// which entries stand in its last document to the byte, of the second never.
type unread struct {
	*sim
	doc string
}

func newUnread(t *testing.T) *unread {
	u := &unread{}
	u.sim = newSim(t, func(*http.Request) reply { return answer(http.StatusOK, u.doc) }, "a", "b")
	u.c.ManualGap.Duration = 0
	u.site = "https://news.example"
	u.start()
	t.Cleanup(u.stop)
	return u
}

// poll polls both sources.
func (u *unread) poll(doc string) {
	u.t.Helper()
	u.doc = doc
	time.Sleep(time.Hour)
	if err := u.store.Tx(u.t.Context(), func(t *sql.Tx) error {
		_, err := t.ExecContext(u.t.Context(), `DELETE FROM document WHERE source = 'b'`)
		return err
	}, func() {}); err != nil {
		u.t.Fatal(err)
	}
	_, got := u.fetch(Select{IDs: []string{"a", "b"}})
	for id, r := range got {
		if r.Err != "" {
			u.t.Fatalf("%s: %s", id, r.Err)
		}
	}
}

// held is what the store holds of a source.
func (u *unread) held(source string) string {
	u.t.Helper()
	var b strings.Builder
	for _, query := range []string{
		`SELECT identity, strikes, own, stale, watched, entries FROM source WHERE id = $1`,
		`SELECT guid, headline, article.link, status, source_published, present, seen IS NULL, retracted IS NULL, resurfaced IS NULL, updates, entry.fingerprint, body
			FROM article JOIN entry ON entry.article = article.seq WHERE article.source = $1 ORDER BY seq`,
		`SELECT alias.guid, article.guid FROM alias JOIN article ON article.seq = alias.article WHERE alias.source = $1 ORDER BY alias.guid`,
	} {
		if err := u.store.Tx(u.t.Context(), func(t *sql.Tx) error {
			rows, err := t.QueryContext(u.t.Context(), query, source)
			if err != nil {
				return err
			}
			defer rows.Close()
			names, err := rows.Columns()
			if err != nil {
				return err
			}
			values := make([]any, len(names))
			to := make([]any, len(names))
			for i := range values {
				to[i] = &values[i]
			}
			for rows.Next() {
				if err := rows.Scan(to...); err != nil {
					return err
				}
				fmt.Fprintln(&b, values...)
			}
			return rows.Err()
		}, func() {}); err != nil {
			u.t.Fatal(err)
		}
	}
	return b.String()
}

// parsed is how many entries of a document are parsed.
func (u *unread) parsed(doc string) int {
	u.t.Helper()
	v := u.lookout.engine.visitor
	got := &poll.Visit{At: u.now(), Answer: &fetch.Answer{URL: u.list[0].URL, Body: []byte(doc)}}
	v.remember(&job{ids: []string{"a"}, sources: []*poll.Subject{poll.NewSubject(u.source("a"), v.sources.source("a").polled())}}, got)
	if v.parse(got); got.Err != nil {
		u.t.Fatal(got.Err)
	}
	return len(got.Document.Entries)
}

func unreadFeed(head string, items ...string) string {
	return `<rss version="2.0"><channel><title>A</title>` + head + strings.Join(items, "\n") + "</channel></rss>"
}

// Of a feed in which one entry changed one is parsed; where what is around its
// entries changed, all are.
func TestUnread(t *testing.T) {
	bubble(func(t *testing.T) {
		u := newUnread(t)
		items := make([]string, 30)
		for i := range items {
			items[i] = fmt.Sprintf(`<item><guid>%d</guid><title>Title %[1]d</title><link>https://a.example/%[1]d</link><description>Text %[1]d</description></item>`, i)
		}
		whole := unreadFeed("", items...)
		if n := u.parsed(whole); n != 30 {
			t.Errorf("of a feed that is new %d entries are parsed, want 30", n)
		}
		u.poll(whole)
		if n := u.parsed(whole); n != 0 {
			t.Errorf("of a feed that is known %d entries are parsed, want 0", n)
		}
		items[7] = strings.Replace(items[7], "Text 7", "Another text", 1)
		if n := u.parsed(unreadFeed("", items...)); n != 1 {
			t.Errorf("of a feed with one change %d entries are parsed, want 1", n)
		}
		if n := u.parsed(unreadFeed("<language>de</language>", items...)); n != 30 {
			t.Errorf("of a feed with another language %d entries are parsed, want 30", n)
		}
		u.poll(unreadFeed("", items...))
		if n := u.parsed(unreadFeed("", items[1:]...)); n != 0 {
			t.Errorf("after the change %d entries are parsed, want 0", n)
		}
		u.poll(unreadFeed("", items[1:]...))
		if n := u.parsed(unreadFeed("", items...)); n != 1 {
			t.Errorf("with an entry that is back %d are parsed, want 1", n)
		}
		if a, b := u.held("a"), u.held("b"); a != b {
			t.Errorf("the store holds\n%s\nwhere all is read\n%s", a, b)
		}
	})(t)
}

// Whatever a source does, what the store holds of it does not depend on what was
// known by its bytes.
func TestUnreadAlike(t *testing.T) {
	seeds := uint64(32)
	if cluster.Ask(t) {
		seeds = 8 // it is documents that differ, and each poll costs a server many times as much
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), bubble(func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 0))
			u, w := newUnread(t), &wild{Rand: random, few: 2 + random.IntN(20), seldom: 6 + 40*random.IntN(3), start: time.Now()}
			for range 8 + random.IntN(14) {
				w.entries = append(w.entries, w.entry())
			}
			for round := range 12 {
				doc := w.document()
				u.poll(doc)
				if a, b := u.held("a"), u.held("b"); a != b {
					t.Fatalf("round %d: the store holds (-where all is read +where not):\n%s\nof %s", round, cmp.Diff(strings.Split(b, "\n"), strings.Split(a, "\n")), doc)
				}
				w.change()
			}
		}))
	}
}

// wild is a source that does what sources do.
type wild struct {
	*rand.Rand
	few     int // how many ids there are that entries share
	seldom  int // one in so many does
	start   time.Time
	entries []string
	dialect int
}

func (w *wild) entry() string {
	n := w.IntN(w.few * w.seldom)
	id, link := n, n
	if w.IntN(w.seldom) == 0 {
		id = w.IntN(w.few)
	}
	if w.IntN(w.seldom) == 0 {
		link = w.IntN(w.few)
	}
	var b strings.Builder
	b.WriteString("<item>")
	if w.few%3 != 0 || w.IntN(5) > 0 {
		fmt.Fprintf(&b, "<guid>%d</guid>", id)
	}
	fmt.Fprintf(&b, "<title>Title %d</title>", n)
	if site := w.IntN(12); site == 0 {
		fmt.Fprintf(&b, "<link>https://news.example/article/%d</link>", n)
	} else if site < 10 {
		fmt.Fprintf(&b, "<link>https://c.example/%d</link>", link)
	}
	if w.IntN(5) > 0 {
		fmt.Fprintf(&b, "<pubDate>%s</pubDate>", w.start.Add(-time.Duration(w.IntN(300))*time.Hour).Format(time.RFC1123Z))
	}
	fmt.Fprintf(&b, "<description>%s %d</description>", strings.Repeat(fmt.Sprintf("Word%d of it. ", n), w.IntN(3)*8), w.IntN(2))
	if w.IntN(15) > 0 {
		b.WriteString("</item>")
	}
	return b.String()
}

// change has something happen to the entries.
func (w *wild) change() {
	for range 1 + w.IntN(3) {
		i := w.IntN(len(w.entries))
		switch w.IntN(9) {
		case 0, 1, 2:
			w.entries = append([]string{w.entry()}, w.entries...)
		case 3, 4:
			w.entries[i] = strings.Replace(w.entries[i], "<description>", fmt.Sprintf("<description>Now %d. ", w.IntN(9)), 1)
		case 5:
			if len(w.entries) > 3 {
				w.entries = append(w.entries[:i:i], w.entries[i+1:]...)
			}
		case 6:
			j := w.IntN(len(w.entries))
			w.entries[i], w.entries[j] = w.entries[j], w.entries[i]
		case 7:
			w.entries = append(w.entries, w.entries[i])
		default:
			switch w.IntN(4) {
			case 0: // all ids at once
				for i := range w.entries {
					w.entries[i] = strings.Replace(w.entries[i], "<guid>", "<guid>new-", 1)
				}
			case 1:
				w.dialect++
			case 2:
				for i := range w.entries {
					w.entries[i] = strings.Replace(w.entries[i], "<link>https", "<link>http", 1)
				}
			default:
				w.entries[i] = strings.Replace(w.entries[i], "<title>", "<title>New: ", 1)
			}
		}
	}
}

func (w *wild) document() string {
	head := [...]string{"", "<language>de</language>", "<link>https://c.example/</link>"}[w.dialect%3]
	return unreadFeed(head, w.entries...)
}
