package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"courant/cmd/courant/config"
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

// The scripts of a release are shell, and what they package is there.
func TestReleaseScripts(t *testing.T) {
	for script, shell := range map[string]string{"release.sh": "bash", "postinstall.sh": "sh", "preremove.sh": "sh"} {
		if out, err := exec.Command(need(t, shell), "-n", filepath.Join(top, "deploy", script)).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", script, err, out)
		}
	}
	for file, pattern := range map[string]string{"nfpm.yaml": `(?m)^ +(?:- )?(?:src|postinstall|preremove): ([^$\s]+)$`, "Containerfile": `(?m)^COPY ((?:go\.\S+ )+)`} {
		data, err := os.ReadFile(filepath.Join(top, "deploy", file))
		if err != nil {
			t.Fatal(err)
		}
		found := regexp.MustCompile(pattern).FindAllStringSubmatch(string(data), -1)
		if len(found) == 0 {
			t.Errorf("%s names no file of ours", file)
		}
		for _, m := range found {
			for name := range strings.FieldsSeq(m[1]) {
				if _, err := os.Stat(filepath.Join(top, name)); err != nil {
					t.Errorf("%s: %v", file, err)
				}
			}
		}
	}
}

// A version that no file name can hold is refused before anything is made.
func TestReleaseVersion(t *testing.T) {
	out, err := exec.Command(need(t, "bash"), filepath.Join(top, "deploy", "release.sh"), "v1/../x").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "is no version") {
		t.Errorf("%v\n%s", err, out)
	}
}

// Debian sorts a candidate before its release, and what came since after it.
func TestReleaseDebianVersion(t *testing.T) {
	bash := need(t, "bash")
	for version, want := range map[string]string{
		"v0.1.0": "0.1.0", "v0.1.0-rc1": "0.1.0~rc1", "v0.1.0-rc.2": "0.1.0~rc.2", "v0.1.0-5-g1a2b3c4": "0.1.0+5.g1a2b3c4",
		"v0.1.0-rc1-5-g1a2b3c4-dirty": "0.1.0~rc1+5.g1a2b3c4~dirty", "1a2b3c4": "1a2b3c4", "devel": "0~devel",
	} {
		out, err := exec.Command(bash, "-c", `source <(sed -n '/^debian()/,/^}/p' "$1"); debian "$2"`, "-",
			filepath.Join(top, "deploy", "release.sh"), version).Output()
		if got := strings.TrimSpace(string(out)); err != nil || got != want {
			t.Errorf("%s becomes %q, want %q (%v)", version, got, want, err)
		}
	}
}

// The package's configuration is right but for its sources, which come later.
func TestPackagedConfig(t *testing.T) {
	file := filepath.Join(top, "deploy", "courant.toml")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	// The folder of the database comes with the package.
	_, err = config.Parse(file, bytes.ReplaceAll(data, []byte("/var/lib/courant"), []byte(t.TempDir())))
	if err != nil {
		t.Fatal(err)
	}
	c := config.Default()
	if m := regexp.MustCompile(`(?m)^path = "(.*)"$`).FindSubmatch(data); m != nil {
		c.Database.Path = string(m[1])
	}
	if unit, err := os.ReadFile(filepath.Join(top, "deploy", "courant.service")); err != nil || !strings.Contains(string(unit), filepath.Dir(c.Database.Path)) {
		t.Errorf("the unit knows no %s (%v)", filepath.Dir(c.Database.Path), err)
	}
}

// What a release is built with has the fixes that it needs.
func TestToolchain(t *testing.T) {
	const least = "go1.26.6"
	data, err := os.ReadFile(filepath.Join(top, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(data), "\ntoolchain "+least+"\n") {
		t.Errorf("go.mod does not ask for %s", least)
	}
}

// What several machines are started with is a configuration, and names files that
// are there.
func TestDeployMachines(t *testing.T) {
	dir := filepath.Join(top, "deploy", "machines")
	text, err := os.ReadFile(filepath.Join(dir, "courant.toml"))
	if err != nil {
		t.Fatal(err)
	}
	here := filepath.Join(t.TempDir(), "courant.toml")
	secret := "/run/secrets/password" // which a container has
	if !bytes.Contains(text, []byte(secret)) {
		t.Errorf("courant.toml does not name %s", secret)
	}
	if err := os.WriteFile(here, bytes.ReplaceAll(text, []byte(secret), []byte(here)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := config.Read(here); err != nil {
		t.Errorf("courant.toml: %v", err)
	}
	data, err := os.ReadFile(filepath.Join(dir, "compose.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	mounts := regexp.MustCompile(`(?m)^ +- \./([^:\s]+):`).FindAllSubmatch(data, -1)
	if len(mounts) < 2 {
		t.Errorf("compose.yaml mounts %q", mounts)
	}
	for _, m := range mounts {
		if _, err := os.Stat(filepath.Join(dir, string(m[1]))); err != nil {
			t.Error(err)
		}
	}
}
