package feed

import (
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

func mustURL(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func long(n int) string { return strings.Repeat("x", n) }

// encoded is s in another encoding.
func encoded(t *testing.T, e encoding.Encoding, s string) string {
	t.Helper()
	out, err := e.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestToUTF8(t *testing.T) {
	const want = "<rss>Brøndby – “é”</rss>"
	declared := func(name string) string { return `<?xml version="1.0" encoding="` + name + `"?>` }
	for _, c := range []struct{ name, in, contentType, want, repair string }{
		{"utf-8", want, "", want, ""},
		{"utf-8 with a mark", "\xef\xbb\xbf" + want, "", want, ""},
		{"utf-8 under another label", declared("iso-8859-1") + want, "", declared("iso-8859-1") + want, "declared iso-8859-1, was utf-8"},
		{"windows-1252 under a utf-8 label", declared("utf-8") + encoded(t, charmap.Windows1252, want), "", declared("utf-8") + want, "declared utf-8, was windows-1252"},
		{"windows-1252 with no label", encoded(t, charmap.Windows1252, want), "", want, "undeclared, taken for utf-8, was windows-1252"},
		{"windows-1252 as iso-8859-1", declared("ISO-8859-1") + encoded(t, charmap.Windows1252, want), "", declared("ISO-8859-1") + want, ""},
		{"by the response", encoded(t, charmap.KOI8R, "<rss>Привет</rss>"), "text/xml; charset=koi8-r", "<rss>Привет</rss>", ""},
		{"by the declaration, where the response says what servers always say", declared("koi8-r") + encoded(t, charmap.KOI8R, "<rss>Привет</rss>"), "text/xml; charset=iso-8859-1", declared("koi8-r") + "<rss>Привет</rss>", ""},
		{"by the declaration", declared("euc-jp") + encoded(t, japanese.EUCJP, "<rss>日本語</rss>"), "", declared("euc-jp") + "<rss>日本語</rss>", ""},
		{"iso-2022-jp is ASCII with another meaning", declared("iso-2022-jp") + encoded(t, japanese.ISO2022JP, "<rss>日本語</rss>"), "", declared("iso-2022-jp") + "<rss>日本語</rss>", ""},
		{"utf-16 with a mark", encoded(t, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), want), "", want, ""},
		{"utf-16 without", encoded(t, unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), want), "", want, ""},
		{"utf-32", encoded(t, utf32.UTF32(utf32.BigEndian, utf32.UseBOM), want), "", want, ""},
		{"no such charset", declared("x-evil") + want, "", declared("x-evil") + want, "declared x-evil, which is not a charset, was utf-8"},
		{"a stray byte in utf-8", strings.Repeat(want, 3) + "\xff", "", strings.Repeat(want, 3) + "\uFFFD", "some bytes were not utf-8"},
		{"controls", "<rss>a\x00\x08b\x0b\ufffe</rss>", "", "<rss>ab</rss>", "control characters dropped"},
		{"C1 controls are windows-1252's letters", "<rss>it\u0092s</rss>", "", "<rss>it’s</rss>", ""},
		{"an overlong < is none", "<rss>\xc0\xbcb</rss>", "", "<rss>À¼b</rss>", "undeclared, taken for utf-8, was windows-1252"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, repairs := UTF8([]byte(c.in), c.contentType)
			if string(got) != c.want {
				t.Errorf("toUTF8 = %q, want %q", got, c.want)
			}
			if strings.Join(repairs, "; ") != c.repair {
				t.Errorf("repairs %q, want %q", repairs, c.repair)
			}
		})
	}
}

// What does not say its encoding, or the wrong one, is read by its letters.
func TestGuess(t *testing.T) {
	for name, text := range map[string]string{
		"euc-jp":       "ゲーム三昧な正月をずっと遊んでいる",
		"shift_jis":    "色々調べてたら、サポートしていないことが判明。",
		"euc-kr":       "에서 한글닉네임 표시하기 위하여",
		"gb18030":      "不归移民漫画系列：专业工作，他们的生活",
		"big5":         "這是一個中文的新聞網站，歡迎光臨",
		"koi8-r":       "Как пережить новогоднюю ночь",
		"windows-1251": "Как пережить новогоднюю ночь",
		"windows-1252": "L’été à la plage : où déjà être allé, là où ça a coûté",
	} {
		enc, _ := charset.Lookup(name)
		for _, head := range []string{"", `<?xml version="1.0" encoding="utf-8"?>`} {
			got, repairs := UTF8([]byte(head+"<rss>"+encoded(t, enc, text)+"</rss>"), "")
			if want := head + "<rss>" + text + "</rss>"; string(got) != want || len(repairs) != 1 || !strings.HasSuffix(repairs[0], ", was "+name) {
				t.Errorf("%s is read as %q, %q", name, got, repairs)
			}
		}
	}
}

// Text that was encoded twice is read, but not where only one article is about
// such text.
func TestOnce(t *testing.T) {
	if got, ok := once([]byte("<t>BrÃ¸ndby â€“ karantÃ¦ne Â x</t>")); !ok || string(got) != "<t>Brøndby – karantæne  x</t>" {
		t.Errorf("once = %q, %v", got, ok)
	}
	// Five bytes have no letter in windows-1252, and none has one in ISO 8859-1.
	if got, _ := UTF8([]byte("<t>â€œvinganÃ§aâ€\u009d Ð¸ Ñ\u0081 â\u0080\u0093</t>"), ""); string(got) != "<t>“vingança” и с –</t>" {
		t.Errorf("toUTF8 = %q", got)
	}
	for _, s := range []string{"<t>Brøndby</t>", "<t>Ã© is what é becomes – “so”</t>", "<t>Âge et château</t>", "<t>a</t>"} {
		if got, ok := once([]byte(s)); ok {
			t.Errorf("once(%q) = %q, want nothing done", s, got)
		}
	}
}

// Whatever comes in, what comes out is valid UTF-8 that XML allows.
func FuzzToUTF8(f *testing.F) {
	for _, s := range []string{"<rss>\xff", "\xff\xfe<\x00", `<?xml encoding="gbk"?>` + "\x81", "\x00\x00\xfe\xffa", "<?xml encoding='utf-7'?>+ADw-", "\x1b$B"} {
		f.Add([]byte(s), "text/xml; charset=big5")
		f.Add([]byte(s), "")
	}
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		text, _ := UTF8(body, contentType)
		if !utf8.Valid(text) {
			t.Fatalf("UTF8(%q) = %q, which is not valid", body, text)
		}
		if i := firstIllegal(text); i >= 0 {
			t.Fatalf("UTF8(%q) = %q, which holds a forbidden character at %d", body, text, i)
		}
	})
}

// A forbidden character is found wherever it stands among eight bytes that are looked
// at together, and no other is taken for one.
func TestFirstIllegal(t *testing.T) {
	plain := strings.Repeat("a\n~", 7)
	for at := range len(plain) {
		for c := rune(0); c < 0x120; c++ {
			text := plain[:at] + string(c) + plain[at:]
			want := -1
			if r := c; !legalRune(&r) || r != c {
				want = at
			}
			if got := firstIllegal([]byte(text)); got != want {
				t.Fatalf("firstIllegal(%q) = %d, want %d", text, got, want)
			}
		}
	}
}
