package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// read looks at pages and feeds.
func (c *chaos) read(ctx context.Context, rng *rand.Rand) {
	addresses := []string{
		"/", "/feed.atom", "/feed.rss", "/feed.json", "/comments", "/comments/feed.atom", "/comments/feed.json",
		"/source/s0", "/source/s0/feed.rss", "/source/s2/feed.atom", "/source/s6/feed.json", "/sitemap.xml", "/corrections/feed.atom",
	}
	for ctx.Err() == nil {
		address := addresses[rng.IntN(len(addresses))]
		if p, ok := c.anyPlace(rng); ok && rng.IntN(2) == 0 {
			address = p.path + []string{"", "/feed.atom", "/feed.rss", "/feed.json"}[rng.IntN(4)]
		}
		c.lookAs(ctx, address, rng.IntN(2) == 0)
	}
}

func (l *ledger) anyPlace(rng *rand.Rand) (p place, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.open) == 0 {
		return place{}, false
	}
	return l.open[rng.IntN(len(l.open))], true
}

// look gets an address and checks what comes.
func (c *chaos) look(ctx context.Context, address string) (status int, body []byte) {
	return c.lookAs(ctx, address, false)
}

// lookAs gets an address, compressed or not, and checks what comes. status is 0
// where the connection died.
func (c *chaos) lookAs(ctx context.Context, address string, compressed bool) (status int, body []byte) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.at(ctx)+address, nil)
	if err != nil {
		c.fault("get: %v", err)
		return 0, nil
	}
	if compressed {
		req.Header.Set("Accept-Encoding", "gzip")
	}
	res, err := c.client.Do(req)
	if err != nil {
		select { // a dead process refuses at once
		case <-ctx.Done():
		case <-time.After(5 * time.Millisecond):
		}
		return 0, nil
	}
	defer res.Body.Close()
	sent, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, nil // cut short, and the reader can tell
	}
	c.reads.Add(1)
	switch res.StatusCode {
	case http.StatusOK:
	case http.StatusGone:
		return res.StatusCode, sent
	default:
		if c.excused(res.StatusCode, res.Header) {
			return res.StatusCode, sent
		}
		c.fault("%s: status %d: %.300s", address, res.StatusCode, sent)
		return res.StatusCode, sent
	}
	body = sent
	if res.Header.Get("Content-Encoding") == "gzip" {
		if body, err = unzip(sent); err != nil {
			c.fault("%s: %v", address, err)
			return 0, nil
		}
	}
	if tag := res.Header.Get("ETag"); tag != "" {
		c.sameBody(address, tag, sent)
	} else if address != "/readyz" {
		c.fault("%s: no ETag", address)
	}
	if err := c.wellFormed(address, body); err != nil {
		c.fault("%s: %v in %.300s", address, err, body)
	}
	return res.StatusCode, body
}

func unzip(sent []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(sent))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

// wellFormed checks a whole body, and notes the ids in it.
func (c *chaos) wellFormed(address string, body []byte) error {
	address, _, _ = strings.Cut(address, "?")
	switch {
	case strings.HasSuffix(address, ".json"):
		return c.readJSON(address, body)
	case strings.HasSuffix(address, ".atom"):
		return c.readAtom(address, body)
	case strings.HasSuffix(address, ".rss"), strings.HasSuffix(address, ".xml"):
		return wholeXML(body)
	case !bytes.HasSuffix(bytes.TrimSpace(body), []byte("</html>")):
		return errors.New("the page is cut short")
	}
	return nil
}

func wholeXML(body []byte) error {
	d := xml.NewDecoder(bytes.NewReader(body))
	for {
		if _, err := d.Token(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// atomFeed is what a reader needs of one.
type atomFeed struct {
	ID      string `xml:"id"`
	Entries []struct {
		ID      string `xml:"id"`
		Title   string `xml:"title"`
		Content string `xml:"content"`
	} `xml:"entry"`
}

var (
	entryTitle = regexp.MustCompile(`^Entry (s\d+-\d+)$`)
	markText   = regexp.MustCompile(`mark-[a-z0-9]+-\d+-end`)
)

func (c *chaos) readAtom(address string, body []byte) error {
	var f atomFeed
	if err := xml.Unmarshal(body, &f); err != nil {
		return err
	}
	c.saw("feed "+address, f.ID)
	for _, e := range f.Entries {
		c.sawItem(e.Title, e.Content, e.ID)
	}
	return wholeXML(body)
}

// jsonFeed is what a reader needs of one.
type jsonFeed struct {
	Items []struct {
		ID    string `json:"id"`
		URL   string `json:"url"`
		Title string `json:"title"`
		HTML  string `json:"content_html"`
	} `json:"items"`
}

func (c *chaos) readJSON(address string, body []byte) error {
	var f jsonFeed
	if err := json.Unmarshal(body, &f); err != nil {
		return err
	}
	var open []place
	for _, i := range f.Items {
		c.sawItem(i.Title, i.HTML, i.ID)
		path := strings.TrimPrefix(i.URL, c.base)
		if entryTitle.MatchString(i.Title) {
			open = append(open, place{path[strings.LastIndexAny(path, "-/")+1:], path})
		}
	}
	if address == "/feed.json" {
		c.mu.Lock()
		c.open = open
		c.mu.Unlock()
	}
	return nil
}

func (c *chaos) sawItem(title, content, id string) {
	if m := entryTitle.FindStringSubmatch(title); m != nil {
		c.saw("article "+m[1], id)
	} else if m := markText.FindString(content); m != "" {
		c.saw("comment "+m, id)
	}
}
