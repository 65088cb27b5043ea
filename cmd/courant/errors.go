package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"strings"

	"github.com/spf13/cobra"

	"courant/cmd/courant/config"
	"courant/cmd/courant/daemon"
	"courant/cmd/courant/demo"
	"courant/db"
	"courant/db/engine"
	"courant/db/text"
)

// Exit statuses (PRODUCT.md, The command).
const (
	statusDone    = 0
	statusFailed  = 1
	statusMisused = 2
)

// hinted is an error with advice on what to do about it.
type hinted struct {
	error
	hint string
}

func (h hinted) Unwrap() error { return h.error }

// hint adds advice to err, or returns nil where err is nil.
func hint(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return hinted{err, fmt.Sprintf(format, args...)}
}

// misuse is an error of the command line itself: exit status 2.
type misuse struct{ error }

func (m misuse) Unwrap() error { return m.error }

// misused makes a misuse of cmd, with a hint where its help is.
func misused(cmd *cobra.Command, format string, args ...any) error {
	return hint(misuse{fmt.Errorf(format, args...)}, "see `%s --help`", cmd.CommandPath())
}

// errTold is an error that has been told already: only its status counts.
var errTold = errors.New("told already")

// report prints err as `courant: what: why` and a hint, and returns the exit
// status.
func (a *app) report(err error) int {
	if err == nil {
		return statusDone
	}
	status := statusFailed
	var m misuse
	if !a.started || errors.As(err, &m) {
		status = statusMisused
	}
	if errors.Is(err, errTold) {
		return status
	}
	for _, err := range parts(err) {
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
	if h := adviceFor(err); h != "" {
		fmt.Fprintf(a.stderr, "hint: %s\n", h)
	}
}

// parts are the errors that errors.Join made one, so that each has its line and
// its hint.
func parts(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var list []error
	var texts []string
	for _, e := range joined.Unwrap() {
		list = append(list, parts(e)...)
		texts = append(texts, e.Error())
	}
	if strings.Join(texts, "\n") != err.Error() {
		return []error{err} // wrapped by a sentence of its own
	}
	return list
}

// adviceFor is what to do about err, or "".
func adviceFor(err error) string {
	var h hinted
	var transition *db.TransitionError
	var held *db.HeldError
	var address *daemon.AddressError
	var taken *demo.AddressError
	var all *config.Mistakes
	switch {
	case errors.As(err, &h):
		return h.hint
	case errors.As(err, &all):
		return "config.example.toml documents every key"
	case errors.As(err, &transition):
		return fmt.Sprintf("see `courant %s show %s` for where it stands", transition.Kind, transition.ID)
	case errors.As(err, &held):
		return "stop that one, or serve readers beside it with `courant run --only publisher`"
	case errors.As(err, &address):
		return fmt.Sprintf("another program has the address; name a free one under [%s] listen", address.Table)
	case errors.As(err, &taken):
		return "choose another address with --listen"
	case errors.Is(err, engine.ErrNewer):
		return "install the newest Courant, or restore a backup made by this one"
	case errors.Is(err, context.Canceled):
		return "it was interrupted; run it again to go on"
	case errors.Is(err, engine.ErrDamaged):
		return "put a copy back with `courant restore FILE --force`"
	case errors.Is(err, engine.ErrNoAccess), errors.Is(err, engine.ErrReadOnly):
		return "run it as the user who owns the file and its folder; this is user " + whoami()
	case errors.Is(err, engine.ErrBusy):
		return "wait until the other program is done, or stop it"
	case engine.Full(err):
		return "is the disk full or read-only?"
	case errors.Is(err, os.ErrPermission):
		return "run it as the user who owns the file"
	}
	return ""
}

// whoami names the user that this process is.
func whoami() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return fmt.Sprint(os.Getuid())
}
