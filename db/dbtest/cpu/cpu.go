// Package cpu is for benchmarks, and for tests that compare costs, which say what
// something costs in processor time: other processes do not lengthen that.
package cpu

import (
	"fmt"
	"os"
	"testing"
	"time"
)

// Used is the processor time that this process has had, of all processors.
func Used(tb testing.TB) time.Duration {
	tb.Helper()
	used, err := Own()
	if err != nil {
		tb.Fatal(err)
	}
	return used
}

// Of is the processor time that another process of this machine has had, to the
// microsecond, as Linux tells it.
func Of(pid int64) (time.Duration, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/schedstat", pid))
	if err != nil {
		return 0, err
	}
	var nanoseconds int64
	if _, err := fmt.Sscan(string(data), &nanoseconds); err != nil {
		return 0, fmt.Errorf("/proc/%d/schedstat: %w", pid, err)
	}
	return time.Duration(nanoseconds), nil
}
