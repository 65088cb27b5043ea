package publisher

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"golang.org/x/text/language"

	"courant/db/setting"
	"courant/db/text"
	"courant/publisher/channels"
	"courant/publisher/comments"
	"courant/publisher/desk"
	"courant/publisher/discovery"
	"courant/publisher/feeds"
	"courant/publisher/hub"
	"courant/publisher/pages"
)

// Settings is what the configuration says of what is published and how.
type Settings struct {
	Site      Site            `toml:"site"`
	Publisher Config          `toml:"publisher"`
	Comments  comments.Config `toml:"comments"`
	Sections  []Section       `toml:"section"`
	Desk      desk.Config     `toml:"desk"`
}

// DefaultSettings returns the values that hold where the configuration says
// nothing.
func DefaultSettings() Settings {
	return Settings{Site: DefaultSite(), Publisher: DefaultConfig(), Comments: comments.DefaultConfig(), Desk: desk.DefaultConfig()}
}

// Site is the [site] table: who publishes, and where.
type Site struct {
	Title       string `toml:"title"`
	URL         string `toml:"url"` // public base address, of which all others are made
	Description string `toml:"description"`
	Language    string `toml:"language"` // BCP 47, of the furniture too
	Words       string `toml:"words"`    // file: own wording of the furniture, see package words
	Security    string `toml:"security"` // whom to tell of a hole: an e-mail address, or https:, mailto:, tel:
	Author      string `toml:"author"`
	Email       string `toml:"email"`
	Timezone    string `toml:"timezone"` // IANA name, of the dates on pages and of the archive's days
	Tag         string `toml:"tag"`      // authority of the tag: URIs, read when the database is made
	Logo        string `toml:"logo"`     // files:
	CSS         string `toml:"css"`
	About       string `toml:"about"`   // Markdown
	Privacy     string `toml:"privacy"` // Markdown
}

// DefaultSite returns the values that hold where [site] says nothing.
func DefaultSite() Site {
	return Site{Title: "Courant", URL: "http://127.0.0.1:8080", Language: "en", Timezone: "UTC"}
}

var idPattern = text.Pattern(`^[a-z0-9]+([-_][a-z0-9]+)*$`)

// Validate says all that is wrong with s, each with its key, or nil.
func (s Site) Validate() error {
	var errs []error
	if strings.TrimSpace(s.Title) == "" {
		errs = append(errs, errors.New("title: must not be empty"))
	}
	if u, err := url.Parse(s.URL); err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		errs = append(errs, fmt.Errorf("url: %q is not an http or https address", s.URL))
	} else if (u.Path != "" && u.Path != "/") || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		errs = append(errs, fmt.Errorf("url: %q must be a scheme and a host, with no path", s.URL))
	}
	if _, err := language.Parse(s.Language); err != nil || !feeds.IsLanguage(s.Language) {
		errs = append(errs, fmt.Errorf("language: %q is not a language tag (BCP 47), such as \"en\" or \"pt-BR\"", s.Language))
	}
	if s.Email != "" && !strings.Contains(s.Email, "@") {
		errs = append(errs, fmt.Errorf("email: %q is not an e-mail address", s.Email))
	}
	if err := discovery.CheckSecurity(s.Security); s.Security != "" && err != nil {
		errs = append(errs, fmt.Errorf("security: %q %w", s.Security, err))
	}
	if _, err := time.LoadLocation(s.Timezone); err != nil {
		errs = append(errs, fmt.Errorf("timezone: %q is not known, write it like \"Europe/Rome\"", s.Timezone))
	}
	if strings.ContainsAny(s.Tag, ":/, ") {
		errs = append(errs, fmt.Errorf("tag: %q must be a host name without port", s.Tag))
	}
	return errors.Join(errs...)
}

// Zone is the place of the timezone, UTC where that is not known.
func (s Site) Zone() *time.Location {
	zone, err := time.LoadLocation(s.Timezone)
	if err != nil {
		return time.UTC // Validate says so
	}
	return zone
}

// Base is the public address without a slash at its end.
func (s Site) Base() string { return strings.TrimSuffix(s.URL, "/") }

// Authority is what db.Options.Authority takes: the tag, else the host of the
// address, else nothing while that is loopback.
func (s Site) Authority() string {
	if s.Tag != "" {
		return s.Tag
	}
	u, err := url.Parse(s.URL)
	if err != nil {
		return ""
	}
	host := u.Hostname()
	if ip, err := netip.ParseAddr(host); host == "localhost" || strings.HasSuffix(host, ".localhost") || (err == nil && ip.IsLoopback()) {
		return ""
	}
	return host
}

// Config is the [publisher] table.
type Config struct {
	Listen         string           `toml:"listen"`
	FeedItems      int              `toml:"feed_items"`  // a feed covers at least so many
	FeedWindow     setting.Duration `toml:"feed_window"` // and at least so long a time
	FullContent    bool             `toml:"full_content"`
	TrustedProxies []string         `toml:"trusted_proxies"` // addresses or prefixes
	AI             discovery.Usage  `toml:"ai"`              // what we ask programs to do with what we publish
	FrontRun       int              `toml:"front_run"`       // articles of one source in a row on a list; the others fold. 0: all
	Hub            string           `toml:"hub"`             // WebSub hub: "own", the address of one elsewhere, or none
}

// DefaultConfig returns the values that hold where [publisher] says nothing.
func DefaultConfig() Config {
	return Config{Listen: "127.0.0.1:8080", FeedItems: 50, FeedWindow: setting.Every(48 * time.Hour), FullContent: true, TrustedProxies: []string{}, FrontRun: 3, Hub: hub.Own}
}

// Validate says all that is wrong with c, each with its key, or nil.
func (c Config) Validate() error {
	var errs []error
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		errs = append(errs, fmt.Errorf("listen: %q is not an address like \"127.0.0.1:8080\"", c.Listen))
	}
	if c.FeedItems < 1 || c.FeedItems > channels.MaxItems {
		errs = append(errs, fmt.Errorf("feed_items: %d is not between 1 and %d", c.FeedItems, channels.MaxItems))
	}
	if c.FrontRun < 0 {
		errs = append(errs, fmt.Errorf("front_run: %d is less than 0, which folds nothing", c.FrontRun))
	}
	if u, err := url.Parse(c.Hub); c.Hub != "" && c.Hub != hub.Own && (err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "") {
		errs = append(errs, fmt.Errorf("hub: %q is neither \"own\" nor the address of a hub, nor empty for none", c.Hub))
	}
	if err := c.AI.Check(); err != nil {
		errs = append(errs, fmt.Errorf("ai: %w", err))
	}
	if _, err := parseProxies(c.TrustedProxies); err != nil {
		errs = append(errs, fmt.Errorf("trusted_proxies: %w", err))
	}
	return errors.Join(errs...)
}

// parseProxies reads addresses and prefixes.
func parseProxies(list []string) ([]netip.Prefix, error) {
	var prefixes []netip.Prefix
	for _, s := range list {
		if ip, err := netip.ParseAddr(s); err == nil {
			prefixes = append(prefixes, netip.PrefixFrom(ip, ip.BitLen()))
			continue
		}
		p, err := netip.ParsePrefix(s)
		if err != nil {
			return nil, fmt.Errorf("%q is neither an address nor a prefix like \"10.0.0.0/8\"", s)
		}
		prefixes = append(prefixes, p)
	}
	return prefixes, nil
}

// Section is a [[section]] table.
type Section struct {
	ID          string `toml:"id"`
	Title       string `toml:"title"`
	Description string `toml:"description"`
}

// Name is the section's title, or its id where it has none.
func (s Section) Name() string {
	if s.Title != "" {
		return s.Title
	}
	return s.ID
}

// Validate says what is wrong with s, with its key, or nil.
func (s Section) Validate() error {
	if !idPattern().MatchString(s.ID) {
		return fmt.Errorf("id: %q must be lower-case letters, digits and single hyphens", s.ID)
	}
	return nil
}

// pageSections are sections as pages name them; bare are those with nothing in them.
func pageSections(list []Section, bare map[string]bool) []pages.Section {
	var out []pages.Section
	for _, s := range list {
		out = append(out, pages.Section{ID: s.ID, Title: s.Title, Description: s.Description, Bare: bare[s.ID]})
	}
	return out
}

// channelSections are sections as feeds name them.
func channelSections(list []Section) []channels.Section {
	var out []channels.Section
	for _, s := range list {
		out = append(out, channels.Section(s))
	}
	return out
}
