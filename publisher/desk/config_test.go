package desk

import (
	"strings"
	"testing"

	"courant/publisher/password"
)

// A name must say in the log who it was, and nobody else.
func TestNames(t *testing.T) {
	hash := password.Hash("x")
	for name, says := range map[string]string{
		"ann": "", "Ann Lee": "", "Åsa": "", strings.Repeat("n", maxName): "",
		"": "must not be empty", " ": "must not be empty", strings.Repeat("n", maxName+1): "characters", "ann\n": "control characters", "ann  lee": "needless spaces", " ann": "needless spaces",
		"shell": "choose another", "Worker": "choose another", "visitor": "choose another", "RULE": "choose another", "rules": "choose another", "author": "choose another", "schedule": "choose another", "desk": "choose another",
	} {
		for _, err := range []error{User{Name: name, PasswordHash: hash}.Validate(), Config{Username: name}.Validate()} {
			if says == "" && err != nil || says != "" && (err == nil || !strings.Contains(err.Error(), says)) {
				t.Errorf("%q: %v, want %q", name, err, says)
			}
		}
	}
}
