// Package config reads the configuration: TOML, strictly, every mistake with its
// line and all of them at once. What a key means belongs to the package whose
// Config has it; this one composes them, asks each what is wrong, and finds the
// place. Begin with Read.
package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"courant/aggregator"
	"courant/aggregator/rules"
	"courant/db/engine"
	"courant/db/setting"
	"courant/db/text"
	"courant/publisher"
	"courant/publisher/words"
)

// Config is the whole configuration; each part belongs to the package that
// knows what it means. config.example.toml documents every key.
type Config struct {
	publisher.Settings                           // [site], [publisher], [comments], [[section]], [desk]
	Database           engine.Config             `toml:"database"`
	Aggregator         aggregator.Config         `toml:"aggregator"`
	Metrics            Metrics                   `toml:"metrics"`
	Log                Log                       `toml:"log"`
	Sources            []aggregator.SourceConfig `toml:"source"`
	Rules              []rules.Config            `toml:"rule"`

	File     string    `toml:"-"` // where it was read; empty where there was none
	Warnings []Mistake `toml:"-"` // what is allowed and hardly meant
}

// Default is what holds where the configuration says nothing.
func Default() Config {
	return Config{
		Settings:   publisher.DefaultSettings(),
		Database:   engine.DefaultConfig(),
		Aggregator: aggregator.DefaultConfig(),
		Log:        Log{Level: "info", Format: "text"},
	}
}

// Log is the [log] table of the configuration.
type Log struct {
	Level  string `toml:"level"`  // debug, info, warn or error
	Format string `toml:"format"` // text or json
}

// Validate names what is wrong with c, each as "key: why", joined.
func (c Log) Validate() error {
	var errs []error
	if !slices.Contains([]string{"debug", "info", "warn", "error"}, c.Level) {
		errs = append(errs, fmt.Errorf("level: %q must be one of debug, info, warn, error", c.Level))
	}
	if !slices.Contains([]string{"text", "json"}, c.Format) {
		errs = append(errs, fmt.Errorf("format: %q must be one of text, json", c.Format))
	}
	return errors.Join(errs...)
}

// Metrics is the [metrics] table of the configuration.
type Metrics struct {
	Listen string `toml:"listen"` // address for Prometheus; empty: off
}

// Validate names what is wrong with c as "key: why".
func (c Metrics) Validate() error {
	if c.Listen == "" {
		return nil
	}
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		return fmt.Errorf("listen: %q is not an address like \"127.0.0.1:9090\"", c.Listen)
	}
	return nil
}

// maxFile bounds the configuration: ten thousand sources fit many times.
const maxFile = 64 << 20

// Read reads the configuration in file. What is wrong with it comes back as
// *Mistakes, all at once; any other error is of reading the file.
func Read(file string) (Config, error) {
	f, err := os.Open(file)
	if err != nil {
		return Config{}, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile))
	if err != nil {
		return Config{}, err
	}
	return Parse(file, data)
}

// Parse reads a configuration strictly and judges all of it. Relative
// paths in it start at its own folder, so that every command finds the same
// files wherever it was called.
func Parse(file string, data []byte) (Config, error) {
	d := &document{file: file, data: data}
	c := Default()
	c.File = file
	if n := bytes.Count(data, []byte("[[source]]")); n > 0 { // else they are copied again and again as they grow
		c.Sources = make([]aggregator.SourceConfig, 0, n)
	}
	d.decode(&c)
	c.fillIn(d, os.LookupEnv)
	c.locate(filepath.Dir(file))
	c.judge(d)
	if len(d.mistakes) == 0 {
		return c, nil
	}
	slices.SortStableFunc(d.mistakes, func(a, b Mistake) int { return a.Line - b.Line })
	return Config{}, &Mistakes{file, d.mistakes}
}

// fromEnvironment is a variable in a value that may be secret: ${NAME}.
var fromEnvironment = text.Pattern(`\$\{([A-Za-z_][A-Za-z0-9_]*)\}`)

// fillIn puts variables of the environment into what sources, editors and we
// ourselves at the database are let in with, so that no secret need stand in the file.
func (c *Config) fillIn(d *document, lookup func(string) (string, bool)) {
	fillFor := func(path, key, value string) string {
		return fromEnvironment().ReplaceAllStringFunc(value, func(variable string) string {
			name := variable[len("${") : len(variable)-len("}")]
			secret, ok := lookup(name)
			if !ok {
				d.judge(path, fmt.Errorf("%s: the environment has no %s", key, name))
			}
			return secret
		})
	}
	c.Database.URL = fillFor("database", "url", c.Database.URL)
	c.Desk.PasswordHash = fillFor("desk", "password_hash", c.Desk.PasswordHash)
	for i := range c.Desk.Users {
		u := &c.Desk.Users[i]
		u.PasswordHash = fillFor(fmt.Sprintf("desk.user[%d]", i), "password_hash", u.PasswordHash)
	}
	for i := range c.Sources {
		s := &c.Sources[i]
		fill := func(key, value string) string {
			if !strings.Contains(value, "${") { // as nearly always
				return value
			}
			return fillFor(sourcePath(i), key, value)
		}
		s.Username, s.PasswordFile = fill("username", s.Username), fill("password_file", s.PasswordFile)
		for name, value := range s.Headers {
			s.Headers[name] = fill("headers", value)
		}
	}
}

// sourcePath is the path of the source that stands at i.
func sourcePath(i int) string { return fmt.Sprintf("source[%d]", i) }

// locate makes the paths of c start at dir.
func (c *Config) locate(dir string) {
	paths := []*string{&c.Database.Path, &c.Database.PasswordFile, &c.Site.Logo, &c.Site.CSS, &c.Site.About, &c.Site.Privacy, &c.Site.Words}
	for i := range c.Sources {
		paths = append(paths, &c.Sources[i].PasswordFile)
	}
	for _, p := range paths {
		if *p != "" && !filepath.IsAbs(*p) {
			*p = filepath.Join(dir, *p)
		}
	}
}

// ownWords is what is wrong with the file of own words.
func ownWords(s publisher.Site) error {
	if s.Words == "" {
		return nil
	}
	data, err := os.ReadFile(s.Words)
	if err == nil {
		_, err = words.New(s.Language, data)
	}
	if err != nil {
		return fmt.Errorf("words: %s: %w", s.Words, err)
	}
	return nil
}

// judge asks each part what is wrong with it.
func (c *Config) judge(d *document) {
	d.judge("site", c.Site.Validate())
	for key, file := range map[string]string{
		"logo": c.Site.Logo, "css": c.Site.CSS, "about": c.Site.About, "privacy": c.Site.Privacy,
	} {
		if file != "" {
			d.judge("site", readable(key, file))
		}
	}
	d.judge("site", ownWords(c.Site))
	d.judge("publisher", c.Publisher.Validate())
	d.judge("comments", c.Comments.Validate())
	d.judge("database", c.Database.Validate())
	d.judge("aggregator", c.Aggregator.Validate())
	c.judgeDesk(d)
	d.judge("metrics", c.Metrics.Validate())
	d.judge("log", c.Log.Validate())
	if c.Database.URL != "" {
		if c.Database.PasswordFile != "" {
			d.judge("database", readable("password_file", c.Database.PasswordFile))
		}
	} else if folder := filepath.Dir(c.Database.Path); !isFolder(folder) {
		d.judge("database", fmt.Errorf("path: there is no folder %s", folder))
	}
	sections := map[string]string{}
	for i, s := range c.Sections {
		path := fmt.Sprintf("section[%d]", i)
		d.judge(path, s.Validate())
		d.judgeID(path, s.ID, sections)
	}
	c.judgeSources(d, sections)
	c.judgeRules(d, sections)
}

// judgeRules judges each rule, and whether there are the sections that they name.
func (c *Config) judgeRules(d *document, sections map[string]string) {
	names := make(map[string]string, len(c.Rules))
	for i, r := range c.Rules {
		path := fmt.Sprintf("rule[%d]", i)
		d.judge(path, r.Validate())
		if first, taken := names[r.Name]; taken && r.Name != "" {
			d.judge(path, fmt.Errorf("name: %q is taken by the rule of line %d", r.Name, d.lineOf(first, "name")))
		} else {
			names[r.Name] = path
		}
		for _, then := range r.Then {
			section, ok := strings.CutPrefix(then, "section:")
			switch _, known := sections[section]; {
			case !ok || section == "" || known:
			case len(sections) == 0:
				c.Warnings = append(c.Warnings, Mistake{
					d.file, d.lineOf(path, "then"), "rule.then", fmt.Sprintf("there is no [[section]] with the id %q: its page has no title and is in no navigation", section),
				})
			default:
				d.judge(path, fmt.Errorf("then: rule %q: %w", r.Name, noSection(section, sections)))
			}
		}
	}
}

// judgeDesk judges who may sign in at the desk, and the names of its lists.
func (c *Config) judgeDesk(d *document) {
	d.judge("desk", c.Desk.Validate())
	names, lists := map[string]string{}, map[string]string{}
	if c.Desk.PasswordHash != "" {
		names[c.Desk.Username] = "desk"
	}
	for i, u := range c.Desk.Users {
		path := fmt.Sprintf("desk.user[%d]", i)
		d.judge(path, u.Validate())
		if _, taken := names[u.Name]; taken {
			d.judge(path, fmt.Errorf("name: %q is taken", u.Name))
		}
		names[u.Name] = path
		for _, id := range u.Sections {
			if !c.HasSection(id) {
				d.judge(path, fmt.Errorf("sections: there is no [[section]] with the id %q", id))
			}
		}
	}
	for i, f := range c.Desk.Filters {
		path := fmt.Sprintf("desk.filter[%d]", i)
		d.judge(path, f.Validate())
		if _, taken := lists[f.Name]; taken {
			d.judge(path, fmt.Errorf("name: %q is taken", f.Name))
		}
		lists[f.Name] = path
	}
}

// judgeSources judges each source, and what they are to each other and to the
// sections, which are given by id.
func (c *Config) judgeSources(d *document, sections map[string]string) {
	warn := func(path, key, format string, args ...any) {
		c.Warnings = append(c.Warnings, Mistake{d.file, d.lineOf(path, key), "source." + key, fmt.Sprintf(format, args...)})
	}
	ids, addresses := make(map[string]string, len(c.Sources)), make(map[string]int, len(c.Sources))
	for i, s := range c.Sources {
		path := sourcePath(i)
		d.judge(path, s.Validate())
		d.judgeID(path, s.ID, ids)
		if least := c.leastInterval(s); denser(s.Schedule, least.Duration) {
			warn(path, "schedule", "is denser than min_interval (%s), which holds all the same", least)
		}
		if s.PasswordFile != "" {
			d.judge(path, readable("password_file", s.PasswordFile))
		}
		if first, taken := addresses[address(s.URL)]; taken {
			warn(path, "url", "is also that of source %q (line %d): one of them is enough", c.Sources[first].ID, d.lineOf(sourcePath(first), "url"))
		} else {
			addresses[address(s.URL)] = i
		}
		switch _, known := sections[s.Section]; {
		case s.Section == "" || known:
		case len(sections) == 0:
			warn(path, "section", "there is no [[section]] with the id %q: its page has no title and is in no navigation", s.Section)
		default:
			d.judge(path, fmt.Errorf("section: %w", noSection(s.Section, sections)))
		}
	}
	if len(c.Sources) == 0 {
		c.Warnings = append(c.Warnings, Mistake{d.file, 0, "source", "there is no [[source]]: nothing will be pulled"})
	}
}

// noSection says that there is no such section, and which may be meant.
func noSection(id string, sections map[string]string) error {
	if near := nearest(id, sections); near != "" {
		return fmt.Errorf("there is no [[section]] with the id %q; is %q meant?", id, near)
	}
	return fmt.Errorf("there is no [[section]] with the id %q", id)
}

// address is a source's address as it is asked: two that are spelt differently
// may be one.
func address(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return raw
	}
	u.Scheme, u.Host, u.Fragment = strings.ToLower(u.Scheme), strings.ToLower(u.Host), ""
	if port := u.Port(); u.Scheme == "http" && port == "80" || u.Scheme == "https" && port == "443" {
		u.Host = strings.TrimSuffix(u.Host, ":"+port)
	}
	if u.Path == "" {
		u.Path = "/"
	}
	return u.String()
}

// isFolder reports whether there is a folder of that name.
func isFolder(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// leastInterval is how often at most a source is polled.
func (c *Config) leastInterval(s aggregator.SourceConfig) setting.Duration {
	if s.MinInterval != nil {
		return *s.MinInterval
	}
	return c.Aggregator.MinInterval
}

// denseLooks is how many turns of a schedule are looked at: a week of one that
// turns every ten minutes.
const denseLooks = 1000

// denser reports whether a schedule has two turns that are closer than least.
func denser(schedule string, least time.Duration) bool {
	turns, err := cron.ParseStandard(schedule)
	if err != nil {
		return false // there is none, or Validate has told
	}
	last := turns.Next(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC))
	for range denseLooks {
		next := turns.Next(last)
		if !next.IsZero() && next.Sub(last) < least {
			return true
		}
		last = next
	}
	return false
}

// Address is the public address of a path of the site.
func (c Config) Address(path string) string { return c.Site.Base() + path }

// SectionIDs are the sections that the configuration names: those it lists, and
// those that its sources are in.
func (c Config) SectionIDs() (ids []string) {
	for _, s := range c.Sections {
		ids = append(ids, s.ID)
	}
	for _, s := range c.Sources {
		if s.Section != "" && !slices.Contains(ids, s.Section) {
			ids = append(ids, s.Section)
		}
	}
	return ids
}

// HasSection reports whether an article may be in the section with the given id.
// Where the configuration lists none, any will do.
func (c Config) HasSection(id string) bool { return c.InSections()(id) }

// InSections is HasSection for whom goes on without the configuration: of it the
// sections' ids alone are held.
func (c Config) InSections() (has func(id string) bool) {
	if len(c.Sections) == 0 {
		return func(string) bool { return true }
	}
	ids := c.SectionIDs()
	return func(id string) bool { return id == "" || slices.Contains(ids, id) }
}

// Source is the configuration of the source with the given id.
func (c Config) Source(id string) (s aggregator.SourceConfig, found bool) {
	i := slices.IndexFunc(c.Sources, func(s aggregator.SourceConfig) bool { return s.ID == id })
	if i < 0 {
		return s, false
	}
	return c.Sources[i], true
}

// readable says that a file which a key names cannot be read, or nil.
func readable(key, path string) error {
	f, err := os.Open(path)
	if err == nil {
		return f.Close()
	}
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%s: there is no file %s", key, path)
	}
	return fmt.Errorf("%s: %w", key, err)
}
