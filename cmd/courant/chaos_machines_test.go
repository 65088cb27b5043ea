package main

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"courant/db"
	"courant/db/audit"
	"courant/db/dbtest/cluster"
	"courant/db/engine"
)

// How many processes of each kind there are.
const (
	workers    = 3
	publishers = 2
)

// What goes wrong in a round of TestChaosMachines, one after the other.
const (
	serverKilled    = "the server is killed"
	serverStopped   = "the server is stopped"
	networkGone     = "nobody reaches the server"
	connectionsCut  = "connections break"
	halfClosed      = "connections are half closed"
	networkHangs    = "nothing goes either way"
	networkSlow     = "everything comes late"
	answersLost     = "answers to commits are lost"
	commitsLost     = "commits are lost"
	workerKilled    = "a worker is killed"
	workerFrozen    = "a worker is frozen until others have what it polled"
	publisherKilled = "a publisher is killed"
	allStopped      = "all are asked to stop"
)

// TestChaosMachines is TestChaos on a PostgreSQL: three workers that share the sources
// and two publishers, each a process of its own, a bad network before the server, and a
// server that is killed and started under them. The ledger is the same. (PRODUCT.md,
// Words of promise; M4, M5, M6, M7, M8.)
func TestChaosMachines(t *testing.T) {
	rounds, seed := roundsOf(t, 6, 2)
	server := cluster.Own(t)
	dir := t.TempDir()
	c := newChaos(t, dir, buildMutant(t, dir, *mutant), seed)
	c.direct = server.Database("courant")
	m := &machines{chaos: c, server: server, proxy: cluster.NewProxy(t, c.direct)}
	var err error
	if m.watch, err = sql.Open("pgx", c.direct); err != nil {
		t.Fatal(err)
	}
	defer m.watch.Close()
	m.configure()
	if *kills > 0 {
		m.killAway(*kills)
		return
	}
	m.run(rounds)
}

// kills has TestChaosMachines kill and nothing else, for so long.
var kills = flag.Duration("kills", 0, "for how long TestChaosMachines kills a worker every 5 s and PostgreSQL every 20 s, in place of its rounds")

const (
	killEvery       = 5 * time.Second
	killServerEvery = 4 // of these
)

// killAway kills a worker every few seconds, and the server every fourth time, while
// everybody works, and looks at what is left (machines.md, Figures).
func (m *machines) killAway(span time.Duration) {
	m.startAll()
	defer m.killAll()
	m.settle()
	m.up.set(true, nil)
	m.loads++
	ctx, cancel := context.WithCancel(m.t.Context())
	var all sync.WaitGroup
	all.Go(func() { m.works(ctx) })
	workersKilled, serversKilled := 0, 0
	lost := map[int]time.Time{} // by shard: since when no worker that lives has it
	longest := time.Duration(0)
	look := func() {
		list := make([]int64, workers)
		for i, d := range m.work {
			list[i] = int64(d.cmd.Process.Pid)
		}
		rows, err := m.watch.QueryContext(m.t.Context(), `
			SELECT n, EXISTS (SELECT 1 FROM shard JOIN worker ON worker.run = shard.worker WHERE shard.id = n AND worker.pid = ANY ($1))
			FROM generate_series(0, 255) AS n`, list)
		if err != nil {
			m.fault("look at the shards: %v", err)
			return
		}
		defer rows.Close()
		for rows.Next() {
			var n int
			var held bool
			if err := rows.Scan(&n, &held); err != nil {
				m.fault("look at the shards: %v", err)
				return
			}
			since, is := lost[n]
			switch {
			case held:
				delete(lost, n)
			case !is:
				lost[n] = time.Now()
			default:
				longest = max(longest, time.Since(since))
			}
		}
	}
	for began := time.Now(); time.Since(began) < span; {
		i := m.rng.IntN(workers)
		m.work[i].kill()
		m.polls.died++
		look() // what it had is nobody's now
		m.startWorker(i)
		if workersKilled++; workersKilled%killServerEvery == 0 {
			m.server.Kill()
			m.server.Start()
			serversKilled++
		}
		for next := time.Now().Add(killEvery); time.Now().Before(next); time.Sleep(100 * time.Millisecond) {
			look()
		}
	}
	for until := time.Now().Add(takeOver); len(lost) > 0 && time.Now().Before(until); time.Sleep(100 * time.Millisecond) {
		look()
	}
	if longest > takeOver || len(lost) > 0 {
		m.fault("a shard was nobody's for %v, and %d are so at the end", longest, len(lost))
	}
	cancel()
	all.Wait()
	m.up.set(false, nil)
	m.settle()
	m.checkThreads()
	m.killAll()
	m.checkCopy(time.Now())
	m.startAll()
	m.everyThread()
	m.audit()
	m.stopOnFault(1, "kills")
	m.report(1)
	m.t.Logf("%d workers and %d servers were killed; a shard was nobody's for %v at most", workersKilled, serversKilled, longest.Round(10*time.Millisecond))
}

// machines is one run of the test.
type machines struct {
	*chaos
	server *cluster.Server
	proxy  *cluster.Proxy
	work   [workers]*victim
	serve  [publishers]*victim
	bases  [publishers]string

	watch     *sql.DB // past the proxy
	takeOvers []time.Duration
}

// configure writes a configuration for each process; all have the same address for
// readers.
func (m *machines) configure() {
	m.flaky = true
	m.up.apart(m.t)
	file := fmt.Sprintf("path = %q\n", filepath.Join(m.dir, "courant.db"))
	for i := range m.bases {
		listen := strings.TrimPrefix(m.base, "http://") // for what one publisher is asked
		if i > 0 {
			listen = unusedAddress(m.t)
		}
		m.bases[i] = "http://" + listen
		text := m.configuration("courant.db", listen)
		text = strings.Replace(text, "url = "+fmt.Sprintf("%q", m.bases[i]), fmt.Sprintf("url = %q", m.base), 1)
		text = strings.Replace(text, file, fmt.Sprintf("url = %q\nconnections = 6\n", m.proxy.Address()), 1)
		m.write(fmt.Sprintf("publisher%d.toml", i), text)
		m.write("courant.toml", text) // the workers', and that of commands
	}
}

func (m *machines) startWorker(i int) {
	m.t.Helper()
	m.work[i] = m.launch("courant.toml", "run", "--only", "worker")
	for !strings.Contains(m.work[i].log.all(), "msg=started") {
		select {
		case <-m.work[i].ended:
			m.t.Fatalf("seed %d: a worker did not start: %v\n%s", m.seed, m.work[i].err, m.work[i].log.tail())
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func (m *machines) startPublisher(i int) {
	m.t.Helper()
	m.serve[i] = m.launch(fmt.Sprintf("publisher%d.toml", i), "run", "--only", "publisher")
	m.started(m.awaitReady(m.serve[i], m.bases[i]))
}

func (m *machines) startAll() {
	m.t.Helper()
	for i := range m.work {
		m.startWorker(i)
	}
	for i := range m.serve {
		m.startPublisher(i)
	}
	m.daemon = m.work[0] // whose log is shown
}

// all are the processes that there are.
func (m *machines) all() []*victim { return append(m.work[:workers:workers], m.serve[:]...) }

// killAll ends what is left of the round.
func (m *machines) killAll() {
	for _, d := range m.all() {
		d.kill()
	}
	m.polls.died++
}

func (m *machines) run(rounds int) {
	m.startAll()
	defer m.killAll()
	m.settle()
	var plan []string
	for round := 1; round <= rounds; round++ {
		var kinds []string
		for range 2 {
			if len(plan) == 0 {
				plan = []string{
					serverKilled, serverStopped, networkGone, connectionsCut, halfClosed, networkHangs, networkSlow, answersLost,
					commitsLost, workerKilled, workerFrozen, publisherKilled, allStopped,
				}
				m.rng.Shuffle(len(plan), func(i, j int) { plan[i], plan[j] = plan[j], plan[i] })
			}
			kinds, plan = append(kinds, plan[0]), plan[1:]
			m.kinds[kinds[len(kinds)-1]]++
		}
		m.round(kinds)
		m.stopOnFault(round, strings.Join(kinds, ", then "))
	}
	m.everyThread()
	m.audit()
	m.stopOnFault(rounds, "at the end")
	m.report(rounds)
	m.t.Logf("%d commits or their answers were lost", m.proxy.Lost())
	if len(m.takeOvers) > 0 {
		m.t.Logf("%d times others took over from a worker, after %s at most", len(m.takeOvers), slices.Max(m.takeOvers).Round(10*time.Millisecond))
	}
}

// round lets everybody work while things go wrong, ends all processes, and looks at
// what is left.
func (m *machines) round(kinds []string) {
	m.up.trim()
	m.up.set(true, nil)
	m.loads++
	ctx, cancel := context.WithCancel(m.t.Context())
	var all sync.WaitGroup
	all.Go(func() { m.works(ctx) })
	for _, kind := range kinds {
		m.pause()
		m.happens(kind)
	}
	m.pause()
	for _, d := range m.all() {
		select {
		case <-d.ended:
			m.fault("a process ended by itself: %v\n%s", d.err, d.log.tail())
		default:
		}
	}
	cancel()
	all.Wait()
	m.killAll()
	m.checkCopy(time.Now())
	m.up.set(false, nil)
	m.startAll()
	m.settle()
	m.checkThreads()
}

// pause lets everybody work for a while.
func (m *machines) pause() { time.Sleep(m.between(300*time.Millisecond, 900*time.Millisecond)) }

// happens has one thing go wrong, and be well again.
func (m *machines) happens(kind string) {
	restart := func(end func()) {
		end()
		m.pause()
		m.server.Start()
	}
	again := func(f func()) {
		for range 4 {
			f()
			time.Sleep(m.between(20*time.Millisecond, 200*time.Millisecond))
		}
	}
	switch kind {
	case serverKilled:
		restart(m.server.Kill)
	case serverStopped:
		restart(m.server.Stop)
	case networkGone:
		m.proxy.Away(true)
		m.pause()
		m.proxy.Away(false)
	case connectionsCut:
		again(m.proxy.Cut)
	case halfClosed:
		again(m.proxy.HalfClose)
	case networkHangs:
		m.proxy.Hang(true)
		m.pause()
		m.proxy.Hang(false)
	case networkSlow:
		m.proxy.Delay(15 * time.Millisecond)
		m.pause()
		m.proxy.Delay(0)
	case answersLost:
		again(func() { m.proxy.LoseAnswers(3) })
		m.proxy.LoseAnswers(0)
	case commitsLost:
		again(func() { m.proxy.LoseCommits(3) })
		m.proxy.LoseCommits(0)
	case workerKilled:
		i := m.rng.IntN(workers)
		m.work[i].kill()
		m.polls.died++
		m.takenOver(m.work[i])
		m.startWorker(i)
	case workerFrozen:
		m.freeze(m.work[m.rng.IntN(workers)])
	case publisherKilled:
		i := m.rng.IntN(publishers)
		m.serve[i].kill()
		m.startPublisher(i)
	case allStopped:
		for i, d := range m.serve {
			m.askToStop(d)
			m.startPublisher(i)
		}
		for i, d := range m.work {
			m.askToStop(d)
			m.startWorker(i)
		}
	}
}

// freeze stops a worker until others poll what it polled, and lets it go on.
func (m *machines) freeze(d *victim) {
	d.cmd.Process.Signal(syscall.SIGSTOP)
	m.polls.died++ // what it had asked is asked again, in time
	m.pause()
	// The server's clock goes on for it.
	m.query(`WITH late AS (UPDATE worker SET seen = seen - 60000, expires = expires - 60000 WHERE pid = $1 RETURNING 1) SELECT count(*) FROM late`, d.cmd.Process.Pid)
	m.takenOver(d)
	d.cmd.Process.Signal(syscall.SIGCONT)
}

// takenOver waits until every shard is held by a worker other than d (M5).
func (m *machines) takenOver(d *victim) {
	began := time.Now()
	for m.query(`SELECT count(*) FROM shard JOIN worker ON worker.run = shard.worker WHERE worker.pid <> $1`, d.cmd.Process.Pid) < 256 {
		if time.Since(began) > takeOver {
			m.fault("%s after a worker was gone, not all of its shards are others'", takeOver)
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	m.takeOvers = append(m.takeOvers, time.Since(began))
}

// query is what a query counts, asked past the bad network.
func (m *machines) query(text string, args ...any) (n int) {
	if err := m.watch.QueryRowContext(m.t.Context(), text, args...).Scan(&n); err != nil {
		m.fault("%s: %v", text, err)
	}
	return n
}

// works has everybody work, at one publisher or the other, until ctx ends.
func (m *machines) works(ctx context.Context) {
	var all sync.WaitGroup
	actor := func(n uint64, f func(context.Context, *rand.Rand)) {
		rng := rand.New(rand.NewPCG(m.seed, uint64(m.loads)<<8|n))
		at := at(ctx, m.bases[n%publishers])
		all.Go(func() { f(at, rng) })
	}
	all.Go(func() { m.up.live(ctx.Done()) })
	for n := range uint64(4) {
		actor(10+n, func(ctx context.Context, rng *rand.Rand) { m.visit(ctx, rng, fmt.Sprintf("r%dv%d", m.loads, n)) })
	}
	for n := range uint64(4) {
		actor(20+n, m.read)
	}
	actor(30, m.edit)
	all.Wait()
	m.client.CloseIdleConnections()
}

// audit has the store say itself whether anything is wrong with it.
func (m *machines) audit() {
	m.t.Helper()
	store, err := db.OpenReader(m.t.Context(), engine.Config{URL: m.direct, Connections: 3}, db.Options{})
	if err != nil {
		m.t.Fatal(err)
	}
	defer store.Close()
	faults, err := audit.Check(m.t.Context(), store.DB)
	if err != nil {
		m.t.Fatal(err)
	}
	for _, f := range faults {
		m.fault("database check: %s", f)
	}
}

// serverStore looks at the database on the server, past the bad network.
func (c *chaos) serverStore() *examined {
	pool, err := sql.Open("pgx", c.direct)
	if err != nil {
		panic(err) // only for an unknown driver
	}
	return &examined{ledger: c.ledger, name: "the database", pool: pool}
}

// baseKey is where a context has the address of the publisher that somebody talks to.
type baseKey struct{}

// at has what is done with a context be done at one publisher.
func at(ctx context.Context, base string) context.Context {
	return context.WithValue(ctx, baseKey{}, base)
}

// at is the address of the publisher that ctx is for.
func (c *chaos) at(ctx context.Context) string {
	if base, is := ctx.Value(baseKey{}).(string); is {
		return base
	}
	return c.base
}

// excused reports whether an answer says that the database is away just now, where
// it may be.
func (c *chaos) excused(status int, h http.Header) bool {
	return c.flaky && status == http.StatusServiceUnavailable && h.Get("Retry-After") != ""
}
