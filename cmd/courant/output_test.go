package main

import (
	"strings"
	"testing"
)

// Nothing that a command prints steers a terminal, however it was cut into writes.
func TestHarmless(t *testing.T) {
	const in, want = "Müller\x1b[31m \u009bred \u202egnp\u2069 潮汐\n", "Müller\uFFFD[31m \uFFFDred gnp 潮汐\n"
	for cut := range len(in) {
		var out strings.Builder
		h := &harmless{to: &out}
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
func TestPrintJSON(t *testing.T) {
	var out strings.Builder
	a := &app{stdout: &out}
	if err := a.printJSON(map[string]string{"a": "x\u009by\u202ez\x7f"}); err != nil {
		t.Fatal(err)
	}
	if got, want := out.String(), `{"a":"x\u009by\u202ez\u007f"}`+"\n"; got != want {
		t.Errorf("printed %s, want %s", got, want)
	}
}
