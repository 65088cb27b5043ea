package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// quickStart are the commands of the README's section of that name.
func quickStart(t *testing.T) []string {
	t.Helper()
	readme, err := os.ReadFile(filepath.Join(top, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile("(?s)## Quick start\n.*?```sh\n(.*?)```").FindSubmatch(readme)
	if m == nil {
		t.Fatal("the README has no quick start")
	}
	return strings.Split(strings.TrimSpace(string(m[1])), "\n")
}

// The README's quick start is four commands, and leads to a feed in a reader.
// Only the address of the feed is another here, and the binary is there already.
func TestReadmeQuickStart(t *testing.T) {
	bash := need(t, "bash")
	commands := quickStart(t)
	if len(commands) != 4 || !strings.HasPrefix(commands[0], "go build ") || commands[3] != "./courant run" {
		t.Fatalf("the quick start is %q", commands)
	}
	s := newTestSite(t, nil)
	config := filepath.Join(s.dir, "courant.toml")
	local, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	feed := regexp.MustCompile(`http://[0-9.:]+/feed`).FindString(string(local))
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(exe, filepath.Join(s.dir, "courant")); err != nil {
		t.Fatal(err)
	}
	runLine := func(line string) {
		t.Helper()
		cmd := exec.Command(bash, "-c", line)
		cmd.Dir = s.dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", line, err, out)
		}
	}
	runLine(strings.ReplaceAll(commands[1], "https://go.dev/blog/feed.atom", feed))
	// A loopback feed and a free port are what a test needs, not a reader.
	runLine(`printf '[publisher]\nlisten = "` + s.listen + `"\n[aggregator]\nallow_private_networks = true\n' >> courant.toml`)
	runLine(commands[2])
	startProcess(t, s.dir, nil, "run")
	s.ready(t)
	if got := page(s.url + "/feed.atom"); !strings.Contains(got, "<title>The ferry is late</title>") {
		t.Errorf("the feed is\n%s", got)
	}
}

// What a stranger reads first works first.
func TestReadmeFirstCommands(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join(top, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile("(?s)```sh\n(.*?)```").FindSubmatch(readme)
	if m == nil || string(m[1]) != "go run ./cmd/courant demo\ngo test ./...\n" {
		t.Errorf("the README begins with the commands %q", m)
	}
}
