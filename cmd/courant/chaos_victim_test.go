package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// victim is a process of the program under test.
type victim struct {
	cmd   *exec.Cmd
	log   *logTail
	begun time.Time
	ended chan struct{}
	err   error // of Wait, once ended is closed
}

// launch starts a process with the configuration named.
func (c *chaos) launch(config string, args ...string) *victim {
	c.t.Helper()
	d := &victim{log: &logTail{}, ended: make(chan struct{}), begun: time.Now()}
	d.cmd = exec.Command(c.bin, append([]string{"--config", filepath.Join(c.dir, config)}, args...)...)
	d.cmd.Dir = c.dir
	// All goroutines are listed when it is asked for them, and memory shows what
	// is held more than when garbage was last looked for.
	d.cmd.Env = append(os.Environ(), "GOTRACEBACK=all", "GOGC=30")
	d.cmd.Stdout, d.cmd.Stderr = io.Discard, d.log
	ended, err := begin(d.cmd)
	if err != nil {
		c.t.Fatal(err)
	}
	go func() {
		d.err = <-ended
		close(d.ended)
	}()
	c.begun = append(c.begun, d)
	return d
}

// start starts the daemon and waits until it is ready.
func (c *chaos) start() *victim {
	c.t.Helper()
	d := c.launch("courant.toml", "run")
	c.started(c.awaitReady(d, c.base))
	return d
}

// started notes how long a start took. It says something of the program only
// where the machine has time for it.
func (c *chaos) started(took time.Duration) {
	c.starts = append(c.starts, took)
	if took <= startLimit {
		return
	}
	if busy(c) {
		c.t.Logf("a start took %s while others used the machine", took)
		return
	}
	c.fault("a start took %s, the most is %s", took, startLimit)
}

// busy reports whether more than twice as many processes want to run as there
// are processors.
func busy(c *chaos) bool {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return false
	}
	load, err := strconv.ParseFloat(strings.Fields(string(text))[0], 64)
	if err != nil {
		c.t.Fatal(err)
	}
	return load > 2*float64(runtime.NumCPU())
}

// awaitReady returns how long after its begin d was ready.
func (c *chaos) awaitReady(d *victim, base string) time.Duration {
	c.t.Helper()
	for time.Since(d.begun) < 5*startLimit {
		res, err := c.client.Get(base + "/readyz")
		if err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return time.Since(d.begun)
			}
		}
		select {
		case <-d.ended:
			c.t.Fatalf("seed %d: it did not start: %v\n%s", c.seed, d.err, d.log.tail())
		case <-time.After(5 * time.Millisecond):
		}
	}
	d.kill()
	c.t.Fatalf("seed %d: not ready after %s:\n%s", c.seed, 5*startLimit, d.log.tail())
	return 0
}

// kill ends d at once, as a power cut does, and waits for its end.
func (d *victim) kill() {
	d.cmd.Process.Kill()
	<-d.ended
}

// gone reports whether d has ended.
func (d *victim) gone() bool {
	select {
	case <-d.ended:
		return true
	default:
		return false
	}
}

// askToStop sends SIGTERM: d must end well and in time.
func (c *chaos) askToStop(d *victim) {
	d.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-d.ended:
		if d.err != nil {
			c.fault("asked to stop, it ended with %v", d.err)
		}
	case <-time.After(stopLimit):
		c.fault("asked to stop, it did not within %s", stopLimit)
		d.kill()
	}
}

// killStarting starts the daemon a few times and kills it before it is ready,
// or just then.
func (c *chaos) killStarting() {
	for range 4 {
		d := c.launch("courant.toml", "run")
		time.Sleep(c.between(0, 200*time.Millisecond))
		d.kill()
		c.polls.died++
	}
}

// migratedLog is less than what the log of a new database has, in bytes, once its
// first migration is done.
const migratedLog = 300 << 10

// killMigrating makes new databases, each by a process that is killed while it
// does, and another that goes on.
func (c *chaos) killMigrating(round int) {
	for n := range 6 {
		listen := unusedAddress(c.t)
		name := fmt.Sprintf("migrate%d-%d", round, n)
		file := filepath.Join(c.dir, name+".db")
		c.write(name+".toml", fmt.Sprintf("[site]\nurl = %q\n[database]\npath = %q\n[publisher]\nlisten = %q\n",
			"http://"+listen, file, listen))
		d := c.launch(name+".toml", "run")
		// How far it has come, its log of writes shows: a clock would say little on a
		// machine that others use.
		reached := c.rng.Int64N(migratedLog)
		for begun := time.Now(); time.Since(begun) < startLimit; time.Sleep(200 * time.Microsecond) {
			if info, err := os.Stat(file + "-wal"); err == nil && info.Size() > reached {
				break
			}
		}
		d.kill()
		d = c.launch(name+".toml", "run")
		c.started(c.awaitReady(d, "http://"+listen))
		d.kill()
		c.examine(file).close()
	}
}

// logTail keeps the end of what a process says.
type logTail struct {
	mu   sync.Mutex
	text []byte
}

const logKept = 256 << 10

// Write implements io.Writer.
func (l *logTail) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, b...)
	if len(l.text) > 2*logKept {
		l.text = slices.Clone(l.text[len(l.text)-logKept:])
	}
	return len(b), nil
}

// all is what is kept.
func (l *logTail) all() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.text)
}

// shown is how many lines of a log are.
const shown = 25

// tail is the last lines of it.
func (l *logTail) tail() string {
	lines := bytes.Split([]byte(l.all()), []byte("\n"))
	return string(bytes.Join(lines[max(0, len(lines)-shown):], []byte("\n")))
}

// errors are the last lines that tell of one, but for those who were told to come again.
func (l *logTail) errors() string {
	lines := slices.DeleteFunc(strings.Split(l.all(), "\n"), func(line string) bool {
		return !strings.Contains(line, "level=ERROR") || strings.Contains(line, "status=503")
	})
	return strings.Join(lines[max(0, len(lines)-shown):], "\n")
}
