package pages

import (
	"net/url"
	"strings"

	"golang.org/x/net/publicsuffix"

	"courant/db"
)

// stubWords is the length below which an article's text is taken for an
// announcement of what stands elsewhere.
const stubWords = 80

// stub reports whether most of a stands at its original.
func stub(a db.Article) bool { return a.Link != "" && a.Words < stubWords }

// host is the host of an address as people name it, or empty.
func host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
}

// elsewhere is the host that a leads to where it is none of its source's own:
// the entry of a link blog. Empty where it is, or where nobody can say.
func elsewhere(a db.Article, s db.Source) string {
	to := host(a.Link)
	if to == "" || s.FeedLink == "" {
		return ""
	}
	for _, own := range []string{s.FeedLink, s.URL} {
		if site(host(own)) == site(to) {
			return ""
		}
	}
	return to
}

// site is the part of a host that one owner has (https://publicsuffix.org), or
// all of it.
func site(host string) string {
	if s, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		return s
	}
	return host
}
