package likeness

import (
	"fmt"
	"strings"
	"testing"
)

func TestFold(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"case and punctuation", "Hello, World!", "hello world"},
		{"typography", "“Don’t” — it’s  over", "dont its over"},
		{"plain apostrophe", "Don't", "dont"},
		{"accents", "Übergrößen à l’École", "ubergroßen a lecole"},
		{"decomposed", "E\u0301cole", "ecole"},
		{"accent after ASCII", "Cafe\u0301 au lait", "cafe au lait"},
		{"full width", "ＡＢＣ１２", "abc12"},
		{"invisible", "so\u00adft zero\u200bwidth", "soft zerowidth"},
		{"Chinese", "中文，标题", "中 文 标 题"},
		{"Korean stays whole", "안녕 세계", "안녕 세계"},
		{"Hindi keeps its vowels", "हिन्दी", "हिन्दी"},
		{"Cyrillic", "Новости — ДНЯ", "новости дня"},
		{"digits", "3.5% of 1,000", "3 5 of 1 000"},
		{"nothing", "—!?", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Fold(c.in)
			if got != c.want && Fold(c.want) != got { // NFKD parts what the case writes as one
				t.Errorf("Fold(%q) = %q, want %q", c.in, got, c.want)
			}
			if again := Fold(got); again != got {
				t.Errorf("Fold(%q) = %q: folding twice is not folding once", got, again)
			}
		})
	}
}

func TestHash(t *testing.T) {
	if Hash("") != 0 {
		t.Error("nothing has a hash")
	}
	if Hash("a") == Hash("b") || Hash("a") == 0 {
		t.Error("two texts share a hash")
	}
}

// numbered is a text of words from..to-1, each of its own.
func numbered(from, to int) string {
	var b strings.Builder
	for i := from; i < to; i++ {
		fmt.Fprintf(&b, "word%d ", i)
	}
	return b.String()
}

func TestOverlap(t *testing.T) {
	for _, c := range []struct {
		name     string
		a, b     string
		low, top float64
	}{
		{"the same", numbered(0, 400), numbered(0, 400), 1, 1},
		{"the same but for marks", "The plant, after ten years, opens.", "“the Plant after ten years opens”", 1, 1},
		{"nothing in common", numbered(0, 400), numbered(1000, 1400), 0, 0.03},
		{"half of either", numbered(0, 400), numbered(200, 600), 0.2, 0.47},
		{"a tenth was added", numbered(0, 400), numbered(0, 440), 0.8, 0.98},
		{"short, one word more", "one two three four five six", "one two three four five six seven", 0.6, 0.95},
		{"one word", "Hello", "hello!", 1, 1},
		{"one other word", "Hello", "Goodbye", 0, 0},
		{"two short texts", "Text of A.", "Text of C.", 0, 0},
		{"no words", "", numbered(0, 10), 0, 0},
		{"no words on both sides", "…", "—", 0, 0},
		{"Chinese", "海港城十年后启用潮汐发电厂", "海港城十年后启用潮汐发电厂！", 1, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Of(c.a).Overlap(Of(c.b))
			if got < c.low || got > c.top {
				t.Errorf("overlap is %.2f, want %.2f to %.2f", got, c.low, c.top)
			}
			if back := Of(c.b).Overlap(Of(c.a)); back != got {
				t.Errorf("overlap is %.2f, and %.2f the other way round", got, back)
			}
		})
	}
}

// A sketch must tell overlaps of 0.2 from those of 0.6 for certain: identity
// hangs on it.
func TestOverlapIsNear(t *testing.T) {
	for i := range 200 {
		base := i * 10_000
		a := Of(numbered(base, base+300))
		// The second shares 225 of 300 shingles, so 225 of 375: 0.6.
		if got := a.Overlap(Of(numbered(base+75, base+375))); got < 0.38 || got > 0.82 {
			t.Errorf("overlap of 0.6 is told as %.2f", got)
		}
		// 30 of 570: 0.05.
		if got := a.Overlap(Of(numbered(base+270, base+570))); got >= 0.2 {
			t.Errorf("overlap of 0.05 is told as %.2f", got)
		}
	}
}

func FuzzOf(f *testing.F) {
	f.Add("Hello, World")
	f.Add("中文 e\u0301 \xff \u200b")
	f.Fuzz(func(t *testing.T, text string) {
		s := Of(text)
		if s != nil && (len(s) != 2*bins || s.Overlap(s) != 1) {
			t.Errorf("the sketch of %q is not itself", text)
		}
		if (s == nil) != (Fold(text) == "") && len(text) <= maxText {
			t.Errorf("%q has words for one and none for the other", text)
		}
	})
}

func BenchmarkOf(b *testing.B) {
	text := numbered(0, 500)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		Of(text)
	}
}
