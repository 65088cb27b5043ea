package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var (
	chaosRounds = flag.Int("rounds", 0, "rounds of a test of chaos; 0: few, and more where everything must be tested (.ci/run)")
	chaosSeed   = flag.Uint64("seed", 0, "seed of TestChaos's plan; 0 takes one from the clock")
)

const (
	// startLimit is how long a start may take, after whatever end.
	startLimit = 2 * time.Second
	// stopLimit is how long a process that was asked to stop may take.
	stopLimit = 10 * time.Second
	// loadTime bounds how long everybody works before a process is killed.
	loadTime = 2500 * time.Millisecond
	// settleLimit is how long the program may take, once nothing goes wrong any
	// more, to have all that it was offered.
	settleLimit = 10 * time.Second
)

// The ways in which a round ends a process.
const (
	killAnyTime  = "at any time"
	killOnAnswer = "when a comment is acknowledged"
	killOnOffer  = "when a source has answered"
	killOnStored = "when validators are stored"
	killStarts   = "while it starts"
	killMigrates = "while it migrates"
	killBackup   = "during a backup"
	askToStop    = "asked to stop"
)

// TestChaos runs the program itself, again and again, under everything that
// goes on at once: sources that change, visitors who comment, an editor,
// readers, backups. It kills processes at the worst moments, and holds what is
// found afterwards against what everybody was told. (PRODUCT.md, Words of
// promise; I01, I05, P17, P30, V24, V33, V64.)
func TestChaos(t *testing.T) {
	rounds, seed := roundsOf(t, 8, 3)
	dir := t.TempDir()
	newChaos(t, dir, buildMutant(t, dir, *mutant), seed).run(rounds)
}

// roundsOf is how many rounds a test of chaos runs, and the seed of its plan: as the
// flags say, else all where everything must be tested (.ci/run), and few elsewhere.
func roundsOf(t *testing.T, all, few int) (rounds int, seed uint64) {
	t.Helper()
	if testing.Short() {
		t.Skip("it takes minutes")
	}
	rounds, seed = *chaosRounds, *chaosSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	switch {
	case rounds > 0:
	case os.Getenv("COURANT_TEST_ALL") != "":
		rounds = all
	default:
		rounds = few
	}
	t.Logf("again with: go test ./cmd/courant -run '^%s$' -rounds=%d -seed=%d", t.Name(), rounds, seed)
	return rounds, seed
}

// buildCourant builds the program as it is shipped.
func buildCourant(t *testing.T, dir string, flags ...string) (bin string) {
	t.Helper()
	bin = filepath.Join(dir, "courant")
	cmd := exec.Command("go", append(append([]string{"build"}, flags...), "-o", bin, ".")...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return bin
}

// chaos is one run of the test.
type chaos struct {
	t      *testing.T
	dir    string
	bin    string
	seed   uint64
	rng    *rand.Rand
	base   string // address of the site
	up     *upstream
	client *http.Client
	*ledger
	daemon *victim
	begun  []*victim // that live, or have lived since the last look for faults
	polls  polls
	uses   []use
	loads  int

	direct string // address of the database on a server; empty: it is a file
	flaky  bool   // the database may be away: what needs it may say so

	starts []time.Duration
	kinds  map[string]int
}

func newChaos(t *testing.T, dir, bin string, seed uint64) *chaos {
	c := &chaos{
		t: t, dir: dir, bin: bin, seed: seed, rng: rand.New(rand.NewPCG(seed, 0)),
		up: newUpstream(t, seed), ledger: newLedger(), kinds: map[string]int{}, polls: newPolls(),
		client: &http.Client{
			Timeout:       20 * time.Second,
			Transport:     &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 16},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	listen := unusedAddress(t)
	c.base = "http://" + listen
	c.write("courant.toml", c.configuration("courant.db", listen))
	return c
}

// unusedAddress is a loopback address that nobody listens on.
func unusedAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func (c *chaos) write(name, text string) {
	c.t.Helper()
	if err := os.WriteFile(filepath.Join(c.dir, name), []byte(text), 0o600); err != nil {
		c.t.Fatal(err)
	}
}

// configuration is for a program in a hurry: sources are due every second.
func (c *chaos) configuration(database, listen string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `[site]
title = "Chaos"
url = "http://%s"
[database]
path = %q
[aggregator]
schedule = "@every 1s"
min_interval = "1s"
max_interval = "2s"
manual_gap = "0s"
per_host_gap = "0s"
allow_private_networks = true
[publisher]
listen = %q
feed_items = 500
[comments]
moderation = "none"
min_delay = "0s"
rate = "100000/1m"
`, listen, filepath.Join(c.dir, database), listen)
	for _, o := range c.up.sources {
		fmt.Fprintf(&b, "[[source]]\nid = %q\nurl = %q\n", o.id, o.base+"/"+o.id)
		if !o.review {
			b.WriteString("publish = \"auto\"\n")
		}
		if o.slow {
			b.WriteString("min_interval = \"1h\"\n")
		}
	}
	return b.String()
}

// run is the whole test.
func (c *chaos) run(rounds int) {
	c.daemon = c.start()
	defer func() { c.daemon.kill() }()
	c.settle()
	var plan []string
	for round := 1; round <= rounds; round++ {
		if len(plan) == 0 {
			plan = []string{killAnyTime, killOnAnswer, killOnOffer, killOnStored, killStarts, killMigrates, killBackup, askToStop}
			c.rng.Shuffle(len(plan), func(i, j int) { plan[i], plan[j] = plan[j], plan[i] })
		}
		kind := plan[0]
		plan = plan[1:]
		c.kinds[kind]++
		c.round(round, kind)
		if measured(round, rounds) {
			c.measure(round)
		}
		c.stopOnFault(round, kind)
	}
	c.everyThread()
	c.patience()
	c.stopOnFault(rounds, "at the end")
	c.compareUse()
	c.report(rounds)
}

// round lets everybody work, ends the process, and looks at what is left.
func (c *chaos) round(round int, kind string) {
	c.up.trim()
	c.load(kind)
	c.checkCopy(time.Now())
	switch kind {
	case killOnOffer, killOnStored:
		// What there is to catch takes milliseconds, so it is tried more often.
		for range 3 {
			c.daemon = c.start()
			c.settle()
			c.load(kind)
			c.checkCopy(time.Now())
		}
	case killStarts:
		c.killStarting()
	case killMigrates:
		c.killMigrating(round)
	}
	c.daemon = c.start()
	c.settle()
	c.checkThreads()
}

// load has everybody work until the process is ended as kind says.
func (c *chaos) load(kind string) {
	d := c.daemon
	ctx, cancel := context.WithTimeout(c.t.Context(), loadTime)
	defer cancel()
	end := func() {
		d.kill()
		cancel()
	}
	c.up.set(true, nil)
	c.setAnswered(nil)
	c.loads++
	var others []func(context.Context)
	switch kind {
	case killOnAnswer:
		left := int64(1 + c.rng.IntN(40))
		c.setAnswered(func() {
			if atomic.AddInt64(&left, -1) == 0 {
				end()
			}
		})
	case killOnOffer:
		left, wait := int64(1+c.rng.IntN(12)), time.Duration(c.rng.IntN(40_000))*time.Microsecond
		c.up.set(true, func() {
			if atomic.AddInt64(&left, -1) == 0 {
				time.AfterFunc(wait, end)
			}
		})
	case killOnStored:
		left := 1 + c.rng.IntN(4)
		others = append(others, func(ctx context.Context) { c.whenStored(ctx, left, end) })
	case askToStop:
		when := c.between(300*time.Millisecond, loadTime/2)
		others = append(others, func(context.Context) {
			time.Sleep(when)
			c.askToStop(d)
			cancel()
		})
	case killBackup:
		defer time.AfterFunc(c.between(loadTime/2, loadTime), end).Stop()
	default:
		defer time.AfterFunc(c.between(100*time.Millisecond, loadTime), end).Stop()
	}
	if kind == killBackup {
		rng := rand.New(rand.NewPCG(c.seed, uint64(c.loads)))
		others = append(others, func(ctx context.Context) { c.backUp(ctx, rng) })
	}
	c.everybody(ctx, others)
	d.kill()
	c.polls.died++
	c.up.set(false, nil)
}

// whenStored calls end once validators have changed in the store a few times:
// what they validate is stored with them, or lost.
func (c *chaos) whenStored(ctx context.Context, left int, end func()) {
	live := c.liveStore()
	defer live.close()
	validators := func() (all string) {
		live.each(`SELECT coalesce(group_concat(etag), '') FROM source`, func(row func(...any)) { row(&all) })
		return all
	}
	before := validators()
	for ctx.Err() == nil {
		if now := validators(); now != before {
			if before, left = now, left-1; left == 0 {
				end()
			}
		}
		time.Sleep(500 * time.Microsecond)
	}
}

// everybody works until ctx ends, and has stopped when it returns.
func (c *chaos) everybody(ctx context.Context, others []func(context.Context)) {
	var all sync.WaitGroup
	actor := func(n uint64, f func(context.Context, *rand.Rand)) {
		rng := rand.New(rand.NewPCG(c.seed, uint64(c.loads)<<8|n))
		all.Go(func() { f(ctx, rng) })
	}
	all.Go(func() { c.up.live(ctx.Done()) })
	for n := range uint64(4) {
		actor(10+n, func(ctx context.Context, rng *rand.Rand) { c.visit(ctx, rng, fmt.Sprintf("r%dv%d", c.loads, n)) })
	}
	for n := range uint64(3) {
		actor(20+n, c.read)
	}
	actor(30, c.edit)
	for _, other := range others {
		all.Go(func() { other(ctx) })
	}
	all.Wait()
	c.client.CloseIdleConnections()
}

func (c *chaos) between(from, to time.Duration) time.Duration {
	return from + time.Duration(c.rng.Int64N(int64(to-from)))
}

// stopOnFault ends the test at the first round that went wrong.
func (c *chaos) stopOnFault(round int, kind string) {
	c.t.Helper()
	faults := c.takeFaults()
	if len(faults) == 0 {
		c.begun = slices.DeleteFunc(c.begun, (*victim).gone)
		return
	}
	const most = 12
	for _, f := range faults[:min(most, len(faults))] {
		c.t.Error(f)
	}
	for _, d := range c.begun {
		if said := d.log.errors(); said != "" {
			c.t.Logf("errors of %v:\n%s", d.cmd.Args[1:], said)
		}
	}
	c.t.Fatalf("round %d (%s), seed %d: %d faults; the last log:\n%s", round, kind, c.seed, len(faults), c.daemon.log.tail())
}

// patience: a disk that others keep busy may have a comment wait for longer than it is
// let, but that is rare.
func (c *chaos) patience() {
	const rare = 0.05
	acknowledged, _ := c.comments()
	if away := c.sentAway.Load(); float64(away) > rare*float64(acknowledged) {
		c.fault("%d comments were told to come again, and %d acknowledged", away, acknowledged)
	}
}

// report prints the figures of a run that went well.
func (c *chaos) report(rounds int) {
	slices.Sort(c.starts)
	acknowledged, unknown := c.comments()
	c.t.Logf("%d rounds %v", rounds, c.kinds)
	c.t.Logf("%d comments acknowledged, %d told to come again, %d unknown; %d entries offered; %d polls; %d bodies read, %d of them different; %d backups",
		acknowledged, c.sentAway.Load(), unknown, len(c.up.wanted()), c.polls.seen, c.reads.Load(), c.differentBodies(), c.backups.Load())
	c.t.Logf("%d starts: median %s, longest %s", len(c.starts), c.starts[len(c.starts)/2].Round(time.Millisecond),
		c.starts[len(c.starts)-1].Round(time.Millisecond))
}
