package main

import (
	"bufio"
	"database/sql"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"courant/db"
	"courant/db/engine"
)

// stopWithin is how long a stop may take.
const stopWithin = 10 * time.Second

// The service manager is told of each step, and of signs of life between.
func TestNotify(t *testing.T) {
	s := newTestSite(t, nil)
	socket := filepath.Join(s.dir, "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	expect := func(pattern string) {
		t.Helper()
		want, buf := regexp.MustCompile(pattern), make([]byte, 1024)
		conn.SetReadDeadline(time.Now().Add(patience))
		for {
			n, err := conn.Read(buf)
			if err != nil {
				t.Fatalf("%s: %v", pattern, err)
			}
			if want.Match(buf[:n]) {
				return
			}
			if string(buf[:n]) != "WATCHDOG=1" {
				t.Fatalf("told %q, want %s", buf[:n], pattern)
			}
		}
	}
	p := startProcess(t, s.dir, []string{"NOTIFY_SOCKET=" + socket, "WATCHDOG_USEC=200000"}, "run")
	expect(`^READY=1$`)
	if page(s.url+"/healthz") != "ok\n" {
		t.Error("it said that it was ready and does not answer")
	}
	expect(`^WATCHDOG=1$`)
	expect(`^WATCHDOG=1$`)
	p.signal(syscall.SIGHUP)
	expect(`^RELOADING=1\nMONOTONIC_USEC=[1-9][0-9]+$`)
	expect(`^READY=1$`)
	p.signal(syscall.SIGTERM)
	expect(`^STOPPING=1$`)
	p.wait(stopWithin)
	if code := p.ProcessState.ExitCode(); code != 0 {
		t.Errorf("exit status %d", code)
	}
}

// A socket that the service manager opened is served, whatever `listen` says.
func TestSocketActivation(t *testing.T) {
	bash := need(t, "bash")
	s := newTestSite(t, nil)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	file, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	// LISTEN_PID is the process's own number, known only once it runs.
	cmd := exec.Command(bash, "-c", `LISTEN_PID=$$ LISTEN_FDS=1 exec -a courant "$0" run`, exe)
	cmd.ExtraFiles = []*os.File{file}
	p := startCommand(t, s.dir, nil, cmd)
	eventually(t, "it answers", patience, func() bool { return page("http://"+l.Addr().String()+"/healthz") == "ok\n" })
	if page(s.url+"/healthz") != "" {
		t.Error("it listens at the configured address too")
	}
	p.signal(syscall.SIGTERM)
	p.wait(stopWithin)
}

// A stop finishes what was accepted and cuts what would take too long.
func TestStop(t *testing.T) {
	t.Run("finishes", func(t *testing.T) {
		asked := make(chan struct{}, 8)
		s := newTestSite(t, func(w http.ResponseWriter, _ *http.Request) {
			asked <- struct{}{}
			time.Sleep(2 * time.Second) // a slow server, still within what a stop leaves it
			io.WriteString(w, oneItem)
		})
		p := startProcess(t, s.dir, nil, "run")
		<-asked
		p.signal(syscall.SIGTERM)
		p.wait(stopWithin)
		if code := p.ProcessState.ExitCode(); code != 0 {
			t.Errorf("exit status %d", code)
		}
		if info, err := os.Stat(filepath.Join(s.dir, "courant.db-wal")); err == nil && info.Size() > 0 {
			t.Errorf("the write-ahead log stays, with %d bytes", info.Size())
		}
		list := startProcess(t, s.dir, nil, "article", "list")
		list.wait(patience)
		if !strings.Contains(list.logged(), "The ferry is late") {
			t.Error("what was being fetched is lost")
		}
	})
	t.Run("cuts", func(t *testing.T) {
		asked, over := make(chan struct{}, 8), make(chan struct{})
		s := newTestSite(t, func(_ http.ResponseWriter, r *http.Request) {
			asked <- struct{}{}
			select {
			case <-over:
			case <-r.Context().Done():
			}
		})
		defer close(over)
		p := startProcess(t, s.dir, nil, "run")
		<-asked
		s.ready(t)
		s.hang(t)
		p.signal(syscall.SIGTERM)
		p.wait(stopWithin)
		if code := p.ProcessState.ExitCode(); code != 0 {
			t.Errorf("exit status %d", code)
		}
	})
	t.Run("second signal", func(t *testing.T) {
		s := newTestSite(t, nil)
		p := startProcess(t, s.dir, nil, "run")
		s.ready(t)
		s.hang(t)
		p.signal(syscall.SIGTERM)
		eventually(t, "it stops", patience, func() bool { return strings.Contains(p.logged(), "msg=stopping") })
		time.Sleep(200 * time.Millisecond) // as fast as a hand is; nothing tells when the first was taken in
		p.signal(syscall.SIGTERM)
		p.wait(stopWithin / 4)
		if status := p.ProcessState.Sys().(syscall.WaitStatus); !status.Signaled() || status.Signal() != syscall.SIGTERM {
			t.Errorf("it ended with %v, want by the signal", p.ProcessState)
		}
	})
}

// The halves may be processes of their own; a worker that was killed is
// replaced at once.
func TestHalvesApart(t *testing.T) {
	s := newTestSite(t, nil)
	startProcess(t, s.dir, nil, "run", "--only", "publisher")
	s.ready(t)
	if strings.Contains(page(s.url+"/"), "The ferry is late") {
		t.Fatal("there is no worker yet")
	}
	worker := startProcess(t, s.dir, nil, "run", "--only", "worker")
	eventually(t, "the worker has stored", patience, func() bool {
		list := startProcess(t, s.dir, nil, "article", "list")
		list.wait(patience)
		return strings.Contains(list.logged(), "The ferry is late")
	})
	eventually(t, "what the worker stored shows", within, func() bool {
		return strings.Contains(page(s.url+"/"), "The ferry is late") && strings.Contains(page(s.url+"/feed.atom"), "The ferry is late")
	})
	worker.signal(syscall.SIGKILL)
	worker.wait(patience)
	began := time.Now()
	next := startProcess(t, s.dir, nil, "run", "--only", "worker")
	eventually(t, "the next worker starts", patience, func() bool { return strings.Contains(next.logged(), "msg=started") })
	t.Logf("the next worker took over after %v", time.Since(began).Round(time.Millisecond))
	second := startProcess(t, s.dir, nil, "run", "--only", "worker")
	second.wait(patience)
	if want := fmt.Sprintf("the worker of this database is process %d on ", next.Process.Pid); !strings.Contains(second.logged(), want) {
		t.Errorf("the second worker says %q, want %q", second.logged(), want)
	}
	// fetch has the running worker do it, and waits for what comes of it.
	began = time.Now()
	fetch := startProcess(t, s.dir, nil, "fetch", "harbour", "--json")
	fetch.wait(patience)
	if !strings.Contains(fetch.logged(), `{"source":"harbour","outcome":"`) || !strings.Contains(fetch.logged(), `"failed":0}`) {
		t.Errorf("fetch beside a worker: %s", fetch.logged())
	}
	t.Logf("fetch beside the worker took %v", time.Since(began).Round(time.Millisecond))
}

// A worker that was taken for dead and is not ends, for another may work now.
func TestLeaseLost(t *testing.T) {
	s := newTestSite(t, nil)
	p := startProcess(t, s.dir, nil, "run", "--only", "worker")
	eventually(t, "the worker starts", patience, func() bool { return strings.Contains(p.logged(), "msg=started") })
	d, err := sql.Open("sqlite", "file:"+filepath.Join(s.dir, "courant.db")+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if _, err := d.Exec(`DELETE FROM worker`); err != nil {
		t.Fatal(err)
	}
	p.wait(patience)
	if code := p.ProcessState.ExitCode(); code != statusFailed || !strings.Contains(p.logged(), "another process has become the worker") {
		t.Errorf("it ended with %d", code)
	}
}

// A comment's bytes have been flushed to the disk before its writer is told so
// (V33).
func TestFsyncBeforeAnswer(t *testing.T) {
	strace := need(t, "strace")
	s := newTestSite(t, nil)
	trace := filepath.Join(s.dir, "trace")
	p := startProcess(t, s.dir, nil, "run")
	article := s.article(t)
	ended := watchCalls(t, p.Process.Pid, exec.Command(strace, "-f", "-y", "-s", "8192", "-o", trace,
		"-p", strconv.Itoa(p.Process.Pid), "-e", "trace=pwrite64,write,fsync,fdatasync"))
	const marker = "themarkerofthiscomment"
	if status := postComment(t, article, marker); status != http.StatusSeeOther {
		t.Fatalf("the comment got status %d", status)
	}
	p.signal(syscall.SIGTERM)
	p.wait(stopWithin)
	<-ended // all is written

	f, err := os.Open(trace)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var wrote, flushed, answered int
	flushing := "" // the thread whose flush has begun and not ended
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		line := lines.Text()
		wal := strings.Contains(line, "courant.db-wal>")
		thread, _, _ := strings.Cut(line, " ")
		switch {
		case wal && strings.Contains(line, "pwrite64(") && strings.Contains(line, marker) && answered == 0:
			wrote, flushed = n, 0
		case wal && strings.Contains(line, "sync(") && strings.Contains(line, "unfinished") && wrote > 0 && flushed == 0:
			flushing = thread
		case strings.Contains(line, "sync resumed>") && thread == flushing,
			wal && strings.Contains(line, "sync(") && wrote > 0 && flushed == 0:
			flushed, flushing = n, ""
		case strings.Contains(line, "write(") && strings.Contains(line, "HTTP/1.1 303") && answered == 0:
			answered = n
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	t.Logf("trace: the comment is written to the log in line %d, that is flushed in line %d, and answered in line %d", wrote, flushed, answered)
	if wrote == 0 || flushed == 0 || answered == 0 || flushed > answered {
		t.Errorf("no fsync stands between a comment's write and its 303")
	}
}

// A backup that is made while comments come and sources are polled passes every
// check, has all that was acknowledged before it began, and can be served.
func TestBackupUnderLoad(t *testing.T) {
	item := `<item><title>Number %d</title><guid isPermaLink="false">g%d</guid><description>Text of number %d.</description></item>`
	var passes atomic.Int64
	s := newTestSite(t, func(w http.ResponseWriter, _ *http.Request) {
		n := passes.Add(1)
		fmt.Fprint(w, strings.Replace(oneItem, "</channel>", fmt.Sprintf(item, n, n, n)+"</channel>", 1))
	})
	p := startProcess(t, s.dir, nil, "run")
	article := s.article(t)
	var acknowledged atomic.Int64
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			default:
			}
			if status := postComment(t, article, fmt.Sprintf("comment number %d", acknowledged.Load()+1)); status != http.StatusSeeOther {
				t.Errorf("comment: status %d", status)
				return
			}
			acknowledged.Add(1)
			startProcess(t, s.dir, nil, "fetch", "harbour", "--quiet").wait(patience)
		}
	}()
	eventually(t, "comments come", patience, func() bool { return acknowledged.Load() >= 3 })
	for round := range 4 {
		before := int(acknowledged.Load())
		file := fmt.Sprintf("copy%d.db", round)
		backup := startProcess(t, s.dir, nil, "backup", file)
		backup.wait(patience)
		if code := backup.ProcessState.ExitCode(); code != 0 {
			t.Fatalf("backup ended with %d: %s", code, backup.logged())
		}
		checkCopy(t, filepath.Join(s.dir, file), before)
	}
	close(stop)
	<-done
	p.signal(syscall.SIGTERM)
	p.wait(stopWithin)

	// The last one takes the place of the database, and is served.
	restore := startProcess(t, s.dir, nil, "restore", "copy3.db", "--force")
	restore.wait(patience)
	if code := restore.ProcessState.ExitCode(); code != 0 {
		t.Fatalf("restore ended with %d: %s", code, restore.logged())
	}
	startProcess(t, s.dir, nil, "run", "--only", "publisher")
	s.ready(t)
	if got := page(article); !strings.Contains(got, "comment number 1") {
		t.Errorf("the restored site does not show the first comment:\n%s", got)
	}
}

// checkCopy opens a copy and looks for at least so many comments in it.
func checkCopy(t *testing.T, file string, atLeast int) {
	t.Helper()
	d, err := db.Open(t.Context(), engine.Config{Path: file}, db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.Check(t.Context()); err != nil {
		t.Errorf("%s: %v", file, err)
	}
	list, err := d.Comments(t.Context(), db.CommentQuery{All: true})
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]bool{}
	for _, c := range list {
		texts[c.Text] = true
	}
	for n := range atLeast {
		if want := fmt.Sprintf("comment number %d", n+1); !texts[want] {
			t.Errorf("%s has no %q, which was acknowledged before", file, want)
		}
	}
	t.Logf("%s: %d comments, %d of them acknowledged before it began", file, len(list), atLeast)
}
