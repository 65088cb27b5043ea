package lease

import (
	"crypto/rand"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Holder names a process, so that another can tell whether it still lives.
type Holder struct {
	Host    string
	Boot    string // the kernel's id of this boot, empty where it has none
	Space   string // of its process numbers: each container has its own; empty where the kernel has none
	PID     int
	Started string // when the process began, in the kernel's own ticks
	Run     string // random, made with the lease: no two are alike
}

// own is this process, as the kernel names it, as one that never held anything.
func own() (Holder, error) {
	host, err := os.Hostname()
	if err != nil {
		return Holder{}, err
	}
	pid := os.Getpid()
	space, _ := os.Readlink("/proc/self/ns/pid") // empty where there is none
	return Holder{Host: host, Boot: bootID(), Space: space, PID: pid, Started: processStart(pid), Run: rand.Text()}, nil
}

func bootID() string {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(id))
}

// processStart reads field 22 of /proc/PID/stat (proc(5)), which tells a
// process from a later one with the same number; empty where there is none.
func processStart(pid int) string {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return ""
	}
	// The name in field 2 may hold blanks and brackets; the rest does not.
	_, rest, _ := strings.Cut(string(stat[max(0, strings.LastIndexByte(string(stat), ')')):]), " ")
	const afterName = 22 - 3
	fields := strings.Fields(rest)
	if len(fields) <= afterName {
		return ""
	}
	return fields[afterName]
}

// gone reports whether the process of h is known to have ended. ok is false where
// that cannot be seen from here: on another host, or in another container of this
// one, which may have the host's name and the same process numbers.
func (h Holder) gone(self Holder) (gone, ok bool) {
	switch {
	case h.Host == self.Host && h.Boot != "" && h.Boot != self.Boot:
		return true, true // the host was started anew
	case h.Host == self.Host && h.Boot != "" && h.Space == self.Space:
		return processStart(h.PID) != h.Started, true
	}
	return false, false
}

// String names the process for a person.
func (h Holder) String() string { return fmt.Sprintf("process %d on %s", h.PID, h.Host) }
