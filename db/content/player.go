package content

import (
	"net/url"
	"strings"

	xhtml "golang.org/x/net/html"
)

// playerElements are elements that a script makes players of, with the address
// before what they play.
var playerElements = map[string]string{
	"lite-youtube": "https://www.youtube.com/watch?v=", "youtube-lite": "https://www.youtube.com/watch?v=", "youtube-embed": "https://www.youtube.com/watch?v=",
	"amp-youtube": "https://www.youtube.com/watch?v=", "g-youtube": "https://www.youtube.com/watch?v=",
	"lite-vimeo": "https://vimeo.com/", "vimeo-embed": "https://vimeo.com/", "amp-vimeo": "https://vimeo.com/",
	"amp-dailymotion": "https://www.dailymotion.com/video/", "amp-instagram": "https://www.instagram.com/p/", "amp-twitter": "https://twitter.com/i/status/",
	"amp-tiktok": "https://www.tiktok.com/embed/v2/", "amp-reddit": "", "amp-facebook": "",
}

// playerIDs are the attributes that say what they play, or where it is.
var playerIDs = []string{"videoid", "video-id", "data-videoid", "data-video-id", "data-shortcode", "data-tweetid", "data-src", "data-href", "playlabel", "videotitle", "data-title", "src"}

// labels are those of them that are its title.
var labels = map[string]bool{"playlabel": true, "videotitle": true, "data-title": true}

// player puts the link to what such an element plays in its place.
func (d *Draft) player(n *xhtml.Node, linked bool) {
	to, label := "", oneLine(attr(n, "title"))
	for _, key := range playerIDs {
		value := strings.TrimSpace(attr(n, key))
		switch {
		case value == "":
		case labels[key]:
			if label == "" {
				label = oneLine(value)
			}
		case to != "":
		case strings.Contains(value, "//"):
			to = d.afford(value, Link)
		case playerElements[n.Data] != "" && isPlayerID(value):
			to = d.afford(playerElements[n.Data]+value, Link)
		}
	}
	d.play(n, to, label, linked)
	remove(n)
}

// play puts a link to what is played before n, once for each.
func (d *Draft) play(n *xhtml.Node, to, label string, linked bool) {
	u, err := url.Parse(to)
	if to == "" || err != nil {
		return
	}
	to = watchPage(u, to)
	if !d.frames[to] {
		d.frames[to] = true
		n.Parent.InsertBefore(frameLink(to, label, linked), n)
	}
}

// isPlayerID reports whether s is what players call a film by.
func isPlayerID(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') && c != '-' && c != '_' {
			return false
		}
	}
	return len(s) <= 64
}

// placeholder puts a link before an element that a script would fill with a
// player: it names the player's address, or a film at one (plyr).
func (d *Draft) placeholder(n *xhtml.Node, linked bool) {
	if id := attr(n, "data-plyr-embed-id"); id != "" {
		before := map[string]string{"youtube": playerElements["lite-youtube"], "vimeo": playerElements["lite-vimeo"]}[attr(n, "data-plyr-provider")]
		switch {
		case strings.Contains(id, "//"):
			d.play(n, d.afford(id, Link), "", linked)
		case before != "" && isPlayerID(id):
			d.play(n, d.afford(before+id, Link), "", linked)
		}
		return
	}
	for _, a := range n.Attr {
		if !strings.HasPrefix(a.Key, "data-") || !strings.Contains(a.Val, "//") || len(a.Val) > maxURL {
			continue
		}
		to := Link(d.base, a.Val)
		u, err := url.Parse(to)
		if to == "" || err != nil || !IsFilm(watchPage(u, to)) && !(players[u.Host] && strings.Contains(u.Path, "embed")) {
			continue
		}
		if to = d.afford(a.Val, Link); to != "" {
			d.play(n, to, oneLine(attr(n, "data-title")), linked)
		}
		return
	}
}
