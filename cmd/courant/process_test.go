package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// process is a courant of its own: this test binary under that name, which
// testscript.Main takes for the command.
type process struct {
	*exec.Cmd
	t     *testing.T
	log   string
	ended <-chan error
}

// startProcess starts `courant ARGS…` in dir with more environment. It is killed
// with the test.
func startProcess(t *testing.T, dir string, env []string, args ...string) *process {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Args = append([]string{"courant"}, args...)
	return startCommand(t, dir, env, cmd)
}

func startCommand(t *testing.T, dir string, env []string, cmd *exec.Cmd) *process {
	t.Helper()
	out, err := os.CreateTemp(t.TempDir(), "log")
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	p := &process{Cmd: cmd, t: t, log: out.Name()}
	p.Dir, p.Stdout, p.Stderr, p.Env = dir, out, out, append(os.Environ(), env...)
	if p.ended, err = begin(cmd); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.Process.Kill()
		if t.Failed() {
			t.Logf("log of %v:\n%s", p.Args, p.logged())
		}
	})
	return p
}

func (p *process) logged() string {
	data, err := os.ReadFile(p.log)
	if err != nil {
		p.t.Error(err)
	}
	return string(data)
}

func (p *process) signal(s os.Signal) {
	p.t.Helper()
	if err := p.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

// wait waits for p to end and returns how long that took.
func (p *process) wait(atMost time.Duration) time.Duration {
	p.t.Helper()
	began := time.Now()
	select {
	case <-p.ended:
	case <-time.After(atMost):
		p.t.Fatalf("%v did not end within %v", p.Args, atMost)
	}
	return time.Since(began)
}

// watchCalls starts an strace of a process, and waits until it holds every thread.
func watchCalls(t *testing.T, pid int, strace *exec.Cmd) (ended <-chan error) {
	t.Helper()
	ended, err := begin(strace)
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "strace is attached", patience, func() bool {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		return err == nil && strings.Contains(string(status), fmt.Sprintf("TracerPid:\t%d\n", strace.Process.Pid))
	})
	return ended
}

// eventually waits for what must hold soon.
func eventually(t *testing.T, what string, within time.Duration, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(within); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %v", what, within)
		}
	}
}

// page gets an address, "" while nobody answers.
func page(address string) string {
	res, err := http.Get(address)
	if err != nil {
		return ""
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return ""
	}
	return string(body)
}

// site is a folder with a configuration: a source, served by upstream, whose
// articles are published at once, and comments that show at once.
type site struct {
	dir, url string
	listen   string
}

const oneItem = `<rss version="2.0"><channel><title>Harbour</title><item><title>The ferry is late</title>
<guid isPermaLink="false">f1</guid><description>It left an hour after its time.</description></item></channel></rss>`

func newTestSite(t *testing.T, upstream http.HandlerFunc) site {
	t.Helper()
	if upstream == nil {
		upstream = func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, oneItem) }
	}
	feeds := httptest.NewServer(upstream)
	t.Cleanup(feeds.Close)
	listen, err := freeAddress()
	if err != nil {
		t.Fatal(err)
	}
	s := site{dir: t.TempDir(), url: "http://" + listen, listen: listen}
	config := fmt.Sprintf(`
[site]
url = %q
[publisher]
listen = %q
[comments]
moderation = "none"
min_delay = "0"
rate = "1000/1m"
[aggregator]
allow_private_networks = true
per_host_gap = "0s"
manual_gap = "0s"
min_interval = "0s"
[[source]]
id = "harbour"
url = %q
publish = "auto"
`, s.url, listen, feeds.URL+"/feed")
	if err := os.WriteFile(filepath.Join(s.dir, "courant.toml"), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	return s
}

// ready waits until the site answers.
func (s site) ready(t *testing.T) {
	t.Helper()
	eventually(t, "the site answers", patience, func() bool { return page(s.url+"/readyz") == "ok\n" })
}

// article waits for the site's article and returns its address.
func (s site) article(t *testing.T) string {
	t.Helper()
	link := regexp.MustCompile(`/article/the-ferry-is-late-[a-z0-9]+`)
	var found string
	eventually(t, "the article is published", patience, func() bool {
		found = link.FindString(page(s.url + "/"))
		return found != ""
	})
	return s.url + found
}

// postComment posts a comment and returns the status of the answer.
func postComment(t *testing.T, article, text string) int {
	t.Helper()
	body := page(article)
	stamp := ""
	if m := regexp.MustCompile(`name="stamp" value="([^"]*)"`).FindStringSubmatch(body); m != nil {
		stamp = m[1]
	}
	c := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := c.PostForm(article+"/comments", url.Values{"name": {"Ann"}, "text": {text}, "stamp": {stamp}, "action": {"post"}})
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode
}

// hang opens a request that the daemon has accepted and never gets the end of.
func (s site) hang(t *testing.T) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", s.listen)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	fmt.Fprintf(conn, "POST /article/x-aaaaaaaaaa/comments HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 50\r\n\r\nname=", s.listen)
	time.Sleep(100 * time.Millisecond) // it has no answer that would tell that it was accepted
	return conn
}
