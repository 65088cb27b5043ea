package cpu

import (
	"syscall"
	"testing"
	"time"
)

// Used is the processor time that this process has had, of all processors.
func Used(tb testing.TB) time.Duration {
	tb.Helper()
	self, err := syscall.GetCurrentProcess()
	if err != nil {
		tb.Fatal(err)
	}
	var created, ended, kernel, user syscall.Filetime
	if err := syscall.GetProcessTimes(self, &created, &ended, &kernel, &user); err != nil {
		tb.Fatal(err)
	}
	return ticks(kernel) + ticks(user)
}

// ticks is a length of time that Windows counts in steps of 100 ns.
func ticks(t syscall.Filetime) time.Duration {
	return time.Duration(int64(t.HighDateTime)<<32|int64(t.LowDateTime)) * 100
}
