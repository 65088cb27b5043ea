// Package robots says which pages of a site programs may fetch, by its robots.txt
// (RFC 9309), and which of them may be kept, by X-Robots-Tag and by what a page says
// in its own head (P100). Feeds are made for programs, and nobody asks for them here.
// It touches no network: whoever makes a Book gives it a Getter. Begin with New.
package robots

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/temoto/robotstxt"
)

// Agent is what we are called in robots.txt (RFC 9309 section 2.2.1).
const Agent = "courant"

// Why a page is not fetched, or not kept.
var (
	ErrDisallowed = errors.New("its robots.txt asks programs to leave this page alone")
	ErrUnknown    = errors.New("its robots.txt cannot be had, and until it can the page is left alone")
	ErrNoArchive  = errors.New("the page asks not to be kept elsewhere")
)

const (
	// maxBytes is how much of a robots.txt is read (RFC 9309 section 2.5).
	maxBytes = 500 << 10
	// kept is how long one is believed (section 2.4).
	kept = 12 * time.Hour
	// unreachable is how long a site is left alone whose robots.txt cannot be had.
	unreachable = 10 * time.Minute
	// mostKept bounds the book: some kilobytes each.
	mostKept = 256
)

// Getter makes one polite request. status is that of the answer, 0 where none came
// that could be read: err says why.
type Getter func(ctx context.Context, address string) (status int, body []byte, err error)

// Book knows the robots.txt of the sites that were asked for theirs lately. Safe for
// concurrent use.
type Book struct {
	get Getter
	now func() time.Time

	mu    sync.Mutex
	pages map[string]page // by scheme, host and port
}

type page struct {
	until time.Time
	rules *robotstxt.RobotsData // nil: they cannot be had
	why   error                 // they cannot
}

// New returns a book that knows nothing yet.
func New(get Getter, now func() time.Time) *Book {
	return &Book{get: get, now: now, pages: map[string]page{}}
}

// May says whether we may fetch a page: nil, ErrDisallowed, ErrUnknown, or that of ctx.
func (b *Book) May(ctx context.Context, address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return nil // who fetches it says what is wrong with it
	}
	p, err := b.of(ctx, u)
	switch {
	case err != nil:
		return err
	case p.rules == nil:
		return fmt.Errorf("%w: %w", ErrUnknown, p.why)
	}
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	if u.RawQuery != "" {
		path += "?" + u.RawQuery
	}
	if !p.rules.TestAgent(path, Agent) {
		return ErrDisallowed
	}
	return nil
}

// of is the robots.txt of u's site.
func (b *Book) of(ctx context.Context, u *url.URL) (page, error) {
	site := strings.ToLower(u.Scheme + "://" + u.Host)
	b.mu.Lock()
	p, known := b.pages[site]
	b.mu.Unlock()
	if known && b.now().Before(p.until) {
		return p, nil
	}
	status, body, err := b.get(ctx, site+"/robots.txt")
	if err := ctx.Err(); err != nil {
		return page{}, err
	}
	p, believed := read(status, body, err)
	p.until = b.now().Add(believed)
	b.mu.Lock()
	defer b.mu.Unlock()
	for old := range b.pages {
		if len(b.pages) < mostKept {
			break
		}
		delete(b.pages, old) // any will do: it is asked for again
	}
	b.pages[site] = p
	return p, nil
}

// read is what a robots.txt says, and for how long: one that there is not allows all
// (section 2.3.1.3), one that cannot be had nothing (section 2.3.1.4).
func read(status int, body []byte, err error) (p page, believed time.Duration) {
	switch {
	case status == 0:
		return page{why: cmp.Or(err, errors.New("there was no answer"))}, unreachable
	case status >= 400 && status < 500 && status != http.StatusTooManyRequests:
		return page{rules: nobody}, kept
	case status < 200 || status >= 300:
		return page{why: fmt.Errorf("the answer was %d", status)}, unreachable
	}
	body = cut(body)
	rules, err := robotstxt.FromBytes(body)
	if err != nil { // rules before anybody is named are nobody's: the others hold
		rules, err = robotstxt.FromBytes(fromFirstAgent(body))
	}
	if err != nil {
		return page{why: err}, kept
	}
	return page{rules: rules}, kept
}

// nobody are rules for no program at all.
var nobody = &robotstxt.RobotsData{}

// cut is body as far as it is read, to the end of a line.
func cut(body []byte) []byte {
	if len(body) <= maxBytes {
		return body
	}
	body = body[:maxBytes]
	return body[:strings.LastIndexByte(string(body), '\n')+1]
}

// fromFirstAgent is body from where it first names whom it is for.
func fromFirstAgent(body []byte) []byte {
	at := strings.Index(strings.ToLower(string(body)), "user-agent")
	if at < 0 {
		return nil
	}
	return body[at:]
}

// Keep says whether a page may be kept: nil or ErrNoArchive. header are its
// X-Robots-Tag headers, meta what its head says under "robots" or our name.
func Keep(header, meta []string) error {
	for _, h := range header {
		if forbids(h, true) {
			return ErrNoArchive
		}
	}
	for _, m := range meta {
		if forbids(m, false) {
			return ErrNoArchive
		}
	}
	return nil
}

// withValue are the directives that have a value behind a colon, and are no name of a
// program.
var withValue = map[string]bool{"unavailable_after": true, "max-snippet": true, "max-image-preview": true, "max-video-preview": true}

// forbids reports whether directives, with commas between them, forbid that the page
// is kept or shown. Where named says so, the name of a program with a colon behind it
// says for whom those are that follow.
func forbids(directives string, named bool) bool {
	ours := true
	for d := range strings.SplitSeq(strings.ToLower(directives), ",") {
		d = strings.TrimSpace(d)
		if name, rest, is := strings.Cut(d, ":"); is && named && !withValue[strings.TrimSpace(name)] {
			ours = strings.TrimSpace(name) == Agent
			d = strings.TrimSpace(rest)
		}
		if ours && (d == "noarchive" || d == "noindex" || d == "none") {
			return true
		}
	}
	return false
}
