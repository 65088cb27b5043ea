package normalise

import (
	"crypto/sha256"
	"encoding/hex"
	"html"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"courant/aggregator/feed"
	"courant/aggregator/identity"
	"courant/db/content"
	"courant/db/likeness"
	"courant/db/sqlrow"
)

// Claim is what an entry says of itself to package identity, given its
// Fingerprint. It never depends on when it was read (I02).
func Claim(e *feed.Entry, fingerprint []byte) identity.Claim {
	c := identity.Claim{ID: strings.TrimSpace(e.ID), Link: link(e), Title: e.Title, Date: stored(e.Date()), Updated: stored(e.Updated)}
	if c.Updated.IsZero() {
		c.Updated = c.Date
	}
	if c.ID == "" && c.Link == "" {
		c.Hash = said(e)
	} else {
		c.Hash = hex.EncodeToString(fingerprint)
	}
	c.Text = func() (likeness.Sketch, int) {
		text := content.Open(e.Body, e.Base).Text()
		return likeness.Of(text), words(text)
	}
	return c
}

// stored is a moment as the store keeps it.
func stored(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// guid is the key of an entry that stands alone.
func guid(e *feed.Entry) string {
	if id := strings.TrimSpace(e.ID); id != "" {
		return identity.Bounded(id)
	}
	if at := link(e); at != "" {
		return identity.Bounded(at)
	}
	return said(e)
}

// said is the key of an entry that has neither id nor link: what it says.
func said(e *feed.Entry) string {
	h := sha256.New()
	for _, part := range []string{e.Title, e.Body, e.RawDate} {
		h.Write([]byte(part))
		h.Write([]byte{0})
	}
	if e.Title == "" && e.Body == "" { // only a picture, or files
		h.Write([]byte(withoutQuery(e.Image.URL)))
		for _, f := range e.Enclosures {
			h.Write([]byte{0})
			h.Write([]byte(withoutQuery(f.URL)))
		}
	}
	if d := e.Date(); !d.IsZero() {
		h.Write([]byte(d.Format("2006-01-02T15:04:05Z")))
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

// Fingerprint is over what makes an update of an entry when it changes (I17):
// title, text, link, author, categories and enclosures. Counters, tracking
// parameters, the tokens of signed addresses, white space and the order of
// attributes are none of it. It is taken of the entry as it came, for most of
// what is fetched is known: markup is passed over, not parsed.
func Fingerprint(e *feed.Entry) []byte {
	b := make([]byte, 0, len(e.Body)+len(e.Title)+256)
	put := func(s string) { b = append(append(b, s...), 0) }
	put(plain(e.Title))
	b = append(appendText(b, e.Body), 0)
	put(link(e))
	for _, p := range e.Authors {
		put(p.Name)
	}
	for _, c := range e.Categories {
		put(c.Term)
		put(c.Label)
	}
	for _, n := range e.Enclosures {
		put(withoutQuery(n.URL))
	}
	if e.Episode != nil { // transcripts and chapters come after the recording
		put(sqlrow.Text(e.Episode))
	}
	sum := sha256.Sum256(b)
	return sum[:]
}

// appendText appends what of markup is text, without any white space.
func appendText(b []byte, markup string) []byte {
	for markup != "" {
		i := strings.IndexByte(markup, '<')
		if i < 0 {
			i = len(markup)
		}
		b = appendDense(b, markup[:i])
		markup = markup[i:]
		if markup == "" {
			break
		}
		if n := tagLength(markup); n > 0 {
			markup = markup[n:]
		} else {
			b, markup = append(b, '<'), markup[1:]
		}
	}
	return b
}

// tagLength is how many bytes of markup, which begins with <, its first tag or
// comment has, with the whole of a script or a style; 0 where it is none.
func tagLength(markup string) int {
	if strings.HasPrefix(markup, "<!--") {
		if end := strings.Index(markup, "-->"); end >= 0 {
			return end + len("-->")
		}
		return len(markup)
	}
	if len(markup) < 2 || markup[1] != '/' && markup[1] != '!' && markup[1] != '?' && (markup[1]|0x20 < 'a' || markup[1]|0x20 > 'z') {
		return 0
	}
	quote := byte(0)
	end := len(markup)
	for i := 1; i < len(markup); i++ {
		switch c := markup[i]; {
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '"' || c == '\'') && markup[i-1] == '=':
			quote = c
		case quote == 0 && c == '>':
			end = i + 1
		}
		if end < len(markup) || end == i+1 {
			break
		}
	}
	for _, name := range [...]string{"script", "style"} {
		if len(markup) > len(name) && strings.EqualFold(markup[1:1+len(name)], name) {
			if close := indexFold(markup[end:], "</"+name); close >= 0 {
				return end + close
			}
		}
	}
	return end
}

// indexFold is strings.Index, ASCII letters in whatever case.
func indexFold(s, lower string) int {
	for i := 0; i+len(lower) <= len(s); i++ {
		if s[i] == lower[0] && strings.EqualFold(s[i:i+len(lower)], lower) {
			return i
		}
	}
	return -1
}

// appendDense appends a text between tags without its white space.
func appendDense(b []byte, text string) []byte {
	if strings.IndexByte(text, '&') >= 0 {
		text = html.UnescapeString(text)
	}
	from := len(b)
	for i := 0; i < len(text); i++ {
		if c := text[i]; c >= utf8.RuneSelf {
			b = b[:from]
			for _, r := range text {
				if r > ' ' && r < utf8.RuneSelf || !unicode.IsSpace(r) {
					b = utf8.AppendRune(b, r)
				}
			}
			return b
		} else if c > ' ' {
			b = append(b, c)
		}
	}
	return b
}

func withoutQuery(at string) string {
	if u, err := url.Parse(at); err == nil {
		u.RawQuery, u.Fragment = "", ""
		return u.String()
	}
	return at
}
