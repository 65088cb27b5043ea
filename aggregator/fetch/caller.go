package fetch

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"time"
)

const (
	// callsKept is how many connections a Caller keeps, and callIdle for how long: a
	// burst of news goes to the same few places, and then to none for hours.
	callsKept = 64
	callIdle  = 10 * time.Second
	// callHead bounds an answer's head: nobody reads more of it than a few lines.
	callHead = 64 << 10
)

// Caller makes requests that are no polls: to those who subscribed to feeds of
// ours, and to hubs. It dials what a Client dials and nothing else, and follows no
// redirect. It is an http.RoundTripper, safe for concurrent use.
type Caller struct {
	agent     string
	guard     *guard
	transport http.RoundTripper
}

// NewCaller returns a Caller; of c only what concerns connections counts.
func NewCaller(c Config) (*Caller, error) {
	k := &Caller{agent: c.UserAgent, guard: newGuard(c), transport: c.Transport}
	if k.transport != nil {
		return k, nil
	}
	t, err := NewTransport(c, false)
	if err != nil {
		return nil, err
	}
	t.MaxIdleConns, t.MaxIdleConnsPerHost, t.IdleConnTimeout, t.MaxResponseHeaderBytes = callsKept, callsKept, callIdle, callHead
	k.transport = t
	return k, nil
}

// RoundTrip implements http.RoundTripper. Its errors are in plain words, and name
// no address.
func (k *Caller) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := k.Refuses(req.Context(), req.URL); err != nil {
		if req.Body != nil {
			req.Body.Close()
		}
		return nil, err
	}
	if req.Header.Get("User-Agent") == "" {
		req = req.Clone(req.Context())
		req.Header.Set("User-Agent", k.agent)
	}
	res, err := k.transport.RoundTrip(req)
	if err != nil {
		return nil, dialFailure(req.Context(), err)
	}
	return res, nil
}

// Refuses says why nothing is sent to u, as far as the address tells; nil where it
// tells nothing: what its host leads to is seen as it is dialled.
func (k *Caller) Refuses(ctx context.Context, u *url.URL) error {
	if u.Scheme != "http" && u.Scheme != "https" {
		return refuse(errors.New("not an http or https address"))
	}
	if ip, ok := literal(u.Hostname()); ok {
		if err := k.guard.refuse(ip, netip.Addr{}); err != nil {
			return refuse(err)
		}
	}
	if err := k.guard.host(ctx, u.Hostname(), netip.Addr{}); err != nil {
		return refuse(err)
	}
	return nil
}
