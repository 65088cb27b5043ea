// Package cluster gives tests a PostgreSQL of their own: made from the programs
// that Debian's package postgresql installs, reached through a Unix socket in a
// temporary folder, gone when the tests are. COURANT_TEST_POSTGRES names a server
// to use instead, as a postgres:// address of a user who may create databases.
//
// A package whose tests open stores calls Main from its TestMain. It runs them on
// SQLite first, and those of them that asked for a database once more on
// PostgreSQL. Where there is none, the second run is left out, and Main says so.
// COURANT_TEST_ENGINE=sqlite leaves it out too, and =postgres the first.
package cluster

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver
)

const (
	// server names the server to use, in the environment.
	server = "COURANT_TEST_POSTGRES"
	// only names the one engine to run on, in the environment.
	only = "COURANT_TEST_ENGINE"
	// all has a missing tool be a failure, in the environment: .ci/run has installed
	// them.
	all = "COURANT_TEST_ALL"
	// oldest is the first version of PostgreSQL that will do.
	oldest = 15
)

// lender names the socket of the pooler that lends connections, and lenderPort is how an
// address names it.
const (
	lender     = "6432"
	lenderPort = "&port=" + lender
)

// errMissing says that there is no PostgreSQL here.
var errMissing = errors.New("no PostgreSQL: install Debian's postgresql, or name a server in " + server)

// state is what the run of the tests is at.
var state struct {
	mu     sync.Mutex
	asked  map[string]bool     // tests that asked for a database, in the first run
	second bool                // whether this is the run on PostgreSQL
	root   string              // address of the server, in the second run
	lent   string              // the same by way of a pooler that keeps connections, where there is one
	free   map[string][]string // databases that no test uses now, by the name of their kind
	made   atomic.Int64
}

// Main runs the tests on SQLite, and those that asked for a database again on
// PostgreSQL, and ends the process.
func Main(m *testing.M) {
	state.asked = map[string]bool{}
	code := 0
	if os.Getenv(only) != "postgres" {
		code = m.Run()
	}
	if code == 0 && os.Getenv(only) != "sqlite" && (len(state.asked) > 0 || os.Getenv(only) == "postgres") {
		code = again(m)
	}
	os.Exit(code)
}

// again is the run on PostgreSQL.
func again(m *testing.M) int {
	root, lent, stop, err := start()
	if err != nil {
		fmt.Fprintln(os.Stderr, "--- SKIP: tests on PostgreSQL:", err)
		if os.Getenv(all) != "" {
			return 1
		}
		return 0
	}
	defer stop()
	defer dropFree()
	state.second, state.root, state.lent, state.free = true, root, lent, map[string][]string{}
	if len(state.asked) == 0 {
		return m.Run() // the first run was left out
	}
	names := slices.Sorted(maps.Keys(state.asked))
	wanted := "^(" + strings.Join(names, "|") + ")$"
	if _, below, deeper := strings.Cut(flag.Lookup("test.run").Value.String(), "/"); deeper {
		wanted += "/" + below
	}
	for name, value := range map[string]string{"test.run": wanted, "test.bench": "", "test.fuzz": ""} {
		if err := flag.Set(name, value); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	fmt.Fprintf(os.Stderr, "=== %d tests again, on PostgreSQL\n", len(names))
	return m.Run()
}

// start finds a server, or starts one.
func start() (root, lent string, stop func(), err error) {
	if root = os.Getenv(server); root != "" {
		return root, root, func() {}, nil
	}
	bin, err := programs()
	if err != nil {
		return "", "", nil, err
	}
	return launch(bin)
}

// programs is the folder of the newest PostgreSQL that is installed.
func programs() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // the pattern is right
	newest, best := 0, ""
	for _, f := range found {
		bin := filepath.Dir(f)
		if v, err := strconv.Atoi(filepath.Base(filepath.Dir(bin))); err == nil && v >= oldest && v > newest {
			newest, best = v, bin
		}
	}
	if best == "" || runtime.GOOS != "linux" {
		return "", errMissing
	}
	return best, nil
}

// dropFree drops the databases that were kept for further tests: a server that was
// there before stays as it was.
func dropFree() {
	for _, list := range state.free {
		for _, name := range list {
			if err := run("", `DROP DATABASE `+name+` WITH (FORCE)`); err != nil {
				fmt.Fprintln(os.Stderr, err)
			}
		}
	}
}

// Ask notes that a test wants a database, so that it runs on both engines, and
// reports whether that is to be on PostgreSQL now.
func Ask(t testing.TB) (postgres bool) {
	t.Helper()
	if state.second {
		return true
	}
	name, _, _ := strings.Cut(t.Name(), "/")
	state.mu.Lock()
	defer state.mu.Unlock()
	if state.asked != nil { // else the package has no Main
		if _, isTest := t.(*testing.T); isTest {
			state.asked[name] = true
		}
	}
	return false
}

// SQLiteOnly skips a test on PostgreSQL, and says why.
func SQLiteOnly(t testing.TB, why string) {
	t.Helper()
	if state.second {
		t.Skip("of SQLite alone: " + why)
	}
}

// New is the address of an empty database that is gone when the test is.
func New(t testing.TB) string {
	t.Helper()
	name := newName()
	if err := run("", `CREATE DATABASE `+name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := run("", `DROP DATABASE `+name+` WITH (FORCE)`); err != nil {
			t.Error(err)
		}
	})
	return Address(name)
}

// Start is New on a server that runs for this test alone, for packages that cannot
// call Main. Where there is none the test is skipped.
func Start(t testing.TB) string {
	t.Helper()
	root, _, stop, err := start()
	if err != nil && os.Getenv(all) == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	state.root, state.lent = root, root
	t.Cleanup(stop)
	return New(t)
}

// Like is the address of a database with the tables that fill makes in an empty
// one, all of them empty: fill is called for the first tests, and others get a
// database after they are done with it. Tests with another name share none.
func Like(t testing.TB, name string, fill func(url string) error) string {
	t.Helper()
	state.mu.Lock()
	free := state.free[name]
	var database string
	if n := len(free); n > 0 {
		database, state.free[name] = free[n-1], free[:n-1]
	}
	state.mu.Unlock()
	if database == "" {
		database = newName()
		err := run("", `CREATE DATABASE `+database)
		if err == nil {
			err = fill(Address(database))
		}
		if err == nil {
			err = run(database, empty)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		if err := run(database, empty); err != nil {
			t.Error(err)
			return
		}
		state.mu.Lock()
		defer state.mu.Unlock()
		state.free[name] = append(state.free[name], database)
	})
	return address(state.lent, database)
}

// empty ends what hangs in a database, but not what a pooler makes ready for the next
// test, and deletes all rows of its tables, but those that say which migrations it has;
// rows are numbered from 1 on again.
// Where we may it goes row by row, without a look at what refers to what: few rows
// are sooner deleted than many tables emptied.
const empty = `
	DO $$
	DECLARE
		name TEXT;
	BEGIN
		PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle' AND now() - state_change > INTERVAL '1 s';
		PERFORM set_config('session_replication_role', 'replica', true);
		FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'goose_db_version' LOOP
			EXECUTE 'DELETE FROM ' || quote_ident(name);
		END LOOP;
		PERFORM setval(quote_ident(sequencename)::regclass, 1, false) FROM pg_sequences
			WHERE schemaname = 'public' AND last_value IS NOT NULL AND sequencename NOT LIKE 'goose%';
	EXCEPTION WHEN insufficient_privilege THEN
		EXECUTE (SELECT 'TRUNCATE ' || string_agg(quote_ident(tablename), ', ') || ' RESTART IDENTITY'
			FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'goose_db_version');
	END $$`

func newName() string { return fmt.Sprintf("courant_test_%d_%d", os.Getpid(), state.made.Add(1)) }

// Address is that of a database of the server, by its name.
func Address(name string) string { return address(state.root, name) }

func address(root, name string) string {
	u, err := url.Parse(root)
	if err != nil {
		panic("cluster: " + err.Error())
	}
	u.Path = "/" + name
	return u.String()
}

// run runs a statement in a database of the server; empty is its own.
func run(name, text string) error {
	root := state.lent
	if name != "" {
		root = address(root, name)
	}
	pool, err := sql.Open("pgx", root)
	if err != nil {
		return err
	}
	defer pool.Close()
	if _, err := pool.ExecContext(context.Background(), text); err != nil {
		return fmt.Errorf("%s: %w", text, err)
	}
	return nil
}
