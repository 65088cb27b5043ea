package content

import (
	"net/url"
	"strings"

	xhtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"courant/db/text"
)

// frame is one that is no player's, as far as we know.
type frame struct{ to, label string }

// embed turns a frame or a plug-in into a link: what it would load is somebody
// else's program. Each player has one, however often it stands there.
func (d *Draft) embed(n *xhtml.Node, linked bool) {
	to := d.frameAddress(n)
	// WordPress's "?secret=" belongs to a quotation whose link stands before it.
	label := oneLine(attr(n, "title"))
	u, err := url.Parse(to)
	if to == "" || err != nil || isTiny(attr(n, "width")) || isTiny(attr(n, "height")) || parseStyle(attr(n, "style")).hides() || isAdvert(u, label) || strings.HasPrefix(u.Fragment, "?secret=") {
		remove(n)
		return
	}
	to = watchPage(u, to)
	known := players[u.Host] || d.base != nil && u.Host == strings.ToLower(d.base.Host) || playerPath().MatchString(u.Path)
	switch {
	case d.frames[to]:
	case known || label != "":
		d.frames[to] = true
		link := frameLink(to, label, linked)
		if img := d.framePicture(n); img != nil && !linked {
			link.InsertBefore(img, link.FirstChild)
			link.LastChild.Data = " " + PlaySign + " " + link.LastChild.Data
		}
		n.Parent.InsertBefore(link, n)
	case len(d.left) < maxLeft:
		d.left = append(d.left, frame{to, label})
	}
	remove(n)
}

// maxLeft is how many frames of a body are shown that are all there is.
const maxLeft = 10

// frameLink is the link to what a frame would show: its title, else its address.
func frameLink(to, label string, linked bool) *xhtml.Node {
	if label == "" {
		label = to
	}
	text := &xhtml.Node{Type: xhtml.TextNode, Data: label}
	if linked {
		return text
	}
	link := &xhtml.Node{
		Type: xhtml.ElementNode, Data: "a", DataAtom: atom.A,
		Attr: []xhtml.Attribute{{Key: "href", Val: to}, {Key: "rel", Val: linkRel}},
	}
	link.AppendChild(text)
	return link
}

// framePicture is the picture that a frame bears until its player is asked for,
// nil where it has none.
func (d *Draft) framePicture(n *xhtml.Node) *xhtml.Node {
	for _, key := range []string{"data-poster", "data-thumbnail", "data-thumb", "data-image", "data-preview", "data-placeholder-image"} {
		if ref := attr(n, key); canBePicture(ref, false) {
			if src := d.fileLink(ref); src != "" {
				return &xhtml.Node{Type: xhtml.ElementNode, Data: "img", DataAtom: atom.Img, Attr: []xhtml.Attribute{
					{Key: "src", Val: src}, {Key: "alt"}, {Key: "loading", Val: "lazy"}, {Key: "referrerpolicy", Val: "no-referrer"},
				}}
			}
		}
	}
	return nil
}

// lastResort shows the frames of strangers where a body would be nothing
// without them.
func (d *Draft) lastResort() {
	if len(d.left) == 0 || textOf(d.root) != "" || holdsMedium(d.root) {
		return
	}
	for _, f := range d.left {
		if !d.frames[f.to] {
			d.frames[f.to] = true
			p := &xhtml.Node{Type: xhtml.ElementNode, Data: "p", DataAtom: atom.P}
			p.AppendChild(frameLink(f.to, f.label, false))
			d.root.AppendChild(p)
		}
	}
}

// holdsMedium reports whether there is something to see or hear inside n.
func holdsMedium(n *xhtml.Node) bool {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.DataAtom == atom.Img || elements[c.DataAtom] == medium || holdsMedium(c) {
			return true
		}
	}
	return false
}

// frameAddress is what a frame or a plug-in would load, or a script would make
// it load.
func (d *Draft) frameAddress(n *xhtml.Node) string {
	refs := []string{attr(n, "src"), attr(n, "data")}
	for _, key := range []string{"data-src", "data-lazy-src"} {
		if ref := attr(n, key); strings.Contains(ref, "/") {
			refs = append(refs, ref)
		}
	}
	for _, a := range n.Attr {
		if strings.HasPrefix(a.Key, "data-") && (strings.Contains(a.Val, "://") || strings.HasPrefix(a.Val, "//")) && !canBePicture(a.Val, false) {
			refs = append(refs, a.Val)
		}
	}
	if n.DataAtom == atom.Object {
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			switch name := strings.ToLower(attr(c, "name")); {
			case c.DataAtom == atom.Embed, c.DataAtom == atom.Iframe:
				refs = append(refs, attr(c, "src"))
			case c.DataAtom == atom.Param && (name == "movie" || name == "src" || name == "url"):
				refs = append(refs, attr(c, "value"))
			}
		}
	}
	for _, ref := range refs {
		if ref = tidy(ref); ref == "" || ref[0] == '#' || isPlaceholder(ref) {
			continue
		}
		if to := d.afford(ref, Link); to != "" {
			return to
		}
	}
	return ""
}

// playerPath is how the addresses of players look that anybody can run:
// PeerTube, Castopod, Funkwhale, Owncast, Mastodon.
var playerPath = text.Pattern(`^/(videos|video-playlists)/embed/.|^/@[^/]+/.*/embed(/|$)|^/front/embed|^/embed/(video|chat)/?$|^/plugins/player/`)

// adHosts are the hosts of frames that are never what an article shows:
// advertisements, buttons, forms.
var adHosts = map[string][]string{
	"doubleclick.net": nil, "googlesyndication.com": nil, "googletagmanager.com": nil, "googleadservices.com": nil, "amazon-adsystem.com": nil, "adnxs.com": nil,
	"taboola.com": nil, "outbrain.com": nil, "criteo.com": nil, "disqus.com": nil, "recaptcha.net": nil, "www.google.com": {"/recaptcha/"}, "buysellads.com": nil, "carbonads.com": nil,
	"facebook.com":         {"/plugins/like", "/plugins/share_button", "/plugins/likebox", "/plugins/page", "/plugins/comments", "/tr/"},
	"platform.twitter.com": {"/widgets/follow_button", "/widgets/tweet_button"}, "assets.pinterest.com": nil, "apis.google.com": nil, "list-manage.com": nil,
}

func isAdvert(u *url.URL, label string) bool {
	label = strings.ToLower(label)
	return within(u.Hostname(), u.Path, adHosts) || label == "ad" || strings.HasPrefix(label, "advert") || strings.HasPrefix(label, "3rd party ad")
}

// players are the hosts whose frames are things to see or hear, so that a link
// to them is of use. Frames of other hosts are mostly advertisements, forms and
// buttons, or pretend to be one of these.
var players = map[string]bool{
	"www.youtube.com": true, "youtube.com": true, "www.youtube-nocookie.com": true, "player.vimeo.com": true, "vimeo.com": true,
	"www.dailymotion.com": true, "geo.dailymotion.com": true, "player.twitch.tv": true, "clips.twitch.tv": true, "embed.ted.com": true, "www.ted.com": true,
	"archive.org": true, "www.bbc.co.uk": true, "www.bbc.com": true, "media.ccc.de": true, "rutube.ru": true, "player.bilibili.com": true,
	"streamable.com": true, "fast.wistia.net": true, "www.facebook.com": true, "www.tiktok.com": true, "www.instagram.com": true, "platform.twitter.com": true,
	"w.soundcloud.com": true, "open.spotify.com": true, "embed.podcasts.apple.com": true, "bandcamp.com": true, "www.mixcloud.com": true,
	"www.npr.org": true, "embed.acast.com": true, "share.transistor.fm": true, "player.simplecast.com": true,
	"codepen.io": true, "jsfiddle.net": true, "gist.github.com": true, "www.slideshare.net": true, "speakerdeck.com": true, "docs.google.com": true,
	"datawrapper.dwcdn.net": true, "flo.uri.sh": true, "www.google.com": true, "maps.google.com": true, "www.openstreetmap.org": true, "public.tableau.com": true,
	"odysee.com": true, "rumble.com": true, "www.loom.com": true, "player.podigee-cdn.net": true, "html5-player.libsyn.com": true, "play.libsyn.com": true, "widget.deezer.com": true,
	"embed.music.apple.com": true, "embed.tidal.com": true, "www.deezer.com": true, "player.captivate.fm": true, "embed.podbean.com": true, "www.podbean.com": true, "www.buzzsprout.com": true,
	"anchor.fm": true, "podcasters.spotify.com": true, "embed.zeno.fm": true, "players.brightcove.net": true, "cdn.jwplayer.com": true, "content.jwplatform.com": true, "player.bbc.com": true,
	"giphy.com": true, "www.scribd.com": true, "observablehq.com": true, "codesandbox.io": true, "replit.com": true, "www.figma.com": true, "sketchfab.com": true, "www.kickstarter.com": true,
	"embed.bsky.app": true, "www.redditmedia.com": true, "embed.reddit.com": true, "www.nicovideo.jp": true, "embed.nicovideo.jp": true, "v.qq.com": true, "player.youku.com": true, "vk.com": true, "ok.ru": true,
}

// watchPage is the page of a video for the address of its player.
func watchPage(u *url.URL, player string) string {
	for _, p := range [...]struct{ host, path, page string }{
		{"youtube.com", "/embed/", "https://www.youtube.com/watch?v="},
		{"youtube-nocookie.com", "/embed/", "https://www.youtube.com/watch?v="},
		{"youtube.com", "/v/", "https://www.youtube.com/watch?v="},
		{"player.vimeo.com", "/video/", "https://vimeo.com/"},
		{"dailymotion.com", "/embed/video/", "https://www.dailymotion.com/video/"},
	} {
		id, ok := strings.CutPrefix(u.EscapedPath(), p.path)
		if !ok || strings.TrimPrefix(u.Host, "www.") != p.host {
			continue
		}
		id, _, _ = strings.Cut(id, "&") // of those who knew no "?"
		id = strings.TrimSuffix(id, "/")
		if list := u.Query().Get("list"); id == "videoseries" && list != "" {
			return "https://www.youtube.com/playlist?list=" + url.QueryEscape(list)
		}
		if id != "" && id != "videoseries" && id != "live_stream" && !strings.ContainsAny(id, "/&") {
			return p.page + id
		}
	}
	return player
}
