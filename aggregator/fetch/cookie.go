package fetch

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
)

const (
	maxCookies = 50   // of one answer, as browsers have it
	maxCookie  = 4096 // bytes of a name and its value
)

// cookies are what servers set while one fetch goes from redirect to redirect.
// Some send everybody once round to find out whether a cookie sticks, and
// answer nothing else to those without (P106). Each origin has a jar of its
// own: what it set goes back to it alone, and nothing is left after the fetch
// (P04).
type cookies map[string]*cookiejar.Jar

// keep takes what a redirect from u sets.
func (c cookies) keep(u *url.URL, res *http.Response) {
	var list []*http.Cookie
	for _, set := range res.Cookies() {
		if len(set.Name)+len(set.Value) <= maxCookie && len(list) < maxCookies {
			list = append(list, set)
		}
	}
	if len(list) == 0 {
		return
	}
	jar := c[origin(u)]
	if jar == nil {
		jar, _ = cookiejar.New(nil) // it fails for no options
		c[origin(u)] = jar
	}
	jar.SetCookies(u, list)
}

// header is the Cookie header of a request to u, "" for none.
func (c cookies) header(u *url.URL) string {
	jar := c[origin(u)]
	if jar == nil {
		return ""
	}
	var pairs []string
	for _, set := range jar.Cookies(u) {
		set.Quoted = false // with its quotes or without, it is the same value
		pairs = append(pairs, set.String())
	}
	return strings.Join(pairs, "; ")
}

// origin is RFC 6454's: two addresses of one origin have the same.
func origin(u *url.URL) string {
	return u.Scheme + "://" + strings.ToLower(u.Hostname()) + " " + port(u)
}
