// Package content is HTML that has passed the sanitiser. HTML's text cannot be
// set from outside, so whatever holds one is safe to show: Clean makes it from
// a source's markup, Comment from a visitor's small Markdown, and the store
// gives back what it was given.
package content

import (
	"database/sql/driver"
	"fmt"
	"html"
	"strings"

	xhtml "golang.org/x/net/html"
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
func (h HTML) PlainText() string { return h.plain(0) }

// Beginning is the beginning of PlainText, at most n bytes and not many fewer. It
// takes no longer where the rest is long.
func (h HTML) Beginning(n int) string {
	s := h.plain(n)
	if len(s) > n {
		s = strings.ToValidUTF8(s[:n], "")
	}
	return s
}

// plain is the text without its markup: all of it, or where n is not 0 the n bytes
// of it that come first and some more, counted before white space is squashed.
func (h HTML) plain(n int) string {
	var b strings.Builder
	z := xhtml.NewTokenizer(strings.NewReader(h.s))
	for {
		if n > 0 && b.Len() >= n {
			return strings.Join(strings.Fields(b.String()), " ")
		}
		switch z.Next() {
		case xhtml.ErrorToken:
			return strings.Join(strings.Fields(b.String()), " ")
		case xhtml.TextToken:
			b.Write(z.Text())
		default:
			if name, _ := z.TagName(); !phrasing(string(name)) {
				b.WriteByte(' ')
			}
		}
	}
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
