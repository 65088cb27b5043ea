package engine

import (
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// impatient has the kernel give a connection up whose bytes nobody acknowledges for
// as long as unheard: without it, that takes a quarter of an hour. Whether the other
// side lives is not asked while there are such bytes.
func impatient(network, _ string, c syscall.RawConn) error {
	if !strings.HasPrefix(network, "tcp") {
		return nil
	}
	var err error
	if failed := c.Control(func(fd uintptr) {
		err = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(unheard.Milliseconds()))
	}); failed != nil {
		return failed
	}
	return err
}
