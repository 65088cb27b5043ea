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
)

// Config is what a Client needs to know. Zero values of times and sizes are not
// replaced: the caller has the configuration's defaults.
type Config struct {
	UserAgent    string        // "courant/1.2 (+https://…)" (P03)
	Timeout      time.Duration // of a whole fetch, less the time we make the server wait
	MaxBody      int64         // bytes of a decoded document
	Workers      int           // fetches at once, for what connections are kept
	AllowPrivate bool          // dial loopback and private addresses too
	Proxy        string
	HostGap      time.Duration
	DomainPause  bool
	Now          func() time.Time
	Transport    http.RoundTripper // nil: the network
}

// Client fetches. It is safe for concurrent use.
type Client struct {
	Hosts  *Hosts
	c      Config
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
		Hosts: NewHosts(c.HostGap, c.DomainPause, c.Now), c: c, bodies: newBodies(c.MaxBody),
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
	ETag           string            // validators, byte for byte as they came (RFC 9110 section 13.1)
	LastModified   string            //
	ValidatorsFor  string            // the address they came from; no other gets them (P20)
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
	Body         []byte // decoded
	Bytes        int64  // of the body over the wire
	ContentType  string
	ETag         string // "" where the answer has none
	LastModified string
	Fresh        Freshness
	RetryAfter   time.Duration // whatever the status
	Challenge    bool          // a bot challenge, not a verdict on the feed
	Pause        *Pause        // of the host, to be stored
	Took         time.Duration

	buf *buffer
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

// follow goes from hop to hop until an answer is no redirect.
func (k *Client) follow(ctx context.Context, w *watch, r Request, a *Answer) error {
	u, err := address(r.URL, nil)
	if err != nil {
		return refuse(err)
	}
	if u.User != nil {
		r.Username = u.User.Username()
		r.Password, _ = u.User.Password()
		u.User = nil
	}
	at := place{u: u, secrets: true, cookies: cookies{}}
	seen, first := map[string]bool{}, map[string]int{}
	for hops := 0; ; hops++ {
		u := at.u
		if k.c.Proxy != "" && !k.c.AllowPrivate && literalRefused(u.Hostname()) {
			return fail(Refused, "the host is a private address (allow_private_networks = false)")
		}
		if hops > maxHops {
			return fail(Broken, "more than %d redirects", maxHops)
		}
		a.URL = u.String()
		request := a.URL + " " + at.cookies.header(u)
		if seen[request] {
			return fail(Broken, "the redirects go in a circle")
		}
		seen[request] = true
		if n, again := first[a.URL]; again {
			a.Hops = a.Hops[:n] // back with a cookie: the way round led nowhere
		} else {
			first[a.URL] = len(a.Hops)
		}
		to, err := k.hop(ctx, w, r, at, a)
		if err != nil || to == "" {
			return err
		}
		next, err := address(to, u)
		if err != nil {
			return refuse(err)
		}
		next.User = nil // a server cannot tell us whom to be
		if u.Scheme == "https" && next.Scheme == "http" && !r.AllowDowngrade {
			return fail(Refused, "a redirect from https to http (allow_downgrade = false)")
		}
		at.secrets = at.secrets && sameOrigin(u, next) // once lost, they stay lost
		a.Hops = append(a.Hops, Hop{Status: a.Status, To: next.String()})
		at.u = next
	}
}

// place is where a fetch stands on its way, and what it has to show there.
type place struct {
	u       *url.URL
	secrets bool    // the source's own may be shown
	cookies cookies // set on the way
}

// refuse makes an Error of what address says.
func refuse(err error) error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return &Error{Kind: Refused, Err: err}
}

// hop makes one request and returns where it leads, or "" when a holds what
// came of it.
func (k *Client) hop(ctx context.Context, w *watch, r Request, at place, a *Answer) (to string, err error) {
	w.pause()
	release, err := k.Hosts.Acquire(ctx, at.u.Hostname())
	w.resume()
	if err != nil {
		return "", err
	}
	defer release()
	req := k.request(ctx, r, at, a)
	t := k.secure
	if r.InsecureTLS {
		if t, err = k.insecure(); err != nil {
			return "", err
		}
	}
	w.awaitHead()
	a.Sent, a.Status = true, 0
	res, err := t.RoundTrip(req)
	if err != nil {
		return "", dialFailure(ctx, err)
	}
	defer res.Body.Close()
	w.awaitBody()
	defer drain(res)
	if to, err = k.take(ctx, w, at.u, res, a); to != "" {
		at.cookies.keep(at.u, res)
	}
	return to, err
}

// drain reads what little is left of a body, so that the connection can serve
// the host's next feed (P96).
func drain(res *http.Response) {
	const little = 4 << 10
	if res.ContentLength >= 0 && res.ContentLength <= little {
		io.Copy(io.Discard, res.Body)
	}
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
	a.Conditional = false
	if r.ValidatorsFor == a.URL {
		if r.ETag != "" {
			h["If-None-Match"] = []string{r.ETag}
			a.Conditional = true
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
