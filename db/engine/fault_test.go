package engine

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// Whatever a server that is lost, or others who write, leave of a transaction says that it
// may be tried again: at once, or once the server is there. Nobody is told of it as of a
// fault. (M8)
func TestMeaning(t *testing.T) {
	state := func(code string) error { return &pgconn.PgError{Severity: "ERROR", Code: code} }
	network := func(err error) error { return &net.OpError{Op: "read", Net: "tcp", Err: err} }
	for _, c := range []struct {
		name       string
		err        error
		gone, busy bool
	}{
		{"the server is told to stop", state("57P01"), true, false},
		{"the server crashes", state("57P02"), true, false},
		{"the server starts", state("57P03"), true, false},
		{"an idle connection is ended", state("57P05"), true, false},
		{"an idle transaction is ended", state("25P03"), true, false},
		{"a long transaction is ended", state("25P04"), true, false},
		{"the server has not taken over yet", state("25006"), true, false},
		{"too many connections", state("53300"), true, false},
		{"the connection failed", state("08006"), true, false},
		{"a connection broke before anything was said", driver.ErrBadConn, true, false},
		{"a connection was given away", sql.ErrConnDone, true, false},
		{"the driver closed the connection", pgconn.ErrConnClosed, true, false},
		{"the server hung up", io.ErrUnexpectedEOF, true, false},
		{"the socket is closed", net.ErrClosed, true, false},
		{"nobody listens", network(syscall.ECONNREFUSED), true, false},
		{"the connection was reset", network(syscall.ECONNRESET), true, false},
		{"nobody reads what is written", network(syscall.EPIPE), true, false},
		{"no answer in time", network(os.ErrDeadlineExceeded), true, false},
		{"two could not be put in an order", state("40001"), false, true},
		{"two waited for each other", state("40P01"), false, true},
		{"a lock was not had in time", state("55P03"), false, true},
		{"no memory is left", state("53200"), false, true},
		{"a statement was ended", state("57014"), false, true},
		{"a moment was taken again and again", givenUp(t.Context(), state(uniqueViolation)), false, true},
		{"a row is there already", state(uniqueViolation), false, false},
		{"who asked went away", context.Canceled, false, false},
		{"who asked waited for long enough", context.DeadlineExceeded, false, false},
		{"nobody knows what became of it", fault{ErrUnknown, state("57P01")}, false, false},
	} {
		for _, err := range []error{c.err, fmt.Errorf("store: %w", c.err), plainly(c.err), errors.Join(c.err, errors.New("rollback"))} {
			if Gone(err) != c.gone || Busy(err) != c.busy {
				t.Errorf("%s: %v is Gone %v and Busy %v, want %v and %v", c.name, err, Gone(err), Busy(err), c.gone, c.busy)
			}
		}
	}
}
