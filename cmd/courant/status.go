package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

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

// report prints err as `courant: what: why` and a hint, and returns the exit
// status.
func (a *app) report(err error) int {
	if err == nil {
		return statusDone
	}
	status := statusFailed
	var m failure.Misuse
	if !a.started || errors.As(err, &m) {
		status = statusMisused
	}
	if errors.Is(err, failure.ErrTold) {
		return status
	}
	for _, err := range failure.Parts(err) {
		a.tell(err)
	}
	return status
}

// tell prints one error.
func (a *app) tell(err error) {
	var all *config.Mistakes
	if errors.As(err, &all) {
		for _, m := range all.List {
			fmt.Fprintf(a.stderr, "courant: %s\n", text.Line(m.String()))
		}
	} else {
		fmt.Fprintf(a.stderr, "courant: %s\n", text.Line(err.Error()))
	}
	if h := failure.Advice(err); h != "" {
		fmt.Fprintf(a.stderr, "hint: %s\n", h)
	}
}

// hint adds advice to err, or returns nil where err is nil.
func hint(err error, format string, args ...any) error { return failure.Hint(err, format, args...) }

// misused is an error of how cmd was called, with a hint where its help is.
func misused(cmd *cobra.Command, format string, args ...any) error {
	return failure.Misused(cmd, format, args...)
}
