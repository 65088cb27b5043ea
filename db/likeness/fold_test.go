package likeness

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// plainFold is what folding is: each character is looked at once the whole text is
// decomposed. What is stored goes by it, so that no faster way may give anything else.
func plainFold(text string) string {
	var b strings.Builder
	end := func() {
		if s := b.String(); s != "" && !strings.HasSuffix(s, " ") {
			b.WriteByte(' ')
		}
	}
	for _, r := range norm.NFKD.String(text) {
		switch {
		case unspaced(r):
			end()
			b.WriteString(string(r) + " ")
		case r >= 0x300 && r <= 0x36F, r == '\'', r == '’', unicode.Is(unicode.Cf, r):
		case unicode.IsLetter(r), unicode.IsDigit(r), unicode.Is(unicode.M, r):
			b.WriteRune(unicode.ToLower(r))
		default:
			end()
		}
	}
	return strings.TrimSuffix(b.String(), " ")
}

func TestFoldIsPlain(t *testing.T) {
	check := func(text string) {
		if got, want := Fold(text), plainFold(text); got != want {
			t.Fatalf("Fold(%q) = %q, want %q", text, got, want)
		}
	}
	for r := rune(0); r <= 0x30000; r++ {
		if utf8.ValidRune(r) {
			check(string(r))
			check("a" + string(r) + "b")
			check("é" + string(r) + string(r) + "—" + string(r))
		}
	}
	// Characters of all kinds side by side, marks of several classes among them.
	some := []rune("aZ 9'-éßÑı…½™’“ —\u00ad\u200b\u0301\u0327\u0345\u05b0\u05b1\u0651\u064e\u093f\u3099中한가ｶﾞก\ufeff\u0130ǅŉﬁﷺ")
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		var b strings.Builder
		for range rng.IntN(24) {
			b.WriteRune(some[rng.IntN(len(some))])
			if rng.IntN(40) == 0 {
				b.WriteString("\xe2\x80")
			}
		}
		check(b.String())
	}
	check(strings.Repeat("é\u0301\u0327\u05b1\u05b0", 40) + strings.Repeat("\u0316\u0301\u05b0", 40))
}

// The sketches of these texts stand in stores: another one would make another text of
// what did not change.
func TestOfStays(t *testing.T) {
	for text, want := range map[string]int64{
		numbered(0, 500): 2989596846059578936,
		"Übergrößen à l’École: “Don’t” — it’s  over… ½ price™": -7903182909154443021,
		"Новости — ДНЯ, 中文标题 한국어 हिन्दी":                       3290105334076372203,
		"two words": -8122185571946875666,
	} {
		if got := Hash(string(Of(text))); got != want {
			t.Errorf("the sketch of %.20q… hashes to %d, want %d", text, got, want)
		}
	}
}
