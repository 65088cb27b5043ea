package query

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// shown is q as the tests below write it.
func shown(q Query) string {
	var parts []string
	for _, t := range q.Terms {
		s := strings.Join(t.Words, "+")
		switch {
		case t.Open:
			s += "*"
		case !t.Exact:
			s += "~"
		}
		if t.Not {
			s = "-" + s
		}
		parts = append(parts, s)
	}
	for _, f := range q.Filters {
		s := fmt.Sprintf("%s=%s", f.Field, f.Value)
		if f.Not {
			s = "-" + s
		}
		parts = append(parts, s)
	}
	if !q.After.IsZero() {
		parts = append(parts, ">="+q.After.Format(time.RFC3339))
	}
	if !q.Before.IsZero() {
		parts = append(parts, "<"+q.Before.Format(time.RFC3339))
	}
	if q.Comments {
		parts = append(parts, "comments")
	}
	return strings.Join(parts, " ")
}

func TestParse(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{"  \t\n ", ""},
		{"storm", "storm~"},
		{"Storm HARBOUR", "storm~ harbour~"},
		{"EU", "eu"},
		{`"storm surge"`, "storm+surge"},
		{`"storm"`, "storm"},
		{`“storm surge” «le vent»`, "storm+surge le+vent"},
		{"covid-19", "covid+19"},
		{"node.js", "node+js"},
		{"l'été", "l+ete"},
		{"-storm wind", "-storm~ wind~"},
		{`wind -"storm surge"`, "wind~ -storm+surge"},
		{"wind - storm", "wind~ storm~"},
		{"elect*", "elect*"},
		{"a*", "a*"},
		{"東京", "東京"},
		{"東京都", "東京+京都"},
		{"東", "東*"},
		{"カ\u3099", "ガ*"},
		{"Größe ÇA Łódź", "grosse~ ca lodz~"},
		{"ＡＢＣＤ", "abcd~"},
		{"source:bbc climate", "climate~ source=bbc"},
		{`tag:"climate change" -tag:sport Section:World`, "tag=climate change -tag=sport section=World"},
		{"author:smith", "author=smith"},
		{"after:2026-11-22 before:2026-12", ">=2026-11-22T00:00:00Z <2026-12-01T00:00:00Z"},
		{"after:2026 after:2025 before:2027 before:2028", ">=2026-01-01T00:00:00Z <2027-01-01T00:00:00Z"},
		{"in:comments harbour", "harbour~ comments"},
		{"harbour in:articles", "harbour~"},
		// What the engine would read as its own language is words to us (V68).
		{`"`, "!There is no word"},
		{`*`, "!There is no word"},
		{`NEAR(storm, surge)`, "near+storm~ surge~"},
		{`NEAR(`, "near~"},
		{`col:storm`, "col+storm~"},
		{`^storm`, "storm~"},
		{`- `, "!There is no word"},
		{`"unbalanced storm`, "unbalanced+storm"},
		{`storm OR surge AND NOT wind`, "storm~ or surge~ and not wind~"},
		{`%%%`, "!There is no word"},
		{`'; DROP TABLE article; --`, "drop~ table~ article~"},
		{"storm\x00surge", "storm~ surge~"},
		{"\xff\xfestorm", "storm~"},
		// What cannot be answered says what to do.
		{"-storm", "!Add a word"},
		{"in:comments", "!There is no word"},
		{"-source:bbc", "!Add a word"},
		{"in:pictures storm", "!neither articles nor comments"},
		{"before:yesterday", "!wants a date, such as before:2026-11-22"},
		{"after:", "!wants a date"},
		{"-after:2026", "!without the hyphen"},
		{"source: bbc", "!right after the colon, such as source:bbc"},
		{"after:2027 before:2026", "!after: is the earlier day"},
		{strings.Repeat("x", MaxChars+1), "!too long: 301 characters"},
		{strings.Repeat("ab ", MaxTerms+1), "!too many words"},
		{strings.Repeat("a ", 10_000), "!too long"},
		{strings.Repeat("語", maxWords+2), "!phrases are too long"},
	} {
		q, err := Parse(c.text, time.UTC)
		want, fails := strings.CutPrefix(c.want, "!")
		var e *Error
		switch {
		case fails && (!errors.As(err, &e) || !strings.Contains(e.Error(), want)):
			t.Errorf("%.40q: %v, want an error with %q", c.text, err, want)
		case !fails && (err != nil || shown(q) != want):
			t.Errorf("%.40q reads as %q, %v, want %q", c.text, shown(q), err, want)
		}
	}
}

// A day is one of the site's zone.
func TestParseZone(t *testing.T) {
	rome, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	q, err := Parse("after:2026-07-01", rome)
	if want := time.Date(2026, 6, 30, 22, 0, 0, 0, time.UTC); err != nil || !q.After.Equal(want) {
		t.Errorf("after %v, %v, want %v", q.After, err, want)
	}
}

func TestWords(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"The storm, the SURGE.", "the storm the surge"},
		{"don't", "don t"},
		{"東京都に", "東京 京都 都に .に"},
		{"東京 tower", "東京 .京 tower"},
		{"京", "京"},
		{"Wi‑Fi 802.11ax", "wi fi 802 11ax"},
		{"Ελλάς ΕΛΛΑΣ", "ελλασ ελλασ"},
		{"İstanbul ışık", "istanbul isik"},
		{"שָׁלוֹם", "שלום"},
		{"مُحَمَّد", "محمد"},
		{"हिन्दी", "हिन्दी"},
		{"서울에서", "서울에서"},
		{"ประเทศ", "ปร ระ ะเ เท ทศ .ศ"},
		{"ﬁnance Straße", "finance strasse"},
		{"c++ 🌊 50%", "c 50"},
		{strings.Repeat("x", 100), strings.Repeat("x", wordBytes)},
	} {
		var got []string
		for w := range Words(c.text) {
			s := w.Text
			if w.Tail {
				s = "." + s
			}
			got = append(got, s)
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%q: %q, want %q", c.text, s, c.want)
		}
	}
}

// marked is list with brackets for its marks.
func marked(list []Piece) string {
	var b strings.Builder
	for _, p := range list {
		if p.Marked {
			b.WriteString("[" + p.Text + "]")
		} else {
			b.WriteString(p.Text)
		}
	}
	return b.String()
}

func TestMark(t *testing.T) {
	for _, c := range []struct{ query, text, want string }{
		{"storm", "A storm. Storms, stormy; the stormtrooper and BRAINSTORM", "A [storm]. [Storms], [stormy]; the stormtrooper and BRAINSTORM"},
		{`"storm"`, "storm storms", "[storm] storms"},
		{"storm*", "the stormtrooper", "the [stormtrooper]"},
		{`"storm surge"`, "storm, surge; surge storm", "[storm, surge]; surge storm"},
		{"-wind storm", "wind and storm", "wind and [storm]"},
		{"ete", "L'Été arrive", "L'[Été] arrive"},
		{"東京", "私は東京都に住む", "私は[東京]都に住む"},
		{"京都に", "私は東京都に住む", "私は東[京都に]住む"},
		{"京", "東京の京", "東[京]の[京]"},
		{"都", "東京都", "東京[都]"},
		{"2026", "20261 2026", "20261 [2026]"},
		{"<b>", "a <b>bold</b> claim", "a <[b]>bold</[b]> claim"},
		{"storm surge", "a storm surge", "a [storm] [surge]"},
	} {
		q, err := Parse(c.query, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		if got := marked(q.Mark(c.text)); got != c.want {
			t.Errorf("%q in %q: %q, want %q", c.query, c.text, got, c.want)
		}
	}
}

func TestExcerpt(t *testing.T) {
	long := strings.Repeat("nothing here yet ", 30) + "the storm came before the surge broke the harbour wall " + strings.Repeat("and after it calm ", 30)
	for _, c := range []struct{ query, want string }{
		{"surge harbour", "…before the [surge] broke the [harbour] wall and after it calm…"},
		{"absent", "nothing here yet nothing here yet nothing here yet nothing…"},
	} {
		q, err := Parse(c.query, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		if got := marked(q.Excerpt(long, 60)); got != c.want {
			t.Errorf("%q: %q, want %q", c.query, got, c.want)
		}
	}
	q, _ := Parse("storm", time.UTC)
	if got := marked(q.Excerpt("a short storm", 60)); got != "a short [storm]" {
		t.Errorf("a short text: %q", got)
	}
}

func TestMatches(t *testing.T) {
	for _, c := range []struct {
		query string
		texts []string
		want  bool
	}{
		{`"storm surge"`, []string{"A storm surge"}, true},
		{`"storm surge"`, []string{"A surge, a storm"}, false},
		{`"storm surge"`, []string{"The storm", "surge after surge"}, false}, // not across texts
		{`storm -"storm surge"`, []string{"A storm surge"}, false},
		{`storm -"storm surge"`, []string{"A storm"}, true},
		{"covid-19", []string{"Covid 19 again"}, true},
		{"東京都", []string{"東京と京都"}, false},
		{"東京都", []string{"これは東京都"}, true},
		{`"東京 tower"`, []string{"東京 tower"}, true},
	} {
		q, err := Parse(c.query, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		if !q.Careful() {
			t.Errorf("%q has no phrase", c.query)
		}
		if got := q.Matches(c.texts...); got != c.want {
			t.Errorf("%q in %q: %v", c.query, c.texts, got)
		}
	}
}

func TestScore(t *testing.T) {
	q, err := Parse("storm harbour -calm", time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	both, one := q.Score("Storm in the harbour", ""), q.Score("Storm", "at the harbour")
	lead, none := q.Score("News", "a storm in the harbour"), q.Score("News", "nothing")
	if !(both == 1 && both > one && one > lead && lead > none && none == 0) {
		t.Errorf("both in the headline %v, one %v, both in the lead %v, none %v", both, one, lead, none)
	}
}

// Whatever is looked for, in whatever: what is read is bounded and reads the
// same again, an excerpt is of the text, and what is marked is a place in it.
func FuzzQuery(f *testing.F) {
	for _, s := range []string{"storm", `"a b" -c*`, "東京都 source:x", `tag:"a b" before:2026-01`, "NEAR( ^ * \" -", "ﷺ ﬁ ǅ İ ß"} {
		f.Add(s, "The storm surge, 東京都 and "+s)
	}
	f.Fuzz(func(t *testing.T, s, text string) {
		q, err := Parse(s, time.UTC)
		if utf8.RuneCountInString(q.Text) > MaxChars || len(q.Terms) > MaxTerms {
			t.Fatalf("%q: %d terms in %q", s, len(q.Terms), q.Text)
		}
		if err == nil {
			again, err := Parse(q.Text, time.UTC)
			if err != nil || shown(again) != shown(q) || again.Text != q.Text {
				t.Errorf("%q reads as %q, then as %q, %v", s, shown(q), shown(again), err)
			}
		}
		for _, term := range q.Terms {
			for _, w := range term.Words {
				if w == "" || len(w) > wordBytes || fold(w) != w {
					t.Errorf("%q has the word %q, folded again %q", s, w, fold(w))
				}
			}
		}
		var b strings.Builder
		for _, p := range q.Mark(text) {
			b.WriteString(p.Text)
		}
		if b.String() != text {
			t.Errorf("marked, %q is %q", text, b.String())
		}
		list := q.Excerpt(text, 50)
		list = slices.DeleteFunc(list, func(p Piece) bool { return p.Text == "…" })
		b.Reset()
		for _, p := range list {
			b.WriteString(p.Text)
		}
		if !strings.Contains(text, b.String()) {
			t.Errorf("%q is no part of %q", b.String(), text)
		}
		end := 0
		for w := range Words(text) {
			if w.From < 0 || w.From >= w.To || w.To > len(text) || w.To < end || w.Text == "" || len(w.Text) > wordBytes {
				t.Fatalf("%q has the word %+v after %d", text, w, end)
			}
			end = w.From
		}
	})
}
