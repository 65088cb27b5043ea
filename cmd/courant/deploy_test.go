package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

// need skips a test whose tool is not there; where everything must be tested
// (.ci/run), it fails.
func need(t *testing.T, tool string) string {
	t.Helper()
	path, err := exec.LookPath(tool)
	switch {
	case err == nil:
	case os.Getenv("COURANT_TEST_ALL") != "":
		t.Fatalf("%s is missing", tool)
	default:
		t.Skipf("%s is missing", tool)
	}
	return path
}

// The unit leaves the daemon little that it could do harm with.
func TestUnitExposure(t *testing.T) {
	const most = 1.5
	analyze := need(t, "systemd-analyze")
	out, err := exec.Command(analyze, "security", "--offline=true", "--no-pager",
		filepath.Join(top, "deploy", "courant.service")).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	m := regexp.MustCompile(`Overall exposure level for courant\.service: ([0-9.]+)`).FindSubmatch(out)
	if m == nil {
		t.Fatalf("no exposure level in\n%s", out)
	}
	if level, err := strconv.ParseFloat(string(m[1]), 64); err != nil || level > most {
		t.Errorf("exposure level %s, want at most %v", m[1], most)
	}
}
