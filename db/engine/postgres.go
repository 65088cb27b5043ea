package engine

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

const (
	// minPostgres is the oldest version that will do (M3), as server_version_num.
	minPostgres = 150000
	// connectWithin is how long a server has for its answer where the address names
	// no connect_timeout.
	connectWithin = 5 * time.Second
	// A connection that hears nothing for deadAfter is asked whether it lives, and
	// given up after three times deadEvery: a server that vanished without a word
	// (M8) must not hold anybody for the two hours that are usual.
	deadAfter = 10 * time.Second
	deadEvery = 3 * time.Second
	// unheard is how long what we sent may go without a sign that it came.
	unheard = deadAfter + 3*deadEvery
	// answerWithin is how long a look at what changed may take, which is one query of
	// a few rows: a server that hangs is lost as one is that went.
	answerWithin = 10 * time.Second
	// connectionLife is after how long a connection is made anew where Config says
	// nothing, used or not, so that a name that leads elsewhere now is followed, and
	// none stays that nobody needs.
	connectionLife = time.Hour
	// noJIT has the server compile no statement, unless the address says jit=on: ours
	// are many and short, and to compile one takes longer than to run it. It is said
	// on the connection, for a pooler refuses what it does not know in its opening.
	noJIT = `SET jit = off`
	// channel is what watchers listen on.
	channel = "courant_change"
)

// server is the kind of a database on a PostgreSQL server.
type server struct{}

// postgres is how to reach the database at c.URL, without the password of
// c.PasswordFile.
func (c Config) postgres() (*pgx.ConnConfig, error) {
	if !strings.HasPrefix(c.URL, "postgres://") && !strings.HasPrefix(c.URL, "postgresql://") {
		return nil, errors.New("must be like postgres://courant@db.example/courant?sslmode=verify-full")
	}
	p, err := pgx.ParseConfig(c.URL)
	if err != nil {
		return nil, errors.New("cannot be understood") // pgx's words hold the address
	}
	if p.ConnectTimeout == 0 {
		p.ConnectTimeout = connectWithin
	}
	if p.RuntimeParams["application_name"] == "" {
		p.RuntimeParams["application_name"] = "courant"
	}
	d := &net.Dialer{
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: deadAfter, Interval: deadEvery, Count: 3},
		Control:         impatient,
	}
	p.DialFunc = d.DialContext
	return p, nil
}

// connection is how to reach the database at c.URL.
func (c Config) connection() (*pgx.ConnConfig, error) {
	p, err := c.postgres()
	if err != nil || c.PasswordFile == "" || p.Password != "" {
		return p, err
	}
	word, err := os.ReadFile(c.PasswordFile)
	if err != nil {
		return nil, err
	}
	p.Password = strings.TrimRight(string(word), "\r\n")
	return p, nil
}

// postgresName is the server and the name of the database at address, without user,
// password and settings.
func postgresName(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "the PostgreSQL database"
	}
	return u.Scheme + "://" + u.Host + u.Path
}

// openPostgres opens the database at c.URL, and migrates it where write is set.
// Readers and writers have connections of their own, so that a transaction that
// reads beside itself cannot wait for ever for what others like it hold.
func (d *DB) openPostgres(ctx context.Context, c Config, write bool) error {
	d.kind = server{}
	p, err := c.connection()
	if err != nil {
		return err
	}
	writers := 0
	if write {
		writers = max(1, c.Connections/2)
	}
	d.r = serverPool(*p, c.Connections-writers, c.ConnectionLife)
	if err := serverVersion(ctx, d.r); err != nil {
		return err
	}
	if !write {
		return nil
	}
	d.w, d.receipts = serverPool(*p, writers, c.ConnectionLife), newReceipts(writers)
	if err := d.migrateServer(ctx, *p); err != nil {
		return err
	}
	return d.schema.forget(ctx, d.w)
}

func serverPool(p pgx.ConnConfig, most int, life time.Duration) *sql.DB {
	pool := sql.OpenDB(linking{stdlib.GetConnector(p, stdlib.OptionAfterConnect(func(ctx context.Context, conn *pgx.Conn) error {
		m := conn.TypeMap()
		m.RegisterType(&pgtype.Type{Name: "int8", OID: pgtype.Int8OID, Codec: wholeCodec{}})
		m.RegisterDefaultPgType(false, "int8") // where the server is not asked what a parameter is, as behind a pooler
		if p.RuntimeParams["jit"] != "" {
			return nil
		}
		_, err := conn.Exec(ctx, noJIT)
		return err
	}))})
	pool.SetMaxOpenConns(most)
	pool.SetMaxIdleConns(most)
	pool.SetConnMaxLifetime(cmp.Or(life, connectionLife))
	return pool
}

func serverVersion(ctx context.Context, pool *sql.DB) error {
	var v int
	if err := pool.QueryRowContext(ctx, `SELECT current_setting('server_version_num')`).Scan(&v); err != nil {
		return err
	}
	if v < minPostgres {
		return fmt.Errorf("PostgreSQL %d is too old: %d or newer", v/10000, minPostgres/10000)
	}
	return nil
}

// migrateServer has one process migrate at a time: the others wait, for no longer
// than it lives. What they wait for belongs to a transaction, which a pooler lets
// them have, on a connection of its own.
func (d *DB) migrateServer(ctx context.Context, p pgx.ConnConfig) error {
	if err := schemaIs(ctx, d.kind, d.schema, d.r); !errors.Is(err, ErrOlder) {
		return err
	}
	pool := serverPool(p, 1, 0)
	defer pool.Close()
	t, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer t.Rollback()
	if err := d.Alone(ctx, t, "courant migrate"); err != nil {
		return err
	}
	return d.migrate(ctx, goose.DialectPostgres)
}

func (server) files(s Schema) (fs.FS, error) { return fs.Sub(s.Migrations, "postgres") }

// version reads goose's table without making it.
func (server) version(ctx context.Context, pool *sql.DB) (int64, error) {
	var there bool
	if err := pool.QueryRowContext(ctx, `SELECT to_regclass('goose_db_version') IS NOT NULL`).Scan(&there); err != nil || !there {
		return 0, err
	}
	return newestVersion(ctx, pool)
}

// oneWriter: as many as there are connections, each of which locks what it reads to
// change it.
func (server) oneWriter() bool { return false }

// tries: two that stand in each other's way again and again meet at other times
// after a while.
func (server) tries() int { return 20 }

// begin begins at READ COMMITTED, where a statement sees what was committed before
// it: once a row is locked, it is read as it is.
func (server) begin(ctx context.Context, w beginner) (*sql.Tx, error) {
	return w.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
}

// lockText lets others refer to the rows, such as the comments of an article.
func (server) lockText(text string) string { return text + ` FOR NO KEY UPDATE` }

// keepText is the lock that a row has that others refer to.
func (server) keepText(text string) string { return text + ` FOR KEY SHARE` }

// aloneIn takes the names in an order that all have, so that no two wait for each other.
func (server) aloneIn(names ...string) (Statement, bool) {
	keys := make([]int64, len(names))
	for i, name := range names {
		h := fnv.New64a()
		h.Write([]byte(name))
		keys[i] = int64(h.Sum64())
	}
	slices.Sort(keys)
	return Statement{Text: `SELECT pg_advisory_xact_lock(k) FROM unnest($1::bigint[]) AS k`, Args: []any{slices.Compact(keys)}}, true
}

// onePlan: the server plans a statement anew for what it is given each time where that
// promises to pay, which for one of many short looks costs many times what these do.
func (server) onePlan() (Statement, bool) {
	return Statement{Text: `SET LOCAL plan_cache_mode = force_generic_plan`}, true
}

// widenText: what the server holds is not ours to say.
func (server) widenText() string { return "" }

// numbers come from the sequence that counts the table.
func (server) numbers(table, key string, n int) Statement {
	return Statement{
		Text: `SELECT nextval(pg_get_serial_sequence($1, $2)) FROM generate_series(1, $3) ORDER BY 1`,
		Args: []any{table, key, n},
	}
}

func (server) waking() []Statement {
	return []Statement{{Text: `SELECT pg_notify($1, '')`, Args: []any{channel}}}
}

// watch listens, and looks every watchEvery too: a pooler may not let it listen,
// and what does not wake anybody is seen all the same.
func (server) watch(ctx context.Context, r *sql.DB, f Look) error {
	lost := false
	for {
		err := listen(ctx, r, func(ctx context.Context, conn *sql.Conn) error {
			err := f(ctx, conn, lost)
			lost = lost && err != nil
			return err
		})
		if ctx.Err() != nil || !away(err) {
			return err
		}
		lost = true
		pause(ctx, watchEvery)
	}
}

// pause waits, unless ctx ends.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// errListener means that the connection on which somebody listened broke.
var errListener = errors.New("listen for changes")

// away reports whether err is one of a server that does not answer, or does not let
// us in yet, as one may that has just taken over.
func away(err error) bool {
	return Gone(err) || errors.Is(err, errListener) || errors.Is(err, context.DeadlineExceeded) || meaning(err) == ErrRefused
}

// lookGap is how long lies between two looks, so that many changes a second are looked
// at together. A look takes each process a way to the server and back, and a change must
// show in 50 ms at the median.
const lookGap = 15 * time.Millisecond

// listen calls look at once, whenever it is woken, and every watchEvery, through one
// connection, until something fails.
func listen(ctx context.Context, r *sql.DB, look func(context.Context, *sql.Conn) error) error {
	var conn *sql.Conn
	if err := within(ctx, func(ctx context.Context) (err error) {
		if conn, err = r.Conn(ctx); err == nil {
			_, err = conn.ExecContext(ctx, `LISTEN `+channel)
		}
		return err
	}); err != nil {
		if conn != nil {
			conn.Close()
		}
		return err
	}
	defer conn.Close()
	defer conn.Raw(func(any) error { return driver.ErrBadConn }) // nobody else is to hear what it hears
	for {
		looked := time.Now()
		if err := within(ctx, func(ctx context.Context) error { return look(ctx, conn) }); err != nil {
			return err
		}
		err := conn.Raw(func(c any) error {
			wait, cancel := context.WithTimeout(ctx, watchEvery)
			defer cancel()
			conn := c.(*serverConn).Conn.Conn()
			n, err := conn.WaitForNotification(wait)
			if wait.Err() != nil {
				return nil // nobody woke us
			}
			if err == nil {
				pause(ctx, lookGap-time.Since(looked))
				cancel()
			}
			for n != nil { // what else is here woke us for the same look
				n, _ = conn.WaitForNotification(wait)
			}
			return err
		})
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return errors.Join(errListener, err)
		}
	}
}

// within runs f for no longer than answerWithin.
func within(ctx context.Context, f func(context.Context) error) error {
	limited, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	return f(limited)
}

// here: whatever answers at the address is the database.
func (server) here(context.Context) error { return nil }

// clock is the server's, by which those count that are on several machines.
func (server) clock(ctx context.Context, q Asker) (ms int64, ok bool, err error) {
	err = q.QueryRowContext(ctx, `SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)`).Scan(&ms)
	return ms, true, err
}

func (server) sizes(ctx context.Context, r *sql.DB) (data, log int64) {
	if err := r.QueryRowContext(ctx, `SELECT pg_database_size(current_database())`).Scan(&data); err != nil {
		return 0, 0
	}
	return data, 0
}

// wholeCodec is pgx's of whole numbers, which takes true and false too: as SQLite
// has it, they are 1 and 0.
type wholeCodec struct{ pgtype.Int8Codec }

// PlanEncode implements pgtype.Codec.
func (c wholeCodec) PlanEncode(m *pgtype.Map, oid uint32, format int16, value any) pgtype.EncodePlan {
	if _, is := value.(bool); !is {
		return c.Int8Codec.PlanEncode(m, oid, format, value)
	}
	return boolPlan{c.Int8Codec.PlanEncode(m, oid, format, int64(0))}
}

type boolPlan struct{ number pgtype.EncodePlan }

// Encode implements pgtype.EncodePlan.
func (p boolPlan) Encode(value any, buf []byte) ([]byte, error) {
	var n int64
	if value.(bool) {
		n = 1
	}
	return p.number.Encode(n, buf)
}
