package content

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	xhtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// minPicture is the least width of a picture that can lead an article, in
// pixels: smaller ones are faces and icons. One of minLarge does so at once.
const (
	minPicture = 200
	minLarge   = 400
	minHeight  = 100 // of one whose width will do
)

// Picture is a picture of a body.
type Picture struct {
	URL, Alt      string
	Width, Height int  // pixels, 0: unknown
	Large         bool // it is known to be large
}

// Picture is the picture that leads the body: the first that is known to be
// large, else the first that may be; its zero value where there is none. Of a
// picture that comes in sizes the body now has the one that leads.
func (d *Draft) Picture() Picture {
	var first, large *xhtml.Node
	var find func(n *xhtml.Node)
	find = func(n *xhtml.Node) {
		for c := n.FirstChild; c != nil && large == nil; c = c.NextSibling {
			if c.DataAtom == atom.Img && d.leads(c) {
				if first == nil {
					first = c
				}
				if pixels(attr(c, "width")) >= minLarge || d.larger[c] != "" {
					large = c
				}
			}
			find(c)
		}
	}
	find(d.root)
	known := large != nil
	if !known {
		large = first
	}
	if large == nil {
		return Picture{}
	}
	p := Picture{Large: known, URL: attr(large, "src"), Alt: attr(large, "alt"), Width: pixels(attr(large, "width")), Height: pixels(attr(large, "height"))}
	if to := d.larger[large]; to != "" {
		for i := range large.Attr {
			if large.Attr[i].Key == "src" {
				large.Attr[i].Val = to
			}
		}
		p.URL = to
	}
	return p
}

// leads reports whether a picture of the body can lead it.
func (d *Draft) leads(img *xhtml.Node) bool {
	p := Picture{URL: attr(img, "src"), Width: pixels(attr(img, "width")), Height: pixels(attr(img, "height"))}
	if size, known := d.sizes[img]; known {
		p.Width, p.Height = size[0], size[1]
	}
	return !d.glyphs[img] && p.CanLead()
}

// CanLead reports whether a picture can lead an article: not one that is known
// to be small, or to be an emoji, a formula, a face or a badge.
func (p Picture) CanLead() bool {
	if p.URL == "" || p.Width > 0 && p.Width < minPicture || p.Width == 0 && p.Height > 0 && p.Height < minPicture || p.Height > 0 && p.Height < minHeight {
		return false
	}
	u, err := url.Parse(p.URL)
	if err != nil || isSignHost(u) {
		return false
	}
	size := namedSize(u)
	return size == 0 || size >= minPicture
}

// thumbWords say in an address that a picture is a small one of another.
var thumbWords = []string{"thumb", "thumbs", "thumbnail", "thumbnails", "mini", "tiny", "small", "square", "tn"}

// SeemsSmall reports whether a picture of unknown size is a small one by its
// address: a word of its path or query says so.
func (p Picture) SeemsSmall() bool {
	u, err := url.Parse(p.URL)
	if err != nil || p.Width > 0 || namedSize(u) >= minPicture {
		return false
	}
	for word := range strings.FieldsFuncSeq(strings.ToLower(u.Path+"?"+u.RawQuery), func(r rune) bool { return (r < 'a' || r > 'z') && r < 0x80 }) {
		if slices.Contains(thumbWords, word) {
			return true
		}
	}
	return false
}

// remember keeps of a picture what its clean form does not tell.
func (d *Draft) remember(n *xhtml.Node, rules style, src string) {
	width, height := pixels(attr(n, "width")), pixels(attr(n, "height"))
	if w, unit, ok := measure(rules["width"]); ok && unit == "px" && w < 20_000 {
		width = int(w)
	}
	if h, unit, ok := measure(rules["height"]); ok && unit == "px" && h < 20_000 {
		height = int(h)
	}
	if width > 0 != (height > 0) || rules != nil && width+height > 0 {
		d.sizes[n] = [2]int{width, height}
	}
	if rules.glyph() || hasSignClass(attr(n, "class")) {
		d.glyphs[n] = true
		return
	}
	if set := attr(n, "srcset"); set != "" {
		if to := d.fileLink(largest(set)); to != src && to != "" && !isPlaceholder(to) && strings.Contains(set, "w") {
			d.larger[n] = to
		}
	}
}

// signClasses are the classes of pictures that are letters, signs or faces.
var signClasses = []string{"emoji", "emoticon", "smiley", "smilie", "latex", "math", "tex", "katex", "formula", "equation", "icon", "avatar", "gravatar", "badge", "userpic", "favicon"}

// hasSignClass reports whether a class, or a word of one, is such a class.
func hasSignClass(class string) bool {
	for word := range strings.FieldsFuncSeq(strings.ToLower(class), func(r rune) bool { return r == ' ' || r == '-' || r == '_' || r == '\n' || r == '\t' }) {
		for _, c := range signClasses {
			if word == c || word == c+"s" {
				return true
			}
		}
	}
	return false
}

// signHosts serve letters, signs, faces and badges; a path tells them from the
// pictures of hosts that have both.
var signHosts = map[string][]string{
	"gravatar.com": nil, "s.w.org": {"/images/core/emoji/"}, "twemoji.maxcdn.com": nil, "abs.twimg.com": {"/emoji/", "/hashflags/"}, "pbs.twimg.com": {"/profile_images/"},
	"img.shields.io": nil, "shields.io": nil, "badge.fury.io": nil, "badgen.net": nil, "travis-ci.org": nil, "travis-ci.com": nil, "codecov.io": nil, "circleci.com": nil, "coveralls.io": nil,
	"avatars.githubusercontent.com": nil, "github.githubassets.com": {"/images/icons/emoji/"}, "latex.codecogs.com": nil,
	"s0.wp.com": {"/latex.php", "/wp-content/mu-plugins/wpcom-smileys/"}, "feeds.feedburner.com": {"/~ff/"}, "wikimedia.org": {"/api/rest_v1/media/math/"},
	"www.google.com": {"/s2/favicons"}, "icons.duckduckgo.com": nil, "static.xx.fbcdn.net": {"/images/emoji.php/"}, "cdn.discordapp.com": {"/emojis/", "/avatars/"},
	"cdn.buymeacoffee.com": {"/buttons/"}, "storage.ko-fi.com": {"/cdn/kofi"}, "ko-fi.com": {"/img/"}, "static.addtoany.com": nil, "www.paypalobjects.com": nil, "licensebuttons.net": nil, "i.creativecommons.org": nil,
	"tools.applemediaservices.com": nil, "play.google.com": {"/intl/"}, "ui-avatars.com": nil, "api.dicebear.com": nil, "seccdn.libravatar.org": nil, "quicklatex.com": nil,
}

// isSignHost reports whether an address is one of those, or that of an icon.
func isSignHost(u *url.URL) bool {
	path := strings.ToLower(u.Path)
	if strings.HasSuffix(path, ".ico") || strings.Contains(path, "favicon") || strings.Contains(path, "/emoji/") || strings.Contains(path, "/twemoji/") || strings.Contains(path, "/smileys/") || strings.HasSuffix(path, "/latex.php") || strings.HasSuffix(path, "/badge.svg") || strings.HasPrefix(u.Host, "badges.") {
		return true
	}
	return within(u.Hostname(), path, signHosts)
}

// namedSize is the width that an address asks for, 0 where it names none:
// Blogger's s72-c, WordPress's -150x150, Google's =s96-c, w= and width= of
// services that scale.
func namedSize(u *url.URL) int {
	name := u.Path[strings.LastIndexByte(u.Path, '/')+1:]
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		if before, height, ok := cutLast(name[:i], "x"); ok && isNumber(height) {
			if _, width, ok := cutLast(before, "-"); ok && isNumber(width) {
				return number(width)
			}
		}
	}
	for parameter := range strings.SplitSeq(u.RawQuery, "&") {
		if key, value, _ := strings.Cut(parameter, "="); (key == "w" || key == "width") && isNumber(value) {
			return number(value)
		}
	}
	if !strings.Contains(u.Host, "blogspot.") && !strings.HasSuffix(u.Host, ".googleusercontent.com") {
		return 0
	}
	for part := range strings.FieldsFuncSeq(u.Path, func(r rune) bool { return r == '/' || r == '=' }) {
		first, _, _ := strings.Cut(part, "-")
		if len(first) > 1 && (first[0] == 's' || first[0] == 'w') && isNumber(first[1:]) {
			if n := number(first[1:]); n > 0 {
				return n
			}
		}
	}
	return 0
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

func number(s string) int {
	n, _ := strconv.Atoi(s) // isNumber
	return n
}
