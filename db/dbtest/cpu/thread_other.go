//go:build !linux

package cpu

import "time"

var began = time.Now()

// Thread is the time that has passed: no clock of one thread is known here.
func Thread() time.Duration { return time.Since(began) }
