package content

import (
	"net/url"
	"strings"

	xhtml "golang.org/x/net/html"
)

// watched are sites whose pages are films, by the begin of their addresses.
var watched = []string{
	"youtube.com/watch", "youtube.com/shorts/", "youtube.com/live/", "youtu.be/", "vimeo.com/", "dailymotion.com/video/", "dai.ly/", "twitch.tv/videos/", "odysee.com/@",
	"tiktok.com/@", "bilibili.com/video/", "nicovideo.jp/watch/", "rumble.com/v", "ted.com/talks/", "loom.com/share/", "rutube.ru/video/", "media.ccc.de/v/",
}

// IsFilm reports whether an address is of a page that is a film.
func IsFilm(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return false
	}
	at := strings.TrimPrefix(strings.TrimPrefix(strings.ToLower(u.Host), "www."), "m.") + u.EscapedPath()
	for _, begin := range watched {
		if strings.HasPrefix(at, begin) && (len(at) > len(begin) || u.RawQuery != "") {
			return true
		}
	}
	return strings.HasPrefix(u.Path, "/videos/watch/") || strings.HasPrefix(u.Path, "/videos/embed/") // PeerTube
}

// PlaySign stands beside the picture of a film: it leads to where that plays.
const PlaySign = "▶"

// sign puts PlaySign into a link to a film that is a picture alone.
func sign(link *xhtml.Node, to string) {
	if IsFilm(to) && holdsMedium(link) && strings.TrimFunc(textOf(link), isBlank) == "" {
		link.AppendChild(&xhtml.Node{Type: xhtml.TextNode, Data: " " + PlaySign})
	}
}
