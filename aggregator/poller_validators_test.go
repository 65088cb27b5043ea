package aggregator

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"courant/aggregator/schedule"
	"courant/db/dbtest"
	"courant/db/state"
)

// What a request looks like, and the validators it carries.
func validatorPromises() []promise {
	return []promise{
		{"P01", "MUST", "the first request invents no validator", bubble(testFirstRequest)},
		{"P02", "MUST", "one GET for a source that is first due; a site's page is read once", bubble(testOneGet)},
		{"P03", "MUST", "one constant User-Agent that names us and how to reach us", bubble(testUserAgent)},
		{"P04", "MUST", "no cookie is ever sent back", bubble(testCookies)},
		{"P05", "MUST", "no Referer, after redirects neither", bubble(testReferer)},
		{"P06", "MUST", "the request target is the configured one, byte for byte", bubble(testTarget)},
		{"P07", "SHOULD", "Accept lists feeds first; no header varies between polls", bubble(testConstantHeaders)},
		{"P08", "MUST", "every coding that is offered decodes, unlabelled gzip too", bubble(testCodings)},
		{"P10", "MUST", "If-None-Match is the ETag byte for byte", bubble(testETag)},
		{"P11", "MUST", "If-Modified-Since is the Last-Modified byte for byte", bubble(testLastModified)},
		{"P12", "MUST", "both validators are sent", bubble(testBoth)},
		{"P13", "MUST", "a validator that a 200 drops is cleared", bubble(testDropped)},
		{"P14", "MUST", "304: nothing parsed or written, errors reset, success noted", bubble(testNotModified)},
		{"P15", "MUST", "a 304 replaces what it names and keeps the rest", bubble(testNotModifiedValidators)},
		{"P16", "MUST", "a 304 is judged by its own freshness, else the stored one", bubble(testNotModifiedFreshness)},
		{"P17", "MUST", "validators and entries commit together", bubble(testCommitTogether)},
		{"P18", "MUST", "a 200 that is no feed changes neither validators nor entries", bubble(testNoFeed)},
		{"P19", "MUST", "validators are dropped once when address or credentials change", bubble(testSettingsChange)},
		{"P20", "MUST", "A's validators do not go to B; B's are stored for B", bubble(testRedirectValidators)},
		{"P21", "MUST", "the same body again writes nothing", bubble(testSameBody)},
		{"P22", "SHOULD", "build dates and XML comments are no update", bubble(testNoise)},
		{"P23", "MUST", "a lying ETag is noticed: the new body is parsed", bubble(testLyingETag)},
		{"P24", "SHOULD", "304 for ever: one unconditional request in 8 days, unless revalidate = false", bubble(testRevalidate)},
		{"P25", "SHOULD", "a Last-Modified in the future is not sent", bubble(testFutureLastModified)},
		{"P26", "MUST", "no-cache and the like keep validators; the interval is the minimum", bubble(testNoCache)},
		{"P27", "MUST", "304 to an unconditional request is an error, and no tight retry", bubble(testUnasked304)},
	}
}

func testFirstRequest(t *testing.T) {
	s := newSim(t, steady(`"1"`, rss("a")), "a").start()
	defer s.stop()
	if r := s.poll(); r.conditional() {
		t.Errorf("the first request carries %v", r.Header)
	}
}

func testOneGet(t *testing.T) {
	methods := map[string]int{}
	s := newSim(t, nil, "a", "http://site.example/")
	s.serve = func(r *http.Request) reply {
		methods[r.Method+" "+r.URL.String()]++
		if r.URL.String() == "http://site.example/" {
			return answer(200, `<!doctype html><html><link rel=alternate type=application/rss+xml href=/news.rss>`, "Content-Type", "text/html")
		}
		return answer(200, rss("a", "b"), "ETag", `"1"`)
	}
	s.start()
	defer s.stop()
	s.run(4 * time.Minute)
	for _, want := range []string{"GET http://a.example/feed", "GET http://site.example/", "GET http://site.example/news.rss"} {
		if methods[want] != 1 {
			t.Errorf("%s: %d requests, want 1", want, methods[want])
		}
	}
	if len(methods) != 3 || s.articles() != 4 {
		t.Errorf("requests %v, %d articles", methods, s.articles())
	}
	s.run(3 * time.Hour) // from now on the feed itself is asked
	if methods["GET http://site.example/"] != 1 || methods["GET http://site.example/news.rss"] < 2 {
		t.Errorf("later: %v", methods)
	}
}

func testUserAgent(t *testing.T) {
	s := newSim(t, nil, "a", "b")
	s.serve = func(r *http.Request) reply {
		if r.URL.Host == "b.example" && r.URL.Path == "/feed" {
			return answer(302, "", "Location", "/other")
		}
		return answer(200, rss("a"), "ETag", `"1"`)
	}
	s.start()
	defer s.stop()
	s.run(3 * time.Hour)
	for _, r := range s.seen() {
		if got := r.Header.Values("User-Agent"); !slices.Equal(got, []string{"courant/1.2 (+https://news.example)"}) {
			t.Errorf("%s: User-Agent %q", r.URL, got)
		}
	}
}

func testCookies(t *testing.T) {
	s := newSim(t, func(r *http.Request) reply { return answer(200, rss("a"), "ETag", `"1"`, "Set-Cookie", "id=1") }, "a", "b")
	s.list[1].Headers = map[string]string{"Cookie": "mine=1"}
	s.start()
	defer s.stop()
	s.run(3 * time.Hour)
	for _, r := range s.seen() {
		want := map[string]string{"a.example": "", "b.example": "mine=1"}[r.Host]
		if got := r.Header.Get("Cookie"); got != want {
			t.Errorf("%s: Cookie %q, want %q", r.URL, got, want)
		}
	}
}

func testReferer(t *testing.T) {
	s := newSim(t, func(r *http.Request) reply {
		if r.URL.Path == "/feed" {
			return answer(301, "", "Location", "http://b.example/x")
		}
		return answer(200, rss("a"))
	}, "a").start()
	defer s.stop()
	s.run(time.Hour)
	for _, r := range s.seen() {
		if _, ok := r.Header["Referer"]; ok || len(s.seen()) < 2 {
			t.Errorf("%s: %v", r.URL, r.Header)
		}
	}
}

func testTarget(t *testing.T) {
	addresses := map[string]string{ // configured → asked
		"http://a.example/a%2Fb/%7e/c;d=1,2?x=1&y=%20&&z": "http://a.example/a%2Fb/%7e/c;d=1,2?x=1&y=%20&&z",
		"http://b.example/feed?":                          "http://b.example/feed?",
		"http://c.example/feed#top":                       "http://c.example/feed",
		"http://d.example//double//./x/../y?a=b?c":        "http://d.example//double//./x/../y?a=b?c",
		"http://e.example/a|b{c}":                         "http://e.example/a|b{c}",
		"http://f.example":                                "http://f.example/",
		"http://g.example/feed?q='a'+b|c":                 "http://g.example/feed?q='a'+b|c",
	}
	s := newSim(t, steady(`"1"`, rss("a")))
	for configured := range addresses {
		s.list = append(s.list, SourceConfig{ID: fmt.Sprintf("s%d", len(s.list)), URL: configured})
	}
	s.start()
	defer s.stop()
	s.run(5 * time.Hour)
	asked := map[string]bool{}
	for _, r := range s.seen() {
		asked[r.URL] = true
	}
	for configured, want := range addresses {
		if !asked[want] {
			t.Errorf("%s was asked as none of %v", configured, asked)
		}
	}
	if len(asked) != len(addresses) {
		t.Errorf("asked %v", asked)
	}
}

func testConstantHeaders(t *testing.T) {
	s := newSim(t, script(always(200, rss("a"), "ETag", `"1"`), always(304, ""), always(500, ""), always(200, rss("b"))), "a").start()
	defer s.stop()
	first := s.poll().Header
	if a := first.Get("Accept"); !strings.HasPrefix(a, "application/atom+xml, application/rss+xml") || !strings.HasSuffix(a, "*/*;q=0.1") {
		t.Errorf("Accept: %s", a)
	}
	for range 4 {
		h := s.poll().Header
		for _, name := range []string{"Accept", "Accept-Encoding", "User-Agent"} {
			if h.Get(name) != first.Get(name) {
				t.Errorf("%s varies: %q, %q", name, first.Get(name), h.Get(name))
			}
		}
	}
}

func testCodings(t *testing.T) {
	pack := map[string]func(string) string{
		"gzip": func(s string) string {
			var b bytes.Buffer
			w := gzip.NewWriter(&b)
			w.Write([]byte(s))
			w.Close()
			return b.String()
		},
		"zstd": func(s string) string {
			w, _ := zstd.NewWriter(nil)
			return string(w.EncodeAll([]byte(s), nil))
		},
	}
	offered := ""
	s := newSim(t, nil, "plain", "gzip", "zstd", "unlabelled", "lie", "br")
	s.serve = func(r *http.Request) reply {
		offered = r.Header.Get("Accept-Encoding")
		switch name, _, _ := strings.Cut(r.URL.Host, "."); name {
		case "gzip", "zstd":
			return answer(200, pack[name](rss(name)), "Content-Encoding", name)
		case "unlabelled":
			return answer(200, pack["gzip"](rss(name)))
		case "lie":
			return answer(200, rss(name), "Content-Encoding", "gzip")
		case "br":
			return answer(200, rss(name), "Content-Encoding", "br")
		default:
			return answer(200, rss(name))
		}
	}
	s.start()
	defer s.stop()
	s.run(time.Minute)
	for id, fine := range map[string]bool{"plain": true, "gzip": true, "zstd": true, "unlabelled": true, "lie": false, "br": false} {
		if src := s.source(id); (src.Error == "") != fine || (src.Entries == 1) != fine {
			t.Errorf("%s: %d entries, %q", id, src.Entries, src.Error)
		}
	}
	for coding := range strings.SplitSeq(offered, ", ") {
		if pack[coding] == nil {
			t.Errorf("%s is offered and not tried here", coding)
		}
	}
}

func testETag(t *testing.T) {
	for _, etag := range []string{`"plain"`, `W/"weak"`, `"abc-gzip"`, `"with space and , comma"`, `unquoted`, `""`, `W/"é\"`, `"a" "b"`} {
		s := newSim(t, steady(etag, rss("a")), "a").start()
		s.poll()
		for range 3 {
			if got := s.poll().Header["If-None-Match"]; !slices.Equal(got, []string{etag}) {
				t.Errorf("If-None-Match %q, want %q", got, etag)
			}
		}
		s.stop()
	}
}

func testLastModified(t *testing.T) {
	for _, date := range []string{"Fri, 31 Dec 1999 23:59:59 GMT", "Friday, 31-Dec-99 23:59:59 GMT", "yesterday", "0", "1999-12-31T23:59:59Z"} {
		s := newSim(t, func(*http.Request) reply {
			return answer(200, rss("a"), "Last-Modified", date, "Date", "Sat, 01 Jan 2000 00:00:00 GMT")
		}, "a").start()
		s.poll()
		if got := s.poll().Header["If-Modified-Since"]; !slices.Equal(got, []string{date}) {
			t.Errorf("If-Modified-Since %q, want %q", got, date)
		}
		s.stop()
	}
}

func testBoth(t *testing.T) {
	const date = "Fri, 31 Dec 1999 00:00:00 GMT"
	s := newSim(t, steady(`"1"`, rss("a"), "Last-Modified", date), "a").start()
	defer s.stop()
	s.poll()
	if h := s.poll().Header; h.Get("If-None-Match") != `"1"` || h.Get("If-Modified-Since") != date {
		t.Errorf("sent %v", h)
	}
}

func testDropped(t *testing.T) {
	const date = "Fri, 31 Dec 1999 00:00:00 GMT"
	s := newSim(t, script(always(200, rss("a"), "ETag", `"1"`, "Last-Modified", date), always(200, rss("b"), "Last-Modified", date), always(200, rss("c"), "ETag", `"3"`)), "a").start()
	defer s.stop()
	s.poll()
	s.poll()
	if h := s.poll().Header; h.Get("If-None-Match") != "" || h.Get("If-Modified-Since") != date {
		t.Errorf("after a 200 without ETag: %v", h)
	}
	if h := s.poll().Header; h.Get("If-None-Match") != `"3"` || h.Get("If-Modified-Since") != "" {
		t.Errorf("after a 200 without Last-Modified: %v", h)
	}
}

func testNotModified(t *testing.T) {
	s := newSim(t, script(always(200, rss("a"), "ETag", `"1"`), always(500, ""), always(304, "")), "a").start()
	defer s.stop()
	s.poll()
	s.poll()
	if src := s.source("a"); src.Errors != 1 || src.State != state.Failing {
		t.Errorf("after a 500: %d errors, %s", src.Errors, src.State)
	}
	told := 0
	s.store.OnChange(func([]string) { told++ })
	r := s.poll()
	src := s.source("a")
	if src.Errors != 0 || src.Error != "" || src.State != state.Active || !src.LastSuccess.Equal(r.At) || told != 0 {
		t.Errorf("after a 304: %+v, told %d times", src.Poll, told)
	}
	if p := s.passes("a")[0]; p.Outcome != state.OutcomeNotModified || p.New+p.Changed != 0 || !p.Conditional {
		t.Errorf("its row: %+v", p)
	}
}

func testNotModifiedValidators(t *testing.T) {
	const first, second = "Fri, 31 Dec 1999 00:00:00 GMT", "Fri, 31 Dec 1999 11:00:00 GMT"
	s := newSim(t, script(
		always(200, rss("a"), "ETag", `"1"`, "Last-Modified", first, "Cache-Control", "max-age=7200"),
		always(304, "", "ETag", `"2"`),
		always(304, "", "Last-Modified", second, "Cache-Control", "max-age=14400"),
		always(304, "")), "a").start()
	defer s.stop()
	s.poll()
	s.poll()
	s.within("after a 304 without freshness", s.wait("a"), 2*time.Hour, 135*time.Minute)
	if h := s.poll().Header; h.Get("If-None-Match") != `"2"` || h.Get("If-Modified-Since") != first {
		t.Errorf("after a 304 with another ETag: %v", h)
	}
	s.within("after a 304 with more freshness", s.wait("a"), 4*time.Hour, 270*time.Minute)
	if h := s.poll().Header; h.Get("If-None-Match") != `"2"` || h.Get("If-Modified-Since") != second {
		t.Errorf("after a 304 with another date: %v", h)
	}
}

func testNotModifiedFreshness(t *testing.T) {
	s := newSim(t, script(always(200, rss("a"), "ETag", `"1"`), always(304, "", "Cache-Control", "max-age=36000"), always(304, ""), always(304, "", "Expires", "0")), "a").start()
	defer s.stop()
	s.poll()
	s.poll()
	s.within("fresh for ten hours", s.wait("a"), 10*time.Hour, 11*time.Hour)
	s.poll()
	s.within("still, by what is stored", s.wait("a"), 10*time.Hour, 11*time.Hour)
	s.poll()
	s.within("no more", s.wait("a"), time.Hour, 66*time.Minute)
}

func testCommitTogether(t *testing.T) {
	s := newSim(t, script(always(200, rss("a"), "ETag", `"1"`), always(200, rss("b", "unwanted"), "ETag", `"2"`)), "a").start()
	defer s.stop()
	s.poll()
	mend := dbtest.Refuse(t, s.store, "article", `NEW.guid = 'unwanted'`)
	s.poll()
	src := s.source("a")
	if src.ETag != `"1"` || src.Errors != 1 || src.NextDue.IsZero() || s.articles() != 1 {
		t.Errorf("after a document that could not be stored: %+v, %d articles", src.Poll, s.articles())
	}
	mend()
	if h := s.poll().Header; h.Get("If-None-Match") != `"1"` {
		t.Errorf("the next request carries %q", h.Get("If-None-Match"))
	}
	if src := s.source("a"); src.ETag != `"2"` || src.Errors != 0 || s.articles() != 3 {
		t.Errorf("once it can be stored: %+v, %d articles", src.Poll, s.articles())
	}
}

func testNoFeed(t *testing.T) {
	s := newSim(t, script(always(200, rss("a"), "ETag", `"1"`), always(200, "<html><p>Please log in", "ETag", `"2"`, "Content-Type", "text/html"), always(304, "")), "a").start()
	defer s.stop()
	s.poll()
	s.poll()
	if src := s.source("a"); src.ETag != `"1"` || src.Errors != 1 || src.Entries != 1 {
		t.Errorf("after a page: %+v", src.Poll)
	}
	if h := s.poll().Header; h.Get("If-None-Match") != `"1"` {
		t.Errorf("the next request carries %v", h)
	}
}

func testSettingsChange(t *testing.T) {
	s := newSim(t, steady(`"1"`, rss("a")), "a").start()
	defer s.stop()
	s.poll()
	if !s.poll().conditional() {
		t.Error("not conditional before the change")
	}
	for name, change := range map[string]func(*SourceConfig){
		"address":   func(c *SourceConfig) { c.URL = "http://a.example/other" },
		"header":    func(c *SourceConfig) { c.Headers = map[string]string{"X-Key": "1"} },
		"user name": func(c *SourceConfig) { c.Username = "ann" },
		"max_items": func(c *SourceConfig) { c.MaxItems = 5 },
	} {
		change(&s.list[0])
		if err := s.a.SetSources(t.Context(), s.list); err != nil {
			t.Fatal(err)
		}
		if r := s.poll(); r.conditional() {
			t.Errorf("%s changed: %v", name, r.Header)
		}
		if r := s.poll(); !r.conditional() {
			t.Errorf("%s: dropped more than once", name)
		}
	}
}

func testRedirectValidators(t *testing.T) {
	s := newSim(t, func(r *http.Request) reply {
		if r.URL.Host == "a.example" {
			return answer(302, "", "Location", "http://b.example/feed", "ETag", `"of-a"`)
		}
		return steady(`"of-b"`, rss("a"))(r)
	}, "a").start()
	defer s.stop()
	s.run(6 * time.Hour)
	n := 0
	for _, r := range s.seen() {
		switch got := r.Header.Get("If-None-Match"); {
		case r.Host == "a.example" && got != "":
			t.Errorf("a was sent %q", got)
		case r.Host == "b.example" && got == `"of-b"`:
			n++
		}
	}
	if n < 2 || s.source("a").ValidatorsFor != "http://b.example/feed" {
		t.Errorf("%d conditional requests to b, validators for %s", n, s.source("a").ValidatorsFor)
	}
}

func testSameBody(t *testing.T) {
	s := newSim(t, func(*http.Request) reply {
		return answer(200, rss("a", "b"), "ETag", fmt.Sprint(time.Now().UnixNano()))
	}, "a").start()
	defer s.stop()
	s.poll()
	told := 0
	s.store.OnChange(func([]string) { told++ })
	for range 3 {
		s.poll()
		if p := s.passes("a")[0]; p.Outcome != state.OutcomeUnchanged || told != 0 {
			t.Errorf("%s, told %d times", p.Outcome, told)
		}
	}
}

func testNoise(t *testing.T) {
	s := newSim(t, func(*http.Request) reply {
		now := time.Now().Format(time.RFC1123)
		body := strings.Replace(rss("a", "b"), "<link>", "<lastBuildDate>"+now+"</lastBuildDate><pubDate>"+now+"</pubDate><!-- "+now+" --><link>", 1)
		return answer(200, body, "ETag", fmt.Sprintf("%q", now))
	}, "a").start()
	defer s.stop()
	s.run(12 * time.Hour)
	rows := s.passes("a")
	for _, p := range rows[:len(rows)-1] {
		if p.Changed != 0 || p.New != 0 {
			t.Errorf("%+v", p)
		}
	}
	if len(rows) < 5 {
		t.Errorf("%d passes", len(rows))
	}
}

func testLyingETag(t *testing.T) {
	s := newSim(t, script(always(200, rss("a"), "ETag", `"1"`), always(200, rss("a", "b"), "ETag", `"1"`)), "a").start()
	defer s.stop()
	s.poll()
	s.poll()
	if s.articles() != 2 || schedule.Recall(s.source("a").Extra).LyingETags != 1 {
		t.Errorf("%d articles, memory %s", s.articles(), s.source("a").Extra)
	}
}

func testRevalidate(t *testing.T) {
	s := newSim(t, steady(`"1"`, rss("a")), "a", "b")
	never := false
	s.list[1].Revalidate = &never
	s.start()
	defer s.stop()
	s.run(60 * 24 * time.Hour)
	var full []time.Time
	for _, r := range s.seen() {
		if !r.conditional() {
			if r.Host == "b.example" && !r.At.Equal(s.passes("b")[len(s.passes("b"))-1].At) {
				t.Errorf("revalidate = false, yet unconditional at %s", r.At)
			} else if r.Host == "a.example" {
				full = append(full, r.At)
			}
		}
	}
	if len(full) < 5 || len(full) > 8 {
		t.Errorf("%d unconditional requests in 60 days: %v", len(full), full)
	}
	for i := 1; i < len(full); i++ {
		if full[i].Sub(full[i-1]) < 8*24*time.Hour {
			t.Errorf("two within 8 days: %v", full)
		}
	}
}

func testFutureLastModified(t *testing.T) {
	s := newSim(t, script(always(200, rss("a"), "ETag", `"1"`, "Last-Modified", "Tue, 19 Jan 2038 03:14:07 GMT"), always(200, rss("b"), "Last-Modified", "Tue, 19 Jan 2041 03:14:07 GMT")), "a").start()
	defer s.stop()
	s.poll()
	if h := s.poll().Header; h.Get("If-Modified-Since") != "" || h.Get("If-None-Match") != `"1"` {
		t.Errorf("sent %v", h)
	}
	if r := s.poll(); r.conditional() {
		t.Errorf("sent %v", r.Header)
	}
}

func testNoCache(t *testing.T) {
	for _, h := range [][]string{
		{"Expires", "0"},
		{"Expires", "-1"},
		{"Cache-Control", "no-cache"},
		{"Cache-Control", "max-age=0, must-revalidate"},
		{"Cache-Control", "no-store"},
		{"Cache-Control", "must-revalidate"},
		{"Pragma", "no-cache"},
	} {
		s := newSim(t, steady(`"1"`, rss("a"), h...), "a").start()
		s.poll()
		for range 3 {
			if r := s.poll(); !r.conditional() {
				t.Errorf("%v: validators are gone", h)
			}
			s.within(fmt.Sprint(h), s.wait("a"), time.Hour, 66*time.Minute)
		}
		s.stop()
	}
}

func testUnasked304(t *testing.T) {
	s := newSim(t, script(always(304, "", "ETag", `"1"`)), "a").start()
	defer s.stop()
	s.run(24 * time.Hour)
	src := s.source("a")
	if src.Errors < 2 || !strings.Contains(src.Error, "304") || src.ETag != "" || !src.LastSuccess.IsZero() {
		t.Errorf("%+v", src.Poll)
	}
	for _, gap := range s.gaps("http://a.example/feed") {
		if gap < time.Hour {
			t.Errorf("asked again after %s", gap)
		}
	}
}
