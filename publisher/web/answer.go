package web

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// VisitorCookie is the name of the signed cookie by which a visitor's own
// pending comments are known. What is answered to a request that bears it is
// for that visitor alone (C4).
const VisitorCookie = "courant_visitor"

// BearsVisitor reports whether r carries a cookie of the visitor's name, whoever
// made it.
func BearsVisitor(r *http.Request) bool {
	for _, line := range r.Header["Cookie"] {
		if strings.Contains(line, VisitorCookie+"=") {
			return true
		}
	}
	return false
}

// The encodings that a document is sent in. br is not among them: no encoder
// of it is worth its weight.
const (
	identity = iota
	gzipped
	zstandard
	encodings
)

// tagSuffix and codingName tell them apart in an ETag and on the wire.
var (
	tagSuffix  = [encodings]string{"", "-gzip", "-zstd"}
	codingName = [encodings]string{"", "gzip", "zstd"}
)

// minCompressed is the size under which compressing saves nothing on the wire:
// it fits one packet with its headers.
const minCompressed = 512

// variant is a document in one encoding, with the headers of its answers.
type variant struct {
	once sync.Once
	tag  string      // its strong validator, quotes included
	full http.Header // of a 200
	bare http.Header // of a 304 (RFC 9110 section 15.4.5)
	body []byte
}

// pack makes what doc is sent as, but for the bodies.
func pack(k *Cache, key string, scopes []string, doc Document) *packed {
	e := &packed{Document: doc, key: key, scopes: scopes}
	tag := tagOf(doc)
	for i := range e.variants {
		v := &e.variants[i]
		v.tag = `"` + tag + tagSuffix[i] + `"`
		v.bare = http.Header{}
		for name, values := range k.header {
			v.bare[name] = values
		}
		for name, values := range doc.Header {
			v.bare[name] = values
		}
		v.bare["Etag"] = []string{v.tag}
		if doc.ByDestination {
			v.bare["Vary"] = []string{"Accept-Encoding, Sec-Fetch-Dest"}
		}
		if !doc.LastModified.IsZero() {
			v.bare["Last-Modified"] = []string{doc.LastModified.UTC().Format(http.TimeFormat)}
		}
	}
	return e
}

// ready compresses the document, once, when it is first sent in encoding i.
func (k *Cache) ready(e *packed, i int) *variant {
	v := &e.variants[i]
	v.once.Do(func() {
		v.body = compress(e.Body, i)
		v.full = http.Header{}
		for name, values := range v.bare {
			v.full[name] = values
		}
		v.full["Content-Type"] = []string{e.ContentType}
		v.full["Content-Length"] = []string{strconv.Itoa(len(v.body))}
		if i == identity {
			return
		}
		v.full["Content-Encoding"] = []string{codingName[i]}
		k.mu.Lock()
		defer k.mu.Unlock()
		if k.packed[e.key] == e {
			k.grow(e, int64(len(v.body)))
		}
	})
	return v
}

func compress(body []byte, encoding int) []byte {
	switch encoding {
	case gzipped:
		var b bytes.Buffer
		z, _ := gzip.NewWriterLevel(&b, gzip.DefaultCompression) // fails for unknown levels only
		z.Write(body)
		z.Close()
		return b.Bytes()
	case zstandard:
		z, _ := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1)) // fails for bad options only
		return z.EncodeAll(body, nil)
	}
	return body
}

// Hit answers r where the very address it names is held, and reports whether
// it did. It looks at no store and makes nothing: it is the way of nearly all
// requests.
func (k *Cache) Hit(w http.ResponseWriter, r *http.Request) bool {
	return k.held(w, r, r.RequestURI, false)
}

// HitFor is Hit of what ServeFor made for a visitor.
func (k *Cache) HitFor(w http.ResponseWriter, r *http.Request, visitor string) bool {
	return k.held(w, r, ownKey(r.RequestURI, visitor), false)
}

// Held is Hit, also of a document whose time is up: where it cannot be made anew it
// is better than none (M8).
func (k *Cache) Held(w http.ResponseWriter, r *http.Request) bool {
	return k.held(w, r, r.RequestURI, true)
}

func (k *Cache) held(w http.ResponseWriter, r *http.Request, key string, over bool) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	k.mu.RLock()
	e := k.packed[key]
	k.mu.RUnlock()
	if e == nil || !over && k.over(e) || (e.ByDestination && Navigates(r)) {
		return false
	}
	if !e.used.Load() { // a write only once: all cores share it
		e.used.Store(true)
	}
	k.answer(w, r, e)
	return true
}

// Navigates reports whether a browser asks for a page to show to a person.
func Navigates(r *http.Request) bool {
	d := r.Header["Sec-Fetch-Dest"]
	return len(d) == 1 && d[0] == "document"
}

// answer sends e in the best encoding that r accepts, or says that the client
// has it.
func (k *Cache) answer(w http.ResponseWriter, r *http.Request, e *packed) {
	i := identity
	if len(e.Body) >= minCompressed {
		i = accepted(r.Header["Accept-Encoding"])
	}
	h := w.Header()
	if BearsVisitor(r) { // C4: what is in our memory may serve, a cache on the way may not
		v := k.ready(e, i)
		for name, values := range v.full {
			h[name] = values
		}
		delete(h, "Etag")
		delete(h, "Last-Modified")
		PrivateOnce.Set(h)
		if r.Method != http.MethodHead {
			w.Write(v.body)
		}
		return
	}
	if v := &e.variants[i]; fresh(r, v.tag, e.LastModified) {
		for name, values := range v.bare {
			h[name] = values
		}
		w.WriteHeader(http.StatusNotModified)
		return
	}
	v := k.ready(e, i)
	for name, values := range v.full {
		h[name] = values
	}
	if r.Method != http.MethodHead {
		w.Write(v.body)
	}
}

// accepted picks the encoding with the highest weight in an Accept-Encoding
// header (RFC 9110 section 12.5.3), of two alike the smaller result.
func accepted(lines []string) int {
	best, bestWeight := identity, 0
	star, gzipWeight, zstdWeight := -1, -1, -1
	for _, line := range lines {
		for line != "" {
			var item string
			item, line, _ = strings.Cut(line, ",")
			name, parameters, _ := strings.Cut(item, ";")
			switch name = strings.TrimSpace(name); {
			case strings.EqualFold(name, "gzip"), strings.EqualFold(name, "x-gzip"):
				gzipWeight = weight(parameters)
			case strings.EqualFold(name, "zstd"):
				zstdWeight = weight(parameters)
			case name == "*":
				star = weight(parameters)
			}
		}
	}
	if gzipWeight < 0 {
		gzipWeight = star // * means what was not named; zstd is too rare to be meant by it
	}
	if gzipWeight > bestWeight {
		best, bestWeight = gzipped, gzipWeight
	}
	if zstdWeight >= bestWeight && zstdWeight > 0 {
		best = zstandard
	}
	return best
}

// weight is the q of an Accept-Encoding item in thousandths, 1000 where it has
// none, 0 where it cannot be read.
func weight(parameters string) int {
	parameters = strings.TrimSpace(parameters)
	if parameters == "" {
		return 1000
	}
	value, ok := strings.CutPrefix(strings.ToLower(parameters), "q=")
	if !ok {
		return 1000
	}
	q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	if err != nil || q < 0 || q > 1 {
		return 0
	}
	return int(q * 1000)
}

// fresh reports whether the client has the document already (RFC 9110 section
// 13.2.2): If-None-Match decides alone where it is there.
func fresh(r *http.Request, tag string, modified time.Time) bool {
	if lines, ok := r.Header["If-None-Match"]; ok {
		for _, line := range lines {
			if line == tag || matches(line, tag) {
				return true
			}
		}
		return false
	}
	since := r.Header["If-Modified-Since"]
	if len(since) != 1 || modified.IsZero() {
		return false
	}
	t, err := http.ParseTime(since[0])
	return err == nil && !modified.Truncate(time.Second).After(t)
}

// matches reports whether the list of an If-None-Match names tag, by weak
// comparison. Proxies that compress rewrite our tag ("…-gzip" by Apache, W/ by
// nginx), and the document is the same in each encoding, so suffixes of
// encodings do not count.
func matches(list, tag string) bool {
	want := bareTag(tag[1 : len(tag)-1])
	for list != "" {
		list = strings.TrimLeft(list, " \t,")
		if strings.HasPrefix(list, "*") {
			return true
		}
		list = strings.TrimPrefix(list, "W/")
		if !strings.HasPrefix(list, `"`) {
			// Not an entity tag. Some clients drop the quotes: take it as it stands.
			item, rest, _ := strings.Cut(list, ",")
			if bareTag(strings.TrimSpace(item)) == want {
				return true
			}
			list = rest
			continue
		}
		item, rest, closed := strings.Cut(list[1:], `"`)
		if closed && bareTag(item) == want {
			return true
		}
		list = rest
	}
	return false
}

// bareTag is a tag without what names an encoding at its end.
func bareTag(tag string) string {
	for {
		cut := len(tag)
		for _, suffix := range []string{"-gzip", ";gzip", "-zstd", "-br", "-deflate"} {
			if s, ok := strings.CutSuffix(tag, suffix); ok {
				cut = len(s)
			}
		}
		if cut == len(tag) {
			return tag
		}
		tag = tag[:cut]
	}
}
