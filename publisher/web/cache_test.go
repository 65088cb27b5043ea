package web

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func document(text string) Document {
	return Document{ContentType: "text/html; charset=utf-8", Body: []byte(strings.Repeat(text, 200))}
}

func get(k *Cache, path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	if !k.Hit(w, r) {
		return nil
	}
	return w
}

func fill(t *testing.T, k *Cache, path string, scopes []string, doc Document) {
	t.Helper()
	w := httptest.NewRecorder()
	if err := k.Serve(w, httptest.NewRequest("GET", path, nil), path, scopes, func(context.Context) (Document, error) {
		return doc, nil
	}); err != nil {
		t.Fatal(err)
	}
}

// What is kept is dropped by its scopes and by no other.
func TestCacheDrop(t *testing.T) {
	k := NewCache(1<<20, Headers("default-src 'none'"))
	doc := document("a")
	doc.Scopes = []string{"tag:sea"}
	fill(t, k, "/a", []string{"site"}, doc)
	for _, c := range []struct {
		drop []string
		kept bool
	}{{[]string{"section:x"}, true}, {[]string{}, true}, {[]string{"x", "tag:sea"}, false}, {[]string{"site"}, false}, {nil, false}} {
		fill(t, k, "/a", []string{"site"}, doc)
		k.Drop(c.drop)
		if got := get(k, "/a") != nil; got != c.kept {
			t.Errorf("after a change of %q: kept %v, want %v", c.drop, got, c.kept)
		}
	}
	if k.bytes != 0 || len(k.packed) != 0 || len(k.byScope) != 0 {
		t.Errorf("after everything was dropped: %d bytes, %d documents, %d scopes", k.bytes, len(k.packed), len(k.byScope))
	}
}

// A thousand clients wait for one rendering.
func TestCacheRendersOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := NewCache(1<<20, nil)
		var renderings atomic.Int32
		var wg sync.WaitGroup
		for range 1000 {
			wg.Go(func() {
				w := httptest.NewRecorder()
				err := k.Serve(w, httptest.NewRequest("GET", "/a", nil), "/a", nil, func(context.Context) (Document, error) {
					renderings.Add(1)
					time.Sleep(time.Second)
					return document("a"), nil
				})
				if err != nil || w.Body.Len() != 200 {
					t.Errorf("%v, %d bytes", err, w.Body.Len())
				}
			})
		}
		wg.Wait()
		if n := renderings.Load(); n != 1 {
			t.Errorf("%d renderings", n)
		}
	})
}

// No answer is older than a change that was announced before its request, also
// where the rendering that it could join began before the change; and where
// the scope that changed came to light only in the rendering.
func TestCacheNeverStale(t *testing.T) {
	for name, declared := range map[string][]string{"scope known before": {"s"}, "scope known after": nil} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := NewCache(1<<20, nil)
				var version atomic.Int32
				ask := func(want string) {
					w := httptest.NewRecorder()
					err := k.Serve(w, httptest.NewRequest("GET", "/a", nil), "/a", declared, func(context.Context) (Document, error) {
						v := version.Load()
						time.Sleep(time.Second)
						return Document{Body: fmt.Append(nil, v), Scopes: []string{"s"}}, nil
					})
					if err != nil || w.Body.String() != want {
						t.Errorf("got %q %v, want %s", w.Body, err, want)
					}
				}
				var wg sync.WaitGroup
				wg.Go(func() { ask("0") })
				time.Sleep(500 * time.Millisecond)
				version.Store(1)
				k.Drop([]string{"s"})
				wg.Go(func() { ask("1") })
				time.Sleep(100 * time.Millisecond)
				k.Drop([]string{"other"})
				wg.Go(func() { ask("1") })
				wg.Wait()
				if get(k, "/a") == nil {
					t.Error("the last rendering was not kept")
				}
			})
		})
	}
}

// A rendering that panics or fails takes nothing with it.
func TestCacheFails(t *testing.T) {
	k := NewCache(1<<20, nil)
	var p *PanicError
	err := k.Serve(httptest.NewRecorder(), httptest.NewRequest("GET", "/a", nil), "/a", nil,
		func(context.Context) (Document, error) { panic("no") })
	if !errors.As(err, &p) || p.Value != "no" {
		t.Errorf("a panic came out as %v", err)
	}
	fill(t, k, "/a", nil, document("a"))
	if get(k, "/a") == nil {
		t.Error("not kept after a failure")
	}
	// A visitor's own rendering gives its slot back too, or pages would hang.
	for range 2 * cap(k.slots) {
		err := k.ServeFor(httptest.NewRecorder(), httptest.NewRequest("GET", "/a", nil), "ann", "/a", nil, func(context.Context) (Document, error) { panic("no") })
		if !errors.As(err, &p) {
			t.Errorf("a visitor's panic came out as %v", err)
		}
	}
	if len(k.slots) != 0 {
		t.Errorf("%d slots were kept by what panicked", len(k.slots))
	}
}

// The keep stays within its bound, and what is asked for stays in it.
func TestCacheBound(t *testing.T) {
	const max = 100 << 10
	k := NewCache(max, nil)
	fill(t, k, "/hot", nil, document("h"))
	for i := range 1000 {
		path := fmt.Sprint("/", i)
		fill(t, k, path, []string{path}, document("a"))
		if get(k, "/hot", "Accept-Encoding", "gzip") == nil {
			t.Fatalf("what is asked for all the time went at %d", i)
		}
		if k.bytes > max {
			t.Fatalf("%d bytes are kept", k.bytes)
		}
	}
	if len(k.byScope) > len(k.packed) {
		t.Errorf("%d scopes for %d documents", len(k.byScope), len(k.packed))
	}
}

// C1, C3, C6, X28: each encoding has its own strong validator.
func TestEncodings(t *testing.T) {
	k := NewCache(1<<20, Headers("default-src 'none'"))
	fill(t, k, "/a", nil, document("abcdefgh"))
	tags := map[string]bool{}
	for accept, want := range map[string]string{
		"": "", "gzip": "gzip", "zstd": "zstd", "gzip, deflate, br, zstd": "zstd", "gzip;q=0": "", "gzip;q=1, zstd;q=0.5": "gzip",
		"br": "", "*": "gzip", "identity;q=1, *;q=0": "", "GZIP": "gzip", "gzip;q=x": "",
	} {
		w := get(k, "/a", "Accept-Encoding", accept)
		if got := w.Header().Get("Content-Encoding"); got != want {
			t.Errorf("Accept-Encoding %q gave %q, want %q", accept, got, want)
		}
		if w.Header().Get("Vary") != "Accept-Encoding" || w.Header().Get("Content-Length") != fmt.Sprint(w.Body.Len()) {
			t.Errorf("Accept-Encoding %q: headers %v for %d bytes", accept, w.Header(), w.Body.Len())
		}
		tags[w.Header().Get("Etag")] = true
	}
	if len(tags) != 3 {
		t.Errorf("tags %v for three encodings", tags)
	}
	z, err := gzip.NewReader(get(k, "/a", "Accept-Encoding", "gzip").Body)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(z); err != nil || !bytes.Equal(text, document("abcdefgh").Body) {
		t.Errorf("gunzip gave %d bytes, %v", len(text), err)
	}
}

// C1, X30: 304 by lists, star, weak comparison and rewritten suffixes;
// If-None-Match decides alone.
func TestConditional(t *testing.T) {
	k := NewCache(1<<20, Headers("default-src 'none'"))
	doc := document("abcdefgh")
	doc.LastModified = time.Date(2026, 11, 22, 10, 5, 0, 5e8, time.UTC)
	fill(t, k, "/a", nil, doc)
	tag := get(k, "/a").Header().Get("Etag")
	gzTag := get(k, "/a", "Accept-Encoding", "gzip").Header().Get("Etag")
	bare := strings.Trim(tag, `"`)
	const same, later, earlier = "Sun, 22 Nov 2026 10:05:00 GMT", "Sun, 22 Nov 2026 10:06:00 GMT", "Sun, 22 Nov 2026 10:04:59 GMT"
	for _, c := range []struct {
		header []string
		want   int
	}{
		{[]string{"If-None-Match", tag}, 304},
		{[]string{"If-None-Match", gzTag, "Accept-Encoding", "gzip"}, 304},
		{[]string{"If-None-Match", "W/" + tag}, 304},
		{[]string{"If-None-Match", `"x", W/"y",` + tag}, 304},
		{[]string{"If-None-Match", `"x"`, "If-None-Match", tag}, 304},
		{[]string{"If-None-Match", "*"}, 304},
		{[]string{"If-None-Match", `"` + bare + `-gzip"`}, 304},
		{[]string{"If-None-Match", `W/"` + bare + `-gzip-gzip"`, "Accept-Encoding", "gzip"}, 304},
		{[]string{"If-None-Match", `"` + bare + `;gzip"`}, 304},
		{[]string{"If-None-Match", bare}, 304},
		{[]string{"If-None-Match", `"x"`}, 200},
		{[]string{"If-None-Match", `"x`}, 200},
		{[]string{"If-None-Match", ""}, 200},
		{[]string{"If-None-Match", `"x"`, "If-Modified-Since", later}, 200},
		{[]string{"If-None-Match", tag, "If-Modified-Since", earlier}, 304},
		{[]string{"If-Modified-Since", same}, 304},
		{[]string{"If-Modified-Since", later}, 304},
		{[]string{"If-Modified-Since", earlier}, 200},
		{[]string{"If-Modified-Since", "yesterday"}, 200},
	} {
		w := get(k, "/a", c.header...)
		if w.Code != c.want {
			t.Errorf("%q gave %d, want %d", c.header, w.Code, c.want)
		}
		h := w.Header()
		if w.Code == 304 && (w.Body.Len() > 0 || h.Get("Content-Type")+h.Get("Content-Length")+h.Get("Content-Encoding") != "" ||
			h.Get("Etag") == "" || h.Get("Vary") == "" || h.Get("Content-Security-Policy") == "") {
			t.Errorf("%q: the 304 carries %v and %d bytes", c.header, h, w.Body.Len())
		}
	}
}

// An answer to a request that bears a visitor's cookie is for no other (C4): from
// our memory like all others', unless there is one of the visitor's own, which is
// rendered once and dropped like all else.
func TestVisitor(t *testing.T) {
	k := NewCache(1<<20, Headers("default-src 'none'"))
	fill(t, k, "/a", nil, document("shared"))
	w := get(k, "/a", "Cookie", "x=y; "+VisitorCookie+"=1.2")
	if w == nil || !strings.HasPrefix(w.Body.String(), "shared") || w.Header().Get("Cache-Control") != "private, no-store" || w.Header().Get("Etag") != "" {
		t.Errorf("a visitor got %+v", w)
	}
	if w := get(k, "/a"); w.Header().Get("Cache-Control") == "private, no-store" {
		t.Error("what one visitor was told is told to all")
	}
	rendered := 0
	own := func() *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		err := k.ServeFor(w, httptest.NewRequest("GET", "/a", nil), "ann", "/a", []string{"visitor:ann"}, func(context.Context) (Document, error) {
			rendered++
			return document("own"), nil
		})
		if err != nil || !strings.HasPrefix(w.Body.String(), "own") || w.Header().Get("Cache-Control") != "private, no-store" {
			t.Errorf("a visitor's own: %.10q %v %v", w.Body, w.Header(), err)
		}
		return w
	}
	own()
	own()
	if rendered != 1 {
		t.Errorf("rendered %d times for one visitor", rendered)
	}
	if w := get(k, "/a"); !strings.HasPrefix(w.Body.String(), "shared") {
		t.Error("somebody got a visitor's own")
	}
	k.Drop([]string{"visitor:ann"})
	if own(); rendered != 2 {
		t.Error("a visitor's own outlived what it was made from")
	}
}

// However many ask for what takes long, all else has a slot.
func TestCacheLong(t *testing.T) {
	if runtime.GOMAXPROCS(0) < 2 {
		t.Skip("one core has one slot")
	}
	k := NewCache(1<<20, nil)
	var group sync.WaitGroup
	begun, end := make(chan struct{}, 100), make(chan struct{})
	for i := range 20 {
		group.Go(func() {
			key := fmt.Sprint("/article/", i)
			k.Serve(httptest.NewRecorder(), httptest.NewRequest("GET", key, nil), key, nil, func(context.Context) (Document, error) {
				begun <- struct{}{}
				<-end
				return document("x"), nil
			})
		})
	}
	for range cap(k.long) {
		<-begun
	}
	err := k.Serve(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil), "/", nil, func(context.Context) (Document, error) { return document("x"), nil })
	if err != nil {
		t.Error(err)
	}
	close(end)
	group.Wait()
	if len(k.slots) != 0 || len(k.long) != 0 {
		t.Errorf("%d slots and %d of the long are not given back", len(k.slots), len(k.long))
	}
}

// Readers who hang up keep nobody waiting, and more than can be served in good
// time are told to come again.
func TestCacheQueue(t *testing.T) {
	k := NewCache(1<<20, nil)
	for range cap(k.slots) {
		k.slots <- struct{}{} // all are busy
	}
	ctx, hangUp := context.WithCancel(t.Context())
	var group sync.WaitGroup
	ask := func(ctx context.Context, key string) error {
		r := httptest.NewRequest("GET", key, nil).WithContext(ctx)
		return k.Serve(httptest.NewRecorder(), r, key, nil, func(context.Context) (Document, error) { return document("x"), nil })
	}
	for i := range maxRunning {
		group.Go(func() { ask(ctx, fmt.Sprint("/", i)) })
	}
	for { // until all of them wait
		k.mu.Lock()
		n := len(k.running)
		k.mu.Unlock()
		if n == maxRunning {
			break
		}
		runtime.Gosched()
	}
	var full *Error
	if err := ask(t.Context(), "/more"); !errors.As(err, &full) || full.Status != http.StatusServiceUnavailable || full.RetryAfter == 0 {
		t.Errorf("one more: %v", err)
	}
	hangUp()
	group.Wait()
	for range cap(k.slots) {
		<-k.slots
	}
	if err := ask(t.Context(), "/after"); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	if n := k.Rendered(); n != 1 {
		t.Errorf("%d renderings for readers who hung up", n-1)
	}
}

// X31: a 304 from the keep allocates next to nothing.
func BenchmarkHit(b *testing.B) {
	k := NewCache(1<<20, Headers("default-src 'none'"))
	w := httptest.NewRecorder()
	r := httptest.NewRequest("GET", "/a", nil)
	k.Serve(w, r, "/a", nil, func(context.Context) (Document, error) { return document("abcdefgh"), nil })
	r.Header.Set("If-None-Match", w.Header().Get("Etag"))
	b.ReportAllocs()
	for b.Loop() {
		k.Hit(w, r)
	}
}
