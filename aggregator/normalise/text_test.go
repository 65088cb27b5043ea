package normalise

import (
	"testing"
	"unicode"
)

// plain looks no further at ordinary characters: they must be none of those that it
// changes.
func TestOrdinary(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if isOrdinary(r) && (unicode.IsSpace(r) || unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.M)) {
			t.Errorf("%U is ordinary", r)
		}
	}
}
