package feeds

import (
	"strings"
	"testing"
	"unicode"
)

// What isLine lets by unchanged is what line would give.
func TestIsLine(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		for _, s := range []string{"a" + string(r) + "b", string(r), "a " + string(r)} {
			if want := strings.Join(strings.Fields(legal(s)), " ") == s; isLine(s) != want {
				t.Fatalf("%+q: %v", s, !want)
			}
		}
	}
	for s, want := range map[string]bool{
		"": true, "a": true, "a b": true, " a": false, "a ": false, "a  b": false, "a\nb": false, "a\xc2": false, "\xe2\x80": false, " ": false,
	} {
		if isLine(s) != want {
			t.Errorf("%+q: %v", s, !want)
		}
	}
}
