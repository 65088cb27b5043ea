package feed

import (
	"strconv"
	"strings"

	ext "github.com/mmcdole/gofeed/extensions"
)

// media reads media:*, itunes:image and the picture of an item.
func (t *translator) media(e *Entry, x found) {
	t.mediaIn(e, x["media"], 0)
	for _, m := range x["thumbnail"] {
		t.picture(e, m, "url")
	}
	for _, m := range x["picture"] {
		t.picture(e, m, "address")
	}
	for _, m := range x["image"] {
		if l := m.Children["url"]; len(l) > 0 && e.Image.URL == "" {
			e.Image.URL = resolve(t.base, l[0].Value)
		}
		t.picture(e, m, "address")
	}
	for _, m := range e.Enclosures {
		if e.Image.URL == "" && strings.HasPrefix(m.Type, "image/") {
			e.Image.URL = m.URL
		}
	}
}

// mediaIn reads media:content and media:group, which hold each other.
func (t *translator) mediaIn(e *Entry, list []ext.Extension, depth int) {
	for _, m := range list {
		if e.Title == "" {
			if l := m.Children["mediatitle"]; len(l) > 0 {
				e.Title = guessedText(t.kept(l[0].Value))
			}
		}
		medium, href := m.Attrs["medium"], m.Attrs["url"]
		typ := mediaType(m.Attrs["type"], href)
		switch {
		case href == "":
		case isImage(m):
			if w := pixels(m.Attrs["width"]); e.Image.URL == "" || w > e.Image.Width && e.Image.Width > 0 {
				at := e.Image
				e.Image = Image{}
				if t.picture(e, m, "url"); e.Image.URL == "" {
					e.Image = at
				}
			}
			t.describe(e, m)
		case medium == "audio" || medium == "video" || strings.HasPrefix(typ, "audio/") || strings.HasPrefix(typ, "video/"):
			e.Enclosures = t.addEnclosure(e.Enclosures, href, typ, m.Attrs["filesize"], "")
		}
		for _, child := range m.Children["thumbnail"] {
			t.picture(e, child, "url")
		}
		if depth < 4 { // a group in a content in a group is as deep as any goes
			t.mediaIn(e, m.Children["media"], depth+1)
		}
	}
}

// describe gives the picture its text alternative and credit.
func (t *translator) describe(e *Entry, m ext.Extension) {
	if l := m.Children["credit"]; len(l) > 0 && e.Image.Credit == "" {
		e.Image.Credit = guessedText(l[0].Value)
	}
	if e.Image.Alt != "" {
		return
	}
	for _, name := range []string{"mediatitle", "body"} {
		if l := m.Children[name]; len(l) > 0 {
			if alt := htmlText(t.kept(l[0].Value)); len(alt) <= maxAlt {
				e.Image.Alt = alt
				return
			}
		}
	}
}

// maxAlt is the longest text alternative, in bytes: more is an article.
const maxAlt = 500

// picture takes a picture where there is none yet.
func (t *translator) picture(e *Entry, m ext.Extension, attr string) {
	if e.Image.URL != "" {
		return
	}
	href := m.Attrs[attr]
	if href == "" {
		href = m.Attrs["url"]
	}
	if at := resolve(t.base, href); at != "" {
		e.Image = Image{URL: at, Width: pixels(m.Attrs["width"]), Height: pixels(m.Attrs["height"]), Alt: squash(m.Attrs["alt"])}
	}
}

func pixels(s string) int {
	n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(s), "px"))
	if err != nil || n < 0 || n > 100_000 {
		return 0
	}
	return n
}

// isImage reports whether media:content is a picture.
func isImage(m ext.Extension) bool {
	typ, medium := m.Attrs["type"], m.Attrs["medium"]
	return medium == "image" || strings.HasPrefix(typ, "image/") || medium == "" && typ == "" && looksLikePicture(m.Attrs["url"])
}

func looksLikePicture(href string) bool {
	path, _, _ := strings.Cut(strings.ToLower(href), "?")
	for _, end := range []string{".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif"} {
		if strings.HasSuffix(path, end) {
			return true
		}
	}
	return false
}

// mediaBodies are the descriptions inside media:group and media:content.
func mediaBodies(list []body, media []ext.Extension, depth int) []body {
	for _, m := range media {
		for _, b := range m.Children["body"] {
			list = append(list, body{html: b.Value, base: b.Attrs["base"], caption: isImage(m)})
		}
		if depth < 4 {
			list = mediaBodies(list, m.Children["media"], depth+1)
		}
	}
	return list
}
