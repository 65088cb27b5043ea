package daemon

import (
	"time"

	"golang.org/x/sys/unix"
)

// monotonic is the time since the machine started, as the service manager
// counts it.
func monotonic() (time.Duration, bool) {
	var now unix.Timespec
	err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now)
	return time.Duration(now.Nano()), err == nil
}
