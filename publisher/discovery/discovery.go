// Package discovery makes what tells programs where things are: robots.txt, the
// sitemap, the lists of sources and of feeds. From the store to bytes: it knows
// no HTTP. Each method also says when what it tells of last changed, the zero
// time where that means nothing.
package discovery

import (
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

// Robots asks crawlers to leave alone what is not for them (F4).
func (d *Discovery) Robots() []byte {
	return []byte("User-agent: *\nDisallow: /desk\nDisallow: /search\nAllow: /\n\nSitemap: " + d.channels.Site().Base + "/sitemap.xml\n")
}
