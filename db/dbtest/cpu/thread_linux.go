package cpu

import (
	"time"

	"golang.org/x/sys/unix"
)

// Thread is the processor time that the calling thread has had: who calls it twice
// holds the thread (runtime.LockOSThread). Elsewhere than on Linux it is the time
// that has passed.
func Thread() time.Duration {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &now); err != nil {
		panic(err) // since Linux 2.6.12 there is one
	}
	return time.Duration(now.Nano())
}
