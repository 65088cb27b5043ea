package cluster

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"time"
)

// startWithin is how long a server has for starting, on a machine that does much
// else.
const startWithin = time.Minute

// quick are the settings of a server whose data nobody wants when it has ended, and
// durable those of one that is killed on the way.
var (
	quick = []string{
		"fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200", "shared_buffers=64MB",
		"autovacuum=off", "max_wal_size=4GB",
	}
	durable = []string{"fsync=on", "synchronous_commit=on", "max_connections=100", "shared_buffers=32MB", "autovacuum=off"}
)

// launch makes a cluster and starts its server, which ends when stop is called, or with
// us. lent leads to it by way of a pooler, where there is one.
func launch(bin string) (root, lent string, stop func(), err error) {
	m, err := newMachine(bin, quick)
	if err != nil {
		return "", "", nil, err
	}
	if err := m.start(); err != nil {
		m.remove()
		return "", "", nil, err
	}
	end := func() {}
	stop = func() {
		end()
		m.end(syscall.SIGINT) // ends what is connected, and then itself
		m.remove()
	}
	lent, stopLending, err := m.lend()
	switch {
	case errors.Is(err, errNoPooler):
		lent = m.root()
	case err != nil:
		stop()
		return "", "", nil, err
	default:
		end = stopLending
	}
	return m.root(), lent, stop, nil
}

// machine is a cluster with the server that may run on it.
type machine struct {
	bin, dir string
	settings []string
	as       *syscall.SysProcAttr

	server *exec.Cmd
	ended  <-chan struct{} // closed when it has; nil: none was started
	used   time.Duration   // of the processor, by it and its children, once it has ended
}

// newMachine makes a cluster, of another user than root: PostgreSQL refuses to run as that
// one.
func newMachine(bin string, settings []string) (*machine, error) {
	dir, err := os.MkdirTemp("", "courant-pg-")
	if err != nil {
		return nil, err
	}
	m := &machine{bin: bin, dir: dir, settings: settings, as: &syscall.SysProcAttr{Pdeathsig: syscall.SIGINT}}
	if os.Geteuid() == 0 {
		if m.as.Credential, err = other(dir); err != nil {
			m.remove()
			return nil, err
		}
	}
	c := exec.Command(filepath.Join(bin, "initdb"), "-D", m.data(), "-U", "courant", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
	c.SysProcAttr, c.Dir = m.as, dir
	if out, err := c.CombinedOutput(); err != nil {
		m.remove()
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	return m, nil
}

func (m *machine) data() string { return filepath.Join(m.dir, "data") }

func (m *machine) root() string { return "postgres://courant@/postgres?host=" + url.QueryEscape(m.dir) }

func (m *machine) remove() { os.RemoveAll(m.dir) }

// start starts the server and waits until it takes connections.
func (m *machine) start() error {
	args := []string{"-D", m.data(), "-k", m.dir, "-c", "listen_addresses="}
	for _, s := range m.settings {
		args = append(args, "-c", s)
	}
	c := exec.Command(filepath.Join(m.bin, "postgres"), args...)
	log, err := os.OpenFile(filepath.Join(m.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	c.Stdout, c.Stderr = log, log
	ended, err := m.begin(c)
	if err != nil {
		return err
	}
	m.server, m.ended = c, ended
	if err := answers(m.root(), ended); err != nil {
		said, _ := os.ReadFile(log.Name())
		m.end(syscall.SIGINT)
		return fmt.Errorf("start PostgreSQL: %w: %s", err, said)
	}
	return nil
}

// begin starts a program as the user of the cluster, which ends with us. It has ended
// once the channel is closed.
func (m *machine) begin(c *exec.Cmd) (<-chan struct{}, error) {
	c.SysProcAttr, c.Dir = m.as, m.dir
	begun, ended := make(chan error), make(chan struct{})
	go func() {
		runtime.LockOSThread() // the kernel ends a child with the thread that began it
		defer runtime.UnlockOSThread()
		err := c.Start()
		begun <- err
		if err == nil {
			c.Wait() // how it ended tells nobody anything
		}
		close(ended)
	}()
	return ended, <-begun
}

// end has the server end by a signal, and waits until it has.
func (m *machine) end(by os.Signal) {
	if m.ended == nil {
		return
	}
	m.server.Process.Signal(by)
	<-m.ended
	m.used += m.server.ProcessState.UserTime() + m.server.ProcessState.SystemTime()
	m.ended = nil
}

// other is a user who is not root, and whose dir becomes.
func other(dir string) (*syscall.Credential, error) {
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.ParseUint(u.Uid, 10, 32)
		gid, gidErr := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(uidErr, gidErr, os.Chown(dir, int(uid), int(gid))); err != nil {
			return nil, err
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, errors.New("there is no user to run PostgreSQL as")
}

// answers waits until the server at root takes connections.
func answers(root string, ended <-chan struct{}) error {
	pool, err := sql.Open("pgx", root)
	if err != nil {
		return err
	}
	defer pool.Close()
	for until := time.Now().Add(startWithin); ; {
		err := pool.PingContext(context.Background())
		if err == nil || time.Now().After(until) {
			return err
		}
		select {
		case <-ended:
			return errors.New("it ended at once")
		case <-time.After(20 * time.Millisecond):
		}
	}
}
