package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// examined is a database file that is looked at from outside.
type examined struct {
	*ledger
	pool *sql.DB
	name string
}

// examine opens a database that no process has open, and runs SQLite's own
// checks on it.
func (c *chaos) examine(file string) *examined {
	c.t.Helper()
	e := &examined{ledger: c.ledger, name: filepath.Base(file)}
	var err error
	if e.pool, err = sql.Open("sqlite", "file:"+file+"?_pragma=busy_timeout(5000)"); err != nil {
		c.t.Fatal(err)
	}
	e.pool.SetMaxOpenConns(1)
	var found string
	if err := e.pool.QueryRow(`PRAGMA integrity_check`).Scan(&found); err != nil || found != "ok" {
		e.fault("%s: integrity_check says %q, %v", e.name, found, err)
	}
	e.each(`PRAGMA foreign_key_check`, func(row func(...any)) {
		e.fault("%s: foreign_key_check found a row", e.name)
	})
	var articles int
	if err := e.pool.QueryRow(`SELECT count(*) FROM article`).Scan(&articles); err != nil {
		e.fault("%s: %v", e.name, err)
	}
	return e
}

func (e *examined) close() { e.pool.Close() }

// each calls f for each row of a query; f scans it with what it is given.
func (e *examined) each(query string, f func(row func(...any))) {
	rows, err := e.pool.Query(query)
	if err != nil {
		e.fault("%s: %v", e.name, err)
		return
	}
	defer rows.Close()
	for rows.Next() {
		f(func(to ...any) {
			if err := rows.Scan(to...); err != nil {
				e.fault("%s: %v", e.name, err)
			}
		})
	}
	if err := rows.Err(); err != nil {
		e.fault("%s: %v", e.name, err)
	}
}

// holds checks that each of these comments is there once.
func (e *examined) holds(texts []string) {
	count := map[string]int{}
	e.each(`SELECT text FROM comment`, func(row func(...any)) {
		var text string
		row(&text)
		count[text]++
	})
	for _, text := range texts {
		if count[text] != 1 {
			e.fault("%s holds the acknowledged comment %q %d times", e.name, text, count[text])
		}
	}
}

// checkCopy looks at a copy of what the dead process left behind.
func (c *chaos) checkCopy(ended time.Time) {
	c.t.Helper()
	e := c.copied()
	defer e.close()
	e.checkComments()
	e.checkArticles()
	c.polls.check(e, c.up.take(), ended)
}

// copied is what the dead process left behind: a copy of its file, or what is on the
// server.
func (c *chaos) copied() *examined {
	c.t.Helper()
	if c.direct != "" {
		return c.serverStore()
	}
	file := filepath.Join(c.dir, "copy.db")
	for _, suffix := range []string{"-shm", "-wal", ""} {
		os.Remove(file + suffix)
		// The index of the log is remade from the log.
		if suffix != "-shm" {
			copyWhole(c, filepath.Join(c.dir, "courant.db"+suffix), file+suffix)
		}
	}
	return c.examine(file)
}

func copyWhole(c *chaos, from, to string) {
	c.t.Helper()
	data, err := os.ReadFile(from)
	if os.IsNotExist(err) {
		return
	}
	if err == nil {
		err = os.WriteFile(to, data, 0o600)
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

// checkComments: every acknowledged one once, with the id that was told; every
// unknown one at most once; none that nobody wrote.
func (e *examined) checkComments() {
	count, ids := map[string]int{}, map[string]string{}
	e.each(`SELECT id, text FROM comment`, func(row func(...any)) {
		var id, text string
		row(&id, &text)
		count[text]++
		ids[text] = id
	})
	e.mu.Lock()
	said := make(map[string]posted, len(e.said))
	for text, r := range e.said {
		said[text] = *r
	}
	e.mu.Unlock()
	for text, r := range said {
		switch n := count[text]; {
		case n > 1:
			e.fault("comment %q is stored %d times", text, n)
		case r.id != "" && n == 0:
			e.fault("comment %q was acknowledged as %s and is lost", text, r.id)
		case r.id != "" && ids[text] != r.id:
			e.fault("comment %q was acknowledged as %s and is %s", text, r.id, ids[text])
		}
	}
	for text := range count {
		if _, ok := said[text]; !ok {
			e.fault("nobody wrote the comment %q", text)
		}
	}
}

// versionText is how an entry says which one it is (upstream's offer.text).
var versionText = regexp.MustCompile(`Version (\d+) of (s\d+-\d+)\.`)

// stored is an article as the database has it.
type stored struct {
	id, status string
	version    int
}

// articles reads them all, by what their text says they are; a second row of
// one is a fault.
func (e *examined) articles() map[offerKey]stored {
	all := map[offerKey]stored{}
	e.each(`SELECT id, source, status, substr(body, 1, 200) FROM article`, func(row func(...any)) {
		var s stored
		var source, body string
		row(&s.id, &source, &s.status, &body)
		m := versionText.FindStringSubmatch(body)
		if m == nil {
			e.fault("%s: article %s of %s says nothing we know: %q", e.name, s.id, source, body)
			return
		}
		s.version, _ = strconv.Atoi(m[1])
		key := offerKey{source, m[2]}
		if other, ok := all[key]; ok {
			e.fault("%s: %v is stored as %s and as %s", e.name, key, other.id, s.id)
		}
		all[key] = s
	})
	return all
}

// checkArticles: what readers saw is there, ids are what they were, and
// articles stand where an editor put them.
func (e *examined) checkArticles() {
	all := e.articles()
	byID := map[string]stored{}
	for key, s := range all {
		byID[s.id] = s
		e.saw("row "+key.guid, s.id)
	}
	e.mu.Lock()
	ids, decided := make(map[string]string, len(e.ids)), make(map[string][]string, len(e.decided))
	for what, id := range e.ids {
		ids[what] = id
	}
	for id, states := range e.decided {
		decided[id] = states
	}
	e.mu.Unlock()
	for what, id := range ids {
		guid, isArticle := strings.CutPrefix(what, "article ")
		source, _, _ := strings.Cut(guid, "-")
		if s, ok := all[offerKey{source, guid}]; isArticle && (!ok || !strings.HasSuffix(id, "article/"+s.id)) {
			e.fault("a reader saw %s as %s; the database has %+v", guid, id, s)
		}
	}
	for id, states := range decided {
		if s := byID[id].status; !slices.Contains(states, s) {
			e.fault("article %s is %q after an editor made it one of %v", id, s, states)
		}
	}
}

// settle has everything fetched once nothing fails any more, and waits until
// all that was ever offered is stored once, in its newest version.
func (c *chaos) settle() {
	c.t.Helper()
	c.up.set(false, nil)
	began := time.Now()
	ctx, cancel := context.WithTimeout(c.t.Context(), settleLimit)
	defer cancel()
	if out, err := c.command(ctx, "fetch", "--all", "--json"); err != nil {
		c.fault("courant fetch --all: %v: %s", err, out)
	}
	c.polls.byHand = append(c.polls.byHand, span{began, time.Now()})
	e := c.liveStore()
	defer e.close()
	for {
		missing := e.missing(c.up.wanted())
		if len(missing) == 0 {
			return
		}
		if ctx.Err() != nil {
			slices.Sort(missing)
			c.fault("after %s, %d entries that were offered are not stored as such: %.500s", settleLimit, len(missing), strings.Join(missing, ", "))
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// liveStore reads the store that the program works on.
func (c *chaos) liveStore() *examined {
	if c.direct != "" {
		return c.serverStore()
	}
	pool, err := sql.Open("sqlite", "file:"+filepath.Join(c.dir, "courant.db")+"?mode=ro&_pragma=busy_timeout(5000)")
	if err != nil {
		panic(err) // only for an unknown driver
	}
	pool.SetMaxOpenConns(1)
	return &examined{ledger: c.ledger, name: "the live database", pool: pool}
}

// missing names what is wanted and not stored in just that version.
func (e *examined) missing(wanted map[offerKey]int) (list []string) {
	all := e.articles()
	for key, version := range wanted {
		if s := all[key]; s.version != version {
			list = append(list, fmt.Sprintf("%s version %d (stored: %d)", key.guid, version, s.version))
		}
	}
	return list
}

// checkThreads looks at the page and the feed of each article with new comments.
func (c *chaos) checkThreads() {
	c.mu.Lock()
	touched := c.touched
	c.touched = map[string]bool{}
	c.mu.Unlock()
	for article := range touched {
		c.checkThread(article)
	}
	c.client.CloseIdleConnections()
}

// everyThread looks at all of them, once more.
func (c *chaos) everyThread() {
	c.mu.Lock()
	for _, r := range c.said {
		c.touched[r.article] = true
	}
	c.mu.Unlock()
	c.checkThreads()
}

// checkThread: every acknowledged comment once in page and feed, every unknown
// one at most once.
func (c *chaos) checkThread(article string) {
	path := c.pathOf(article)
	if path == "" {
		return // withdrawn
	}
	status, page := c.look(c.t.Context(), path)
	if status == http.StatusGone {
		return
	}
	_, body := c.look(c.t.Context(), path+"/feed.atom")
	var f atomFeed
	if err := xml.Unmarshal(body, &f); err != nil {
		c.fault("%s/feed.atom: %v", path, err)
		return
	}
	inFeed := map[string]int{}
	for _, e := range f.Entries {
		inFeed[markText.FindString(e.Content)]++
	}
	c.mu.Lock()
	var said []posted
	for _, r := range c.said {
		if r.article == article {
			said = append(said, *r)
		}
	}
	c.mu.Unlock()
	for _, r := range said {
		n := inFeed[markText.FindString(r.text)]
		if n > 1 || n == 0 && r.id != "" {
			c.fault("comment %q (%s) is %d times in %s/feed.atom", r.text, r.id, n, path)
		}
		if r.id != "" {
			if n := bytes.Count(page, []byte(`id="c-`+r.id+`"`)); n != 1 {
				c.fault("comment %q (%s) is %d times on %s", r.text, r.id, n, path)
			}
		}
	}
}

// pathOf is where an article's address without its slug leads, "" where it was
// withdrawn.
func (c *chaos) pathOf(article string) string {
	res, err := c.client.Get(c.base + "/article/" + article)
	if err != nil {
		c.fault("article %s: %v", article, err)
		return ""
	}
	defer res.Body.Close()
	io.Copy(io.Discard, res.Body)
	switch res.StatusCode {
	case http.StatusMovedPermanently:
		return strings.TrimPrefix(res.Header.Get("Location"), c.base)
	case http.StatusGone:
		return ""
	}
	c.fault("article %s: status %d", article, res.StatusCode)
	return ""
}
