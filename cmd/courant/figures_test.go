package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"courant/db/dbtest/cluster"
)

// figures has the tests that measure run so many times.
var figures = flag.Int("figures", 0, "how often TestFirstIngest measures a first ingest of 1,000 feeds on both engines, and TestRefresh a refresh by several workers; TestTalk measures comments beside them")

const (
	farmFeeds = 1000
	// distance is how far the database is from the program, there and back.
	distance = 5 * time.Millisecond
	// ingestWithin is how long a first ingest may take before it counts as hung.
	ingestWithin = 10 * time.Minute
)

// TestFirstIngest says what a first ingest of 1,000 feeds costs, until all is indexed, on
// SQLite, on PostgreSQL, and on one that is some milliseconds away (machines.md,
// Figures). It needs ../shared beside the tree, and a machine that does little else.
func TestFirstIngest(t *testing.T) {
	if *figures == 0 {
		t.Skip("it measures: -figures 3")
	}
	farm := startFarm(t, "-feeds", fmt.Sprint(farmFeeds))
	for range *figures {
		for _, name := range []string{"sqlite", "postgres", "distant"} {
			dir := t.TempDir()
			var server *cluster.Server
			driver, watched := "sqlite", filepath.Join(dir, "courant.db")
			database := fmt.Sprintf("path = %q", watched)
			if name != "sqlite" {
				server = cluster.Own(t)
				driver, watched = "pgx", server.Database("courant")
				address := watched
				if name == "distant" {
					address = cluster.Distance(t, address, distance)
				}
				database = fmt.Sprintf("url = %q", address)
			}
			text := fmt.Sprintf("[site]\nurl = \"http://127.0.0.1:8080\"\n[database]\n%s\n[aggregator]\nallow_private_networks = true\nper_host_gap = \"0s\"\n", database)
			for i := range farmFeeds {
				text += fmt.Sprintf("[[source]]\nid = \"s%d\"\nurl = \"%s/feed/%d\"\npublish = \"auto\"\n", i, farm, i)
			}
			if err := os.WriteFile(filepath.Join(dir, "courant.toml"), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			p := startProcess(t, dir, nil, "run", "--only", "worker")
			ingested(t, driver, watched, farmFeeds)
			wall := time.Since(began)
			p.signal(syscall.SIGTERM)
			p.wait(time.Minute)
			own := p.ProcessState.UserTime() + p.ProcessState.SystemTime()
			said := fmt.Sprintf("%-8s wall %.1f s, CPU %.2f s", name, wall.Seconds(), own.Seconds())
			if server != nil {
				server.Stop()
				said += fmt.Sprintf(", PostgreSQL's own %.2f s", server.CPU().Seconds())
			}
			t.Log(said)
		}
	}
}

// startFarm starts the server of feeds, and returns its address.
func startFarm(t *testing.T, args ...string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "feedfarm")
	build := exec.Command("go", "build", "-o", program, ".")
	build.Dir = filepath.Join("..", "..", "..", "shared", "tools", "feedfarm")
	if out, err := build.CombinedOutput(); err != nil {
		t.Skipf("no feedfarm: %v: %s", err, out)
	}
	address := strings.TrimPrefix(unusedAddress(t), "http://")
	c := exec.Command(program, append(args, "-addr", address)...)
	ended, err := begin(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Process.Kill()
		<-ended
	})
	eventually(t, "the farm answers", time.Minute, func() bool {
		res, err := http.Get("http://" + address + "/stats")
		if err != nil {
			return false
		}
		io.Copy(io.Discard, res.Body)
		return res.Body.Close() == nil
	})
	return "http://" + address
}

// ingested waits until every source was imported, and every article is indexed: comments
// may go on coming.
func ingested(t *testing.T, driver, address string, sources int) {
	t.Helper()
	pool, err := sql.Open(driver, address)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	for until := time.Now().Add(ingestWithin); ; time.Sleep(500 * time.Millisecond) {
		var imported, waiting int
		err := pool.QueryRowContext(context.Background(), `
			SELECT (SELECT count(*) FROM source WHERE imported_at IS NOT NULL), (SELECT count(*) FROM (SELECT 1 FROM search_queue WHERE kind = 'article' LIMIT 1) AS q)`).Scan(&imported, &waiting)
		if err == nil && imported == sources && waiting == 0 {
			return
		}
		if time.Now().After(until) {
			t.Fatalf("%d sources are imported: %v", imported, err)
		}
	}
}

const (
	refreshed       = 20_000 // sources
	refreshHosts    = 1000
	refreshWorkers  = 4
	refreshLatency  = 50 * time.Millisecond
	refreshWithin   = 2 * time.Minute
	refreshImported = 24 * time.Hour // when they would be due
)

// TestRefresh says how many polls a second several workers make of sources that bring
// nothing new and whose servers take some milliseconds, on PostgreSQL: all fall due at
// once (machines.md, Figures). Each is asked once, and leaves a row.
func TestRefresh(t *testing.T) {
	if *figures == 0 {
		t.Skip("it measures: -figures 3")
	}
	farm := startFarm(t, "-feeds", fmt.Sprint(refreshed), "-entries", "1", "-hosts", fmt.Sprint(refreshHosts), "-latency", refreshLatency.String())
	_, port, err := net.SplitHostPort(strings.TrimPrefix(farm, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	server := cluster.Own(t)
	address := server.Database("courant")
	dir := t.TempDir()
	configure := func(every time.Duration) {
		text := fmt.Sprintf(`
[site]
url = "http://127.0.0.1:8080"
[database]
url = %q
[aggregator]
allow_private_networks = true
per_host_gap = "0s"
schedule = "* * * * *"
min_interval = %q
max_interval = %q
`, address, every, every)
		for i := range refreshed {
			host := i % refreshHosts
			text += fmt.Sprintf("[[source]]\nid = \"s%d\"\nurl = \"http://127.0.%d.%d:%s/feed/%d\"\n", i, host/250, host%250+1, port, i)
		}
		if err := os.WriteFile(filepath.Join(dir, "courant.toml"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	configure(refreshImported)
	p := startProcess(t, dir, nil, "run", "--only", "worker")
	ingested(t, "pgx", address, refreshed)
	p.signal(syscall.SIGTERM)
	p.wait(time.Minute)

	configure(time.Second)
	pool, err := sql.Open("pgx", address)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	count := func(text string, args ...any) (n int) {
		if err := pool.QueryRowContext(t.Context(), text, args...).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	var workers []*process
	for range refreshWorkers {
		workers = append(workers, startProcess(t, dir, nil, "run", "--only", "worker"))
	}
	eventually(t, "the shards are dealt", time.Minute, func() bool {
		return count(`SELECT count(*) FROM (SELECT 1 FROM shard WHERE worker IS NOT NULL GROUP BY worker HAVING count(*) = $1) AS fair`, 256/refreshWorkers) == refreshWorkers
	})
	for range *figures {
		before, asked := count(`SELECT max(id) FROM pass`), farmRequests(t, farm)
		time.Sleep(time.Until(time.Now().Truncate(time.Minute).Add(time.Minute + 5*time.Second))) // the workers have looked, and look again in a while
		if _, err := pool.ExecContext(t.Context(), `UPDATE source SET next_due = $1`, time.Now().UnixMilli()); err != nil {
			t.Fatal(err)
		}
		eventually(t, "all are polled", refreshWithin, func() bool { return count(`SELECT max(id) FROM pass`)-before >= refreshed })
		ended := time.Now()
		if _, err := pool.ExecContext(t.Context(), `UPDATE source SET next_due = $1`, time.Now().Add(refreshImported).UnixMilli()); err != nil {
			t.Fatal(err)
		}
		took := ended.Sub(time.UnixMilli(int64(count(`SELECT min(at) FROM pass WHERE id > $1`, before))))
		t.Logf("%d polls by %d workers in %.1f s: %.0f/s", refreshed, refreshWorkers, took.Seconds(), refreshed/took.Seconds())
		time.Sleep(5 * time.Second)
		rows, sources := count(`SELECT count(*) FROM pass WHERE id > $1`, before), count(`SELECT count(DISTINCT source) FROM pass WHERE id > $1 AND outcome IN ('not_modified', 'unchanged')`, before)
		if n := farmRequests(t, farm) - asked; n != refreshed || rows != refreshed || sources != refreshed {
			t.Errorf("%d requests, %d passes, over %d sources, want %d", n, rows, sources, refreshed)
		}
	}
	for _, p := range workers {
		p.signal(syscall.SIGTERM)
	}
	for _, p := range workers {
		p.wait(time.Minute)
		t.Logf("a worker's CPU %.2f s", (p.ProcessState.UserTime() + p.ProcessState.SystemTime()).Seconds())
	}
	server.Stop()
	t.Logf("PostgreSQL's own %.2f s, with the import", server.CPU().Seconds())
}

// farmRequests is how many requests the server of feeds has had.
func farmRequests(t *testing.T, farm string) int {
	t.Helper()
	res, err := http.Get(farm + "/stats")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var s struct {
		Requests int `json:"requests"`
	}
	if err := json.NewDecoder(res.Body).Decode(&s); err != nil {
		t.Fatal(err)
	}
	return s.Requests
}
