// Package fetch asks servers for documents, politely: with validators, size and
// time limits, one request a host, obedience to Retry-After, and no way to
// private hosts. It follows redirects itself, for Go's client forwards
// validators, a Referer and secret headers. What a document means is not its
// business. New makes a Client; Client.Get fetches one address.
package fetch

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"courant/db/text"
)

const (
	maxHops = 10 // redirects followed (P64)
	// accept lists feed types first; it never varies (P07).
	accept         = "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, text/html;q=0.5, */*;q=0.1"
	acceptEncoding = "gzip, zstd" // each of them decodes (P08)
	// feedDelta is how a feed is asked to be cut to what is new since an ETag (RFC
	// 3229, with the instance manipulation that feeds use): any reader of feeds takes in
	// what such a cut one has.
	feedDelta = "feed"
)

// Config is what a Client needs to know. Zero values of times and sizes are not
// replaced: the caller has the configuration's defaults.
type Config struct {
	UserAgent    string        // "courant/1.2 (+https://…)" (P03)
	Timeout      time.Duration // of a whole fetch, less the time we make the server wait
	MaxBody      int64         // bytes of a decoded document
	Workers      int           // fetches at once, for what connections are kept
	AllowPrivate bool          // dial loopback and private addresses too
	Proxy        string        // http, https, socks5 or socks5h address; with the last no name is looked up here
	HostGap      time.Duration
	DomainPause  bool
	Now          func() time.Time
	// Allow is asked right before each request goes out: where it gives an error, none
	// does. nil: all may.
	Allow     func() error
	Transport http.RoundTripper // nil: the network
	// Lookup resolves a name, to know what a proxy would be asked for; nil: as
	// this machine does.
	Lookup func(ctx context.Context, host string) ([]netip.Addr, error)
}

// Client fetches. It is safe for concurrent use.
type Client struct {
	Hosts  *Hosts
	c      Config
	guard  *guard
	bodies *bodies
	secure http.RoundTripper
	// insecure is made for the first source that asks for it (P95).
	insecure func() (http.RoundTripper, error)
}

// New returns a Client.
func New(c Config) (*Client, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	k := &Client{
		Hosts: NewHosts(c.HostGap, c.DomainPause, c.Now), c: c, guard: newGuard(c), bodies: newBodies(c.MaxBody),
		secure: c.Transport, insecure: func() (http.RoundTripper, error) { return c.Transport, nil },
	}
	if c.Transport != nil {
		return k, nil
	}
	t, err := NewTransport(c, false)
	if err != nil {
		return nil, err
	}
	k.secure = t
	k.insecure = sync.OnceValues(func() (http.RoundTripper, error) { return NewTransport(c, true) })
	return k, nil
}

// Close drops the connections that are kept.
func (k *Client) Close() {
	for _, get := range []func() (http.RoundTripper, error){k.insecure, func() (http.RoundTripper, error) { return k.secure, nil }} {
		if t, err := get(); err == nil {
			if t, ok := t.(interface{ CloseIdleConnections() }); ok {
				t.CloseIdleConnections()
			}
		}
	}
}

// Request is one document to fetch.
type Request struct {
	URL            string            // may hold user name and password
	Named          bool              // URL is what a source's owner wrote, who may mean a link-local address
	ETag           string            // validators, byte for byte as they came (RFC 9110 section 13.1)
	LastModified   string            //
	ValidatorsFor  string            // the address they came from; no other gets them (P20)
	Whole          bool              // no delta is asked for: what the document lacks is to be known
	Headers        map[string]string // secret: for the origin of URL only (P65)
	Username       string
	Password       string
	UserAgent      string // empty: the client's
	InsecureTLS    bool
	AllowDowngrade bool // from https to http, in a redirect
}

// Hop is a redirect that was followed.
type Hop struct {
	Status int
	To     string // the target, without a password
}

// Permanent reports whether the redirect was meant for good (RFC 9110 section 15.4).
func (h Hop) Permanent() bool {
	return h.Status == http.StatusMovedPermanently || h.Status == http.StatusPermanentRedirect
}

// Answer is what came of a request. Get gives as much of it as it got even
// where it fails. Release must be called once Body is not used any more.
type Answer struct {
	URL          string // that answered last, without a password
	Sent         bool   // whether any request was made
	Status       int    // 0: no answer
	Hops         []Hop
	Conditional  bool   // whether validators went to URL
	NotModified  bool   // 304: no body
	Delta        bool   // 226: Body has what is new since the validators (RFC 3229), and maybe no more
	Body         []byte // decoded
	Bytes        int64  // of the body over the wire
	ContentType  string
	Links        []string // Link headers
	Refresh      string   // the header of that name
	Robots       []string // X-Robots-Tag headers
	ETag         string   // "" where the answer has none
	LastModified string
	Fresh        Freshness
	RetryAfter   time.Duration // whatever the status
	Challenge    bool          // a bot challenge, not a verdict on the feed
	Pause        *Pause        // of the host, to be stored
	Took         time.Duration

	deltas bool // a delta was asked for
	buf    *buffer
}

// Release gives Body's memory back.
func (a *Answer) Release() {
	if a.buf != nil {
		a.buf.release()
		a.buf, a.Body = nil, nil
	}
}

// Get fetches r. It sends validators as If-None-Match and If-Modified-Since; on
// 304 the Answer has no Body and NotModified is true. The error is nil or an
// *Error, in which no secret stands.
func (k *Client) Get(ctx context.Context, r Request) (*Answer, error) {
	start := k.c.Now()
	ctx, w := newWatch(ctx, k.c.Timeout, k.c.Now)
	defer w.stop()
	a := &Answer{URL: text.Redact(r.URL)}
	err := k.follow(ctx, w, r, a)
	a.Took = k.c.Now().Sub(start)
	if err == nil {
		return a, nil
	}
	a.Release()
	if e, ok := errors.AsType[*Error](err); ok {
		if e.Status == 0 {
			e.Status = a.Status
		}
		return a, e
	}
	return a, &Error{Kind: Temporary, Status: a.Status, Err: plain(err)}
}

// request is the one form that all our requests have.
func (k *Client) request(ctx context.Context, r Request, at place, a *Answer) *http.Request {
	agent := r.UserAgent
	if agent == "" {
		agent = k.c.UserAgent
	}
	h := http.Header{"User-Agent": {agent}, "Accept": {accept}, "Accept-Encoding": {acceptEncoding}}
	req := (&http.Request{
		Method: http.MethodGet, URL: asWritten(at.u), Host: at.u.Host, Header: h,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}).WithContext(ctx)
	a.Conditional, a.deltas = false, false
	if r.ValidatorsFor == a.URL {
		if r.ETag != "" {
			h["If-None-Match"] = []string{r.ETag}
			if a.Conditional = true; !r.Whole {
				h["A-Im"] = []string{feedDelta}
				a.deltas = true
			}
		}
		if r.LastModified != "" && LastModifiedUsable(r.LastModified, k.c.Now()) {
			h["If-Modified-Since"] = []string{r.LastModified}
			a.Conditional = true
		}
	}
	if at.secrets {
		if r.Username != "" || r.Password != "" {
			req.SetBasicAuth(r.Username, r.Password)
		}
		for name, value := range r.Headers {
			h.Set(name, value)
		}
		if host := h.Get("Host"); host != "" {
			req.Host = host
			h.Del("Host")
		}
	}
	if set := at.cookies.header(at.u); set != "" {
		if own := h.Get("Cookie"); own != "" { // the source's own come first
			set = own + "; " + set
		}
		h.Set("Cookie", set)
	}
	return req
}

// asWritten is u with its path as it was configured, where package url would
// escape more of it than HTTP needs (P06).
func asWritten(u *url.URL) *url.URL {
	if u.RawPath == "" || u.RawPath == u.EscapedPath() || strings.HasPrefix(u.RawPath, "//") {
		return u
	}
	exact := *u
	exact.Opaque = u.RawPath
	return &exact
}

// take reads what an answer says.
func (k *Client) take(ctx context.Context, w *watch, u *url.URL, res *http.Response, a *Answer) (to string, err error) {
	now := k.c.Now()
	a.Status = res.StatusCode
	a.RetryAfter = retryAfter(res.Header, now)
	a.Fresh = freshness(res.Header, now)
	a.ETag, a.LastModified = validator(res.Header, "Etag"), validator(res.Header, "Last-Modified")
	a.ContentType = res.Header.Get("Content-Type")
	a.Links, a.Refresh = res.Header.Values("Link"), res.Header.Get("Refresh")
	a.Robots = res.Header.Values("X-Robots-Tag")
	k.pauses(u.Hostname(), a)
	switch {
	case a.Status == http.StatusNotModified:
		if !a.Conditional {
			return "", fail(Broken, "304 Not Modified although nothing was asked that could be") // P27
		}
		a.NotModified = true
		return "", nil
	case a.Status >= 300 && a.Status < 400:
		if to = res.Header.Get("Location"); to == "" {
			return "", fail(Broken, "%s without a Location", statusText(a.Status)) // P79
		}
		return to, nil
	case a.Status == http.StatusIMUsed:
		if !a.deltas || !strings.EqualFold(strings.TrimSpace(res.Header.Get("IM")), feedDelta) {
			return "", fail(Broken, "%s although nothing was asked that could be", statusText(a.Status)) // P78
		}
		a.Delta = true
	case a.Status != http.StatusOK && a.Status != http.StatusNonAuthoritativeInfo: // 203 is a 200 that was changed on the way (RFC 9110 section 15.3.4)
		a.Challenge = strings.EqualFold(res.Header.Get("Cf-Mitigated"), "challenge")
		return "", a.failure()
	}
	f, n, err := k.bodies.read(ctx, w, res.Body, contentCodings(res.Header))
	a.Bytes = n
	if err != nil {
		return "", k.bodyFailure(ctx, err)
	}
	a.buf, a.Body = f, f.data
	return "", nil
}

// failure is the Error of a status that brings no document.
func (a *Answer) failure() *Error {
	e := &Error{Kind: Broken, Status: a.Status, RetryAfter: a.RetryAfter, Err: errors.New("the server answered " + statusText(a.Status))}
	switch a.Status {
	case http.StatusTooManyRequests:
		e.Kind = Throttled
	case http.StatusNotFound:
		e.Kind = Missing
	case http.StatusGone:
		e.Kind = Gone
	case http.StatusUnauthorized, http.StatusProxyAuthRequired:
		e.Kind = Locked
	case http.StatusForbidden:
		e.Kind = Forbidden
		if a.Challenge {
			e.Err = errors.New("the server answered 403 with a bot challenge")
		}
	case http.StatusRequestTimeout:
		e.Kind = Temporary
	default:
		if a.Status >= 500 {
			e.Kind = Temporary
		}
	}
	return e
}

// bodyFailure says in our words why a body could not be read.
func (k *Client) bodyFailure(ctx context.Context, err error) *Error {
	cause := context.Cause(ctx)
	switch {
	case errors.Is(err, errLarge):
		return fail(Broken, "the document is larger than max_body (%d bytes)", k.c.MaxBody)
	case cause != nil && cause != context.Canceled:
		return &Error{Kind: Temporary, Err: cause}
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fail(Temporary, "the body ended before its end")
	}
	return fail(Broken, "the body could not be read: %w", plain(err))
}
