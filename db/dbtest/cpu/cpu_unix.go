//go:build unix

package cpu

import (
	"syscall"
	"testing"
	"time"
)

// Used is the processor time that this process has had, of all processors.
func Used(tb testing.TB) time.Duration {
	tb.Helper()
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
