package fetch

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"net/url"
)

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
	if r.Named {
		at.named, _ = literal(u.Hostname())
	}
	ctx = context.WithValue(ctx, namedKey{}, at.named)
	seen, first := map[string]bool{}, map[string]int{}
	for hops := 0; ; hops++ {
		u := at.u
		if err := k.guard.host(ctx, u.Hostname(), at.named); err != nil {
			return refuse(err)
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
	secrets bool       // the source's own may be shown
	cookies cookies    // set on the way
	named   netip.Addr // the link-local address that may be asked
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
	if k.c.Allow != nil {
		if err := k.c.Allow(); err != nil {
			return "", &Error{Kind: Temporary, Err: err}
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
