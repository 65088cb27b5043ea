package discovery

import (
	"testing"

	"courant/db"
)

// A locale is taken for the language tag that it means, and nothing else is (F3).
func TestLanguageOf(t *testing.T) {
	for in, want := range map[string]string{"en_US": "en-US", "pt-BR": "pt-BR", "": "", "English, please": "", "en\" x=\"": ""} {
		if got := languageOf(db.Source{Language: in}); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
