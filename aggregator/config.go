// Package aggregator brings the web into the store: it looks which sources are
// due, fetches them politely, parses and normalises what they answer, and
// stores each pass whole. New makes an Aggregator from a Config; Run works
// until its context ends, Fetch makes one pass now. What is served to readers
// is none of its business.
package aggregator

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
	"golang.org/x/net/http/httpguts"

	"courant/db/newsroom"
	"courant/db/setting"
	"courant/db/text"
)

// Config is the [aggregator] table of the configuration.
type Config struct {
	Schedule             string           `toml:"schedule"`               // cron, UTC: when due sources are looked for
	MinInterval          setting.Duration `toml:"min_interval"`           // between two polls of a source
	MaxInterval          setting.Duration `toml:"max_interval"`           // the longest that a quiet source waits
	ManualGap            setting.Duration `toml:"manual_gap"`             // between a poll and one asked for by hand
	Workers              int              `toml:"workers"`                // fetches at once
	PerHostGap           setting.Duration `toml:"per_host_gap"`           // between two requests to a host
	Timeout              setting.Duration `toml:"timeout"`                // of a whole fetch, redirects and body included
	MaxBody              setting.Size     `toml:"max_body"`               // of a document, decoded
	WebSub               bool             `toml:"websub"`                 // subscribe to hubs, where site.url is public
	Contact              string           `toml:"contact"`                // address in the User-Agent; empty: site.url
	DomainPause          bool             `toml:"domain_pause"`           // a 429 pauses the registrable domain, not the host alone
	AllowPrivateNetworks bool             `toml:"allow_private_networks"` // loopback and private addresses, and any port
	Proxy                string           `toml:"proxy"`                  // http, https, socks5 or socks5h address
	InitialWindow        setting.Duration `toml:"initial_window"`         // a first import publishes nothing older
	InitialMax           int              `toml:"initial_max"`            // nor more than so many
	Retention            setting.Duration `toml:"retention"`              // how long what left its feed unpublished is kept; 0: for ever
}

// DefaultConfig returns the values that hold where the configuration says nothing.
func DefaultConfig() Config {
	return Config{
		Schedule:      "*/5 * * * *",
		MinInterval:   setting.Every(60 * time.Minute),
		MaxInterval:   setting.Every(24 * time.Hour),
		ManualGap:     setting.Every(5 * time.Minute),
		Workers:       128,
		PerHostGap:    setting.Every(time.Second),
		Timeout:       setting.Every(30 * time.Second),
		MaxBody:       setting.MiB(10),
		WebSub:        true,
		InitialWindow: setting.Every(168 * time.Hour),
		InitialMax:    30,
	}
}

const (
	maxWorkers = 4096      // each may hold a socket and a document of max_body
	maxMaxBody = 256 << 20 // a feed beyond it is a mistake in the key
)

// Validate names everything that is wrong with c, each as "key: why", joined;
// nil where all is well.
func (c Config) Validate() error {
	var errs []error
	wrong := func(key, why string, args ...any) {
		errs = append(errs, fmt.Errorf("%s: %s", key, fmt.Sprintf(why, args...)))
	}
	if _, err := cron.ParseStandard(c.Schedule); err != nil {
		wrong("schedule", "%q is not a cron expression: %s", c.Schedule, err)
	}
	if c.MaxInterval.Duration <= 0 {
		wrong("max_interval", "must be more than 0")
	} else if c.MaxInterval.Duration < c.MinInterval.Duration {
		wrong("max_interval", "must not be less than min_interval (%s)", c.MinInterval)
	}
	if c.Workers < 1 || c.Workers > maxWorkers {
		wrong("workers", "must be from 1 to %d", maxWorkers)
	}
	if c.Timeout.Duration <= 0 {
		wrong("timeout", "must be more than 0")
	}
	if c.MaxBody.Bytes < 1 || c.MaxBody.Bytes > maxMaxBody {
		wrong("max_body", "must be from 1B to %s", setting.Size{Bytes: maxMaxBody})
	}
	if c.Retention.Duration < 0 {
		wrong("retention", "must not be negative")
	}
	if c.InitialMax < 0 {
		wrong("initial_max", "must not be negative")
	}
	if c.Contact != "" && !httpguts.ValidHeaderFieldValue(c.Contact) {
		wrong("contact", "must be one line of text")
	}
	if c.Proxy != "" {
		u, err := url.Parse(c.Proxy)
		if err != nil || u.Host == "" || !slices.Contains([]string{"http", "https", "socks5", "socks5h"}, u.Scheme) {
			wrong("proxy", "must be an http, https, socks5 or socks5h address")
		}
	}
	return errors.Join(errs...)
}

// SourceConfig is one [[source]] table of the configuration.
type SourceConfig struct {
	ID             string            `toml:"id"`
	URL            string            `toml:"url"` // of the feed, or of the site that names it
	Title          string            `toml:"title"`
	Section        string            `toml:"section"`
	Tags           []string          `toml:"tags"`
	Schedule       string            `toml:"schedule"`     // cron, UTC: when it may be polled; empty: at any time
	MinInterval    *setting.Duration `toml:"min_interval"` // nil: the aggregator's
	Publish        string            `toml:"publish"`      // "review" or "auto"
	KeyPoints      string            `toml:"key_points"`   // "source", "extract" or "none"
	Headers        map[string]string `toml:"headers"`      // sent to its own origin only
	Username       string            `toml:"username"`
	PasswordFile   string            `toml:"password_file"`
	UserAgent      string            `toml:"user_agent"` // empty: Courant's own
	Rights         string            `toml:"rights"`     // "full" or "excerpt"
	Canonical      string            `toml:"canonical"`  // "self" or "source"
	License        string            `toml:"license"`
	Paused         bool              `toml:"paused"`
	InsecureTLS    bool              `toml:"insecure_tls"`
	Revalidate     *bool             `toml:"revalidate"` // nil: true
	AllowDowngrade bool              `toml:"allow_downgrade"`
	FullText       bool              `toml:"full_text"` // read the text from each article's page
	WebSub         *bool             `toml:"websub"`    // nil: true
	Threads        bool              `toml:"threads"`   // follow each article's own comment feed
	MaxItems       int               `toml:"max_items"` // newest entries taken from a document; 0: all
	Backfill       int               `toml:"backfill"`  // articles brought of its past; 0: none
}

// DefaultSource returns the values that hold where a [[source]] says nothing.
func DefaultSource() SourceConfig {
	return SourceConfig{Publish: "review", KeyPoints: "source", Rights: "full", Canonical: "self"}
}

// WithDefaults returns s with DefaultSource's values where it says nothing.
func (s SourceConfig) WithDefaults() SourceConfig {
	d := DefaultSource()
	for _, f := range []struct {
		v   *string
		def string
	}{{&s.Publish, d.Publish}, {&s.KeyPoints, d.KeyPoints}, {&s.Rights, d.Rights}, {&s.Canonical, d.Canonical}} {
		if *f.v == "" {
			*f.v = f.def
		}
	}
	return s
}

// maxID is the longest id of a source, in bytes.
const maxID = 100

// validID reports whether an id is what it must be: it stands in addresses,
// file names and logs.
func validID(id string) bool {
	for i, c := range []byte(id) {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && (i == 0 || c != '.' && c != '_' && c != '-') {
			return false
		}
	}
	return id != "" && len(id) <= maxID
}

// Validate names everything that is wrong with s, each as "key: why", joined;
// nil where all is well. Empty values count as the defaults.
func (s SourceConfig) Validate() error {
	var errs []error
	wrong := func(key, why string, args ...any) {
		errs = append(errs, fmt.Errorf("%s: %s", key, fmt.Sprintf(why, args...)))
	}
	if !validID(s.ID) {
		wrong("id", "%q must be letters, digits, dots, hyphens and underscores, at most %d", s.ID, maxID)
	}
	if s.ID == newsroom.Source {
		wrong("id", "%q is that of what editors add: choose another", s.ID)
	}
	if why := badFeedURL(s.URL); why != "" {
		wrong("url", "%s", why)
	}
	if s.Schedule != "" {
		if _, err := cron.ParseStandard(s.Schedule); err != nil {
			wrong("schedule", "%q is not a cron expression: %s", s.Schedule, err)
		}
	}
	for _, f := range []struct {
		key, value string
		allowed    []string
	}{
		{"publish", s.Publish, []string{"review", "auto"}},
		{"key_points", s.KeyPoints, []string{"source", "extract", "none"}},
		{"rights", s.Rights, []string{"full", "excerpt"}},
		{"canonical", s.Canonical, []string{"self", "source"}},
	} {
		if f.value != "" && !slices.Contains(f.allowed, f.value) {
			wrong(f.key, "%q must be one of %s", f.value, strings.Join(f.allowed, ", "))
		}
	}
	for _, tag := range s.Tags {
		if err := text.CheckTag(tag); err != nil {
			wrong("tags", "%s", err)
		}
	}
	for name, value := range s.Headers {
		if !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value) {
			wrong("headers", "%q is not a valid header name", name)
		}
	}
	if s.UserAgent != "" && !httpguts.ValidHeaderFieldValue(s.UserAgent) {
		wrong("user_agent", "must be one line of text")
	}
	if s.PasswordFile != "" && s.Username == "" {
		wrong("password_file", "needs a username")
	}
	if s.MaxItems < 0 {
		wrong("max_items", "must not be negative")
	}
	if s.Backfill < 0 {
		wrong("backfill", "must not be negative")
	}
	return errors.Join(errs...)
}

// badFeedURL says what is wrong with the address of a source, "" for nothing.
// Only the address's own shape is judged: where its host leads is for the dial.
func badFeedURL(raw string) string {
	if _, plain := text.PlainAddress(raw); plain {
		return ""
	}
	if raw == "" {
		return "is missing"
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return "is not a valid address" // the error would repeat a password
	case u.Scheme != "http" && u.Scheme != "https":
		return "must begin with http:// or https://" // P94
	case u.Hostname() == "":
		return "names no host"
	}
	return ""
}
