//go:build !linux

package daemon

import "time"

// monotonic is for systemd, which is on Linux alone.
func monotonic() (time.Duration, bool) { return 0, false }
