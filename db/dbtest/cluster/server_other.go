//go:build !linux

package cluster

import (
	"testing"
	"time"
)

// Server is a PostgreSQL of one test.
type Server struct{}

// Own skips the test: the programs are looked for on Linux alone.
func Own(t testing.TB) *Server {
	t.Helper()
	t.Skip(errMissing)
	return nil
}

// Start starts nothing.
func (*Server) Start() {}

// Stop stops nothing.
func (*Server) Stop() {}

// Kill kills nothing.
func (*Server) Kill() {}

// CPU is none.
func (*Server) CPU() time.Duration { return 0 }

// Database makes none.
func (*Server) Database(string) string { return "" }

// Pooler starts none.
func (*Server) Pooler(string) string { return "" }
