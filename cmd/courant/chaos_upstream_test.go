package main

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// upstream is the web that the program pulls from: sources on loopback that
// gain and change entries, sometimes fail, and remember what they offered.
type upstream struct {
	*httptest.Server

	mu       sync.Mutex
	rng      *rand.Rand
	sources  []*origin
	failing  bool             // some requests fail
	requests []request        // since they were last taken
	offered  map[offerKey]int // the newest version that left in a whole answer
	answered func()           // called, where set, after an answer with entries
}

// origin is one source as its server sees it.
type origin struct {
	id, format string
	base       string // address of its server
	slow       bool   // polled by hand only, after the first time
	review     bool   // an editor publishes what it brings
	entries    []*offer
	count      int // entries ever made
	generation int // moves with every change; the ETag says it
	modified   time.Time
}

// offer is an entry of an origin.
type offer struct {
	guid      string
	version   int
	published time.Time
	updated   time.Time
	words     string
}

type offerKey struct{ source, guid string }

type request struct {
	source string
	at     time.Time
}

const (
	firstEntries = 8  // of each source, before anybody asks
	keptEntries  = 24 // in a document, once a round has been checked
)

// newUpstream starts the sources of a run.
func newUpstream(t *testing.T, seed uint64) *upstream {
	u := &upstream{rng: rand.New(rand.NewPCG(seed, 1)), offered: map[offerKey]int{}}
	for i, format := range []string{"atom", "rss", "json", "atom", "rss", "json", "atom", "rss"} {
		o := &origin{id: fmt.Sprintf("s%d", i), format: format, slow: i == 4 || i == 5, review: i >= 6}
		u.sources = append(u.sources, o)
		for range firstEntries {
			u.grow(o)
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	u.Server = &httptest.Server{Listener: listener, Config: &http.Server{Handler: u}}
	u.Start()
	t.Cleanup(u.Close)
	for _, o := range u.sources {
		o.base = u.URL
	}
	return u
}

// apart gives each source a host of its own, for sources are dealt by host.
func (u *upstream) apart(t *testing.T) {
	t.Helper()
	for i, o := range u.sources {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.2.%d:0", i+1))
		if err != nil {
			t.Skipf("each source needs a loopback address of its own: %v", err)
		}
		s := &httptest.Server{Listener: l, Config: &http.Server{Handler: u}}
		s.Start()
		t.Cleanup(s.Close)
		o.base = s.URL
	}
}

// grow adds an entry to o.
func (u *upstream) grow(o *origin) {
	now := time.Now().UTC().Truncate(time.Second)
	o.count++
	e := &offer{guid: fmt.Sprintf("%s-%d", o.id, o.count), version: 1, published: now, updated: now, words: u.words()}
	o.entries = append([]*offer{e}, o.entries...)
	o.touch()
}

// change gives an entry of o other words. What an editor approved of a review
// source does not follow its source, so those only grow.
func (u *upstream) change(o *origin) {
	if o.review {
		return
	}
	e := o.entries[u.rng.IntN(len(o.entries))]
	e.version++
	e.updated = e.updated.Add(time.Second)
	e.words = u.words()
	o.touch()
}

func (o *origin) touch() {
	o.generation++
	o.modified = time.Now()
}

// words are many enough, and random enough, that no two entries look alike.
func (u *upstream) words() string {
	n := 60 + u.rng.IntN(120)
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(' ')
		}
		for range 3 + u.rng.IntN(7) {
			b.WriteByte(byte('a' + u.rng.IntN(26)))
		}
	}
	return b.String()
}

// live makes something new or other at random until told to stop.
func (u *upstream) live(stop <-chan struct{}) {
	for {
		u.mu.Lock()
		o := u.sources[u.rng.IntN(len(u.sources))]
		if u.rng.IntN(3) == 0 {
			u.change(o)
		} else {
			u.grow(o)
		}
		wait := time.Duration(20+u.rng.IntN(120)) * time.Millisecond
		u.mu.Unlock()
		select {
		case <-stop:
			return
		case <-time.After(wait):
		}
	}
}

// trim forgets the oldest entries of the documents; they stay offered.
func (u *upstream) trim() {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, o := range u.sources {
		if len(o.entries) > keptEntries {
			o.entries = o.entries[:keptEntries]
			o.touch()
		}
	}
}

// set has requests fail now and then, or not, and something done after answers.
func (u *upstream) set(failing bool, answered func()) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.failing, u.answered = failing, answered
}

// take returns the requests since it was last called.
func (u *upstream) take() []request {
	u.mu.Lock()
	defer u.mu.Unlock()
	list := u.requests
	u.requests = nil
	return list
}

// wanted is a copy of what must be stored.
func (u *upstream) wanted() map[offerKey]int {
	u.mu.Lock()
	defer u.mu.Unlock()
	m := make(map[offerKey]int, len(u.offered))
	for k, v := range u.offered {
		m[k] = v
	}
	return m
}

// ServeHTTP implements http.Handler: /ID is the document of a source.
func (u *upstream) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	u.mu.Lock()
	var o *origin
	for _, s := range u.sources {
		if r.URL.Path == "/"+s.id {
			o = s
		}
	}
	if o == nil {
		u.mu.Unlock()
		http.NotFound(w, r)
		return
	}
	u.requests = append(u.requests, request{o.id, time.Now()})
	fate := "serve"
	if u.failing {
		fate = []string{"serve", "serve", "serve", "serve", "serve", "serve", "slow", "break", "cut"}[u.rng.IntN(9)]
	}
	tag := fmt.Sprintf("%q", fmt.Sprintf("%s-%d", o.id, o.generation))
	body, contentType := o.document()
	versions := map[offerKey]int{}
	for _, e := range o.entries {
		versions[offerKey{o.id, e.guid}] = e.version
	}
	modified, answered := o.modified, u.answered
	u.mu.Unlock()

	if fate == "slow" {
		time.Sleep(150 * time.Millisecond)
	}
	if fate == "break" {
		http.Error(w, "out of order", http.StatusInternalServerError)
		return
	}
	w.Header().Set("ETag", tag)
	w.Header().Set("Last-Modified", modified.UTC().Format(http.TimeFormat))
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", fmt.Sprint(len(body)))
	if fate == "cut" {
		w.Write(body[:len(body)/2])
		panic(http.ErrAbortHandler)
	}
	if _, err := w.Write(body); err != nil {
		return
	}
	if err := http.NewResponseController(w).Flush(); err != nil {
		return
	}
	u.mu.Lock()
	for k, v := range versions {
		u.offered[k] = max(u.offered[k], v)
	}
	u.mu.Unlock()
	if answered != nil {
		answered()
	}
}

// text is what an entry says; a reader finds its version in it.
func (e *offer) text() string {
	return fmt.Sprintf("<p>Version %d of %s.</p><p>%s</p>", e.version, e.guid, e.words)
}

// document writes o in its format.
func (o *origin) document() (body []byte, contentType string) {
	switch o.format {
	case "atom":
		return o.atom(), "application/atom+xml"
	case "rss":
		return o.rss(), "application/rss+xml"
	default:
		return o.json(), "application/feed+json"
	}
}

func (o *origin) atom() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, `<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>Source %s</title><id>urn:chaos:%s</id><updated>%s</updated>`,
		o.id, o.id, o.modified.UTC().Format(time.RFC3339))
	for _, e := range o.entries {
		fmt.Fprintf(&b, `<entry><id>%s</id><title>Entry %s</title><link href="http://news.example/%s"/>
<published>%s</published><updated>%s</updated><author><name>A. Writer</name></author><content type="html">%s</content></entry>`,
			e.guid, e.guid, e.guid, e.published.Format(time.RFC3339), e.updated.Format(time.RFC3339), escaped(e.text()))
	}
	b.WriteString("</feed>\n")
	return []byte(b.String())
}

func (o *origin) rss() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, `<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Source %s</title>
<link>http://news.example/</link><description>Of %s</description>`, o.id, o.id)
	for _, e := range o.entries {
		fmt.Fprintf(&b, `<item><guid isPermaLink="false">%s</guid><title>Entry %s</title><link>http://news.example/%s</link>
<pubDate>%s</pubDate><content:encoded>%s</content:encoded></item>`,
			e.guid, e.guid, e.guid, e.published.Format(time.RFC1123Z), escaped(e.text()))
	}
	b.WriteString("</channel></rss>\n")
	return []byte(b.String())
}

func (o *origin) json() []byte {
	type item struct {
		ID       string `json:"id"`
		URL      string `json:"url"`
		Title    string `json:"title"`
		HTML     string `json:"content_html"`
		Date     string `json:"date_published"`
		Modified string `json:"date_modified"`
	}
	doc := struct {
		Version string `json:"version"`
		Title   string `json:"title"`
		Items   []item `json:"items"`
	}{"https://jsonfeed.org/version/1.1", "Source " + o.id, nil}
	for _, e := range o.entries {
		doc.Items = append(doc.Items, item{
			e.guid, "http://news.example/" + e.guid, "Entry " + e.guid, e.text(),
			e.published.Format(time.RFC3339), e.updated.Format(time.RFC3339),
		})
	}
	body, err := json.Marshal(doc)
	if err != nil {
		panic(err) // strings and nothing else
	}
	return body
}

func escaped(s string) string {
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(s)); err != nil {
		panic(err) // a strings.Builder takes everything
	}
	return b.String()
}
