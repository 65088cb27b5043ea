package main

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"io"
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

// figures has TestFirstIngest run so many times.
var figures = flag.Int("figures", 0, "how often TestFirstIngest measures a first ingest of 1,000 feeds on both engines")

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
	farm := startFarm(t)
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
			ingested(t, driver, watched)
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
func startFarm(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "feedfarm")
	build := exec.Command("go", "build", "-o", program, ".")
	build.Dir = filepath.Join("..", "..", "..", "shared", "tools", "feedfarm")
	if out, err := build.CombinedOutput(); err != nil {
		t.Skipf("no feedfarm: %v: %s", err, out)
	}
	address := strings.TrimPrefix(unusedAddress(t), "http://")
	c := exec.Command(program, "-feeds", fmt.Sprint(farmFeeds), "-addr", address)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Process.Kill()
		c.Wait() // how it ended tells nobody anything
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

// ingested waits until every source was imported, and everything is indexed.
func ingested(t *testing.T, driver, address string) {
	t.Helper()
	pool, err := sql.Open(driver, address)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	for until := time.Now().Add(ingestWithin); ; time.Sleep(500 * time.Millisecond) {
		var imported, waiting int
		err := pool.QueryRowContext(context.Background(), `
			SELECT (SELECT count(*) FROM source WHERE imported_at IS NOT NULL), (SELECT count(*) FROM (SELECT 1 FROM search_queue LIMIT 1) AS q)`).Scan(&imported, &waiting)
		if err == nil && imported == farmFeeds && waiting == 0 {
			return
		}
		if time.Now().After(until) {
			t.Fatalf("%d sources are imported: %v", imported, err)
		}
	}
}
