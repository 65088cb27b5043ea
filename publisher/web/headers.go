package web

import (
	"math"
	"net/http"
	"strconv"
	"time"
)

// Lifetime is for how long an answer holds and for whom: what Cache-Control
// says of it (RFC 9111 section 5.2).
type Lifetime string

// The lifetimes of all that we answer (C4).
const (
	// Feed: readers poll it no sooner, and a proxy may go on with the old one
	// while we are away.
	Feed Lifetime = "public, max-age=300, stale-while-revalidate=60, stale-if-error=86400"
	// Archive is for what gains nothing any more, and may still be corrected (H2).
	Archive Lifetime = "public, max-age=3600"
	// Day is for what changes with the configuration alone.
	Day Lifetime = "public, max-age=86400"
	// Moved is for where something is now: it does not move back, but a slug may
	// still be mended.
	Moved Lifetime = "public, max-age=3600"
	// Ask is for pages: a reader may hold them, and asks each time.
	Ask Lifetime = "no-cache"
	// NoStore is for what holds at this moment alone.
	NoStore Lifetime = "no-store"
	// PrivateOnce is for one reader, this once.
	PrivateOnce Lifetime = "private, no-store"
	// Unsaid leaves it to whoever gets the answer.
	Unsaid Lifetime = ""
)

// Set says l in h.
func (l Lifetime) Set(h http.Header) {
	if l != Unsaid {
		h["Cache-Control"] = []string{string(l)}
	}
}

// Header is a header that says l and nothing else.
func (l Lifetime) Header() http.Header {
	h := http.Header{}
	l.Set(h)
	return h
}

// Headers sets on each answer what shields readers (V78). policy is the
// Content-Security-Policy.
func Headers(policy string) http.Header {
	return http.Header{
		"Content-Security-Policy": {policy},
		"X-Content-Type-Options":  {"nosniff"}, // C11
		"Referrer-Policy":         {"strict-origin-when-cross-origin"},
		"X-Frame-Options":         {"DENY"},
		"Vary":                    {"Accept-Encoding"}, // C3
	}
}

// SetHeaders sets header on each answer before it is made.
func SetHeaders(header http.Header) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h := w.Header()
			for name, values := range header {
				h[name] = values
			}
			next.ServeHTTP(w, r)
		})
	}
}

// AllowAny lets the scripts of any site read the answer (C7).
func AllowAny(h http.Header) { h.Set("Access-Control-Allow-Origin", "*") }

// preflightHolds is how long a browser need not ask again, in seconds: a day,
// the most that any of them takes.
const preflightHolds = "86400"

// AllowPreflight says what a script of another site may ask a feed.
func AllowPreflight(h http.Header) {
	AllowAny(h)
	h.Set("Access-Control-Allow-Methods", "GET, HEAD, OPTIONS")
	h.Set("Access-Control-Allow-Headers", "If-None-Match, If-Modified-Since, A-IM")
	h.Set("Access-Control-Max-Age", preflightHolds)
}

// FileHeader is what answers carry that are neither page nor feed, such as a
// subscription list: they hold as long as a feed, and any site may read them.
func FileHeader() http.Header {
	h := Feed.Header()
	AllowAny(h)
	return h
}

// FeedHeader is what answers with a feed carry beside their own: for how long
// they hold (C4), that any site may read them (C7), and that search engines
// should show the pages instead (C10). self is the feed's address, hub that of its
// WebSub hub (W1), empty where there is none.
func FeedHeader(self, hub string) http.Header {
	h := FileHeader()
	h.Set("Access-Control-Expose-Headers", "ETag, Last-Modified, Link")
	h.Set("Link", "<"+self+`>; rel="self"`)
	if hub != "" {
		h.Add("Link", "<"+hub+`>; rel="hub"`)
	}
	unlist(h)
	return h
}

// ArchiveHeader is FeedHeader of an archive document, which brings no news that a hub
// could tell of.
func ArchiveHeader(self string) http.Header {
	h := FeedHeader(self, "")
	Archive.Set(h)
	return h
}

// Unlisted is what keeps a page out of search engines, not what it links to.
func Unlisted() http.Header {
	h := http.Header{}
	unlist(h)
	return h
}

func unlist(h http.Header) { h.Set("X-Robots-Tag", "noindex, follow") }

// SetPrivate is what answers to editors carry: they are for one person, this once;
// no search engine lists them, and no other site learns the address of one.
func SetPrivate(h http.Header) {
	PrivateOnce.Set(h)
	h.Set("X-Robots-Tag", "noindex, nofollow")
	h.Set("Referrer-Policy", "same-origin")
}

// SetPolicy is for a page that needs another Content-Security-Policy than the
// site's.
func SetPolicy(h http.Header, policy string) { h.Set("Content-Security-Policy", policy) }

// SetRetryAfter says when it is worth while to ask again (RFC 9110 section 10.2.3).
func SetRetryAfter(h http.Header, wait time.Duration) {
	h.Set("Retry-After", strconv.Itoa(int(math.Ceil(max(wait, time.Second).Seconds()))))
}

// Redirect sends the reader on to address, a path of ours.
func Redirect(w http.ResponseWriter, r *http.Request, address string, status int, l Lifetime) {
	l.Set(w.Header())
	http.Redirect(w, r, address, status)
}

// OncePacked is Once, compressed where the reader takes that. It is for answers that
// no page of another site can have made (see SameOrigin): what such a page put into
// one could tell it by its length what else is in there.
func OncePacked(w http.ResponseWriter, r *http.Request, status int, contentType string, l Lifetime, body []byte) error {
	if len(body) >= minCompressed {
		if i := accepted(r.Header["Accept-Encoding"]); i != identity {
			w.Header().Set("Content-Encoding", codingName[i])
			body = compress(body, i)
		}
	}
	return Once(w, r, status, contentType, l, body)
}

// Once answers with what is made for this request alone. An error means that
// its reader has gone.
func Once(w http.ResponseWriter, r *http.Request, status int, contentType string, l Lifetime, body []byte) error {
	h := w.Header()
	h.Set("Content-Type", contentType)
	l.Set(h)
	w.WriteHeader(status)
	if r.Method == http.MethodHead {
		return nil
	}
	_, err := w.Write(body)
	return err
}
