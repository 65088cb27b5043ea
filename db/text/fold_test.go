package text

import "testing"

// What looks the same, or says the same, is one: however it was typed.
func TestEssence(t *testing.T) {
	for in, want := range map[string]string{
		"Buy now!":            "buy now",
		"  BUY\n\n now ":      "buy now",
		"“Buy”, now…":         "buy now",
		"Вuу nоw":             "buy now", // Cyrillic
		"Ｂｕｙ　ｎｏｗ":             "buy now",
		"B\u200bu\u00ady now": "buy now",
		"Búy nöw":             "buy now",
		"buy-now":             "buy now",
		"buynow":              "buynow",
		"Buy 2, get 1":        "buy 2 get 1",
		"Yes? No!":            "yes no",
		"¿Sí?":                "si",
		"…":                   "...", // nothing but punctuation
		"?!":                  "?!",
		"👍":                   "👍",
		"C++":                 "c++",
		"":                    "",
		"。好的，明白！":             "好的 明白",
		"नमस्ते।":             Fold("नमस्ते"),
	} {
		if got := Essence(in); got != want {
			t.Errorf("Essence(%q) = %q, want %q", in, got, want)
		}
	}
}
