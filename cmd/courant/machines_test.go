package main

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"courant/db/dbtest/cluster"
)

const (
	crewSources = 24
	// takeOver is how long it may take until the shards of a worker that is gone are
	// others' (M5).
	takeOver = 30 * time.Second
)

// crew is what several workers, each a process, poll: a host for each source.
type crew struct {
	t   *testing.T
	url string // of the database
	db  *sql.DB

	mu       sync.Mutex
	requests map[string]int // by source
	slow     string         // the worker that gets no answer for now
	wake     chan struct{}  // closed: it gets them
	held     int            // answers that it waits for
}

func newCrew(t *testing.T) *crew {
	m := &crew{t: t, url: cluster.Start(t), requests: map[string]int{}, wake: make(chan struct{})}
	var err error
	if m.db, err = sql.Open("pgx", m.url); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.db.Close() })
	return m
}

// serve answers a source's worker, which its user agent names. An answer that was held
// back has an entry of its own.
func (m *crew) serve(source string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		m.mu.Lock()
		m.requests[source]++
		item := "Fresh"
		held := m.slow != "" && strings.Contains(r.UserAgent(), m.slow)
		wake := m.wake
		if held {
			m.held++
			item = "Stale"
		}
		m.mu.Unlock()
		if held {
			<-wake
		}
		fmt.Fprintf(w, `<rss version="2.0"><channel><title>%s</title><item><title>%s</title><guid>%s</guid></item></channel></rss>`, source, item, item)
	}
}

// start starts a worker with a name of its own.
func (m *crew) start(name string, sources string) *process {
	m.t.Helper()
	dir := m.t.TempDir()
	config := fmt.Sprintf(`
[site]
url = "http://news.example"
[database]
url = %q
[aggregator]
contact = "https://%s.example"
allow_private_networks = true
schedule = "@every 1s"
min_interval = "2s"
max_interval = "3s"
per_host_gap = "0s"
timeout = "2m"
%s`, m.url, name, sources)
	if err := os.WriteFile(filepath.Join(dir, "courant.toml"), []byte(config), 0o644); err != nil {
		m.t.Fatal(err)
	}
	return startProcess(m.t, dir, nil, "run", "--only", "worker")
}

// sources are those of the configuration, each served on an address of its own.
func (m *crew) sources() string {
	m.t.Helper()
	var b strings.Builder
	for i := range crewSources {
		id := fmt.Sprint("s", i)
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.1.%d:0", i+1))
		if err != nil {
			m.t.Skipf("each source needs a loopback address of its own: %v", err)
		}
		server := &httptest.Server{Listener: l, Config: &http.Server{Handler: m.serve(id)}}
		server.Start()
		m.t.Cleanup(server.Close)
		fmt.Fprintf(&b, "[[source]]\nid = %q\nurl = %q\npublish = \"auto\"\n", id, server.URL+"/feed")
	}
	return b.String()
}

// number is what a query counts.
func (m *crew) number(text string, args ...any) (n int) {
	m.t.Helper()
	if err := m.db.QueryRowContext(m.t.Context(), text, args...).Scan(&n); err != nil {
		m.t.Fatal(err)
	}
	return n
}

// hold is how many shards a process has.
func (m *crew) hold(p *process) int {
	return m.number(`SELECT count(*) FROM shard JOIN worker ON worker.run = shard.worker WHERE worker.pid = $1`, p.Process.Pid)
}

// dealt waits until processes hold so many shards each, and says how long that took.
func (m *crew) dealt(what string, want []int, list ...*process) {
	m.t.Helper()
	began := time.Now()
	eventually(m.t, what, takeOver+patience, func() bool {
		for i, p := range list {
			if n := m.hold(p); n != want[i] {
				return false
			}
		}
		return true
	})
	m.t.Logf("%s after %v", what, time.Since(began).Round(10*time.Millisecond))
}

// polled waits until every source was polled by somebody from now on.
func (m *crew) polled(what string) {
	m.t.Helper()
	from := m.number(`SELECT coalesce(max(id), 0) FROM pass`)
	eventually(m.t, what, patience+takeOver, func() bool {
		return m.number(`SELECT count(DISTINCT source) FROM pass WHERE id > $1 AND status = 200`, from) == crewSources
	})
}

// Many machines: what whole processes have to do with them.
func TestMachines(t *testing.T) {
	t.Run("M2", bothEngines)
	storesMove(t)
	workersShare(t)
}

// Several workers, each a process, share the sources of one database: one is killed,
// one is frozen until others have taken what it had, and wakes.
func workersShare(t *testing.T) {
	m := newCrew(t)
	sources := m.sources()
	first := m.start("first", sources)
	eventually(t, "the first worker starts", patience, func() bool { return strings.Contains(first.logged(), "msg=started") })
	m.dealt("the first has all", []int{256}, first)
	second, third := m.start("second", sources), m.start("third", sources)
	t.Run("M4", func(t *testing.T) {
		m.dealt("three share", []int{86, 85}, first, second)
		m.dealt("three share", []int{85}, third)
		m.polled("three poll all")
		_, out, _ := shell(t, filepath.Join(first.Dir, "courant.toml"), "source", "list")
		for _, p := range []*process{first, second, third} {
			if !strings.Contains(out, "WORKER") || !strings.Contains(out, fmt.Sprintf("process %d on ", p.Process.Pid)) {
				t.Errorf("process %d polls nothing:\n%s", p.Process.Pid, out)
			}
		}
	})
	t.Run("M11", func(t *testing.T) { m.saysWho(first, second, third) })
	t.Run("M5", func(t *testing.T) {
		first.signal(syscall.SIGKILL)
		first.wait(patience)
		m.dealt("two took over from the one that was killed", []int{128, 128}, second, third)
		m.polled("two poll all")
		m.freeze(second, third)
		m.dealt("it works beside the other again", []int{128, 128}, second, third)
		if said := second.logged(); !strings.Contains(said, "pass not stored") || !strings.Contains(said, "begins anew") {
			t.Error("it does not say that what it had fetched was not stored, or that it begins anew")
		}
		m.polled("both poll all")
	})
	for _, p := range []*process{second, third} {
		p.signal(syscall.SIGTERM)
		p.wait(patience)
	}
	m.check()
}

// saysWho holds what commands say of who polls what to what the database has (M11).
func (m *crew) saysWho(list ...*process) {
	t := m.t
	t.Helper()
	config := filepath.Join(list[0].Dir, "courant.toml")
	status, out, said := shell(t, config, "worker", "list", "--json")
	if status != 0 {
		t.Fatalf("worker list: %s", said)
	}
	shards := map[int]int{} // by process
	for line := range strings.Lines(out) {
		var w struct {
			ID, Host    string
			PID, Shards int
			Since, Seen time.Time
		}
		if err := json.Unmarshal([]byte(line), &w); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if w.ID == "" || w.Host == "" || w.Since.IsZero() || w.Seen.Before(w.Since) || time.Since(w.Seen).Abs() > takeOver {
			t.Errorf("worker list says %s", line)
		}
		shards[w.PID] = w.Shards
	}
	for _, p := range list {
		if got, want := shards[p.Process.Pid], m.hold(p); got != want || len(shards) != len(list) {
			t.Errorf("worker list has %d workers, and says that process %d holds %d shards, not %d", len(shards), p.Process.Pid, got, want)
		}
	}
	if _, out, _ := shell(t, config, "explain", "source", "s0"); !strings.Contains(out, "process ") {
		t.Errorf("explain source names no worker:\n%s", out)
	}
}

// freeze freezes a worker over requests until the other has its shards, and wakes it
// as the servers answer it.
func (m *crew) freeze(p, other *process) {
	m.t.Helper()
	m.mu.Lock()
	m.slow = "second"
	m.mu.Unlock()
	eventually(m.t, "it waits for servers", patience, func() bool {
		m.mu.Lock()
		defer m.mu.Unlock()
		return m.held > 0
	})
	p.signal(syscall.SIGSTOP)
	if os.Getenv("COURANT_TEST_ALL") == "" { // the database's clock goes on for it
		m.number(`WITH late AS (UPDATE worker SET seen = seen - 60000, expires = expires - 60000 WHERE pid = $1 RETURNING 1) SELECT count(*) FROM late`, p.Process.Pid)
	}
	m.dealt("the other took over from the one that was frozen", []int{256}, other)
	m.mu.Lock()
	m.slow = ""
	close(m.wake)
	m.mu.Unlock()
	p.signal(syscall.SIGCONT)
}

// check looks at what the workers left.
func (m *crew) check() {
	t := m.t
	t.Helper()
	if n := m.number(`SELECT count(*) FROM article WHERE headline = 'Stale'`); n > 0 {
		t.Errorf("%d entries are stored that a frozen worker had asked for", n)
	}
	if n := m.number(`SELECT count(*) FROM article`); n != crewSources {
		t.Errorf("there are %d articles, where %d sources have one each", n, crewSources)
	}
	if n := m.number(`SELECT count(*) FROM request`); n > 0 {
		t.Errorf("%d requests are noted as under way", n)
	}
	// No poll was before the one before it let it be (P30).
	if n := m.number(`
		SELECT count(*) FROM (SELECT at, lag(next_due) OVER (PARTITION BY source ORDER BY at) AS due FROM pass) AS p WHERE at < due - 20`); n > 0 {
		t.Errorf("%d polls came early", n)
	}
	// Each request left a pass, so none was made twice.
	m.mu.Lock()
	defer m.mu.Unlock()
	all := 0
	for source, n := range m.requests {
		all += n
		if passes := m.number(`SELECT count(*) FROM pass WHERE source = $1`, source); n > passes {
			t.Errorf("%s was asked %d times, and has %d passes", source, n, passes)
		}
	}
	t.Logf("%d requests", all)
}
