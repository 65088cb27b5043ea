package publisher

import (
	"errors"
	"log/slog"
	"net"
	"time"
)

// acceptWarned is how often at most it is said that no connection can be
// accepted: the server tries again every second.
const acceptWarned = 10 * time.Second

// warning is a listener that warns when it cannot accept, as where all
// descriptors are in use: readers are turned away meanwhile.
type warning struct {
	net.Listener
	log    *slog.Logger
	warned time.Time
}

// Accept implements net.Listener. One goroutine calls it.
func (w *warning) Accept() (net.Conn, error) {
	c, err := w.Listener.Accept()
	if err != nil && !errors.Is(err, net.ErrClosed) && time.Since(w.warned) >= acceptWarned {
		w.warned = time.Now()
		w.log.Warn("cannot accept connections", "address", w.Addr().String(), "err", err)
	}
	return c, err
}
