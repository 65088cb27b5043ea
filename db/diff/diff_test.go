package diff

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestDistance(t *testing.T) {
	long := strings.Repeat("word ", 5000)
	for _, c := range []struct {
		name, a, b string
		most, want int
	}{
		{"nothing", "", "", 50, 0},
		{"the same", "one two", "one two", 50, 0},
		{"white space", " one\n\ttwo ", "one two", 50, 0},
		{"one letter for another", "color", "colar", 50, 2},
		{"one letter more", "color", "colour", 50, 1},
		{"all new", "", "12345", 50, 5},
		{"exactly the limit", "", strings.Repeat("x", 50), 50, 50},
		{"over the limit", "", strings.Repeat("x", 51), 50, 51},
		{"far over the limit", "", long, 50, 51},
		{"as long, and quite another", strings.Repeat("a", 9000), strings.Repeat("b", 9000), 50, 51},
		{"in two places far apart", "A" + long + "B", "C" + long + "D", 50, 4},
		{"characters, not bytes", "é", "ü", 50, 2},
		{"Chinese", "海港城", "海港市", 50, 2},
		{"a limit of nothing", "a", "b", 0, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Distance(c.a, c.b, c.most); got != c.want {
				t.Errorf("Distance = %d, want %d", got, c.want)
			}
			if got := Distance(c.b, c.a, c.most); got != c.want {
				t.Errorf("Distance the other way round = %d, want %d", got, c.want)
			}
		})
	}
}

// shown is how a person reads a list of pieces.
func shown(list []Piece) string {
	var b strings.Builder
	for _, p := range list {
		if p.Op == Same {
			b.WriteString(p.Text)
		} else {
			fmt.Fprintf(&b, "[%c%s]", p.Op, p.Text)
		}
	}
	return b.String()
}

func TestWords(t *testing.T) {
	for _, c := range []struct{ name, a, b, want string }{
		{"nothing", "", "", ""},
		{"the same", "one two", "one two", "one two"},
		{"a word for another", "one two three", "one 2 three", "one [-two ][+2 ]three"},
		{"a word more", "one three", "one two three", "one [+two ]three"},
		{"a word less", "one two three", "one three", "one [-two ]three"},
		{"at both ends", "a m z", "b m y", "[-a ][+b ]m [-z][+y]"},
		{"two words in a row are one change", "x one two y", "x three four y", "x [-one two ][+three four ]y"},
		{"all new", "", "one two", "[+one two]"},
		{"all gone", "one two", "", "[-one two]"},
		{"Chinese", "海港城启用", "海港市启用", "海港[-城][+市]启用"},
		{"Chinese after Latin", "AB海港", "AB港", "AB[-海]港"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := shown(Words(c.a, c.b)); got != c.want {
				t.Errorf("Words = %s, want %s", got, c.want)
			}
		})
	}
}

// check holds Words to its law: it tells how a becomes b.
func check(t *testing.T, a, b string) {
	t.Helper()
	var x, y strings.Builder
	for i, p := range Words(a, b) {
		if p.Text == "" {
			t.Fatalf("piece %d of %q, %q is empty", i, a, b)
		}
		if p.Op != Added {
			x.WriteString(p.Text)
		}
		if p.Op != Deleted {
			y.WriteString(p.Text)
		}
	}
	if x.String() != a || y.String() != b {
		t.Fatalf("the pieces of %q, %q make %q, %q", a, b, x.String(), y.String())
	}
}

func TestWordsOfRandomTexts(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	text := func() string {
		var b strings.Builder
		for range r.IntN(30) {
			b.WriteString([]string{"a ", "b ", "c\n", "海", "d  "}[r.IntN(5)])
		}
		return b.String()
	}
	for range 5000 {
		check(t, text(), text())
	}
	check(t, strings.Repeat("a b ", 3000), strings.Repeat("c d ", 3000)) // over the limit
}

func FuzzWords(f *testing.F) {
	f.Add("one two three", "one 2 three")
	f.Add("\xff海 ", " \u00a0海")
	f.Fuzz(func(t *testing.T, a, b string) { check(t, a, b) })
}

func BenchmarkDistance(b *testing.B) {
	long := strings.Repeat("word ", 5000)
	for b.Loop() {
		Distance("A"+long+"B", "C"+long+"D", 50)
	}
}
