package engine

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
)

// SQLite's primary result codes that a person can cause.
const (
	sqliteBusy      = 5
	sqliteLocked    = 6
	sqliteReadOnly  = 8
	sqliteInterrupt = 9
	sqliteIOErr     = 10
	sqliteCorrupt   = 11
	sqliteFull      = 13
	sqliteCantOpen  = 14
	sqliteNotADB    = 26
)

// Errors that a person can cause and mend.
var (
	// ErrDamaged means that the file is no database, or no longer a whole one.
	ErrDamaged = errors.New("the file is damaged, or is no database")
	// ErrNoAccess means that we may not read or write the file or its folder.
	ErrNoAccess = errors.New("the file cannot be opened")
	// ErrDisk means that reading or writing failed below the file.
	ErrDisk = errors.New("the disk fails, or what stands there is no file")
	// ErrReadOnly means that the file, its folder or its disk takes no writes.
	ErrReadOnly = errors.New("the file cannot be written to")
	// ErrBusy means that another program has the file locked.
	ErrBusy = errors.New("another program has the database locked")
	// ErrFull means that the disk took no more.
	ErrFull = errors.New("the disk is full")
	// ErrText means that a text has a NUL, or is no UTF-8: PostgreSQL holds none such.
	ErrText = errors.New("this is no text that the database can hold")
	// ErrGone means that the server does not answer, or takes no writes for now.
	ErrGone = errors.New("the database server cannot be reached")
	// ErrRefused means that the server does not let us in, or not do what we need.
	ErrRefused = errors.New("the database server refuses us")
	// ErrPooler means that the connection under our hands is not the one that we
	// prepared a statement on.
	ErrPooler = errors.New("a pooler before the database server keeps no prepared statements: add default_query_exec_mode=exec to the settings of [database] url")
)

var faults = map[int]error{
	sqliteBusy: ErrBusy, sqliteLocked: ErrBusy, sqliteReadOnly: ErrReadOnly, sqliteIOErr: ErrDisk, sqliteCorrupt: ErrDamaged,
	sqliteFull: ErrFull, sqliteCantOpen: ErrNoAccess, sqliteNotADB: ErrDamaged,
}

// code is SQLite's primary result code, 0 where err is none of SQLite's.
func code(err error) int {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code() & 0xff
	}
	return 0
}

// states are what PostgreSQL's errors mean, by SQLSTATE or its first two letters
// (PostgreSQL's documentation, appendix A).
var states = map[string]error{
	"08": ErrGone, "57P01": ErrGone, "57P02": ErrGone, "57P03": ErrGone, "57P05": ErrGone, // connection lost, server stops or starts
	"25P03": ErrGone, "25P04": ErrGone, // we did not say a word for too long, see abandoned, or took too long for the server's owner
	"25006": ErrGone,                   // only reads: a standby that has not taken over yet
	"53300": ErrGone, "53400": ErrGone, // too many connections
	"40001": ErrBusy, "40P01": ErrBusy, "55P03": ErrBusy, // two transactions stood in each other's way
	"53000": ErrBusy, "53200": ErrBusy, "57014": ErrBusy, // no memory or lock is left, or somebody there ended the statement, as after its time
	"53100": ErrFull, "58030": ErrDisk,
	"28": ErrRefused, "42501": ErrRefused, "3D000": ErrRefused, // password, rights, no such database
	"22021": ErrText,
	"26000": ErrPooler, "42P05": ErrPooler, // a prepared statement is not there, or there already
	"XX001": ErrDamaged, "XX002": ErrDamaged,
}

const uniqueViolation = "23505"

// meaning is the one of the errors above that err stands for, nil where it is none.
func meaning(err error) error {
	if c := code(err); c != 0 {
		return faults[c]
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		if says := states[e.Code]; says != nil {
			return says
		}
		return states[e.Code[:min(2, len(e.Code))]]
	}
	if lost(err) {
		return ErrGone
	}
	return nil
}

// lost reports whether the connection to the server broke, or could not be made.
func lost(err error) bool {
	if err == nil || errors.Is(err, context.Canceled) {
		return false // whoever gave up broke it
	}
	if _, is := errors.AsType[*pgconn.ConnectError](err); is {
		return true // or was not made in time: a server that is cut off says nothing
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return false // as above
	}
	if _, is := errors.AsType[*net.OpError](err); is {
		return true
	}
	for _, is := range []error{driver.ErrBadConn, sql.ErrConnDone, pgconn.ErrConnClosed, io.ErrUnexpectedEOF, net.ErrClosed} {
		if errors.Is(err, is) {
			return true
		}
	}
	return false
}

// takenPlace reports whether another writer was quicker in one of the given unique
// indexes.
func takenPlace(err error, indexes []string) bool {
	e, is := errors.AsType[*pgconn.PgError](err)
	return is && e.Code == uniqueViolation && slices.Contains(indexes, e.ConstraintName)
}

// bare reports whether err is the engine's own, with nothing said about it yet.
func bare(err error) bool {
	switch err.(type) {
	case *sqlite.Error, *pgconn.PgError, *pgconn.ConnectError, *net.OpError:
		return true
	}
	return false
}

// fault is an error of the engine in our words; it stays what it was to errors.Is
// and errors.As.
type fault struct{ says, err error }

func (f fault) Error() string   { return f.says.Error() }
func (f fault) Unwrap() []error { return []error{f.says, f.err} }

// plainly says what a person can do something about in plain words.
func plainly(err error) error {
	if says := meaning(err); says != nil {
		return fault{says, err}
	}
	return err
}

// Busy reports whether err means that another process or a long write has the
// store: the same may go through a moment later. Nothing was stored.
func Busy(err error) bool {
	return err != nil && (code(err) == sqliteInterrupt || errors.Is(err, ErrBusy) || meaning(err) == ErrBusy)
}

// Full reports whether err means that the disk took no more.
func Full(err error) bool {
	switch meaning(err) {
	case ErrFull, ErrDisk, ErrReadOnly:
		return true
	}
	return false
}

// Gone reports whether err means that the server cannot be reached for now. Nothing
// was stored.
func Gone(err error) bool {
	return !errors.Is(err, ErrUnknown) && (errors.Is(err, ErrGone) || meaning(err) == ErrGone)
}

// NoText reports whether err means that a text has a NUL or is no UTF-8, so that
// nothing in the database is like it.
func NoText(err error) bool { return meaning(err) == ErrText }

// Damaged reports whether err means that what is stored can no longer be read.
func Damaged(err error) bool { return meaning(err) == ErrDamaged }
