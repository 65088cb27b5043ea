package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"
)

var (
	stampField = regexp.MustCompile(`name="stamp" value="([^"]*)"`)
	commentRef = regexp.MustCompile(`#c-([a-z0-9]+)$`)
)

// visit posts comments, and notes which ones were acknowledged.
func (c *chaos) visit(ctx context.Context, rng *rand.Rand, name string) {
	for n := 0; ctx.Err() == nil; n++ {
		p, ok := c.choose(rng)
		if !ok {
			c.look(ctx, "/feed.json")
			continue
		}
		_, page := c.look(ctx, p.path)
		stamp := stampField.FindSubmatch(page)
		if stamp == nil {
			continue // withdrawn, or the process is gone
		}
		r := &posted{
			article: p.id, parent: c.parent(rng, p.id), name: name,
			text: fmt.Sprintf("mark-%s-%d-end and some more words", name, n),
		}
		c.mu.Lock()
		c.said[r.text] = r
		c.touched[p.id] = true
		c.mu.Unlock()
		form := url.Values{
			"name": {name}, "text": {r.text}, "parent": {r.parent}, "action": {"post"},
			"stamp": {html.UnescapeString(string(stamp[1]))},
		}
		times := 1
		if rng.IntN(8) == 0 {
			times = 2 // a double click
		}
		var clicks sync.WaitGroup
		for range times {
			clicks.Go(func() { c.post(ctx, p, r, form) })
		}
		clicks.Wait()
		if rng.IntN(3) == 0 {
			c.post(ctx, p, r, form) // an impatient one, or one who saw the connection die
		}
	}
}

// submit sends a comment's form once.
func (c *chaos) submit(ctx context.Context, p place, form string) (status int, header http.Header, body []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.at(ctx)+p.path+"/comments", strings.NewReader(form))
	if err != nil {
		return 0, nil, nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := c.client.Do(req)
	if err != nil {
		return 0, nil, nil, err
	}
	defer res.Body.Close()
	body, _ = io.ReadAll(res.Body) // what counts has come
	return res.StatusCode, res.Header, body, nil
}

// post sends a comment's form and notes what is promised.
func (c *chaos) post(ctx context.Context, p place, r *posted, form url.Values) {
	status, header, body, err := c.submit(ctx, p, form.Encode())
	switch {
	case err != nil:
		return // nobody knows what became of it
	case status == http.StatusGone, c.excused(status, header):
		return // withdrawn meanwhile, or nobody says that it is stored
	case status == http.StatusServiceUnavailable && header.Get("Retry-After") != "":
		c.sentAway.Add(1) // nothing is promised either
		return
	case status != http.StatusSeeOther:
		c.fault("comment on %s: status %d: %.300s", p.path, status, body)
		return
	}
	ref := commentRef.FindStringSubmatch(header.Get("Location"))
	if ref == nil {
		c.fault("comment on %s: led to %q", p.path, header.Get("Location"))
		return
	}
	c.mu.Lock()
	known := r.id
	r.id = ref[1]
	answered := c.answered
	c.mu.Unlock()
	if answered != nil {
		answered()
	}
	if known != "" && known != ref[1] {
		c.fault("comment %q was acknowledged as %s and as %s", r.text, known, ref[1])
	}
	// What was acknowledged shows at once, where it was made.
	if status, page := c.look(ctx, p.path); status == http.StatusOK && !bytes.Contains(page, []byte(`id="c-`+ref[1]+`"`)) {
		c.fault("comment %s was acknowledged and is not on %s", ref[1], p.path)
	}
}

// edit publishes what is new, withdraws some of it and brings some back, with
// the command. Now and then the command is killed.
func (c *chaos) edit(ctx context.Context, rng *rand.Rand) {
	for ctx.Err() == nil {
		from, verb, to := "incoming", "publish", "published"
		switch rng.IntN(4) {
		case 0:
			from, verb, to = "published", "withdraw", "withdrawn"
		case 1:
			from, verb, to = "withdrawn", "publish", "published"
		}
		out, err := c.command(ctx, "article", "list", "--json", "--status", from, "--source", []string{"s6", "s7"}[rng.IntN(2)])
		if err != nil {
			continue
		}
		lines := bytes.Split(bytes.TrimSpace(out), []byte("\n"))
		var article struct{ ID string }
		if json.Unmarshal(lines[rng.IntN(len(lines))], &article) != nil {
			continue // there is none
		}
		c.decide(ctx, rng, article.ID, from, verb, to)
	}
}

// decide has the command move an article, and notes where it may stand then.
func (c *chaos) decide(ctx context.Context, rng *rand.Rand, id, from, verb, to string) {
	c.mu.Lock()
	c.decided[id] = []string{from, to}
	c.mu.Unlock()
	args := []string{"article", verb, id}
	if verb == "withdraw" {
		args = append(args, "--reason", "chaos")
	}
	if rng.IntN(4) == 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(rng.IntN(80))*time.Millisecond)
		defer cancel()
	}
	out, err := c.command(ctx, args...)
	switch {
	case err == nil:
		c.mu.Lock()
		c.decided[id] = []string{to}
		c.mu.Unlock()
	case ctx.Err() == nil && !c.flaky:
		c.fault("courant %s: %v: %s", strings.Join(args, " "), err, out)
	}
}

// command runs a command of the program, which is killed when ctx ends.
func (c *chaos) command(ctx context.Context, args ...string) (out []byte, err error) {
	cmd := exec.CommandContext(ctx, c.bin, append([]string{"--config", filepath.Join(c.dir, "courant.toml")}, args...)...)
	cmd.Dir = c.dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if out, err = cmd.Output(); err != nil {
		return append(out, stderr.Bytes()...), err
	}
	return out, nil
}

// backUp makes backups, kills some of them while they write, and holds each
// that was finished against what had been acknowledged when it began.
func (c *chaos) backUp(ctx context.Context, rng *rand.Rand) {
	for n := 0; ctx.Err() == nil; n++ {
		file := filepath.Join(c.dir, fmt.Sprintf("backup-%d.db", c.backups.Add(1)))
		c.mu.Lock()
		var before []string
		for text, r := range c.said {
			if r.id != "" {
				before = append(before, text)
			}
		}
		c.mu.Unlock()
		attempt, cancel := context.WithCancel(ctx)
		if rng.IntN(3) > 0 {
			// From the moment a file appears, it is a matter of milliseconds.
			wait := time.Duration(rng.IntN(20)) * time.Millisecond
			go func() {
				for attempt.Err() == nil && !exists(file) && !exists(file+".part") {
					time.Sleep(time.Millisecond)
				}
				time.Sleep(wait)
				cancel()
			}()
		}
		out, err := c.command(attempt, "backup", file)
		if err != nil && attempt.Err() == nil {
			c.fault("courant backup: %v: %s", err, out)
		}
		cancel()
		if err != nil && !exists(file) {
			continue // nothing promised, nothing there
		}
		// Killed or not: what stands under the name is whole.
		b := c.examine(file)
		b.holds(before)
		b.close()
		os.Remove(file)
	}
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}
