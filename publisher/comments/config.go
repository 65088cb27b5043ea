// Package comments decides what a thread accepts: it cleans and checks what a
// visitor sent, signs and reads what a visitor carries, counts how often an
// address posts, and judges whether a comment shows at once or waits. It knows
// no HTTP and no store: New takes a Config and a secret; Check, Allow and Judge
// are called in that order.
package comments

import (
	"errors"
	"fmt"
	"html"
	"net/netip"
	"regexp"
	"strings"
	"time"

	"courant/db/setting"
	"courant/db/text"
)

// Config is the [comments] table of the configuration.
type Config struct {
	Enabled    bool             `toml:"enabled"`
	Moderation Moderation       `toml:"moderation"`
	MaxLength  int              `toml:"max_length"`  // characters of a comment
	CloseAfter setting.Duration `toml:"close_after"` // since publication; 0: never
	MinDelay   setting.Duration `toml:"min_delay"`   // between an address getting the page and posting to it
	Rate       setting.Rate     `toml:"rate"`        // comments from one address
	Blocklist  []string         `toml:"blocklist"`   // words, addresses, networks and /patterns/: spam
	Suspect    []string         `toml:"suspect"`     // likewise: shown, and flagged for an editor
	EditWindow setting.Duration `toml:"edit_window"` // how long an author may change a comment; 0: never
	Sort       Order            `toml:"sort"`        // of a thread, where its reader does not say
}

// Order is the order of a thread.
type Order string

// The orders.
const (
	Oldest Order = "oldest" // first
	Newest Order = "newest" // first
)

// Moderation says which comments wait for an editor.
type Moderation string

// The ways to moderate.
const (
	First Moderation = "first" // until the visitor has an approved comment
	All   Moderation = "all"   // every one
	None  Moderation = "none"  // only what looks like spam
)

// maxTextLimit is the largest max_length: a form of that many four-byte
// characters, percent-encoded, still fits what the publisher reads of one.
const maxTextLimit = 5000

// DefaultConfig returns the values that hold where the configuration says nothing.
func DefaultConfig() Config {
	return Config{
		Enabled:    true,
		Moderation: First,
		MaxLength:  5000,
		MinDelay:   setting.Every(2 * time.Second),
		Rate:       setting.Rate{Count: 5, Per: time.Minute},
		Blocklist:  []string{},
		Suspect:    []string{},
		EditWindow: setting.Every(15 * time.Minute),
		Sort:       Oldest,
	}
}

// Validate says all that is wrong with c, joined, each beginning with its key.
func (c Config) Validate() error {
	var errs []error
	switch c.Moderation {
	case First, All, None:
	default:
		errs = append(errs, fmt.Errorf(`moderation: %q is not one of "first", "none", "all"`, c.Moderation))
	}
	if c.MaxLength < 1 || c.MaxLength > maxTextLimit {
		errs = append(errs, fmt.Errorf("max_length: %d is not within 1 and %d", c.MaxLength, maxTextLimit))
	}
	if c.Rate.Count < 1 || c.Rate.Per <= 0 {
		errs = append(errs, errors.New(`rate: write it like "5/1m": five a minute`))
	}
	switch c.Sort {
	case Oldest, Newest:
	default:
		errs = append(errs, fmt.Errorf(`sort: %q is neither "oldest" nor "newest"`, c.Sort))
	}
	for key, list := range c.lists() {
		if _, err := parseTraits(key, list); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// lists are the lists of traits, by their keys.
func (c Config) lists() map[string][]string {
	return map[string][]string{"blocklist": c.Blocklist, "suspect": c.Suspect}
}

// ClosesAt is when the thread of an article published then takes no more
// comments, or zero for never.
func (c Config) ClosesAt(published time.Time) time.Time {
	if c.CloseAfter.Duration == 0 {
		return time.Time{}
	}
	return published.Add(c.CloseAfter.Duration)
}

// Closed reports whether that thread takes no comments now.
func (c Config) Closed(published, now time.Time) bool {
	at := c.ClosesAt(published)
	return !at.IsZero() && !now.Before(at)
}

// traits is what the entries of a list in the configuration mean.
type traits struct {
	networks []netip.Prefix
	words    []string // folded
	written  []string // the words as the configuration has them, in lower case
	patterns []*regexp.Regexp
}

// parseTraits reads the entries of the list under key: an address or a network (CIDR), /a regular
// expression/, else words to find whatever their case.
func parseTraits(key string, entries []string) (traits, error) {
	var b traits
	var errs []error
	for _, e := range entries {
		trimmed := strings.TrimSpace(e)
		if a, err := netip.ParseAddr(trimmed); err == nil {
			b.networks = append(b.networks, netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()))
			continue
		}
		if p, err := netip.ParsePrefix(trimmed); err == nil {
			b.networks = append(b.networks, p.Masked())
			continue
		}
		switch {
		case trimmed == "":
			errs = append(errs, fmt.Errorf("%s: an empty entry would be in every comment", key))
		case len(trimmed) > 2 && trimmed[0] == '/' && strings.HasSuffix(trimmed, "/"):
			p, err := regexp.Compile("(?i)" + trimmed[1:len(trimmed)-1])
			if err != nil {
				errs = append(errs, fmt.Errorf("%s: %s: %w", key, trimmed, err))
				continue
			}
			b.patterns = append(b.patterns, p)
		default:
			word := text.Fold(trimmed)
			if word == "" {
				errs = append(errs, fmt.Errorf("%s: %q has nothing that is seen, and would be in every comment", key, trimmed))
				continue
			}
			b.words = append(b.words, word)
			b.written = append(b.written, strings.ToLower(trimmed))
		}
	}
	return b, errors.Join(errs...)
}

// matches reports which entry a comment has, or "". What is judged is what a
// reader takes in: each field folded, the text as typed, as Markdown shows it,
// and where its links lead.
func (b traits) matches(d Draft, from netip.Addr) string {
	for _, n := range b.networks {
		if n.Contains(from.Unmap()) {
			return n.String()
		}
	}
	if len(b.words) == 0 && len(b.patterns) == 0 {
		return ""
	}
	for _, field := range []string{d.Name, d.Email, d.Text, d.Body.PlainText(), html.UnescapeString(d.Body.String())} {
		folded := text.Fold(field)
		for i, w := range b.words {
			if strings.Contains(folded, w) {
				return b.written[i]
			}
		}
		for _, p := range b.patterns {
			if p.MatchString(field) || p.MatchString(folded) {
				return "/" + strings.TrimPrefix(p.String(), "(?i)") + "/"
			}
		}
	}
	return ""
}
