package daemon

import (
	"errors"
	"os"
	"strconv"
	"syscall"
)

// workerNice is how much a process that is only a worker lets others on the same machine
// go before: at 5 of 19 it has about a third of what one that serves readers has while both
// want a processor, and all of it while nobody else does. What a worker fetches may come
// some seconds later, and a reader waits; but on a machine that is never idle it must come
// too.
const workerNice = 5

// GiveWay has this process let others on the machine go before, as one may that no reader
// waits for. One that lets more go before already is left as it is. To Linux each thread has a
// priority of its own, which those that it begins have too.
func GiveWay() error {
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return err
	}
	for _, t := range tasks {
		id, err := strconv.Atoi(t.Name())
		if err != nil {
			continue
		}
		// The call gives 20 less the niceness.
		if has, err := syscall.Getpriority(syscall.PRIO_PROCESS, id); err == nil && 20-has >= workerNice {
			continue
		}
		if err := syscall.Setpriority(syscall.PRIO_PROCESS, id, workerNice); err != nil && !errors.Is(err, syscall.ESRCH) { // it ended meanwhile
			return err
		}
	}
	return nil
}
