package feed

import (
	"bytes"
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/text/unicode/norm"
)

// tags are the elements of HTML that occur in titles and bodies. What is not
// among them is text that happens to have angle brackets, as "Vec<String>".
var tags = func() map[string]bool {
	known := map[string]bool{}
	for name := range strings.FieldsSeq(`a abbr acronym address article aside audio b big blockquote body br button canvas caption
		center cite code col colgroup command data datalist dd del details dfn dialog dir div dl dt em embed fieldset figcaption figure
		font footer form frame h1 h2 h3 h4 h5 h6 head header hr html i iframe img input ins kbd label legend li link map mark math
		menu meta meter nav nobr noscript object ol optgroup option output p param picture pre progress q rp rt ruby s samp script
		section select small source span strike strong style sub summary sup svg table tbody td textarea tfoot th thead time title
		tr track tt u ul var video wbr xmp`) {
		known[name] = true
	}
	return known
}()

// spaced are the elements that part words.
var spaced = map[string]bool{
	"br": true, "p": true, "div": true, "li": true, "ul": true, "ol": true, "tr": true, "td": true, "th": true,
	"table": true, "h1": true, "h2": true, "h3": true, "h4": true, "h5": true, "h6": true, "blockquote": true, "pre": true, "hr": true,
	"section": true, "article": true, "figure": true, "figcaption": true, "dd": true, "dt": true, "dl": true,
}

// tagFinder finds tags in a text. Asked from front to back, it looks at each
// byte once, however far a tag's end is.
type tagFinder struct {
	text []byte
	end  int // where the next ">" is, as far as it is known; 0: not yet asked
}

// at returns the name, in lower case, of the tag that begins with the "<" at i; ""
// where it is no tag of HTML.
func (t *tagFinder) at(i int) string {
	text := t.text
	j := i + 1
	if j < len(text) && text[j] == '/' {
		j++
	}
	k := j
	for k < len(text) && (text[k]|0x20 >= 'a' && text[k]|0x20 <= 'z' || text[k] >= '1' && text[k] <= '6') {
		k++
	}
	if k == j || k-j > 10 || k < len(text) && !isSpace(text[k]) && text[k] != '>' && text[k] != '/' {
		return ""
	}
	if t.end < k {
		t.end = len(text)
		if n := bytes.IndexByte(text[k:], '>'); n >= 0 {
			t.end = k + n
		}
	}
	if t.end == len(text) {
		return ""
	}
	name := strings.ToLower(string(text[j:k]))
	if !tags[name] {
		return ""
	}
	return name
}

// holdsMarkup reports whether text is HTML: it has a tag that HTML knows.
func holdsMarkup(text []byte) bool {
	t := tagFinder{text: text}
	for i := 0; ; i++ {
		j := bytes.IndexByte(text[i:], '<')
		if j < 0 {
			return false
		}
		i += j
		if name := t.at(i); name != "" {
			return true
		}
	}
}

// meantAsMarkup reports whether text that is said to be plain is HTML: an
// element is closed in it, or it has what parts lines. Text about HTML shows
// single tags.
func meantAsMarkup(text []byte) bool {
	t := tagFinder{text: text}
	for i := 0; ; i++ {
		j := bytes.IndexByte(text[i:], '<')
		if j < 0 {
			return false
		}
		i += j
		switch name := t.at(i); name {
		case "", "script", "style":
		case "br", "p", "hr", "img": // which are seldom closed
			return true
		default:
			if text[i+1] == '/' {
				return true
			}
		}
	}
}

// guessedText is the text of an RSS title or name, which may be HTML or not:
// tags that HTML knows go, and entities are decoded once more, unless all of it
// is text.
func guessedText(s string) string {
	if !strings.ContainsAny(s, "<&") {
		return squash(s)
	}
	s = string(withoutMarks([]byte(s)))
	if isText([]byte(s)) {
		return squash(s)
	}
	return htmlText(s)
}

// isText reports whether a line that has brackets is text: there is a tag that
// HTML does not know, or none is ever closed.
func isText(line []byte) bool {
	open, closed := false, false
	t := tagFinder{text: line}
	for i := 0; i < len(line); i++ {
		if bytes.HasPrefix(line[i:], []byte("<![CDATA[")) {
			return true // which HTML has none of
		}
		if line[i] != '<' || i+1 == len(line) || !isNameStart(line[i+1]) && line[i+1] != '/' {
			continue
		}
		switch name := t.at(i); {
		case name == "":
			return true
		case line[i+1] == '/' || strings.Contains(voids, " "+name+" ") || name == "p":
			closed = true
		default:
			open = true
		}
	}
	return open && !closed
}

// htmlText is the text of HTML: tags stripped, entities decoded, scripts and
// styles left out.
func htmlText(s string) string {
	if !strings.ContainsAny(s, "<&") {
		return squash(s)
	}
	var b strings.Builder
	z := html.NewTokenizer(bytes.NewReader(mended([]byte(s))))
	hidden := 0
	for {
		switch z.Next() {
		case html.ErrorToken:
			if raw := z.Raw(); hidden == 0 && len(raw) > 0 && raw[0] == '<' {
				b.Write(raw) // an unfinished tag is text
			}
			return squash(b.String())
		case html.TextToken:
			if hidden == 0 {
				b.Write(z.Text())
			}
		case html.StartTagToken:
			name, _ := z.TagName()
			switch {
			case string(name) == "script" || string(name) == "style":
				hidden++
			case spaced[string(name)]:
				b.WriteByte(' ')
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			switch {
			case hidden > 0 && (string(name) == "script" || string(name) == "style"):
				hidden--
			case spaced[string(name)]:
				b.WriteByte(' ')
			}
		case html.SelfClosingTagToken:
			if name, _ := z.TagName(); spaced[string(name)] {
				b.WriteByte(' ')
			}
		}
	}
}

// squash makes one line of text: white space of any kind becomes one space.
// What has no width and only says where a line may break goes, and leaves no
// gap (UAX #14); joiners belong to their word and stay.
func squash(s string) string {
	if plainASCII(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	gap := false
	for _, r := range norm.NFC.String(s) {
		switch {
		case unicode.IsSpace(r):
			gap = true
			continue
		case unicode.IsControl(r), breakMark(r):
			continue
		}
		if gap && b.Len() > 0 {
			b.WriteByte(' ')
		}
		gap = false
		b.WriteRune(r)
	}
	return b.String()
}

// breakMark reports whether r has no width and only allows or forbids a break:
// soft hyphen, zero width space, word joiner, byte order mark, and the unseen
// operators of mathematics.
func breakMark(r rune) bool {
	return r == '\u00ad' || r == '\u180e' || r == '\u200b' || r >= '\u2060' && r <= '\u2064' || r == '\ufeff'
}

// plainASCII reports whether squash would change nothing.
func plainASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c < ' ' || c > '~' || c == ' ' && (i == 0 || i == len(s)-1 || s[i+1] == ' ') {
			return false
		}
	}
	return true
}
