package main

import (
	"errors"
	"fmt"

	"courant/cmd/courant/cli"
	"courant/cmd/courant/config"
	"courant/cmd/courant/failure"
	"courant/db/text"
)

// Exit statuses (PRODUCT.md, The command).
const (
	statusDone    = 0
	statusFailed  = 1
	statusMisused = 2
)

// conclude prints err as `courant: what: why` and a hint, and returns the exit
// status.
func conclude(a *cli.App, err error) int {
	if err == nil {
		return statusDone
	}
	status := statusFailed
	var m failure.Misuse
	if !a.Started || errors.As(err, &m) {
		status = statusMisused
	}
	if errors.Is(err, failure.ErrTold) {
		return status
	}
	for _, err := range failure.Parts(err) {
		tell(a, err)
	}
	return status
}

// tell prints one error.
func tell(a *cli.App, err error) {
	var all *config.Mistakes
	if errors.As(err, &all) {
		for _, m := range all.List {
			fmt.Fprintf(a.Stderr, "courant: %s\n", text.Line(m.String()))
		}
	} else {
		fmt.Fprintf(a.Stderr, "courant: %s\n", text.Line(err.Error()))
	}
	if h := failure.Advice(err); h != "" {
		fmt.Fprintf(a.Stderr, "hint: %s\n", h)
	}
}
