package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"courant/aggregator"
	"courant/db"
	"courant/db/setting"
	"courant/publisher"
)

// config is the whole configuration; each part belongs to the package that
// knows what it means. config.example.toml documents every key.
type config struct {
	publisher.Settings                           // [site], [publisher], [comments], [[section]]
	Database           db.Config                 `toml:"database"`
	Aggregator         aggregator.Config         `toml:"aggregator"`
	Metrics            metricsConfig             `toml:"metrics"`
	Log                logConfig                 `toml:"log"`
	Sources            []aggregator.SourceConfig `toml:"source"`

	file     string    // where it was read; empty where there was none
	warnings []mistake // what is allowed and hardly meant
}

// defaultConfig is what holds where the configuration says nothing.
func defaultConfig() config {
	return config{
		Settings:   publisher.DefaultSettings(),
		Database:   db.DefaultConfig(),
		Aggregator: aggregator.DefaultConfig(),
		Log:        logConfig{Level: "info", Format: "text"},
	}
}

// logConfig is the [log] table of the configuration.
type logConfig struct {
	Level  string `toml:"level"`  // debug, info, warn or error
	Format string `toml:"format"` // text or json
}

// Validate names what is wrong with c, each as "key: why", joined.
func (c logConfig) Validate() error {
	var errs []error
	if !slices.Contains([]string{"debug", "info", "warn", "error"}, c.Level) {
		errs = append(errs, fmt.Errorf("level: %q must be one of debug, info, warn, error", c.Level))
	}
	if !slices.Contains([]string{"text", "json"}, c.Format) {
		errs = append(errs, fmt.Errorf("format: %q must be one of text, json", c.Format))
	}
	return errors.Join(errs...)
}

// logger makes the log as configured; --verbose and --quiet go before level.
func (a *app) logger(c logConfig) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Level)); err != nil {
		level = slog.LevelInfo // Validate has told
	}
	switch {
	case a.verbose:
		level = slog.LevelDebug
	case a.quiet:
		level = slog.LevelError
	}
	o := &slog.HandlerOptions{Level: level}
	if c.Format == "json" {
		return slog.New(slog.NewJSONHandler(a.stderr, o))
	}
	return slog.New(slog.NewTextHandler(a.stderr, o))
}

// usualPlaces are where the configuration is looked for without --config.
func usualPlaces() []string { return []string{"courant.toml", "/etc/courant/courant.toml"} }

var errNoConfig = errors.New("no configuration")

// configFile finds the configuration, or returns errNoConfig.
func (a *app) configFile() (string, error) {
	if a.config != "" {
		return a.config, nil
	}
	for _, file := range usualPlaces() {
		if _, err := os.Stat(file); err == nil {
			return file, nil
		}
	}
	return "", hint(fmt.Errorf("%w: there is neither %s", errNoConfig, strings.Join(usualPlaces(), " nor ")),
		"copy config.example.toml to courant.toml, name another with --config, or try `courant demo`, which needs none")
}

// maxConfig bounds the configuration: ten thousand sources fit many times.
const maxConfig = 64 << 20

// loadConfig reads the configuration. What is wrong with it comes back as
// *mistakes, all at once.
func (a *app) loadConfig() (config, error) {
	file, err := a.configFile()
	if err != nil {
		return config{}, err
	}
	f, err := os.Open(file)
	if err != nil {
		return config{}, hint(fmt.Errorf("read the configuration: %w", err), "name it with --config FILE")
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxConfig))
	if err != nil {
		return config{}, fmt.Errorf("read the configuration: %w", err)
	}
	return parseConfig(file, data)
}

// parseConfig reads a configuration strictly and judges all of it. Relative
// paths in it start at its own folder, so that every command finds the same
// files wherever it was called.
func parseConfig(file string, data []byte) (config, error) {
	d := &document{file: file, data: data}
	c := defaultConfig()
	c.file = file
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
	slices.SortStableFunc(d.mistakes, func(a, b mistake) int { return a.line - b.line })
	return config{}, &mistakes{file, d.mistakes}
}

// fromEnvironment is a variable in a value that may be secret: ${NAME}.
var fromEnvironment = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)\}`)

// fillIn puts variables of the environment into what sources are let in with,
// so that no secret need stand in the file.
func (c *config) fillIn(d *document, lookup func(string) (string, bool)) {
	for i := range c.Sources {
		s := &c.Sources[i]
		fill := func(key, value string) string {
			return fromEnvironment.ReplaceAllStringFunc(value, func(variable string) string {
				name := variable[len("${") : len(variable)-len("}")]
				secret, ok := lookup(name)
				if !ok {
					d.judge(sourcePath(i), fmt.Errorf("%s: the environment has no %s", key, name))
				}
				return secret
			})
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
func (c *config) locate(dir string) {
	paths := []*string{&c.Database.Path, &c.Site.Logo, &c.Site.CSS, &c.Site.About, &c.Site.Privacy}
	for i := range c.Sources {
		paths = append(paths, &c.Sources[i].PasswordFile)
	}
	for _, p := range paths {
		if *p != "" && !filepath.IsAbs(*p) {
			*p = filepath.Join(dir, *p)
		}
	}
}

// judge asks each part what is wrong with it.
func (c *config) judge(d *document) {
	d.judge("site", c.Site.Validate())
	for key, file := range map[string]string{
		"logo": c.Site.Logo, "css": c.Site.CSS, "about": c.Site.About, "privacy": c.Site.Privacy,
	} {
		if file != "" {
			d.judge("site", readable(key, file))
		}
	}
	d.judge("publisher", c.Publisher.Validate())
	d.judge("comments", c.Comments.Validate())
	d.judge("database", c.Database.Validate())
	d.judge("aggregator", c.Aggregator.Validate())
	d.judge("metrics", c.Metrics.Validate())
	d.judge("log", c.Log.Validate())
	sections, sources := map[string]string{}, make(map[string]string, len(c.Sources))
	for i, s := range c.Sections {
		path := fmt.Sprintf("section[%d]", i)
		d.judge(path, s.Validate())
		d.judgeID(path, s.ID, sections)
	}
	for i, s := range c.Sources {
		path := sourcePath(i)
		d.judge(path, s.Validate())
		d.judgeID(path, s.ID, sources)
		if least := c.leastInterval(s); denser(s.Schedule, least.Duration) {
			c.warnings = append(c.warnings, mistake{
				d.file, d.lineOf(path, "schedule"), "source.schedule",
				fmt.Sprintf("is denser than min_interval (%s), which holds all the same", least),
			})
		}
		if s.PasswordFile != "" {
			d.judge(path, readable("password_file", s.PasswordFile))
		}
	}
}

// leastInterval is how often at most a source is polled.
func (c *config) leastInterval(s aggregator.SourceConfig) setting.Duration {
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

// judgeID notes an id that an earlier table has; taken has the path of each.
func (d *document) judgeID(path, id string, taken map[string]string) {
	if first, ok := taken[id]; ok && id != "" {
		d.judge(path, fmt.Errorf("id: %q is taken by the %s of line %d", id, bare(path), d.lineOf(first, "id")))
		return
	}
	taken[id] = path
}

// address is the public address of a path of the site.
func (c config) address(path string) string { return c.Site.Base() + path }

// hasSection says that no section has the given id, or nil. Where the
// configuration lists none, any will do.
func (c config) hasSection(id string) error {
	known := []string{""}
	for _, s := range c.Sections {
		known = append(known, s.ID)
	}
	for _, s := range c.Sources {
		known = append(known, s.Section)
	}
	if len(c.Sections) == 0 || slices.Contains(known, id) {
		return nil
	}
	return hint(fmt.Errorf("section %s: there is none", id), "add a [[section]] to %s", c.file)
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

// keyed is how a Validate names a mistake: "key: why".
var keyed = regexp.MustCompile(`(?s)^([a-z_]+(?:\[\d+\])?(?:\.[a-z_]+)*): (.*)$`)

// judge notes what a Validate found wrong below path, one mistake for each
// error that was joined.
func (d *document) judge(path string, err error) {
	if err == nil {
		return
	}
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range many.Unwrap() {
			d.judge(path, e)
		}
		return
	}
	key, why := "", err.Error()
	if m := keyed.FindStringSubmatch(why); m != nil {
		key, why = m[1], m[2]
	}
	shown := bare(path)
	if key != "" {
		shown = join(shown, key)
	}
	line := d.lineOf(path, key)
	for _, m := range d.mistakes {
		if m.key == shown && m.line >= line && d.lines[join(path, key)] == 0 {
			return // its value did not fit and is told already
		}
	}
	d.mistakes = append(d.mistakes, mistake{d.file, line, shown, why})
}

// lineOf is the line of a key below path, or of the table, or 0.
func (d *document) lineOf(path, key string) int {
	d.index()
	if key != "" {
		if line := d.lines[join(path, key)]; line > 0 {
			return line
		}
	}
	return d.lines[path]
}

// mistakes are all the mistakes of one file.
type mistakes struct {
	file string
	list []mistake
}

// Error is one mistake a line.
func (m *mistakes) Error() string {
	lines := make([]string, len(m.list))
	for i, one := range m.list {
		lines[i] = one.String()
	}
	return strings.Join(lines, "\n")
}
