package pages

import (
	"html/template"
	"net/url"
	"path"
	"slices"
	"strings"

	"courant/db"
	"courant/db/content"
)

// Player is a recording that the page plays.
type Player struct {
	Video  bool
	URL    template.URL // has passed secure
	Poster template.URL // of a video; empty: none
	Name   string
}

// mediaTypes are the types of recordings by the ends of their names, where a
// feed gives none.
var mediaTypes = map[string]string{
	".mp3": "audio/mpeg", ".m4a": "audio/mp4", ".aac": "audio/aac", ".ogg": "audio/ogg", ".oga": "audio/ogg", ".opus": "audio/ogg",
	".wav": "audio/wav", ".flac": "audio/flac", ".mp4": "video/mp4", ".m4v": "video/mp4", ".webm": "video/webm", ".ogv": "video/ogg",
	".mov": "video/quicktime", ".torrent": torrentType,
}

const torrentType = "application/x-bittorrent"

func enclosureType(e db.Enclosure) string {
	t, _, _ := strings.Cut(strings.ToLower(e.Type), ";")
	if t = strings.TrimSpace(t); t != "" && t != "application/octet-stream" {
		return t
	}
	if u, err := url.Parse(e.URL); err == nil {
		return mediaTypes[strings.ToLower(path.Ext(u.Path))]
	}
	return ""
}

// player is the first recording among list that a page may play (Policy), or
// nil.
func (p *Pages) player(list []db.Enclosure, picture *Picture) *Player {
	for _, e := range list {
		kind, _, _ := strings.Cut(enclosureType(e), "/")
		src := secure(e.URL)
		if kind != "audio" && kind != "video" || !strings.HasPrefix(src, "https://") {
			continue
		}
		v := &Player{Video: kind == "video", URL: template.URL(src), Name: p.file(e).Name}
		if v.Video && picture != nil {
			v.Poster = picture.URL
		}
		return v
	}
	return nil
}

// files are the enclosures to take away, torrents last.
func (p *Pages) files(list []db.Enclosure) []File {
	var out, torrents []File
	for _, e := range list {
		if enclosureType(e) == torrentType {
			torrents = append(torrents, p.file(e))
		} else {
			out = append(out, p.file(e))
		}
	}
	return append(out, torrents...)
}

// film reports whether a's original is a film, which its picture then leads to.
func film(a db.Article) bool {
	return content.IsFilm(a.Link) || slices.ContainsFunc(a.Enclosures, func(e db.Enclosure) bool {
		t := enclosureType(e)
		return strings.HasPrefix(t, "video/") || t == "application/x-shockwave-flash"
	})
}

// secure is an address as our pages ask for it: by https, as browsers do with
// what a page that came by https names by http. One with a port of its own
// stays, for nobody knows what listens at another.
func secure(address string) string {
	rest, ok := strings.CutPrefix(address, "http://")
	if !ok {
		return address
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Port() != "" && u.Port() != "80" {
		return address
	}
	if u.Port() != "" {
		rest = strings.Replace(rest, ":80", "", 1)
	}
	return "https://" + rest
}
