package source

import (
	"bytes"
	"strings"
	"testing"

	"courant/cmd/courant/cli"
)

// Who withdraws at a terminal is asked for the reason that readers see, unless
// he gave one, even an empty one.
func TestReasonFor(t *testing.T) {
	for _, c := range []struct {
		name, want string
		asks       bool
		flags      []string
		prompted   bool
	}{
		{"nobody there", "", false, nil, false},
		{"asked", "It was wrong.", true, nil, true},
		{"told", "Told.", true, []string{"--reason", "Told."}, false},
		{"told none", "", true, []string{"--reason="}, false},
	} {
		var stderr bytes.Buffer
		a := &cli.App{Stdin: strings.NewReader("y\n It was wrong.\n"), Stderr: &stderr, Asks: c.asks}
		if !a.Agrees("Sure?") {
			t.Errorf("%s: y is no yes", c.name)
		}
		cmd := withdrawCommand(a)
		if err := cmd.ParseFlags(c.flags); err != nil {
			t.Fatal(err)
		}
		given, _ := cmd.Flags().GetString("reason")
		if got := a.ReasonFor(cmd, given, "it"); got != c.want {
			t.Errorf("%s: reason %q, want %q", c.name, got, c.want)
		}
		if prompted := strings.Contains(stderr.String(), "Readers see the reason"); prompted != c.prompted {
			t.Errorf("%s: asked on the terminal: %v", c.name, prompted)
		}
	}
}
