package text_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/rivo/uniseg"

	"courant/db/text"
)

func TestCut(t *testing.T) {
	for _, c := range []struct {
		name, in string
		n        int
		want     string
	}{
		{"none", "", 5, ""},
		{"short", "short", 10, "short"},
		{"just fits", "exact", 5, "exact"},
		{"one over", "exactly", 6, "exact…"},
		{"between words", "a word more", 8, "a word…"},
		{"at a word's end", "aaaa bb cc", 8, "aaaa bb…"},
		{"no word ends in the second half", "a onelongwordinall", 12, "a onelongwo…"},
		{"no spaces", "onelongword", 5, "onel…"},
		{"no point before it", "end, more", 6, "end…"},
		{"no stop before it", "It ended. More", 11, "It ended…"},
		{"two bytes a letter, short enough", "ééééé", 5, "ééééé"},
		{"two bytes a letter", "ééééé ééééé", 8, "ééééé…"},
		{"a letter of two code points", strings.Repeat("e\u0301", 6), 6, strings.Repeat("e\u0301", 6)},
		{"never inside one", strings.Repeat("e\u0301", 7), 6, strings.Repeat("e\u0301", 5) + "…"},
		{"a family is one", "👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧", 2, "👩‍👩‍👧…"},
		{"a flag is one", "🇮🇸🇮🇸🇮🇸", 2, "🇮🇸…"},
		{"a mark after ASCII", "ae\u0301x", 2, "a…"},
		{"no UTF-8", "\xff\xfe\xfd\xfc", 3, "\xff\xfe…"},
		{"one", "ab", 1, "…"},
	} {
		if got := text.Cut(c.in, c.n); got != c.want {
			t.Errorf("%s: Cut(%q, %d) = %q, want %q", c.name, c.in, c.n, got, c.want)
		}
	}
}

// What is cut is a beginning, never longer than it may be; what fits is left.
func FuzzCut(f *testing.F) {
	f.Add("a word more", 8)
	f.Add("e\u0301e\u0301\r\n🇮🇸🇮🇸 x", 3)
	f.Fuzz(func(t *testing.T, s string, n int) {
		if n < 1 || n > 1000 {
			return
		}
		got, all := text.Cut(s, n), uniseg.GraphemeClusterCount(s)
		if (got == s) != (all <= n) && s != "…" {
			t.Fatalf("Cut(%q, %d) = %q, of %d characters", s, n, got, all)
		}
		if head, cut := strings.CutSuffix(got, "…"); got != s && (!cut || !strings.HasPrefix(s, head) || uniseg.GraphemeClusterCount(head) > n-1) {
			t.Fatalf("Cut(%q, %d) = %q", s, n, got)
		}
	})
}

// slowLine is Line without its short cut.
func slowLine(s string) string {
	words := strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
	return strings.ToValidUTF8(strings.Join(words, " "), "\uFFFD")
}

func TestLine(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "a": "a", "a b": "a b", " a": "a", "a ": "a", "a  b": "a b", "a\nb": "a b", "\r\n": "", "a\x00b": "a b", "\x1b[31mred": "[31mred", "a\u0085b": "a b",
		"a\u009bb": "a b", "a\u2028b": "a b", "a\u3000b": "a b", "a\xc2": "a\uFFFD", "\xe2\x80": "\uFFFD", "é ü": "é ü", "\x7f": "",
	} {
		if got := text.Line(in); got != want {
			t.Errorf("Line(%q) = %q, want %q", in, got, want)
		}
	}
	for r := rune(0); r <= unicode.MaxRune; r++ { // the short cut lets by what is a line, and nothing else
		for _, s := range []string{"a" + string(r) + "b", string(r), "a " + string(r)} {
			if got, want := text.Line(s), slowLine(s); got != want {
				t.Fatalf("Line(%+q) = %+q, want %+q", s, got, want)
			}
		}
	}
}

func TestSentences(t *testing.T) {
	for in, want := range map[string][]string{
		"One. Two! Three? four":                                  {"One.", "Two!", "Three? four"},
		"Dr. Lee met J. Odell in the U.S. on Monday. It rained.": {"Dr. Lee met J. Odell in the U.S. on Monday.", "It rained."},
		"It cost 3.5 million. Version 2.0 is out.":               {"It cost 3.5 million.", "Version 2.0 is out."},
		"今日は雨でした。明日は晴れです。":                                       {"今日は雨でした。", "明日は晴れです。"},
		"": nil,
	} {
		var got []string
		for end, s := range text.Sentences(in) {
			if got = append(got, s); !strings.HasSuffix(in[:end], s) || !utf8.ValidString(in[:end]) {
				t.Errorf("Sentences(%q): %q ends at %d", in, s, end)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Sentences(%q) (-want +got):\n%s", in, diff)
		}
	}
}

// A secret shown is a secret shown.
func TestRedact(t *testing.T) {
	for in, want := range map[string]string{
		"http://a.example/x?y#z":            "http://a.example/x?y#z",
		"http://user:hush@a.example/x":      "http://a.example/x",
		"http://hush@a.example/x":           "http://a.example/x",
		"//user:hush@a.example/x":           "//a.example/x",
		"http://user:h%40sh@a.example/":     "http://a.example/",
		"https://a.example/@ann":            "https://a.example/@ann",
		"/x":                                "/x",
		"http://user:hush%@a.example/":      "", // none of these can be read
		"http://user:hush hush@a.example/x": "",
		"http://user:hu/sh@a.example/":      "",
		"http://[user:hush@a.example/":      "",
		"http:/user:hush@a.example/":        "",
		"http:user:hush@a.example/":         "",
		"user:hush@a.example/x":             "",
		"hush@a.example/x":                  "",
		"http://user:hush@a.example/\x01":   "",
	} {
		if got := text.Redact(in); got != want {
			t.Errorf("Redact(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestEscapePercents(t *testing.T) {
	for in, want := range map[string]string{"": "", "a%20b": "a%20b", "100%": "100%25", "%zz%2": "%25zz%252", "%%41": "%25%41", "%aF": "%aF"} {
		if got := text.EscapePercents(in); got != want {
			t.Errorf("EscapePercents(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestSlug(t *testing.T) {
	for in, want := range map[string]string{
		"Harbour City Opens Its Tidal Power Plant After Ten Years": "harbour-city-opens-its-tidal-power-plant-after-ten-years",
		"It's 5 o’clock – again!":                                  "its-5-oclock-again",
		"Über café":                                                "uber-cafe",
		"北京":                                                       "",
		"  --  ":                                                   "",
		strings.Repeat("word ", 40):                                strings.TrimSuffix(strings.Repeat("word-", 16), "-"),
		strings.Repeat("x", 100):                                   strings.Repeat("x", 80),
	} {
		if got := text.Slug(in); got != want {
			t.Errorf("Slug(%q) = %q, want %q", in, got, want)
		}
	}
}

// U36: a slug in another alphabet says what the article is about.
func TestArticleSlug(t *testing.T) {
	for in, want := range map[string]string{
		"It's 5 o’clock – again!": "its-5-oclock-again", "Über café": "uber-cafe", "Straße nach Tromsø": "strasse-nach-tromso",
		"北京 奥运会": "北京-奥运会", "Новый йогурт": "новый-йогурт", "افتتاح المحطة": "افتتاح-المحطة", "हिन्दी समाचार": "हिन्दी-समाचार", "한국 뉴스": "한국-뉴스",
		"  --  ": "", "👍👍": "", "iPhone 17 发布": "iphone-17-发布",
		strings.Repeat("word ", 40):  strings.TrimSuffix(strings.Repeat("word-", 16), "-"),
		strings.Repeat("x", 100):     strings.Repeat("x", 80),
		strings.Repeat("слово ", 40): strings.TrimSuffix(strings.Repeat("слово-", 11), "-"),
		strings.Repeat("港", 100):     strings.Repeat("港", 40),
	} {
		if got := text.ArticleSlug(in); got != want {
			t.Errorf("ArticleSlug(%q) = %q, want %q", in, got, want)
		}
	}
}
