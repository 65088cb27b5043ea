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

// launch makes a cluster and starts its server, as another user where we are root:
// PostgreSQL refuses to run as that one. It ends when stop is called, or with us.
func launch(bin string) (root string, stop func(), err error) {
	dir, err := os.MkdirTemp("", "courant-pg-")
	if err != nil {
		return "", nil, err
	}
	remove := func() { os.RemoveAll(dir) }
	as := &syscall.SysProcAttr{Pdeathsig: syscall.SIGINT}
	if os.Geteuid() == 0 {
		if as.Credential, err = other(dir); err != nil {
			remove()
			return "", nil, err
		}
	}
	data := filepath.Join(dir, "data")
	c := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "courant", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
	c.SysProcAttr, c.Dir = as, dir
	if out, err := c.CombinedOutput(); err != nil {
		remove()
		return "", nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	c = exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-k", dir, "-c", "listen_addresses=", "-c", "fsync=off",
		"-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "max_connections=200", "-c", "shared_buffers=64MB",
		"-c", "autovacuum=off", "-c", "max_wal_size=4GB")
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		remove()
		return "", nil, err
	}
	c.SysProcAttr, c.Dir, c.Stdout, c.Stderr = as, dir, log, log
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
	if err := <-begun; err != nil {
		remove()
		return "", nil, err
	}
	stop = func() {
		c.Process.Signal(syscall.SIGINT) // ends what is connected, and then itself
		<-ended
		log.Close()
		remove()
	}
	root = "postgres://courant@/postgres?host=" + url.QueryEscape(dir)
	if err := answers(root, ended); err != nil {
		said, _ := os.ReadFile(log.Name())
		stop()
		return "", nil, fmt.Errorf("start PostgreSQL: %w: %s", err, said)
	}
	return root, stop, nil
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
