package publisher

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"courant/db"
	"courant/db/dbtest"
	"courant/db/state"
	"courant/publisher/web"
)

func testJ1(t *testing.T) {
	b := newBusy(t)
	for _, page := range b.pages() {
		text := b.get(page + "/feed.json")
		d := parseJSON(t, text)
		if d.Version != "https://jsonfeed.org/version/1.1" || d.FeedURL != base+page+"/feed.json" || !strings.HasPrefix(d.HomePageURL, base+"/") ||
			d.Language != "en" || d.Author != nil || d.Title == "" {
			t.Errorf("%s: %+v", page, d)
		}
		var raw struct{ Items []map[string]any }
		if err := json.Unmarshal([]byte(text), &raw); err != nil || raw.Items == nil {
			t.Errorf("%s: items %v %v", page, raw.Items, err)
		}
		for _, i := range d.Items {
			if !strings.HasPrefix(i.ID, "tag:news.example.org,2026:") || i.ContentHTML == nil || i.Author != nil || i.Language == "" ||
				!strings.HasPrefix(i.URL, base+"/") {
				t.Errorf("%s: item %+v", page, i)
			}
		}
	}
	i := b.json("/feed.json").Items[0]
	if i.ExternalURL != "https://source.example/2026/tidal" || len(i.Authors) != 1 || i.Authors[0].Name != "Jane Doe" ||
		strings.Join(i.Tags, " ") != "Coast Energy" || i.Summary != tidal().KeyPoints[0] {
		t.Errorf("item %+v", i)
	}
}

func testJ2(t *testing.T) {
	b := newBusy(t)
	i := b.json("/feed.json").Items
	c := i[0].Courant
	if len(c.KeyPoints) != 3 || c.Source.Title != "Source Daily" || c.Source.URL != "https://source.example/feed.xml" ||
		c.CommentCount == nil || *c.CommentCount != 2 || c.CommentsURL != base+b.path+"#comments" {
		t.Errorf("_courant %+v", c)
	}
	if c := i[1].Courant; c.CommentCount == nil || *c.CommentCount != 0 || c.License != "CC BY 4.0" {
		t.Errorf("_courant %+v", c)
	}
	if got := b.json(b.path + "/feed.json").Items[0].Courant.InReplyTo; got != "tag:news.example.org,2026:comment/"+b.ann {
		t.Errorf("in_reply_to %s", got)
	}
}

func testJ3(t *testing.T) {
	if got := newBusy(t).ask("GET", "/feed.json").Header().Get("Content-Type"); got != "application/feed+json; charset=utf-8" {
		t.Errorf("Content-Type %s", got)
	}
}

// The rest of C1 is tested where it is made: web's TestConditional.
func testC1(t *testing.T) {
	b := newBusy(t)
	tags := map[string]string{}
	for _, format := range []string{"atom", "rss", "json"} {
		for _, encoding := range []string{"identity", "gzip", "zstd"} {
			for _, who := range []string{"document", "empty"} {
				ask := func(more ...string) *httptest.ResponseRecorder {
					return b.ask("GET", "/feed."+format, append(more, "Accept-Encoding", encoding, "Sec-Fetch-Dest", who)...)
				}
				w := ask()
				tag := w.Header().Get("Etag")
				what := format + " " + encoding + " " + who
				if strings.HasPrefix(tag, "W/") || tags[tag] != "" {
					t.Errorf("%s has the ETag %s, as has %s", what, tag, tags[tag])
				}
				tags[tag] = what
				for _, none := range []string{tag, "W/" + tag, `"x", ` + tag, "*"} {
					again := ask("If-None-Match", none, "If-Modified-Since", "Sun, 22 Nov 2020 10:05:00 GMT")
					h := again.Header()
					if again.Code != 304 || h.Get("Etag") != tag || h.Get("Cache-Control") == "" || h.Get("Vary") == "" ||
						h.Get("Content-Type") != "" || again.Body.Len() > 0 {
						t.Errorf("%s, If-None-Match %s: %d %v", what, none, again.Code, h)
					}
				}
			}
		}
	}
}

// What a feed says of its age is never older than its bytes.
func testC1Modified(t *testing.T) {
	headline, minute := "Other", time.Minute
	for name, change := range map[string]func(b busy) error{
		"an edited headline": func(b busy) error {
			_, _, err := b.store.EditArticle(t.Context(), b.tidal, db.Edit{Headline: &headline}, "shell")
			return err
		},
		"a removed parent": func(b busy) error {
			_, err := dbtest.Moderate(t.Context(), b.store, b.ann, state.Removed, "shell", "")
			return err
		},
		"a source's name": func(b busy) error {
			return b.store.SetSources(t.Context(), slices.Values([]db.Source{{ID: "daily", URL: "https://source.example/feed.xml", Title: "New Name"}}))
		},
	} {
		b := newBusy(t)
		b.wait(minute)
		type answer struct{ body, modified string }
		before := map[string]answer{}
		addresses := []string{"/feed.atom", "/source/daily/feed.rss", "/comments/feed.json", b.path + "/feed.atom", "/comment/" + b.ann + "/feed.atom"}
		for _, address := range addresses {
			w := b.ask("GET", address)
			before[address] = answer{w.Body.String(), w.Header().Get("Last-Modified")}
		}
		if err := change(b); err != nil {
			t.Fatal(err)
		}
		for _, address := range addresses {
			if b.get(address) == before[address].body {
				continue
			}
			if w := b.ask("GET", address, "If-Modified-Since", before[address].modified); w.Code != 200 {
				t.Errorf("%s changed %s, which answers %d", name, address, w.Code)
			}
		}
	}
}

func testC2(t *testing.T) {
	b := newBusy(t)
	headline := "Other"
	last := map[string]string{}
	for _, step := range []struct {
		name    string
		do      func() error
		changes string
	}{
		{"nothing", func() error { return nil }, "/feed.atom thread"},
		{"nothing again", func() error { b.wait(time.Hour); return nil }, ""},
		{"an edit", func() error {
			_, _, err := b.store.EditArticle(t.Context(), b.tidal, db.Edit{Headline: &headline}, "shell")
			return err
		}, "/feed.atom thread"},
		{"an un-approve", func() error {
			_, err := dbtest.Moderate(t.Context(), b.store, b.bob, state.Spam, "shell", "")
			return err
		}, "/feed.atom thread"},
		{"an approve", func() error {
			_, err := dbtest.Moderate(t.Context(), b.store, b.bob, state.Approved, "shell", "")
			return err
		}, "/feed.atom thread"},
		{"a delete", func() error {
			_, err := b.store.SetStatus(t.Context(), b.excerpt, state.Withdrawn, "shell", "")
			return err
		}, "/feed.atom"},
	} {
		if err := step.do(); err != nil {
			t.Fatal(err)
		}
		for name, address := range map[string]string{"/feed.atom": "/feed.atom", "thread": b.path + "/feed.atom"} {
			tag := b.ask("GET", address).Header().Get("Etag")
			if changed := tag != last[name]; changed != strings.Contains(step.changes, name) {
				t.Errorf("%s: the ETag of %s changed: %v", step.name, name, changed)
			}
			last[name] = tag
		}
	}
}

func testC3(t *testing.T) {
	b := newBusy(t)
	for _, address := range []string{"/", "/feed.atom", "/feed.rss", "/feed.json", "/sources.opml", "/sitemap.xml", "/robots.txt", b.path, "/none"} {
		for _, encoding := range []string{"", "gzip"} {
			if got := b.ask("GET", address, "Accept-Encoding", encoding).Header().Get("Vary"); !strings.Contains(got, "Accept-Encoding") {
				t.Errorf("%s: Vary %q", address, got)
			}
		}
	}
}

func testC4(t *testing.T) {
	b := newBusy(t)
	const feed, page, own = "public, max-age=300, stale-while-revalidate=60, stale-if-error=86400", "no-cache", "private, no-store"
	for address, want := range map[string]string{"/feed.atom": feed, b.path + "/feed.rss": feed, "/": page, b.path: page} {
		w := b.ask("GET", address)
		if got := w.Header().Get("Cache-Control"); got != want || w.Header().Get("Etag") == "" {
			t.Errorf("%s: %q, ETag %q", address, got, w.Header().Get("Etag"))
		}
		if got := b.ask("GET", address, "Cookie", web.VisitorCookie+"=a.b"); got.Header().Get("Cache-Control") != own || got.Header().Get("Etag") != "" {
			t.Errorf("%s with a cookie: %v", address, got.Header())
		}
	}
	// Another process's change shows within a second.
	other := dbtest.Again(t, b.store, db.Options{Now: b.clock.Now})
	watching := make(chan error)
	ctx, stop := contextWithStop(t)
	go func() { watching <- b.store.Watch(ctx) }()
	b.get("/feed.atom")
	if _, err := other.SetStatus(t.Context(), b.tidal, state.Withdrawn, "shell", ""); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	for strings.Contains(b.get("/feed.atom"), "article/"+b.tidal+"</id>") {
		if time.Since(start) > time.Second {
			t.Fatal("another process's change does not show")
		}
		time.Sleep(10 * time.Millisecond)
	}
	stop()
	if err := <-watching; err != nil {
		t.Error(err)
	}
}

func testC5(t *testing.T) {
	b := newBusy(t)
	for _, address := range []string{"/", "/feed.atom", b.path + "/feed.json", "/sources.opml", "/robots.txt", b.path} {
		for _, encoding := range []string{"", "gzip"} {
			get, head := b.ask("GET", address, "Accept-Encoding", encoding), b.ask("HEAD", address, "Accept-Encoding", encoding)
			if head.Code != get.Code || head.Body.Len() > 0 || !sameHeader(get.Header(), head.Header()) {
				t.Errorf("HEAD %s: %d %v, %d bytes; GET %v", address, head.Code, head.Header(), head.Body.Len(), get.Header())
			}
		}
	}
}

func sameHeader(a, b http.Header) bool {
	for name := range a {
		if a.Get(name) != b.Get(name) {
			return false
		}
	}
	return len(a) == len(b)
}

func testC6(t *testing.T) {
	b := newBusy(t)
	plain := b.get("/feed.atom")
	for encoding, unpack := range map[string]func(io.Reader) (io.Reader, error){
		"gzip": func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
		"zstd": func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r) },
	} {
		w := b.ask("GET", "/feed.atom", "Accept-Encoding", encoding)
		if w.Header().Get("Content-Encoding") != encoding || w.Body.Len() >= len(plain) {
			t.Errorf("%s: %v, %d bytes", encoding, w.Header(), w.Body.Len())
		}
		r, err := unpack(bytes.NewReader(w.Body.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(r); err != nil || string(text) != plain {
			t.Errorf("%s unpacks to %d bytes, %v", encoding, len(text), err)
		}
	}
	if w := b.ask("GET", "/feed.atom", "Accept-Encoding", "br"); w.Header().Get("Content-Encoding") != "" {
		t.Errorf("br gave %s", w.Header().Get("Content-Encoding"))
	}
}

func testC7(t *testing.T) {
	b := newBusy(t)
	for _, address := range []string{"/feed.atom", "/feed.rss", "/feed.json", b.path + "/feed.atom"} {
		for _, h := range []http.Header{b.ask("GET", address).Header(), b.ask("GET", address, "If-None-Match", "*").Header()} {
			if expose := h.Get("Access-Control-Expose-Headers"); h.Get("Access-Control-Allow-Origin") != "*" ||
				!strings.Contains(expose, "ETag") || !strings.Contains(expose, "Link") {
				t.Errorf("%s: %v", address, h)
			}
		}
	}
	for _, address := range []string{"/", b.path, "/desk", "/none"} {
		if got := b.ask("GET", address).Header().Get("Access-Control-Allow-Origin"); got != "" {
			t.Errorf("%s may be read by %s", address, got)
		}
	}
	for _, address := range []string{"/article/" + b.gone + "/feed.atom", "/section/none/feed.rss", b.path + "/feed.json?page=9"} {
		if w := b.ask("GET", address); w.Code < 400 || w.Header().Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: %d %v", address, w.Code, w.Header())
		}
	}
}

func testC8(t *testing.T) {
	for _, status := range []int{429, 503} {
		b := newSite(t)
		h := b.errs.Handle(func(http.ResponseWriter, *http.Request) error { return &web.Error{Status: status} })
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		if w.Code != status || w.Header().Get("Retry-After") == "" {
			t.Errorf("%d %v", w.Code, w.Header())
		}
	}
}

func testC9(t *testing.T) {
	b := newBusy(t)
	for _, name := range []string{"/article/old-slug-" + b.tidal, "/article/" + b.tidal, "/article/-" + b.tidal} {
		for _, rest := range []string{"", "/feed.atom", "/feed.rss?full=0", "/feed.json?x=1"} {
			w := b.ask("GET", name+rest)
			want := b.path + strings.TrimSuffix(rest, "?x=1")
			if w.Code != 301 || w.Header().Get("Location") != want {
				t.Errorf("%s: %d to %s, want %s", name+rest, w.Code, w.Header().Get("Location"), want)
			}
			if hop := b.ask("GET", w.Header().Get("Location")); hop.Code != 200 {
				t.Errorf("%s: the second hop is %d", name+rest, hop.Code)
			}
		}
	}
	if w := b.ask("GET", "/article/"+b.gone); w.Code != 410 {
		t.Errorf("a withdrawn article: %d", w.Code)
	}
}

func testC10(t *testing.T) {
	b := newBusy(t)
	if got := b.ask("GET", "/feed.atom").Header().Get("X-Robots-Tag"); got != "noindex, follow" {
		t.Errorf("X-Robots-Tag %q", got)
	}
	if got := b.ask("GET", "/feed.atom", "Sec-Fetch-Dest", "document").Header().Get("X-Robots-Tag"); got != "noindex, follow" {
		t.Errorf("the page about a feed: X-Robots-Tag %q", got)
	}
	if got := b.ask("GET", b.path).Header().Get("X-Robots-Tag"); got != "" {
		t.Errorf("a page has X-Robots-Tag %q", got)
	}
}

func testC11(t *testing.T) {
	b := newBusy(t)
	for _, address := range []string{"/", "/feed.atom", "/none", "/feed", "/article/" + b.gone, "/sources.opml"} {
		if got := b.ask("GET", address).Header().Get("X-Content-Type-Options"); got != "nosniff" {
			t.Errorf("%s: %q", address, got)
		}
	}
	if got := b.ask("GET", "/feed.atom", "If-None-Match", "*").Header().Get("X-Content-Type-Options"); got != "nosniff" {
		t.Errorf("a 304: %q", got)
	}
}
