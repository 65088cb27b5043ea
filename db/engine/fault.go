package engine

import (
	"errors"

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

// fault is an error of SQLite in our words; it stays what it was to errors.Is
// and errors.As.
type fault struct{ says, err error }

func (f fault) Error() string   { return f.says.Error() }
func (f fault) Unwrap() []error { return []error{f.says, f.err} }

// plainly says what a person can do something about in plain words.
func plainly(err error) error {
	if says := faults[code(err)]; says != nil {
		return fault{says, err}
	}
	return err
}

// Busy reports whether err means that another process or a long write has the
// store: the same may go through a moment later. Nothing was stored.
func Busy(err error) bool {
	switch code(err) {
	case sqliteBusy, sqliteLocked, sqliteInterrupt:
		return true
	}
	return false
}

// Full reports whether err means that the disk took no more.
func Full(err error) bool {
	switch code(err) {
	case sqliteFull, sqliteIOErr, sqliteReadOnly:
		return true
	}
	return false
}
