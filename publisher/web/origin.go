package web

import (
	"net"
	"net/http"
	"net/url"
	"strings"
)

// SameOrigin refuses what another site's page posts here (V01, V02). site is our
// public address, which a proxy may hide from the Host header.
//
// What a browser says of where a request comes from decides alone
// (Sec-Fetch-Site); an Origin is only believed where it does not say so, and
// then it must be the site's, or this machine's own where the site is asked for
// by such a name. A Host that is neither is not ours to speak for: a page can
// have its name lead to this machine, and then Host and Origin agree. What has
// neither header comes from no page.
func SameOrigin(e *Errors, site string) (Middleware, error) {
	ours, err := url.Parse(site)
	if err != nil {
		return nil, err
	}
	origin := ours.Scheme + "://" + ours.Host
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if safe(r.Method) {
				next.ServeHTTP(w, r)
				return
			}
			switch judgeOrigin(r, origin) {
			case ourPage:
				next.ServeHTTP(w, r)
			case strangeHost:
				e.Answer(w, r, &Error{Status: http.StatusMisdirectedRequest, Message: "This site has another name."})
			default:
				e.Answer(w, r, &Error{Status: http.StatusForbidden, Message: "This was sent from another site."})
			}
		})
	}, nil
}

// FromOwnPage reports whether a request that SameOrigin let through says that a page
// of ours sent it (V03, V45): what says nothing comes from no browser, or from one so
// old that it must not be trusted with an editor's cookie.
func FromOwnPage(r *http.Request) bool {
	return r.Header.Get("Sec-Fetch-Site") == "same-origin" || r.Header.Get("Origin") != ""
}

// safe reports whether a method changes nothing (RFC 9110 section 9.2.1).
func safe(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}

// originVerdict is where a request comes from.
type originVerdict int

const (
	ourPage originVerdict = iota
	otherPage
	strangeHost
)

func judgeOrigin(r *http.Request, site string) originVerdict {
	from := r.Header["Origin"]
	switch {
	case len(r.Header["Sec-Fetch-Site"]) > 1 || len(from) > 1:
		return otherPage
	case len(r.Header["Sec-Fetch-Site"]) == 1:
		if s := r.Header.Get("Sec-Fetch-Site"); s != "same-origin" && s != "none" {
			return otherPage
		}
	case len(from) == 0:
		return ourPage // no browser
	}
	if len(from) == 0 || strings.EqualFold(from[0], site) {
		return ourPage
	}
	u, err := url.Parse(from[0])
	switch {
	case err != nil || u.Host == "" || !strings.EqualFold(u.Host, r.Host), strings.HasSuffix(site, "://"+u.Host):
		return otherPage
	case isLocal(u.Hostname()):
		return ourPage // asked for at this machine itself
	}
	return strangeHost
}

// isLocal reports whether a host name is this machine's own, by which it may be
// asked for whatever the site is called.
func isLocal(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
