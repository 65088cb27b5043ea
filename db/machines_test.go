package db_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"courant/db"
	"courant/db/content"
	"courant/db/dbtest"
	"courant/db/dbtest/cluster"
	"courant/db/engine"
	"courant/db/lease"
	room "courant/db/newsroom"
	"courant/db/state"
)

// Many machines: what the store has to do with it.
func TestMachines(t *testing.T) {
	t.Run("M3", pooled)
	t.Run("M5", editorsAdd)
	t.Run("M8", func(t *testing.T) {
		t.Run("lost answers", lostAnswers)
		t.Run("lost commits", lostCommits)
		t.Run("away", ingestWaits)
		t.Run("lost meanwhile", lostWhileAway)
		t.Run("restarts", serverRestarts)
	})
}

// through is a store behind a proxy, with a source; nil on SQLite's turn.
func through(t *testing.T) (*db.DB, *cluster.Proxy) {
	t.Helper()
	c := dbtest.Config(t)
	if c.URL == "" {
		return nil, nil
	}
	return proxied(t, c)
}

func proxied(t *testing.T, c engine.Config) (*db.DB, *cluster.Proxy) {
	t.Helper()
	p := cluster.NewProxy(t, c.URL)
	c.URL, c.Connections = p.Address(), 6
	d, err := db.Open(t.Context(), c, db.Options{Authority: "news.example.org"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	if err := d.SetSources(t.Context(), slices.Values([]db.Source{{ID: "tidal", URL: "https://tidal.example/"}})); err != nil {
		t.Fatal(err)
	}
	return d, p
}

// visit is a pass of the source with one new entry.
func visit(d *db.DB, n int) db.Pass {
	return db.Pass{
		Source: "tidal", At: d.Now(), Status: 200, Feed: &db.Feed{}, Publish: db.Publish{Auto: true},
		Entries: []db.Entry{entry(fmt.Sprint("guid ", n), fmt.Sprint("Headline ", n), "<p>Words.</p>")},
	}
}

// number is what a query counts.
func number(t *testing.T, d *db.DB, text string) (n int) {
	t.Helper()
	err := d.Reader().QueryRow(text).Scan(&n)
	for engine.Gone(err) { // the connection is one that was broken
		err = d.Reader().QueryRow(text).Scan(&n)
	}
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// article is one that was just published.
func article(t *testing.T, d *db.DB, n int) db.Article {
	t.Helper()
	if rs, err := d.Ingest(t.Context(), []db.Pass{visit(d, n)}); err != nil || rs[0].Err != nil {
		t.Fatal(rs, err)
	}
	list, err := d.Articles(t.Context(), db.ArticleQuery{All: true, Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	if list[0].Status != state.Published {
		if list[0], err = d.SetStatus(t.Context(), list[0].ID, state.Published, "shell", ""); err != nil {
			t.Fatal(err)
		}
	}
	return list[0]
}

func wrote(a db.Article, text string) db.Comment {
	return db.Comment{Article: a.ID, Name: "Ann", Text: text, Body: content.Comment(text), Status: state.Approved}
}

// A commit whose answer is lost was stored: it is found to be, told of, and not made
// again.
func lostAnswers(t *testing.T) {
	d, p := through(t)
	if d == nil {
		return
	}
	a := article(t, d, 0)
	var mu sync.Mutex
	told := 0
	d.OnChange(func([]string) { mu.Lock(); told++; mu.Unlock() })
	before, lost := number(t, d, `SELECT count(*) FROM pass`), p.Lost()
	for n := 1; n <= 3; n++ {
		p.LoseAnswers(1)
		rs, err := d.Ingest(t.Context(), []db.Pass{visit(d, n)})
		if err != nil || rs[0].Err != nil || rs[0].New != 1 {
			t.Fatalf("a pass whose answer was lost: %+v, %v", rs, err)
		}
		p.LoseAnswers(1)
		c, added, err := d.AddComment(t.Context(), wrote(a, fmt.Sprint("Said ", n)))
		if err != nil || !added {
			t.Fatalf("a comment whose answer was lost: %v, %v", added, err)
		}
		if got, err := d.Comment(t.Context(), c.ID); err != nil || got.Text != c.Text {
			t.Errorf("it is not there: %v, %v", got, err)
		}
	}
	if n := p.Lost() - lost; n != 6 {
		t.Errorf("%d answers were lost", n)
	}
	if n := number(t, d, `SELECT count(*) FROM pass`) - before; n != 3 {
		t.Errorf("3 passes are stored as %d", n)
	}
	if n := number(t, d, `SELECT count(*) FROM comment`); n != 3 {
		t.Errorf("3 comments are stored as %d", n)
	}
	if mu.Lock(); told != 6 {
		t.Errorf("6 changes were told of %d times", told)
	}
	mu.Unlock()
}

// A commit that never came to the server is known not to be stored: a pass is stored
// then, a comment is not, and its writer is told.
func lostCommits(t *testing.T) {
	d, p := through(t)
	if d == nil {
		return
	}
	a := article(t, d, 0)
	before := number(t, d, `SELECT count(*) FROM pass`)
	p.LoseCommits(1)
	if rs, err := d.Ingest(t.Context(), []db.Pass{visit(d, 1)}); err != nil || rs[0].New != 1 {
		t.Fatalf("a pass whose commit was lost: %+v, %v", rs, err)
	}
	if n := number(t, d, `SELECT count(*) FROM pass`) - before; n != 1 {
		t.Errorf("a pass is stored as %d", n)
	}
	p.LoseCommits(1)
	if _, _, err := d.AddComment(t.Context(), wrote(a, "Lost")); !engine.Gone(err) || errors.Is(err, engine.ErrUnknown) {
		t.Errorf("a comment whose commit was lost: %v", err)
	}
	if n := number(t, d, `SELECT count(*) FROM comment`); n != 0 || p.Lost() != 2 {
		t.Errorf("%d comments are stored, %d commits were lost", n, p.Lost())
	}
}

// What was fetched while the database is away is stored once it is back, once.
func ingestWaits(t *testing.T) {
	d, p := through(t)
	if d == nil {
		return
	}
	article(t, d, 0)
	for n, gone := range []struct{ begin, end func() }{
		{func() { p.Away(true) }, func() { p.Away(false) }},
		{func() { p.Hang(true) }, func() { p.Hang(false); p.Cut() }},
		{func() { p.HalfClose(); p.Away(true) }, func() { p.Away(false) }},
		{p.HalfClose, func() {}},
		{func() { p.Delay(time.Millisecond) }, func() { p.Cut(); p.Delay(0) }},
	} {
		before, refused := number(t, d, `SELECT count(*) FROM pass`), p.Refused()
		gone.begin()
		done := make(chan error, 1)
		go func() {
			rs, err := d.Ingest(t.Context(), []db.Pass{visit(d, n+1)})
			if err == nil {
				err = rs[0].Err
			}
			done <- err
		}()
		for p.IsAway() && p.Refused() < refused+3 { // it has asked in vain
			time.Sleep(time.Millisecond)
		}
		gone.end()
		if err := <-done; err != nil {
			t.Errorf("%d: %v", n, err)
		}
		if n := number(t, d, `SELECT count(*) FROM pass`) - before; n != 1 {
			t.Errorf("a pass is stored as %d", n)
		}
	}
}

// What an editor adds is stored by whatever process the editor works with: that may be
// a worker too, whoever polls what.
func editorsAdd(t *testing.T) {
	d := dbtest.New(t)
	if _, err := lease.Join(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	add := func(guid string) {
		t.Helper()
		e := entry(guid, guid, "<p>Words.</p>")
		rs, err := d.Ingest(t.Context(), []db.Pass{{Source: room.Source, At: d.Now(), Actor: "ada", Entries: []db.Entry{e}}})
		if err != nil || rs[0].Err != nil || rs[0].New != 1 {
			t.Errorf("%s: %+v, %v", guid, rs, err)
		}
	}
	add("while it holds all")
	if err := d.Tx(t.Context(), func(w *sql.Tx) error { _, err := w.Exec(`UPDATE shard SET worker = NULL`); return err }, nil); err != nil {
		t.Fatal(err)
	}
	add("while others hold all")
	if err := d.Tx(t.Context(), func(w *sql.Tx) error { _, err := w.Exec(`DELETE FROM worker`); return err }, nil); err != nil {
		t.Fatal(err)
	}
	add("once it was taken for dead")
	if rs, err := d.Ingest(t.Context(), []db.Pass{{Source: room.Source, At: d.Now(), Feed: &db.Feed{}}}); err != nil || !errors.Is(rs[0].Err, lease.ErrLost) {
		t.Errorf("a pass of a poll: %+v, %v", rs, err)
	}
}

// A pass that waits for a server to come back is not stored where its worker was
// taken for dead meanwhile (M5), also not the part of it that goes ahead, and nothing
// goes out in its place.
func lostWhileAway(t *testing.T) {
	c := dbtest.Config(t)
	if c.URL == "" {
		return
	}
	d, p := proxied(t, c)
	article(t, d, 0)
	if _, err := lease.Join(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	other, err := db.Open(t.Context(), c, db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	long := visit(d, 2)
	for n := range 300 {
		long.Entries = append(long.Entries, entry(fmt.Sprint("long ", n), fmt.Sprint("Long ", n), "<p>Words.</p>"))
	}
	before, refused := number(t, other, `SELECT count(*) FROM entry`), p.Refused()
	type answer struct {
		rs  []db.PassResult
		err error
	}
	answers := make(chan answer, 3)
	p.Away(true)
	for _, ask := range []struct {
		pass db.Pass
		next []string
	}{{visit(d, 1), nil}, {long, nil}, {visit(d, 3), []string{"tidal"}}} {
		go func() {
			rs, err := d.Ingest(t.Context(), []db.Pass{ask.pass}, ask.next...)
			answers <- answer{rs, err}
		}()
	}
	for p.Refused() < refused+6 { // they have asked in vain
		time.Sleep(time.Millisecond)
	}
	if err := other.Tx(t.Context(), func(w *sql.Tx) error { _, err := w.Exec(`UPDATE worker SET expires = 0`); return err }, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := lease.Take(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	p.Away(false)
	for range 3 {
		a := <-answers
		if a.err == nil {
			a.err = a.rs[0].Err
		}
		if !errors.Is(a.err, lease.ErrLost) {
			t.Errorf("a pass that was lost meanwhile: %+v", a)
		}
	}
	for text, want := range map[string]int{`SELECT count(*) FROM entry`: before, `SELECT count(*) FROM pass`: 1, `SELECT count(*) FROM request`: 0} {
		if n := number(t, other, text); n != want {
			t.Errorf("%s: %d, want %d", text, n, want)
		}
	}
}

// A server that is killed and started under writers: what was acknowledged is there
// once, and nothing is there twice.
func serverRestarts(t *testing.T) {
	if !cluster.Ask(t) {
		return
	}
	server := cluster.Own(t)
	c := engine.DefaultConfig()
	c.URL = server.Database("courant")
	d, p := proxied(t, c)
	a := article(t, d, 0)
	before := number(t, d, `SELECT count(*) FROM pass`)
	const writers, each = 4, 12
	var all sync.WaitGroup
	var done atomic.Int64
	for w := range writers {
		all.Go(func() {
			for n := range each {
				done.Add(1)
				text := fmt.Sprintf("Words %d of %d", n, w)
				for { // as a person does who is told to come again
					_, _, err := d.AddComment(t.Context(), wrote(a, text))
					if err == nil {
						break
					}
					if !engine.Gone(err) && !errors.Is(err, engine.ErrUnknown) {
						t.Errorf("%s: %v", text, err)
						break
					}
					time.Sleep(5 * time.Millisecond)
				}
				if w == 0 {
					if rs, err := d.Ingest(t.Context(), []db.Pass{visit(d, n+1)}); err != nil || rs[0].Err != nil {
						t.Errorf("pass %d: %v, %v", n, rs, err)
					}
				}
			}
		})
	}
	restart := func(end func()) func() {
		return func() {
			end()
			server.Start()
		}
	}
	for i, happens := range []func(){restart(server.Kill), p.Cut, restart(server.Stop), func() { p.LoseAnswers(2) }, p.HalfClose, restart(server.Kill)} {
		for done.Load() < int64(i*writers) { // some work between them
			time.Sleep(time.Millisecond)
		}
		happens()
	}
	all.Wait()
	list, err := d.Comments(t.Context(), db.CommentQuery{All: true})
	for engine.Gone(err) { // the connection is one that was broken
		list, err = d.Comments(t.Context(), db.CommentQuery{All: true})
	}
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, c := range list {
		count[c.Text]++
	}
	for text, n := range count {
		if n != 1 {
			t.Errorf("%q is there %d times", text, n)
		}
	}
	if len(count) != writers*each {
		t.Errorf("%d comments were acknowledged, and %d are there", writers*each, len(count))
	}
	if n := number(t, d, `SELECT count(*) FROM pass`) - before; n != each {
		t.Errorf("%d passes are stored as %d", each, n)
	}
}

// Through a pooler in transaction mode, which gives each transaction whatever
// connection is free, all works: a worker's passes, comments, and that others see
// within a second what changed, though nobody wakes them (M6). What has to be set for
// it an error says.
func pooled(t *testing.T) {
	if !cluster.Ask(t) {
		return
	}
	server := cluster.Own(t)
	server.Database("courant")
	c := engine.DefaultConfig()
	c.URL = server.Pooler("courant")
	for range 2 { // a newer one keeps statements
		d, err := db.Open(t.Context(), c, db.Options{})
		if err == nil {
			err = d.Close()
		}
		if err != nil && !errors.Is(err, engine.ErrPooler) {
			t.Errorf("without the setting: %v", err)
		}
	}
	c.URL += "&default_query_exec_mode=exec"
	d, err := db.Open(t.Context(), c, db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.SetSources(t.Context(), slices.Values([]db.Source{{ID: "tidal", URL: "https://tidal.example/"}})); err != nil {
		t.Fatal(err)
	}
	l, err := lease.Join(t.Context(), d)
	if err != nil || l.Held() != lease.All() {
		t.Fatal(err)
	}
	a := article(t, d, 0)
	other, err := db.Open(t.Context(), c, db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	heard := make(chan struct{}, 1)
	other.OnChange(func([]string) {
		select {
		case heard <- struct{}{}:
		default:
		}
	})
	ctx, stop := context.WithCancel(t.Context())
	var all sync.WaitGroup
	all.Go(func() {
		if err := other.Watch(ctx); err != nil {
			t.Error(err)
		}
	})
	defer all.Wait()
	defer stop()
	time.Sleep(50 * time.Millisecond) // the first look is behind it
	for len(heard) > 0 {
		<-heard
	}
	var writing sync.WaitGroup
	for w := range 8 {
		writing.Go(func() {
			for n := range 5 {
				if _, _, err := []*db.DB{d, other}[w%2].AddComment(t.Context(), wrote(a, fmt.Sprint("Words ", w, " ", n))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writing.Wait()
	for len(heard) > 0 {
		<-heard
	}
	began := time.Now()
	if rs, err := d.Ingest(t.Context(), []db.Pass{visit(d, 1)}); err != nil || rs[0].Err != nil {
		t.Fatal(rs, err)
	}
	select {
	case <-heard:
		t.Logf("seen after %s", time.Since(began))
	case <-time.After(5 * time.Second):
		t.Error("another process does not see a change")
	}
	if now, err := other.Article(t.Context(), a.ID); err != nil || now.Comments != 40 {
		t.Errorf("it counts %d comments: %v", now.Comments, err)
	}
	if err := l.Beat(t.Context(), lease.Set{}); err != nil {
		t.Error(err)
	}
}
