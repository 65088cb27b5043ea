package publisher

import (
	"bytes"
	"log/slog"
	"net"
	"strings"
	"syscall"
	"testing"
)

// refusing is a listener that has no descriptors left, and then is closed.
type refusing struct {
	net.Listener
	left int
}

func (r *refusing) Accept() (net.Conn, error) {
	if r.left--; r.left < 0 {
		return nil, net.ErrClosed
	}
	return nil, syscall.EMFILE
}

func (r *refusing) Addr() net.Addr { return &net.TCPAddr{Port: 8080} }

// That no connection can be accepted is a warning, though not each time; that we
// have closed is none.
func TestAcceptWarning(t *testing.T) {
	var log bytes.Buffer
	w := &warning{Listener: &refusing{left: 3}, log: slog.New(slog.NewTextHandler(&log, nil))}
	for range 4 {
		if _, err := w.Accept(); err == nil {
			t.Fatal("it accepted")
		}
	}
	if n := strings.Count(log.String(), `level=WARN msg="cannot accept connections" address=:8080 err="too many open files"`); n != 1 {
		t.Errorf("warned %d times:\n%s", n, log.String())
	}
}
