// Package query reads what somebody looks for: words, "phrases", -without, and
// source:, section:, tag:, author:, before:, after: and in:comments. Parse makes
// a Query of it, or a *Error that says in plain words what to write instead.
// Words says what a text is found by, Matches and Score what a Query has to do
// with a text, Excerpt where to look in it. Everything in it is pure, and knows
// no index: what a word is, the index, the judge of candidates and the marks on
// a page must agree on, so they all read it here.
//
// What is read is bounded: a query by its length and its terms, a text by
// whoever hands it over.
package query

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Bounds of a query (V68). A person who writes more means a text to compare with,
// not words to look for; each term costs a walk through the index.
const (
	MaxChars = 300
	MaxTerms = 12 // words, phrases and filters together
	maxWords = 24 // of all terms: a phrase in Chinese has as many as it has characters
)

// Query is what is looked for. The zero value looks for nothing.
type Query struct {
	Text     string // as it was written, on one line
	Terms    []Term
	Filters  []Filter
	After    time.Time // published at or after; zero: ever
	Before   time.Time // published before; zero: ever
	Comments bool      // comments are looked for, not articles
}

// Term is a word or a phrase.
type Term struct {
	Words []string // folded, one or more: what stands side by side
	Exact bool     // its last word stands for itself alone; otherwise also for how it may end
	Open  bool     // its last word may go on as it likes
	Not   bool     // it must not be there
}

// Field is what a filter looks at.
type Field string

// The fields.
const (
	Source  Field = "source"
	Section Field = "section"
	Tag     Field = "tag"
	Author  Field = "author"
)

// Filter wants something of an article besides its text.
type Filter struct {
	Field Field
	Value string // as it was written
	Not   bool   // it must not be so
}

// Error is a query that cannot be answered.
type Error struct {
	// Text is a sentence in English for whoever wrote the query, in which {{.Name}}
	// stands for a value of Values: whoever shows it may have it in another language.
	Text   string
	Values []any // a name, its value, the next name …
}

func (e *Error) Error() string {
	s := e.Text
	for i := 0; i+1 < len(e.Values); i += 2 {
		s = strings.ReplaceAll(s, fmt.Sprintf("{{.%v}}", e.Values[i]), fmt.Sprint(e.Values[i+1]))
	}
	return s
}

func wrong(text string, values ...any) error { return &Error{text, values} }

// Empty reports whether nothing is looked for: nothing was written.
func (q Query) Empty() bool {
	return len(q.Terms) == 0 && len(q.Filters) == 0 && q.After.IsZero() && q.Before.IsZero()
}

// Parse reads a query; dates are days of zone. What was written is kept in Text
// also where it is an error.
func Parse(s string, zone *time.Location) (Query, error) {
	var q Query
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, " ")
	}
	s = strings.ReplaceAll(s, "\x00", " ")
	q.Text = strings.Join(strings.Fields(s), " ")
	if n := utf8.RuneCountInString(q.Text); n > MaxChars {
		q.Text = string([]rune(q.Text)[:MaxChars])
		return q, wrong("This is too long: {{.Length}} characters, and at most {{.Most}} are looked for. A few words are enough.", "Length", n, "Most", MaxChars)
	}
	terms, words := 0, 0
	for p := range pieces(q.Text) {
		if terms++; terms > MaxTerms {
			return q, wrong("These are too many words: at most {{.Most}} are looked for at once. Leave out the most common ones.", "Most", MaxTerms)
		}
		if err := q.add(p, zone); err != nil {
			return q, err
		}
	}
	for _, t := range q.Terms {
		if words += len(t.Words); words > maxWords {
			return q, wrong("These phrases are too long to be looked for together. Leave out a part of them.")
		}
	}
	if q.Text != "" && q.Empty() {
		return q, wrong("There is no word in this to look for: write one of letters or digits.")
	}
	if !q.Empty() && !q.wants() {
		return q, wrong("This only says what to leave out. Add a word to look for.")
	}
	if !q.After.IsZero() && !q.Before.IsZero() && !q.After.Before(q.Before) {
		return q, wrong("No day lies after the one and before the other: after: is the earlier day, before: the later one.")
	}
	return q, nil
}

// wants reports whether q names anything that must be there.
func (q Query) wants() bool {
	return !q.After.IsZero() || !q.Before.IsZero() ||
		slices.ContainsFunc(q.Terms, func(t Term) bool { return !t.Not }) ||
		slices.ContainsFunc(q.Filters, func(f Filter) bool { return !f.Not })
}

// piece is a part of a query, parted from others by a space.
type piece struct {
	not    bool
	key    string // before the colon, lower case; empty: none that we know
	text   string
	quoted bool
}

// keys are what may stand before a colon.
var keys = []string{string(Source), string(Section), string(Tag), string(Author), "before", "after", "in"}

// pieces parts a query. A quotation mark that nothing closes reaches to the end.
func pieces(s string) func(yield func(piece) bool) {
	return func(yield func(piece) bool) {
		for s = strings.TrimLeft(s, " "); s != ""; s = strings.TrimLeft(s, " ") {
			var p piece
			if rest, ok := strings.CutPrefix(s, "-"); ok && rest != "" && rest[0] != ' ' {
				p.not, s = true, rest
			}
			if name, rest, ok := strings.Cut(s, ":"); ok && slices.Contains(keys, strings.ToLower(name)) {
				p.key, s = strings.ToLower(name), rest
			}
			if mark, rest := quotation(s); mark != "" {
				p.quoted = true
				p.text, s, _ = strings.Cut(rest, mark)
			} else {
				p.text, s, _ = strings.Cut(s, " ")
			}
			if !yield(p) {
				return
			}
		}
	}
}

// quotation is the mark that closes the quotation that s begins with, and the
// rest of s; "" where it begins with none. Phones write them curled.
func quotation(s string) (closing, rest string) {
	for _, pair := range [][2]string{{`"`, `"`}, {"“", "”"}, {"„", "“"}, {"«", "»"}, {"「", "」"}} {
		if rest, ok := strings.CutPrefix(s, pair[0]); ok {
			return pair[1], rest
		}
	}
	return "", s
}

func (q *Query) add(p piece, zone *time.Location) error {
	switch p.key {
	case "":
		q.addTerm(p)
		return nil
	case "in":
		switch strings.ToLower(p.text) {
		case "comments", "comment":
			q.Comments = !p.not
		case "articles", "article":
			q.Comments = p.not
		default:
			return wrong("in: is followed by comments, as in:comments, or by nothing we know: “{{.Text}}” is neither articles nor comments.", "Text", p.text)
		}
		return nil
	case "before", "after":
		if p.not {
			return wrong("-{{.Key}}: says the same as its contrary: write before: or after: without the hyphen.", "Key", p.key)
		}
		day, err := date(p.text, zone)
		if err != nil {
			return wrong("{{.Key}}: wants a date, such as {{.Key}}:2026-11-22, {{.Key}}:2026-11 or {{.Key}}:2026; “{{.Text}}” is none.", "Key", p.key, "Text", p.text)
		}
		if p.key == "before" && (q.Before.IsZero() || day.Before(q.Before)) {
			q.Before = day
		}
		if p.key == "after" && day.After(q.After) {
			q.After = day
		}
		return nil
	}
	if strings.TrimSpace(p.text) == "" {
		return wrong("{{.Key}}: wants a name right after the colon, such as {{.Key}}:{{.Example}}.", "Key", p.key, "Example", examples[Field(p.key)])
	}
	q.Filters = append(q.Filters, Filter{Field: Field(p.key), Value: p.text, Not: p.not})
	return nil
}

var examples = map[Field]string{Source: "bbc", Section: "world", Tag: `"climate change"`, Author: "smith"}

// addTerm adds the words of p, which are one term: what stands together without
// a space was meant together, as in covid-19 and in a script without spaces.
func (q *Query) addTerm(p piece) {
	t := Term{Not: p.not, Exact: p.quoted}
	if text, ok := strings.CutSuffix(p.text, "*"); ok && !p.quoted {
		p.text, t.Open = text, true
	}
	for w := range Words(p.text) {
		if !w.Tail {
			t.Words = append(t.Words, w.Text)
		}
	}
	if len(t.Words) == 0 {
		return
	}
	last := t.Words[len(t.Words)-1]
	switch r, n := utf8.DecodeRuneInString(last); {
	case kindOf(r) == dense:
		// One character by itself begins the pairs that it is found in.
		t.Open = n == len(last)
		t.Exact = !t.Open
	case utf8.RuneCountInString(last) < minStem:
		t.Exact = !t.Open
	}
	q.Terms = append(q.Terms, t)
}

// date is the beginning of the day, month or year that s names.
func date(s string, zone *time.Location) (at time.Time, err error) {
	for _, layout := range []string{time.DateOnly, "2006-01", "2006"} {
		if at, err = time.ParseInLocation(layout, s, zone); err == nil {
			break
		}
	}
	return at, err
}

// Elsewhere is how to look for the same among comments instead of articles, or
// the other way round.
func (q Query) Elsewhere() string {
	words := slices.DeleteFunc(strings.Fields(q.Text), func(w string) bool {
		return strings.HasPrefix(strings.TrimPrefix(strings.ToLower(w), "-"), "in:")
	})
	if !q.Comments {
		words = append(words, "in:comments")
	}
	return strings.Join(words, " ")
}

// Until is how to look for the same before a day, written as in before:.
func (q Query) Until(day string) string {
	words := slices.DeleteFunc(strings.Fields(q.Text), func(w string) bool { return strings.HasPrefix(strings.ToLower(w), "before:") })
	return strings.Join(append(words, "before:"+day), " ")
}
