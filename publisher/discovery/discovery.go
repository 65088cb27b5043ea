// Package discovery makes what tells programs where things are: robots.txt, the
// sitemap, the lists of sources and of feeds. From the store to bytes: it knows
// no HTTP. Each method also says when what it tells of last changed, the zero
// time where that means nothing.
package discovery

import (
	"strings"

	"courant/db"
	"courant/publisher/channels"
)

// Discovery tells of one site. Safe for concurrent use.
type Discovery struct {
	store    *db.DB
	channels *channels.Channels
}

// New returns what tells of the site of c, whose store is store.
func New(store *db.DB, c *channels.Channels) *Discovery {
	return &Discovery{store: store, channels: c}
}

// Robots asks crawlers to leave alone what is not for them (F4): the desk,
// what searches find, and the many views of a thread, which its page has all of (RFC
// 9309 section 2.2.3: * stands for any characters, $ for the end). What is left they are asked to use
// as u says; that an article is asked more for, only its own answer tells, which
// counts beside this (F5).
func (d *Discovery) Robots(u Usage) []byte {
	var b strings.Builder
	b.WriteString("User-agent: *\nDisallow: /desk\nDisallow: /search\nAllow: /search$\n")
	for _, name := range []string{"reply", "thread", "sort"} {
		b.WriteString("Disallow: /*?" + name + "=\nDisallow: /*&" + name + "=\n")
	}
	b.WriteString("Allow: /\n" + u.rules() + "\n")
	for _, path := range []string{"/sitemap.xml", NewsPath} {
		b.WriteString("Sitemap: " + d.channels.Site().Base + path + "\n")
	}
	return []byte(b.String())
}
