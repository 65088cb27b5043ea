package text

import "testing"

func TestTerminal(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"plain", "a\tb\n", "a\tb\n"},
		{"letters of all the world", "Müller 潮汐 שלום", "Müller 潮汐 שלום"},
		{"a colour", "a\x1b[31mb", "a\uFFFD[31mb"},
		{"C1", "a\u009b31mb\u0085c", "a\uFFFD31mb\uFFFDc"},
		{"a byte that is no text", "a\x9b31m", "a\uFFFD31m"},
		{"an override", "a\u202egnp.exe", "agnp.exe"},
		{"isolates", "\u2067a\u2069", "a"},
		{"marks of direction stay", "\u200fa\u200e", "\u200fa\u200e"},
		{"delete", "a\x7f", "a\uFFFD"},
	} {
		if got := Terminal(c.in); got != c.want {
			t.Errorf("%s: Terminal(%q) = %q, want %q", c.name, c.in, got, c.want)
		}
	}
}
