package daemon

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// A process that gives way does so in all its threads, and one that is nicer stays so.
func TestGiveWay(t *testing.T) {
	if os.Getenv("COURANT_GIVES_WAY") != "" { // the process that does
		if err := GiveWay(); err != nil {
			t.Fatal(err)
		}
		stats, err := filepath.Glob("/proc/self/task/*/stat")
		if err != nil || len(stats) < 2 {
			t.Fatal(stats, err)
		}
		for _, name := range stats {
			data, err := os.ReadFile(name)
			if err != nil {
				continue // a thread that ended
			}
			_, rest, _ := strings.Cut(string(data), ") ") // the name of the program may hold anything
			if fields := strings.Fields(rest); fields[16] != os.Getenv("COURANT_GIVES_WAY") {
				t.Errorf("a thread is at %s", fields[16])
			}
		}
		return
	}
	raw, err := syscall.Getpriority(syscall.PRIO_PROCESS, 0)
	if err != nil {
		t.Fatal(err)
	}
	ours := 20 - raw // what nice adds to
	for nice, want := range map[int]int{0: max(workerNice, ours), 15: min(ours+15, 19)} {
		c := exec.Command("nice", "-n", strconv.Itoa(nice), os.Args[0], "-test.run=^TestGiveWay$")
		c.Env = append(os.Environ(), "COURANT_GIVES_WAY="+strconv.Itoa(want))
		if out, err := c.CombinedOutput(); err != nil {
			t.Errorf("begun with %d: %v\n%s", nice, err, out)
		}
	}
}
