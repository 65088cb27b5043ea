package cluster

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// errNoPooler says that there is no PgBouncer here.
var errNoPooler = errors.New("no pooler: install Debian's pgbouncer")

// lend starts a pooler that lends connections to tests, one after the other, and
// returns the server's address by way of it: to connect costs PostgreSQL a process and
// the reading of its catalogs, more than most tests ask of it afterwards. Each test
// finds its connections as new: DISCARD ALL.
func (m *machine) lend() (root string, stop func(), err error) {
	root = m.root() + lenderPort
	stop, err = m.pooler(root, `
listen_addr =
listen_port = `+lender+`
unix_socket_dir = `+m.dir+`
pool_mode = session
server_reset_query = DISCARD ALL
default_pool_size = 100
max_client_conn = 1000
ignore_startup_parameters = extra_float_digits, options
`)
	return root, stop, err
}

// pooler starts a PgBouncer before the server with settings of its own, and waits until
// address answers.
func (m *machine) pooler(address, settings string) (stop func(), err error) {
	program, err := exec.LookPath("pgbouncer")
	if err != nil {
		if program, err = exec.LookPath("/usr/sbin/pgbouncer"); err != nil {
			return nil, errNoPooler
		}
	}
	file := filepath.Join(m.dir, "pgbouncer.ini")
	if err := os.WriteFile(file, []byte("[databases]\n* = host="+m.dir+" user=courant\n[pgbouncer]\nauth_type = any\n"+settings), 0o644); err != nil {
		return nil, err
	}
	var said bytes.Buffer
	c := exec.Command(program, file)
	c.Stdout, c.Stderr = &said, &said
	ended, err := m.begin(c)
	if err != nil {
		return nil, err
	}
	stop = func() {
		c.Process.Kill()
		<-ended
	}
	if err := answers(address, ended); err != nil {
		stop()
		return nil, fmt.Errorf("start PgBouncer: %w: %s", err, said.String())
	}
	return stop, nil
}
