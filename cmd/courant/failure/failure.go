// Package failure is what commands say when something went wrong: errors with
// advice on what to do, and those that are the caller's own mistake. How one is
// printed, and which exit status it makes, is package main's. Begin with Hint.
package failure

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
	"courant/db/engine"
	"courant/db/lease"
	"courant/db/state"
)

// hinted is an error with advice on what to do about it.
type hinted struct {
	error
	hint string
}

func (h hinted) Unwrap() error { return h.error }

// Hint adds advice to err, or returns nil where err is nil.
func Hint(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return hinted{err, fmt.Sprintf(format, args...)}
}

// Misuse is an error of the command line itself.
type Misuse struct{ error }

func (m Misuse) Unwrap() error { return m.error }

// Misused makes a Misuse of cmd, with a hint where its help is.
func Misused(cmd *cobra.Command, format string, args ...any) error {
	return Hint(Misuse{fmt.Errorf(format, args...)}, "see `%s --help`", cmd.CommandPath())
}

// ErrTold is an error that has been told already: only its status counts.
var ErrTold = errors.New("told already")

// Parts are the errors that errors.Join made one, so that each has its line and
// its hint.
func Parts(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var list []error
	var texts []string
	for _, e := range joined.Unwrap() {
		list = append(list, Parts(e)...)
		texts = append(texts, e.Error())
	}
	if strings.Join(texts, "\n") != err.Error() {
		return []error{err} // wrapped by a sentence of its own
	}
	return list
}

// Advice is what to do about err, or "".
func Advice(err error) string {
	var h hinted
	var transition *state.TransitionError
	var held *lease.HeldError
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
	case errors.Is(err, engine.ErrGone):
		return "see that the server of [database] url runs, and that this machine reaches it"
	case errors.Is(err, engine.ErrRefused):
		return "see that the user, the password and the database of [database] url are right, and that the database is the user's own"
	case errors.Is(err, engine.ErrNoFile):
		return "pg_dump and pg_restore copy a PostgreSQL database"
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
