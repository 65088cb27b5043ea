package feeds

import (
	"strings"
	"testing"
	"unicode"
)

// A line is legal text on one line, whatever is in it.
func TestLine(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		for _, s := range []string{"a" + string(r) + "b", string(r), "a " + string(r)} {
			if got, want := line(s), strings.Join(strings.Fields(legal(s)), " "); got != want {
				t.Fatalf("line(%+q) = %+q, want %+q", s, got, want)
			}
		}
	}
	for in, want := range map[string]string{
		"": "", "a": "a", "a b": "a b", " a": "a", "a ": "a", "a  b": "a b", "a\nb": "a b", "a\xc2": "a?", "\xe2\x80": "??", "\u00a0": "",
	} {
		if got := line(in); got != want {
			t.Errorf("line(%+q) = %+q, want %+q", in, got, want)
		}
	}
}
