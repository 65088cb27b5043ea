package terminal

import (
	"strings"
	"testing"
)

// Nothing that a command prints steers a terminal, however it was cut into writes.
func TestHarmless(t *testing.T) {
	const in, want = "Müller\x1b[31m \u009bred \u202egnp\u2069 潮汐\n", "Müller\uFFFD[31m \uFFFDred gnp 潮汐\n"
	for cut := range len(in) {
		var out strings.Builder
		h := Harmless(&out)
		for _, part := range []string{in[:cut], in[cut:]} {
			if n, err := h.Write([]byte(part)); n != len(part) || err != nil {
				t.Fatalf("Write = %d, %v", n, err)
			}
		}
		if out.String() != want {
			t.Errorf("cut at %d: %q, want %q", cut, out.String(), want)
		}
	}
}

// JSON says all of it, escaped.
func TestJSON(t *testing.T) {
	var out strings.Builder
	if err := JSON(&out, map[string]string{"a": "x\u009by\u202ez\x7f"}); err != nil {
		t.Fatal(err)
	}
	if got, want := out.String(), `{"a":"x\u009by\u202ez\u007f"}`+"\n"; got != want {
		t.Errorf("printed %s, want %s", got, want)
	}
}

// What is cut takes no more columns than there are, however wide its letters.
func TestFit(t *testing.T) {
	for _, c := range []struct {
		in    string
		width int
		want  string
	}{
		{"abc", 0, "abc"},
		{"abc", 3, "abc"},
		{"abcd", 3, "ab…"},
		{"潮汐潮汐", 8, "潮汐潮汐"},
		{"潮汐潮汐", 7, "潮汐潮…"},
		{"潮汐潮汐", 6, "潮汐…"},
		{"ab cd", 4, "ab…"},
	} {
		if got := Fit(c.in, c.width); got != c.want {
			t.Errorf("Fit(%q, %d) = %q, want %q", c.in, c.width, got, c.want)
		}
	}
}
