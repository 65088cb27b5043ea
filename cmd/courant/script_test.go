package main

import (
	"errors"
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
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// setupScript gives a script no configuration but its own, a server for the
// feeds in its folder web at $FEEDS, and a free address in $LISTEN.
func setupScript(env *testscript.Env) error {
	env.Setenv("HOME", env.WorkDir)
	env.Values[backgroundKey{}] = &background{}
	feeds := httptest.NewServer(http.FileServer(http.Dir(filepath.Join(env.WorkDir, "web"))))
	env.Defer(feeds.Close)
	env.Setenv("FEEDS", feeds.URL)
	for _, name := range []string{"LISTEN", "METRICS"} {
		address, err := freeAddress()
		if err != nil {
			return err
		}
		env.Setenv(name, address)
	}
	return nil
}

// freeAddress is one on loopback that nothing listens on.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// scriptCommands are what scripts know besides testscript's own.
func scriptCommands() map[string]func(ts *testscript.TestScript, neg bool, args []string) {
	return map[string]func(ts *testscript.TestScript, neg bool, args []string){
		"status": scriptStatus,
		"expand": scriptExpand,
		"get":    scriptGet,
		"metrics": func(ts *testscript.TestScript, neg bool, _ []string) {
			fetchPage(ts, "http://"+ts.Getenv("METRICS")+"/metrics", http.StatusOK)
		},
		"post":   scriptPost,
		"setid":  scriptSetID,
		"daemon": scriptDaemon,
		"signal": scriptSignal,
		"ended":  scriptEnded,
		"logged": scriptLogged,
		"soon":   scriptSoon,
		"wait4":  scriptWaitFor,
	}
}

// scriptStatus is `status N COMMAND ARGS…`: the command must end with N.
func scriptStatus(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N COMMAND ARGS…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%s: %v", strings.Join(args[1:], " "), err)
	}
	if got != want {
		ts.Fatalf("%s: exit status %d, want %d", strings.Join(args[1:], " "), got, want)
	}
}

// scriptExpand is `expand FILE…`: $NAME in a file becomes its value.
func scriptExpand(ts *testscript.TestScript, neg bool, args []string) {
	for _, name := range args {
		file := ts.MkAbs(name)
		data, err := os.ReadFile(file)
		ts.Check(err)
		text := os.Expand(string(data), ts.Getenv)
		ts.Check(os.WriteFile(file, []byte(text), 0o644))
	}
}

// patience is how long a daemon in a script may take to do what is waited for:
// what never comes fails all the same, and a machine may be busy with other tests.
const patience = 30 * time.Second

// scriptGet is `get [STATUS] PATH`: the daemon's answer at $LISTEN becomes the
// file "page". It waits for the daemon to listen.
func scriptGet(ts *testscript.TestScript, neg bool, args []string) {
	want := http.StatusOK
	if len(args) == 2 {
		var err error
		want, err = strconv.Atoi(args[0])
		ts.Check(err)
		args = args[1:]
	}
	fetchPage(ts, "http://"+ts.Getenv("LISTEN")+args[0], want)
}

// fetchPage gets an address into the file "page", once somebody listens there.
func fetchPage(ts *testscript.TestScript, address string, want int) {
	var last error
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		res, err := http.Get(address)
		if err != nil {
			last = err
			continue
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		ts.Check(err)
		if res.StatusCode != want {
			ts.Fatalf("%s: status %d, want %d\n%s", address, res.StatusCode, want, body)
		}
		ts.Check(os.WriteFile(ts.MkAbs("page"), body, 0o644))
		return
	}
	ts.Fatalf("%s: %v", address, last)
}

// scriptPost is `post PATH NAME=VALUE…`: a form, sent as a program would; its
// answer must be a 303.
func scriptPost(ts *testscript.TestScript, neg bool, args []string) {
	form := url.Values{}
	for _, field := range args[1:] {
		name, value, _ := strings.Cut(field, "=")
		form.Set(name, value)
	}
	c := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := c.PostForm("http://"+ts.Getenv("LISTEN")+args[0], form)
	ts.Check(err)
	defer res.Body.Close()
	if res.StatusCode != http.StatusSeeOther {
		body, _ := io.ReadAll(res.Body)
		ts.Fatalf("post %s: status %d\n%s", args[0], res.StatusCode, body)
	}
}

// scriptSetID is `setid NAME FILE PATTERN`: $NAME becomes what the pattern's
// group matches in the file.
func scriptSetID(ts *testscript.TestScript, neg bool, args []string) {
	m := regexp.MustCompile(args[2]).FindStringSubmatch(ts.ReadFile(args[1]))
	if m == nil {
		ts.Fatalf("%s: nothing matches %s in\n%s", args[1], args[2], ts.ReadFile(args[1]))
	}
	ts.Setenv(args[0], m[len(m)-1])
}

// within is how soon a change must show in another process: a second by our word,
// and more for a machine that is busy with other tests.
const within = 10 * time.Second

// scriptSoon is `soon PATH TEXT`: within that time of its first answer, the
// daemon's answer has TEXT, or has it no more.
func scriptSoon(ts *testscript.TestScript, neg bool, args []string) {
	scriptGet(ts, false, args[:1])
	for deadline := time.Now().Add(within); ; time.Sleep(20 * time.Millisecond) {
		scriptGet(ts, false, args[:1])
		page := ts.ReadFile("page")
		if strings.Contains(page, args[1]) != neg {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("%s: after %v, text %q wanted: %v\n%s", args[0], within, args[1], !neg, page)
		}
	}
}

// background is a daemon that a script started.
type background struct {
	cmd   *exec.Cmd
	log   string // file of its standard error
	ended <-chan error
}

type backgroundKey struct{}

// scriptDaemon is `daemon ARGS…`: courant in the background, its log in the file
// "log". It is killed with the script.
func scriptDaemon(ts *testscript.TestScript, neg bool, args []string) {
	exe, err := exec.LookPath("courant")
	ts.Check(err)
	b := &background{cmd: exec.Command(exe, args...), log: ts.MkAbs("log")}
	out, err := os.Create(b.log)
	ts.Check(err)
	defer out.Close()
	b.cmd.Dir, b.cmd.Stderr, b.cmd.Stdout = ts.MkAbs("."), out, out
	b.cmd.Env = append(os.Environ(), "HOME="+ts.Getenv("HOME"), "NOTIFY_SOCKET="+ts.Getenv("NOTIFY_SOCKET"),
		"WATCHDOG_USEC="+ts.Getenv("WATCHDOG_USEC"))
	b.ended, err = begin(b.cmd)
	ts.Check(err)
	ts.Defer(func() { b.cmd.Process.Kill() })
	*ts.Value(backgroundKey{}).(*background) = *b
}

// scriptSignal is `signal NAME`: HUP, TERM or KILL for the daemon.
func scriptSignal(ts *testscript.TestScript, neg bool, args []string) {
	signals := map[string]os.Signal{"HUP": syscall.SIGHUP, "TERM": syscall.SIGTERM, "KILL": os.Kill}
	ts.Check(ts.Value(backgroundKey{}).(*background).cmd.Process.Signal(signals[args[0]]))
}

// scriptEnded is `ended STATUS`: the daemon ends by itself in the time it is
// given for that.
func scriptEnded(ts *testscript.TestScript, neg bool, args []string) {
	b := ts.Value(backgroundKey{}).(*background)
	select {
	case <-b.ended:
		if got := strconv.Itoa(b.cmd.ProcessState.ExitCode()); got != args[0] {
			ts.Fatalf("the daemon ended with %s, want %s\n%s", got, args[0], ts.ReadFile("log"))
		}
	case <-time.After(stopWithin):
		ts.Fatalf("the daemon did not end within %v\n%s", stopWithin, ts.ReadFile("log"))
	}
}

// scriptLogged is `logged PATTERN`: the daemon's log has it, or soon will;
// `! logged PATTERN`: it has not.
func scriptLogged(ts *testscript.TestScript, neg bool, args []string) {
	want := regexp.MustCompile(args[0])
	if neg {
		if m := want.FindString(ts.ReadFile("log")); m != "" {
			ts.Fatalf("the log has %q", m)
		}
		return
	}
	for deadline := time.Now().Add(patience); !want.MatchString(ts.ReadFile("log")); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			ts.Fatalf("nothing in the log matches %s\n%s", want, ts.ReadFile("log"))
		}
	}
}

// scriptWaitFor is `wait4 TEXT COMMAND ARGS…`: the command is run until it
// prints TEXT.
func scriptWaitFor(ts *testscript.TestScript, neg bool, args []string) {
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		err := ts.Exec(args[1], args[2:]...)
		out := ts.ReadFile("stdout")
		if err == nil && strings.Contains(out, args[0]) {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("%s never printed %q, at last:\n%s", fmt.Sprint(args[1:]), args[0], out)
		}
	}
}
