package main

import "runtime/debug"

const (
	// collectAt is GOGC: how far the heap may grow over what is in use before
	// garbage is collected, in percent. A publisher has some 3 MB in use, and
	// Go's own 100 has it collect every few hundred answers, which is a tenth
	// of all it does.
	collectAt = 400
	// collectInPass is collectAt for a process that makes one pass and answers
	// nobody: there more than this saves no time that can be measured.
	collectInPass = 200
	// memoryGoal is GOMEMLIMIT: near it garbage is collected sooner, whatever
	// collectAt says. What is kept of rendered documents (24 MiB) and the feeds
	// under way stay well below it, and the process under 128 MiB.
	memoryGoal = 64 << 20
)

// tuneMemory sets how much memory is given for speed, where the operator has
// not set Go's own variables for it.
func tuneMemory(getenv func(string) string) {
	tuneCollection(getenv, collectAt)
	if getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryGoal)
	}
}

func tuneCollection(getenv func(string) string, percent int) {
	if getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
}
