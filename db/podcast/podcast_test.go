package podcast

import "testing"

func TestSeconds(t *testing.T) {
	for in, want := range map[string]int{
		"1:02:03": 3723, " 62:03 ": 3723, "3723": 3723, "3723.9": 3723, "00:00:00": 0, "": 0, "an hour": 0, "1:2:3:4": 0, "-5": 0, "1:-5": 0,
		"99999999": 0, "9999999999999999999": 0, "604800": 604800, "200:00:00": 0,
	} {
		if got := Seconds(in); got != want {
			t.Errorf("Seconds(%q) = %d, want %d", in, got, want)
		}
	}
}

func TestWords(t *testing.T) {
	for in, want := range map[string]string{"yes": "true", "Explicit": "true", "clean": "false", "NO": "false", "perhaps": "", "": ""} {
		if got := Explicit(in); got != want {
			t.Errorf("Explicit(%q) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{"Bonus": "bonus", " full ": "full", "special": ""} {
		if got := Kind(in); got != want {
			t.Errorf("Kind(%q) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]int{"12": 12, "-1": 0, "twelve": 0, "99999999": 0} {
		if got := Count(in); got != want {
			t.Errorf("Count(%q) = %d, want %d", in, got, want)
		}
	}
}
