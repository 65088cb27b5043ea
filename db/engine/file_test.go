package engine

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// A backup takes no name that somebody took while it was made.
func TestBackupTakesNoName(t *testing.T) {
	dir := t.TempDir()
	from, to := filepath.Join(dir, "a.part"), filepath.Join(dir, "a")
	for name, text := range map[string]string{from: "copy", to: "theirs"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := moveInto(from, to, linkNew); !errors.Is(err, ErrExists) {
		t.Errorf("a name that is taken: %v", err)
	}
	if data, _ := os.ReadFile(to); string(data) != "theirs" {
		t.Errorf("it was overwritten: %q", data)
	}
}
