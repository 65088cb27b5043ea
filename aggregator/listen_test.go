package aggregator

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"courant/db"
	"courant/db/content"
	"courant/db/dbtest"
	"courant/db/setting"
	"courant/db/state"
	"courant/db/thread"
)

// permissive approves what it is told of, but for what "Spam" and "Held" write.
type permissive struct{ closed bool }

func (p *permissive) Takes(time.Time) bool { return !p.closed }

func (p *permissive) Clean(s db.Source, c thread.Said) (thread.Said, bool) {
	c.Body = content.Remark(c.Markup, c.Base, 1000)
	c.Text, c.Writer = c.Body.PlainText(), "@"+s.ID+" "+c.Name
	return c, c.Text != ""
}

func (p *permissive) Elsewhere(_ context.Context, list []thread.Said) error {
	for i := range list {
		switch list[i].Status = state.Approved; list[i].Name {
		case "Spam":
			list[i].Status = state.Spam
		case "Held":
			list[i].Status = state.Pending
		}
		list[i].Reason = "for the test"
	}
	return nil
}

// talk is a thread at a source: comments by their ids.
type talk struct {
	mu       sync.Mutex
	rows     []string // entries of Atom, the newest first
	complete bool
	more     string // elements of the feed
	status   int    // 0: 200
	after    string // Retry-After
	said     *int   // what the source's feed counts; nil: nothing
}

// say adds a comment, or changes the one with its id.
func (k *talk) say(id, name, text, parent string, at time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.unsay(id)
	answers := ""
	if parent != "" {
		answers = fmt.Sprintf(`<thr:in-reply-to ref="urn:c:%s" href="http://a.example/1#%[1]s"/>`, parent)
	}
	k.rows = append([]string{fmt.Sprintf(`<entry><id>urn:c:%s</id><title>%s</title><author><name>%[2]s</name></author><published>%s</published><updated>%[3]s</updated>
		<link href="http://a.example/1#%[1]s"/>%[4]s<content type="html">&lt;p&gt;%[5]s&lt;/p&gt;</content></entry>`, id, name, at.UTC().Format(time.RFC3339), answers, text)}, k.rows...)
}

func (k *talk) unsay(id string) {
	k.rows = slices.DeleteFunc(k.rows, func(r string) bool { return strings.Contains(r, "<id>urn:c:"+id+"</id>") })
}

// feed is the source's own, with an entry that names the thread.
func (k *talk) feed() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	count := ""
	if k.said != nil {
		count = fmt.Sprintf("<slash:comments>%d</slash:comments>", *k.said)
	}
	return `<rss version="2.0" xmlns:wfw="http://wellformedweb.org/CommentAPI/" xmlns:slash="http://purl.org/rss/1.0/modules/slash/"><channel><title>A</title>
		<link>http://a.example/</link><description>d</description><item><guid isPermaLink="false">one</guid><title>One</title><link>http://a.example/1</link>
		<description>All about one.</description><wfw:commentRss>http://a.example/1/comments</wfw:commentRss>` + count + `</item></channel></rss>`
}

func (k *talk) comments() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	b := `<feed xmlns="http://www.w3.org/2005/Atom" xmlns:thr="http://purl.org/syndication/thread/1.0" xmlns:fh="http://purl.org/syndication/history/1.0" xmlns:at="http://purl.org/atompub/tombstones/1.0">
		<id>urn:thread</id><title>Comments</title><updated>2000-01-01T00:00:00Z</updated>` + k.more
	if k.complete {
		b += "<fh:complete/>"
	}
	return b + strings.Join(k.rows, "\n") + "</feed>"
}

// serve answers for the source at a.example.
func (k *talk) serve(r *http.Request) reply {
	body := k.feed()
	if r.URL.Path != "/feed" {
		if k.status != 0 {
			return answer(k.status, "", "Retry-After", k.after)
		}
		body = k.comments()
	}
	etag := fmt.Sprintf(`"%d-%x"`, len(body), body[max(0, len(body)-90):])
	if r.Header.Get("If-None-Match") == etag {
		return answer(http.StatusNotModified, "", "ETag", etag)
	}
	return answer(http.StatusOK, body, "ETag", etag)
}

// threadSim is a sim of source "a", whose thread k is followed, after its first poll.
func threadSim(t *testing.T, k *talk, change ...func(*SourceConfig)) *sim {
	s := newSim(t, k.serve, "a")
	s.site, s.moderator = "http://news.example", &permissive{}
	s.list[0].Publish, s.list[0].Threads = "auto", true
	for _, f := range change {
		f(&s.list[0])
	}
	s.start()
	s.fetch(Select{All: true})
	s.forget()
	return s
}

// listen follows the threads that are due.
func (s *sim) listen() {
	s.t.Helper()
	if err := s.a.Listen(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

// follow polls and listens every hour for so long, or every few where that is long, and
// returns when the thread was asked for.
func (s *sim) follow(d time.Duration) (asked []time.Time) {
	s.t.Helper()
	s.forget()
	for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(max(time.Hour, d/240)) {
		s.lookout.tick()
		time.Sleep(time.Second) // for what is under way
		s.listen()
	}
	for _, r := range s.seen() {
		if strings.HasSuffix(r.URL, "/comments") {
			asked = append(asked, r.At)
		}
	}
	return asked
}

// thread is the thread of the one article, as "name: text" of each that is not there to
// see with its state.
func (s *sim) thread() string {
	s.t.Helper()
	list, err := s.store.Comments(s.t.Context(), db.CommentQuery{All: true, OldestFirst: true})
	if err != nil {
		s.t.Fatal(err)
	}
	var lines []string
	for _, c := range list {
		line := c.Name + ": " + c.Text
		if c.ParentName != "" {
			line = c.Name + " to " + c.ParentName + ": " + c.Text
		}
		if c.Status != state.Approved {
			line += " (" + string(c.Status) + ")"
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func (s *sim) wants(what, want string) {
	s.t.Helper()
	if got := s.thread(); got != want {
		s.t.Errorf("%s: the thread is\n%s\nwant\n%s", what, got, want)
	}
	list, err := s.store.Articles(s.t.Context(), db.ArticleQuery{})
	if err != nil || len(list) != 1 {
		s.t.Fatal(list, err)
	}
	shown, err := s.store.Comments(s.t.Context(), db.CommentQuery{Article: list[0].ID})
	if err != nil || list[0].Comments != len(shown) {
		s.t.Errorf("%s: the article counts %d comments, readers see %d (%v)", what, list[0].Comments, len(shown), err)
	}
}

func ref(n int) *int { return &n }

// The thread of an article is polled while it lives, conditionally, ever more seldom,
// and in the end never; where its source's feed says that it moved, it lives (P101).
func testThreadDecays(t *testing.T) {
	k := &talk{said: ref(1)}
	k.say("1", "Ada", "First.", "", time.Now())
	s := threadSim(t, k)
	defer s.stop()
	s.listen()
	s.wants("at first", "Ada: First.")
	asked := s.follow(30 * 24 * time.Hour)
	if n := len(asked); n < 8 || n > 25 {
		t.Errorf("%d requests in a month of silence", n)
	}
	for i := 2; i < len(asked); i++ {
		if before, now := asked[i-1].Sub(asked[i-2]), asked[i].Sub(asked[i-1]); now < before-4*time.Hour {
			t.Errorf("after a gap of %s one of %s", before, now)
		}
	}
	if last := asked[len(asked)-1].Sub(asked[0]); last > 15*24*time.Hour {
		t.Errorf("still asked for after %s of silence", last)
	}
	for _, r := range s.seen() {
		if strings.HasSuffix(r.URL, "/comments") && r.Header.Get("If-None-Match") == "" {
			t.Errorf("an unconditional request at %s", r.At)
		}
	}
	k.say("2", "Bob", "Still here?", "1", time.Now())
	if n := len(s.follow(48 * time.Hour)); n > 0 {
		t.Errorf("%d requests after its end", n)
	}
	k.said = ref(2)
	if n := len(s.follow(26 * time.Hour)); n == 0 {
		t.Error("never asked for though its source counts another comment")
	}
	s.wants("after it moved", "Ada: First.\nBob to Ada: Still here?")
}

// Without threads = true nobody asks for comments.
func testThreadOff(t *testing.T) {
	k := &talk{said: ref(1)}
	k.say("1", "Ada", "First.", "", time.Now())
	s := threadSim(t, k, func(c *SourceConfig) { c.Threads = false })
	defer s.stop()
	if n := len(s.follow(24 * time.Hour)); n > 0 {
		t.Errorf("%d requests", n)
	}
	s.list[0].Threads = true // and then they do, of what is known already
	s.restart()
	if err := s.a.SetSources(t.Context(), s.list); err != nil {
		t.Fatal(err)
	}
	s.follow(26 * time.Hour)
	s.wants("switched on", "Ada: First.")
	s.list[0].Threads = false
	s.restart()
	k.say("2", "Bob", "Second.", "", time.Now())
	k.said = ref(2)
	if n := len(s.follow(26 * time.Hour)); n > 0 {
		t.Errorf("%d requests after it was switched off", n)
	}
	s.wants("switched off", "Ada: First.")
}

// A feed that counts no comments is believed for the first while.
func testThreadEmpty(t *testing.T) {
	k := &talk{said: ref(0)}
	s := threadSim(t, k)
	defer s.stop()
	s.listen()
	if n := len(s.seen()); n > 0 {
		t.Errorf("%d requests for an empty thread at once", n)
	}
	if asked := s.follow(3 * time.Hour); len(asked) == 0 {
		t.Error("never asked for: a feed may count late")
	}
}

// Each comment is there once, under what it answers there, as its source has it now.
func testThreadIdentity(t *testing.T) {
	k := &talk{said: ref(0)}
	now := time.Now()
	k.say("2", "Bob", "An answer.", "1", now.Add(time.Minute)) // it stands in the feed before what it answers, and is dated so
	k.say("1", "Ada", "A word.", "", now.Add(2*time.Minute))
	k.say("3", "Spam", "Buy.", "", now)
	k.say("4", "Held", "Hm.", "", now)
	k.say("5", "Cid", "To nobody's.", "gone", now)
	s := threadSim(t, k)
	defer s.stop()
	time.Sleep(2 * time.Hour)
	s.listen()
	first := "Held: Hm. (pending)\nSpam: Buy. (spam)\nCid: To nobody's.\nAda: A word.\nBob to Ada: An answer."
	if got := s.thread(); len(got) != len(first) {
		t.Errorf("the thread is\n%s\nwant, in whatever order,\n%s", got, first)
	}
	order := s.thread()
	k.more = "<subtitle>Another document</subtitle>"
	s.follow(24 * time.Hour)
	s.wants("the same again", order)

	k.say("1", "Ada", "Another word.", "", now.Add(2*time.Minute))
	s.follow(24 * time.Hour)
	order = strings.Replace(order, "A word.", "Another word.", 1)
	s.wants("edited there", order)
	edited := s.comment("Ada")
	if edited.Edited.IsZero() || !edited.Updated.After(edited.Created) {
		t.Errorf("an edit leaves %+v", edited)
	}

	k.mu.Lock()
	k.unsay("1")
	k.more = `<at:deleted-entry ref="urn:c:1" when="2026-01-01T00:00:00Z"/>`
	k.mu.Unlock()
	s.follow(24 * time.Hour)
	if c := s.comment("Ada"); c.Status != state.Removed || !c.Tombstone() {
		t.Errorf("taken back there: %+v", c)
	}
	k.say("1", "Ada", "Another word.", "", now)
	s.follow(3 * 24 * time.Hour)
	s.wants("there again", order)

	if _, err := dbtest.Moderate(t.Context(), s.store, s.comment("Ada").ID, state.Removed, "eve", "rude"); err != nil {
		t.Fatal(err)
	}
	k.say("1", "Ada", "Yet another word.", "", now)
	s.follow(24 * time.Hour)
	if c := s.comment("Ada"); c.Status != state.Removed || c.Text != "Another word." {
		t.Errorf("an edit there brings back what an editor removed: %+v", c)
	}

	k.mu.Lock()
	k.rows, k.more, k.complete = k.rows[:0], "", true
	k.mu.Unlock()
	s.follow(3 * 24 * time.Hour)
	for name, want := range map[string]state.Comment{"Bob": state.Removed, "Cid": state.Removed, "Held": state.Removed, "Spam": state.Spam} {
		if c := s.comment(name); c.Status != want {
			t.Errorf("%s's, which a complete feed lacks, is %s, want %s", name, c.Status, want)
		}
	}
}

// comment is the one by somebody.
func (s *sim) comment(name string) db.Comment {
	s.t.Helper()
	list, err := s.store.Comments(s.t.Context(), db.CommentQuery{All: true})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, c := range list {
		if c.Name == name {
			return c
		}
	}
	s.t.Fatalf("nothing by %s", name)
	return db.Comment{}
}

// What is ours does not come back as a source's (I37).
func testThreadOwn(t *testing.T) {
	k := &talk{}
	now := time.Now()
	k.say("1", "Ada", "A word.", "", now)
	k.say("2", "Echo", "Ours, by its page.", "", now)
	k.say("3", "Echo", "Ours, republished.", "", now)
	k.say("4", "Echo", "Ours, by its id.", "", now)
	k.rows[2] = strings.ReplaceAll(k.rows[2], "http://a.example/1#2", "http://news.example/article/x#c-2")
	k.rows[1] = strings.Replace(k.rows[1], "</entry>", `<source><id>tag:elsewhere,2026:x</id><link rel="self" href="http://news.example/comments/feed.atom"/></source></entry>`, 1)
	s := newSim(t, k.serve, "a")
	s.store = dbtest.At(t, s.now)
	k.rows[0] = strings.ReplaceAll(k.rows[0], "urn:c:4", s.store.Tag().Comment("abcdefghij"))
	s.site, s.moderator = "http://news.example", &permissive{}
	s.list[0].Publish, s.list[0].Threads = "auto", true
	s.start()
	defer s.stop()
	s.fetch(Select{All: true})
	s.listen()
	s.wants("own ones dropped", "Ada: A word.")
}

// A thread that fails is asked for ever more seldom, and one that is gone never.
func testThreadFails(t *testing.T) {
	k := &talk{status: http.StatusServiceUnavailable, after: "7200"}
	s := threadSim(t, k)
	defer s.stop()
	asked := s.follow(10 * 24 * time.Hour)
	if len(asked) < 3 || len(asked) > 8 {
		t.Errorf("%d requests of a thread that fails", len(asked))
	}
	for i := 1; i < len(asked); i++ {
		if gap := asked[i].Sub(asked[i-1]); gap < 2*time.Hour {
			t.Errorf("asked for again after %s, before Retry-After", gap)
		}
	}
	k = &talk{status: http.StatusGone}
	g := threadSim(t, k)
	defer g.stop()
	if n := len(g.follow(10 * 24 * time.Hour)); n != 1 {
		t.Errorf("%d requests of a thread that is gone", n)
	}
}

// Comments are asked for at the pace of all requests to their host, and none while it
// is to be left alone.
func testThreadPace(t *testing.T) {
	k := &talk{}
	k.say("1", "Ada", "First.", "", time.Now())
	const articles = 5
	s := newSim(t, func(r *http.Request) reply {
		if r.URL.Path == "/feed" {
			var items strings.Builder
			for i := range articles {
				items.WriteString(strings.NewReplacer("one", fmt.Sprint("one-", i), "http://a.example/1", fmt.Sprint("http://a.example/", i)).Replace(k.feed()[strings.Index(k.feed(), "<item>"):strings.Index(k.feed(), "</channel>")]))
			}
			head, tail, _ := strings.Cut(k.feed(), "<item>")
			_, tail, _ = strings.Cut(tail, "</item>")
			return answer(http.StatusOK, head+items.String()+tail)
		}
		return answer(http.StatusOK, k.comments())
	}, "a")
	s.moderator = &permissive{}
	s.list[0].Publish, s.list[0].Threads = "auto", true
	s.start()
	defer s.stop()
	s.fetch(Select{All: true})
	s.listen()
	all := s.seen()
	if len(all) != 1+articles {
		t.Errorf("%d requests, want one for the feed and %d for threads", len(all), articles)
	}
	for i := 1; i < len(all); i++ {
		if gap := all[i].At.Sub(all[i-1].Done); gap < time.Second {
			t.Errorf("a request to the host %s after the one before", gap)
		}
	}
	n, err := s.store.Comments(t.Context(), db.CommentQuery{})
	if err != nil || len(n) != articles {
		t.Errorf("%d comments, want one for each article (%v)", len(n), err)
	}
}

// A thread of more than a page is there whole.
func testThreadPages(t *testing.T) {
	k := &talk{}
	s := newSim(t, nil, "a")
	s.serve = func(r *http.Request) reply {
		if r.URL.Path == "/feed" {
			return answer(http.StatusOK, k.feed())
		}
		page := max(1, len(r.URL.Query().Get("page")))
		list := &talk{}
		for n := range 3 {
			i := (3-page)*3 + n
			list.say(fmt.Sprint(i), "Ada", fmt.Sprint("Number ", i), "", time.Now().Add(time.Duration(i-100)*time.Minute))
		}
		if page < 3 {
			list.more = fmt.Sprintf(`<link rel="next" href="http://a.example/1/comments?page=%s"/>`, strings.Repeat("x", page+1))
		}
		return answer(http.StatusOK, list.comments())
	}
	s.moderator = &permissive{}
	s.list[0].Publish, s.list[0].Threads = "auto", true
	s.start()
	defer s.stop()
	s.fetch(Select{All: true})
	s.listen()
	var want []string
	for i := range 9 {
		want = append(want, fmt.Sprint("Ada: Number ", i))
	}
	s.wants("three pages", strings.Join(want, "\n"))
}

// The same through a real server, in real time: what is said at a source is in the
// thread of its article, once, and answers of ours stand beside it.
func TestThreadOfSource(t *testing.T) {
	k := &talk{said: ref(2)}
	k.say("1", "Ada", "A word.", "", time.Now().Add(-time.Minute))
	k.say("2", "Bob", "An answer.", "1", time.Now())
	asked := map[string]int{}
	var mu sync.Mutex
	var server *httptest.Server
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked[r.URL.Path]++
		mu.Unlock()
		body := k.comments()
		if r.URL.Path == "/feed" {
			body = k.feed()
		}
		io.WriteString(w, strings.ReplaceAll(body, "http://a.example", server.URL))
	}))
	defer server.Close()
	c := DefaultConfig()
	c.AllowPrivateNetworks, c.PerHostGap, c.ManualGap = true, setting.Every(0), setting.Every(0)
	store := dbtest.New(t)
	s := &sim{t: t, store: store}
	list := []SourceConfig{{ID: "a", URL: server.URL + "/feed", Publish: "auto", Threads: true}}
	s.a = newAggregator(t, store, c, list, Options{Moderator: &permissive{}})
	ctx, cancel := contextOf(t)
	ended := make(chan error, 1)
	go func() { ended <- s.a.Run(ctx) }()
	defer func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	until := func(what string, ok func() bool) {
		t.Helper()
		for end := time.Now().Add(time.Minute); !ok(); time.Sleep(20 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("never %s: %s", what, s.thread())
			}
		}
	}
	until("there", func() bool { return strings.Count(s.thread(), "\n") == 1 })
	s.wants("through a real server", "Ada: A word.\nBob to Ada: An answer.")
	ada := s.comment("Ada")
	if ada.Origin != "a" || ada.External != "urn:c:1" || ada.Link != server.URL+"/1#1" || ada.OriginName != "A" {
		t.Errorf("it comes from %q, %q, %q, %q", ada.Origin, ada.External, ada.Link, ada.OriginName)
	}
	reply := db.Comment{Article: ada.Article, Parent: ada.ID, Name: "Eve", Text: "Not so.", Body: content.Text("Not so."), Status: state.Approved}
	if _, _, err := store.AddComment(t.Context(), reply); err != nil {
		t.Fatal(err)
	}
	s.wants("with an answer of ours", "Ada: A word.\nBob to Ada: An answer.\nEve to Ada: Not so.")
	k.say("3", "Cid", "Late.", "", time.Now())
	k.said = ref(3)
	if _, err := store.AskPasses(t.Context(), []string{"a"}); err != nil {
		t.Fatal(err)
	}
	until("there after it moved", func() bool { return strings.Count(s.thread(), "\n") == 3 })
	mu.Lock()
	defer mu.Unlock()
	if n := asked["/1/comments"]; n > 4 {
		t.Errorf("asked for %v", maps.Clone(asked))
	}
}

func testThreads(t *testing.T) {
	for name, test := range map[string]func(*testing.T){
		"decays": testThreadDecays, "off": testThreadOff, "empty": testThreadEmpty, "identity": testThreadIdentity, "own": testThreadOwn,
		"fails": testThreadFails, "pace": testThreadPace, "pages": testThreadPages,
	} {
		t.Run(name, bubble(test))
	}
}
