// Package content is HTML that has passed the sanitiser. HTML's text cannot be
// set from outside, so whatever holds one is safe to show: Clean makes it from
// a source's markup, Comment from a visitor's small Markdown, and the store
// gives back what it was given.
package content

import (
	"database/sql/driver"
	"fmt"
	"html"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// HTML is a balanced fragment with no active content. The zero value is empty.
type HTML struct{ s string }

// String is the markup.
func (h HTML) String() string { return h.s }

// Empty reports whether there is nothing to show.
func (h HTML) Empty() bool { return h.s == "" }

// Value implements driver.Valuer.
func (h HTML) Value() (driver.Value, error) { return h.s, nil }

// Scan implements sql.Scanner: what the store holds has passed.
func (h *HTML) Scan(src any) error {
	switch v := src.(type) {
	case string:
		h.s = v
	case []byte:
		h.s = string(v)
	case nil:
		h.s = ""
	default:
		return fmt.Errorf("content is stored as %T", src)
	}
	return nil
}

// Text is plain text as HTML: escaped, one paragraph a blank line.
func Text(text string) HTML {
	var b strings.Builder
	for p := range strings.SplitSeq(text, "\n\n") {
		if p = strings.TrimSpace(p); p != "" {
			b.WriteString("<p>" + strings.ReplaceAll(html.EscapeString(p), "\n", "<br/>") + "</p>")
		}
	}
	return HTML{b.String()}
}

// Words counts the words that a reader reads.
func (h HTML) Words() int { return len(strings.Fields(h.PlainText())) }

// PlainText is the text without its markup, white space squashed.
func (h HTML) PlainText() string { return string(h.plain(make([]byte, 0, len(h.s)), 0)) }

// AppendPlain appends PlainText to b, for those who read many and keep none.
func (h HTML) AppendPlain(b []byte) []byte {
	b = slices.Grow(b, len(h.s))
	return append(b, h.plain(b[len(b):], 0)...)
}

// Beginning is the beginning of PlainText, at most n bytes and not many fewer. It
// takes no longer where the rest is long.
func (h HTML) Beginning(n int) string {
	s := string(h.plain(make([]byte, 0, min(len(h.s), 2*n)), n))
	if len(s) > n {
		s = strings.ToValidUTF8(s[:n], "")
	}
	return s
}

// plain appends to b, which is empty, the text without its markup, white space
// squashed: all of it, or where n is not 0 the n bytes of it that come first and some
// more. What has passed is balanced and escaped, so its markup is passed over, not
// parsed.
func (h HTML) plain(b []byte, n int) []byte {
	owed := false
	for s := h.s; s != "" && (n == 0 || len(b) < n); {
		i := strings.IndexByte(s, '<')
		if i < 0 {
			i = len(s)
		}
		b, owed = squashEscaped(b, s[:i], owed)
		if s = s[i:]; s != "" {
			name, length := tagAt(s)
			owed, s = owed || !phrasing(name), s[length:]
		}
	}
	return b
}

// squashEscaped is squash of a text between tags. What Draft.HTML escapes is looked up:
// there is some in most texts, and html.UnescapeString copies all of it.
func squashEscaped(b []byte, text string, owed bool) ([]byte, bool) {
	for text != "" {
		i := strings.IndexByte(text, '&')
		if i < 0 {
			i = len(text)
		}
		b, owed = squash(b, text[:i], owed)
		if text = text[i:]; text == "" {
			break
		}
		known := false
		for _, e := range [...]struct{ written, is string }{{"&#39;", "'"}, {"&#34;", `"`}, {"&amp;", "&"}, {"&gt;", ">"}, {"&lt;", "<"}} {
			if strings.HasPrefix(text, e.written) {
				b, owed = squash(b, e.is, owed)
				text, known = text[len(e.written):], true
				break
			}
		}
		if !known {
			return squash(b, html.UnescapeString(text), owed)
		}
	}
	return b, owed
}

// squash appends text to b with each run of white space in it as one space, none
// of them first; owed says that one is to come before whatever else does.
func squash(b []byte, text string, owed bool) ([]byte, bool) {
	for i := 0; i < len(text); {
		if n := plainRun(text[i:]); n > 0 {
			if owed && len(b) > 0 {
				b = append(b, ' ')
			}
			b, owed = append(b, text[i:i+n]...), false
			i += n
			continue
		}
		c, size := rune(text[i]), 1
		if c >= utf8.RuneSelf {
			c, size = utf8.DecodeRuneInString(text[i:])
		}
		if unicode.IsSpace(c) {
			owed = true
		} else {
			if owed && len(b) > 0 {
				b = append(b, ' ')
			}
			b, owed = append(b, text[i:i+size]...), false
		}
		i += size
	}
	return b, owed
}

// plainRun is how many bytes text begins with that squash leaves as they are: words with
// one space between them, as most of any text is.
func plainRun(text string) int {
	n, slow := 0, 0
	for n < len(text) {
		if n >= slow && n+8 <= len(text) {
			if plain := plainEight(text[n:n+8], n == 0); plain > 0 {
				n += plain
				continue
			}
			slow = n + 8 // before that it would fail again
		}
		switch {
		case isInWord[text[n]]:
			n++
		case text[n] == ' ' && n > 0 && n+1 < len(text) && isInWord[text[n+1]]:
			n += 2
		default:
			return n
		}
	}
	return n
}

// plainEight is how many of the eight bytes of s belong to a plainRun, found at once; 0
// where that has to be found byte by byte, as beyond ASCII. Of a space at their end it is
// not known yet, and none may come first.
func plainEight(s string, first bool) int {
	const each, high = 0x0101010101010101, 0x8080808080808080
	v := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 | uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
	spaces := (high - (v ^ each*' ')) & high // the highest bit of each byte, all below 80
	// Of bytes below 80, those below 20 borrow, and 7F alone carries.
	if (v|(v-each*' ')|(v+each))&high != 0 || spaces&(spaces<<8) != 0 || first && spaces&0x80 != 0 {
		return 0
	}
	return 8 - int(spaces>>63)
}

// isInWord are the bytes that no white space begins with, in UTF-8: such as is not ASCII
// begins with C2, E1, E2 or E3.
var isInWord = func() (is [256]bool) {
	for c := range is {
		is[c] = c > ' ' && c != 0x7f && c != 0xc2 && (c < 0xe1 || c > 0xe3)
	}
	return is
}()

// tagAt is the name of the tag that s begins with, and how many bytes it has.
func tagAt(s string) (name string, length int) {
	from := 1
	if strings.HasPrefix(s, "</") {
		from = 2
	}
	end := from
	for end < len(s) && s[end] != '>' && s[end] != '/' && s[end] != ' ' {
		end++
	}
	quoted := false
	for i := end; i < len(s); i++ {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case s[i] == '>' && !quoted:
			return s[from:end], i + 1
		}
	}
	return s[min(from, len(s)):end], len(s)
}

// phrasing reports whether an element stands within a word or sentence, and
// parts nothing.
func phrasing(name string) bool {
	switch name {
	case "a", "abbr", "b", "bdi", "bdo", "cite", "code", "data", "del", "dfn", "em", "i", "ins", "kbd", "mark", "q", "s", "samp",
		"small", "span", "strong", "sub", "sup", "time", "u", "var", "wbr":
		return true
	}
	return false
}
