package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"courant/db/dbtest/cluster"
)

const (
	talkBegins = 50 // feeds that were imported before anybody talks
	posters    = 16
	changes    = 100 // that are looked for at the other publisher
	// seenWithin is how long a change may take to show elsewhere (M6).
	seenWithin = time.Second
)

// TestTalk says how soon a comment is acknowledged by two publishers, and how many are a
// second, while four workers take in the farm beside them on one PostgreSQL; and
// afterwards how soon a comment shows at the publisher where it was not made
// (machines.md, Figures).
func TestTalk(t *testing.T) {
	if *figures == 0 {
		t.Skip("it measures: -figures 1")
	}
	farm := startFarm(t, "-feeds", fmt.Sprint(farmFeeds))
	server := cluster.Own(t)
	address := server.Database("courant")
	dir := t.TempDir()
	bases := [2]string{"http://" + unusedAddress(t), "http://" + unusedAddress(t)}
	configure := func(name, base string, feeds int) {
		text := fmt.Sprintf(`
[site]
url = %q
[database]
url = %q
[aggregator]
allow_private_networks = true
per_host_gap = "0s"
[publisher]
listen = %q
[comments]
moderation = "none"
min_delay = "0s"
rate = "1000000/1m"
`, bases[0], address, strings.TrimPrefix(base, "http://"))
		for i := range feeds {
			text += fmt.Sprintf("[[source]]\nid = \"s%d\"\nurl = \"%s/feed/%d\"\npublish = \"auto\"\n", i, farm, i)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	configure("courant.toml", bases[0], talkBegins)
	p := startProcess(t, dir, nil, "run", "--only", "worker")
	ingested(t, "pgx", address, talkBegins)
	p.signal(syscall.SIGTERM)
	p.wait(time.Minute)

	configure("courant.toml", bases[0], farmFeeds)
	for i, base := range bases {
		name := fmt.Sprintf("publisher%d.toml", i)
		configure(name, base, farmFeeds)
		startProcess(t, dir, nil, "run", "--only", "publisher", "--config", name)
	}
	talk := &talk{t: t, client: &http.Client{
		Transport:     &http.Transport{MaxIdleConnsPerHost: posters},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	for _, base := range bases {
		eventually(t, "a publisher is ready", time.Minute, func() bool {
			status, _ := talk.get(base + "/readyz")
			return status == http.StatusOK
		})
	}
	article := talk.newest(bases[0])

	for range refreshWorkers {
		startProcess(t, dir, nil, "run", "--only", "worker")
	}
	ended := make(chan struct{})
	var all sync.WaitGroup
	began := time.Now()
	for i := range posters {
		all.Go(func() {
			base := bases[i%len(bases)]
			stamp := talk.stamp(base + article)
			for n := 0; ; n++ {
				select {
				case <-ended:
					return
				default:
				}
				talk.post(base+article, stamp, fmt.Sprintf("words %d of poster %d", n, i))
			}
		})
	}
	ingested(t, "pgx", address, farmFeeds)
	close(ended)
	all.Wait()
	took := time.Since(began)
	slices.Sort(talk.took)
	t.Logf("while %d feeds came in %.1f s: %.0f comments/s, acknowledged after %v at the median, %v at the 99th of 100, %v at most", farmFeeds-talkBegins,
		took.Seconds(), float64(len(talk.took))/took.Seconds(), talk.part(50), talk.part(99), talk.took[len(talk.took)-1])

	talk.took = nil
	stamp := talk.stamp(bases[0] + article)
	for n := range changes {
		text := fmt.Sprintf("change-%d-end", n)
		talk.post(bases[0]+article, stamp, text)
		made := time.Now()
		for {
			if _, body := talk.get(bases[1] + article + "/feed.atom"); bytes.Contains(body, []byte(text)) {
				break
			}
			if time.Since(made) > 10*seenWithin {
				t.Fatal("a change did not show")
			}
		}
		talk.seen = append(talk.seen, time.Since(made))
		time.Sleep(20 * time.Millisecond)
	}
	slices.Sort(talk.seen)
	t.Logf("seen at the other publisher after %v at the median, %v at most", talk.seen[changes/2], talk.seen[changes-1])
}

// talk is what people say under one article, at several publishers.
type talk struct {
	t      *testing.T
	client *http.Client

	mu   sync.Mutex
	took []time.Duration // until each was acknowledged
	seen []time.Duration // until each showed at the other publisher
}

// part is the duration that so many of 100 were within.
func (k *talk) part(percent int) time.Duration { return k.took[len(k.took)*percent/100] }

func (k *talk) get(address string) (status int, body []byte) {
	res, err := k.client.Get(address)
	if err != nil {
		return 0, nil
	}
	defer res.Body.Close()
	body, _ = io.ReadAll(res.Body) // what did not come is missed
	return res.StatusCode, body
}

// newest is the path of an article.
func (k *talk) newest(base string) string {
	k.t.Helper()
	_, body := k.get(base + "/feed.json?n=1")
	var feed struct{ Items []struct{ URL string } }
	if err := json.Unmarshal(body, &feed); err != nil || len(feed.Items) == 0 {
		k.t.Fatalf("no article in %.300s", body)
	}
	u, err := url.Parse(feed.Items[0].URL)
	if err != nil {
		k.t.Fatal(err)
	}
	return u.Path
}

// stamp is that of the form on a page.
func (k *talk) stamp(address string) string {
	_, body := k.get(address)
	m := stampField.FindSubmatch(body)
	if m == nil {
		k.t.Errorf("no form at %s", address)
		return ""
	}
	return html.UnescapeString(string(m[1]))
}

// post posts a comment, and notes how long it took until it was acknowledged.
func (k *talk) post(address, stamp, text string) {
	began := time.Now()
	res, err := k.client.PostForm(address+"/comments", url.Values{"name": {"Ann"}, "text": {text}, "stamp": {stamp}, "action": {"post"}})
	if err != nil {
		k.t.Error(err)
		return
	}
	took := time.Since(began)
	io.Copy(io.Discard, res.Body)
	res.Body.Close()
	if res.StatusCode != http.StatusSeeOther {
		k.t.Errorf("a comment is answered with %d", res.StatusCode)
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.took = append(k.took, took)
}
