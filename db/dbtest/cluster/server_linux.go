package cluster

import (
	"context"
	"database/sql"
	"errors"
	"net"
	"net/url"
	"os"
	"syscall"
	"testing"
	"time"
)

// Server is a PostgreSQL of one test, which ends and starts it: what it has said to
// be stored survives that.
type Server struct {
	t testing.TB
	m *machine
}

// Own starts a server for a test alone, which is gone with it. Where there is no
// PostgreSQL to start the test is skipped.
func Own(t testing.TB) *Server {
	t.Helper()
	bin, err := programs()
	if err != nil {
		t.Skip(err)
	}
	m, err := newMachine(bin, durable)
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{t, m}
	t.Cleanup(func() {
		m.end(syscall.SIGINT)
		m.remove()
	})
	s.Start()
	return s
}

// Start starts the server, and waits until it takes connections.
func (s *Server) Start() {
	s.t.Helper()
	if err := s.m.start(); err != nil {
		s.t.Fatal(err)
	}
}

// Stop ends the server as its service does: it breaks all connections.
func (s *Server) Stop() { s.m.end(syscall.SIGINT) }

// Kill ends the server in the middle of everything; what it had said to be stored it
// finds in its log when it starts.
func (s *Server) Kill() { s.m.end(syscall.SIGQUIT) }

// CPU is what the server has used of the processor, once it has ended.
func (s *Server) CPU() time.Duration { return s.m.used }

// Database makes an empty database of a name, and returns its address.
func (s *Server) Database(name string) string {
	s.t.Helper()
	pool, err := sql.Open("pgx", s.m.root())
	if err != nil {
		s.t.Fatal(err)
	}
	defer pool.Close()
	if _, err := pool.ExecContext(context.Background(), `CREATE DATABASE `+name); err != nil {
		s.t.Fatal(err)
	}
	u, err := url.Parse(s.m.root())
	if err != nil {
		s.t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

// Pooler starts a PgBouncer in transaction mode before the server, which keeps no
// prepared statements, and returns the address of a database by way of it. Where there
// is none the test is skipped.
func (s *Server) Pooler(database string) string {
	s.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	l.Close()
	address := "postgres://courant@127.0.0.1:" + port + "/" + database + "?sslmode=disable"
	// Fewer connections than each of ours has, so that they are changed under our hands.
	stop, err := s.m.pooler(address+"&"+execMode+"=exec", `
listen_addr = 127.0.0.1
listen_port = `+port+`
unix_socket_dir =
pool_mode = transaction
default_pool_size = 5
server_round_robin = 1
`)
	if errors.Is(err, errNoPooler) && os.Getenv(all) == "" {
		s.t.Skip(err)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(stop)
	return address
}
