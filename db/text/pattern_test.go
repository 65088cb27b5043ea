package text_test

import (
	"testing"

	"courant/db/text"
)

// Pattern compiles once, when it is first asked.
func TestPattern(t *testing.T) {
	p := text.Pattern(`^a+$`)
	first := p()
	if again := p(); again != first {
		t.Error("it was compiled twice")
	}
	if !first.MatchString("aaa") || first.MatchString("ab") {
		t.Error("it is another expression")
	}
	late := text.Pattern(`(`)
	defer func() {
		if recover() == nil {
			t.Error("what is no expression passed for one")
		}
	}()
	late()
}
