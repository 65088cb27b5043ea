package main

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/pelletier/go-toml/v2"
	"github.com/spf13/cobra"

	"courant/aggregator"
	"courant/aggregator/discover"
	"courant/aggregator/feed"
	"courant/aggregator/fetch"
	"courant/cmd/courant/config"
	"courant/db"
	"courant/db/text"
	"courant/publisher"
	"courant/publisher/opml"
)

func opmlCommand(a *app) *cobra.Command {
	return group("opml", "Bring subscriptions in and out", `  courant opml import subscriptions.opml >> courant.toml
  courant opml export > sources.opml`,
		opmlImport(a), opmlExport(a))
}

func opmlImport(a *app) *cobra.Command {
	var with tomlSource
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Print the feeds of an OPML file as TOML sources",
		Long: `Prints the feeds of an OPML file as sources to add to the configuration. A folder
becomes a section, unless --section names one for all. What the configuration has
already is left out, with a comment; so is what cannot be read or asked, and then
the status is 1.`,
		Example: `  courant opml import subscriptions.opml >> courant.toml
  courant opml import --publish auto --section world subscriptions.opml`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := with.judge(cmd); err != nil {
				return err
			}
			data, err := a.readFile(args[0])
			if err != nil {
				return fmt.Errorf("import: %w", err)
			}
			utf8, _ := feed.UTF8(data, "") // lists come in as many encodings as feeds
			doc, err := opml.Read(utf8)
			if err != nil {
				return hint(fmt.Errorf("import %s: %w", args[0], err), "export it from a feed reader as OPML")
			}
			c, err := a.loadConfig()
			if err != nil && !errors.Is(err, errNoConfig) {
				return err
			}
			i := newImporter(c, with)
			for _, f := range doc.Feeds {
				i.add(f)
			}
			for _, l := range doc.Left {
				i.leave(l.Title, l.Why)
				i.lost++
			}
			if err := i.print(a); err != nil || i.lost == 0 {
				return err
			}
			return hint(fmt.Errorf("import %s: %d of %s left out", args[0], i.lost, count(len(doc.Feeds)+len(doc.Left), "subscription")),
				"the lines that begin with \"# left out\" say which and why")
		},
	}
	with.flags(cmd)
	return cmd
}

// tomlSource and tomlSection are what an import writes of a source and a section.
type tomlSource struct {
	ID      string `toml:"id" json:"id"`
	URL     string `toml:"url" json:"url"`
	Title   string `toml:"title,omitempty" json:"title,omitempty"`
	Section string `toml:"section,omitempty" json:"section,omitempty"`
	Publish string `toml:"publish,omitempty" json:"publish,omitempty"`
}

// flags has cmd ask what all the sources that it writes have in common.
func (s *tomlSource) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.Publish, "publish", "", "publish what they bring: `auto` at once, or review (the default): by hand")
	cmd.Flags().StringVar(&s.Section, "section", "", "put them into the section `ID`")
}

// judge says what is wrong with such flags.
func (s *tomlSource) judge(cmd *cobra.Command) error {
	if s.Publish != "" && s.Publish != "auto" && s.Publish != "review" {
		return misused(cmd, "--publish %s: must be auto or review", s.Publish)
	}
	if s.Section != "" {
		if err := (publisher.Section{ID: s.Section}).Validate(); err != nil {
			return misused(cmd, "--section: %w", err)
		}
	}
	return nil
}

type tomlSection struct {
	ID    string `toml:"id" json:"id"`
	Title string `toml:"title" json:"title"`
}

// importer makes sources of feeds, beside those there are.
type importer struct {
	Sections []tomlSection `toml:"section" json:"sections"`
	Sources  []tomlSource  `toml:"source" json:"sources"`
	Left     []leftOut     `toml:"-" json:"left_out,omitempty"`

	with     tomlSource        // what all sources have in common
	ids      map[string]int    // above 0: taken by sources
	sections map[string]int    // above 0: there are
	folders  map[string]string // what sections are called, in lower case → id
	urls     map[string]string // address, as requests have it → id of its source
	lost     int               // what was left out and is not there already
}

// leftOut is a feed that no source was made of.
type leftOut struct {
	Title string `json:"title"`
	Why   string `json:"why"`
}

func newImporter(c config.Config, with tomlSource) *importer {
	i := &importer{
		Sections: []tomlSection{}, Sources: []tomlSource{}, with: with,
		ids: map[string]int{}, sections: map[string]int{}, folders: map[string]string{}, urls: map[string]string{},
	}
	for _, s := range c.Sections {
		i.sections[s.ID], i.folders[strings.ToLower(s.Name())] = 1, s.ID
	}
	for _, s := range c.Sources {
		i.ids[s.ID], i.urls[fetch.Canonical(s.URL)] = 1, s.ID
	}
	return i
}

func (i *importer) leave(title, why string) {
	i.Left = append(i.Left, leftOut{cmp.Or(title, "one without a title"), why})
}

func (i *importer) add(f opml.Feed) {
	address := discover.Web(f.URL)
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		i.leave(f.Title, fmt.Sprintf("its address %q is not a web address", f.URL))
		i.lost++
		return
	}
	if id, ok := i.urls[fetch.Canonical(address)]; ok {
		i.leave(f.Title, "its address is that of the source "+id)
		return
	}
	folder := ""
	if len(f.Groups) > 0 {
		folder = f.Groups[0]
	}
	i.source(f.Title, address, folder)
}

// source makes a source of the feed at an address.
func (i *importer) source(title, address, folder string) tomlSource {
	s := tomlSource{ID: i.freeID(title, fetch.Host(address)), URL: address, Title: title, Section: i.with.Section, Publish: i.with.Publish}
	switch {
	case s.Section == "" && folder != "":
		s.Section = i.section(folder)
	case s.Section != "" && i.sections[s.Section] == 0:
		i.newSection(s.Section, s.Section)
	}
	i.ids[s.ID], i.urls[fetch.Canonical(address)] = max(i.ids[s.ID], 1), s.ID
	i.Sources = append(i.Sources, s)
	return s
}

// section is the id of the section that a folder becomes: of its name, or where
// that has no letters for one, section, section-2 and so on.
func (i *importer) section(folder string) string {
	if id, ok := i.folders[strings.ToLower(folder)]; ok {
		return id
	}
	id := plainID(folder)
	if i.sections[id] > 0 && !i.made(id) { // the configuration's, by whatever title
		return id
	}
	id = free(cmp.Or(id, "section"), i.sections)
	i.newSection(id, folder)
	return id
}

// made reports whether the section is new.
func (i *importer) made(id string) bool {
	return slices.ContainsFunc(i.Sections, func(s tomlSection) bool { return s.ID == id })
}

func (i *importer) newSection(id, title string) {
	i.sections[id], i.folders[strings.ToLower(title)] = max(i.sections[id], 1), id
	i.Sections = append(i.Sections, tomlSection{ID: id, Title: title})
}

// maxSourceID is how long the id of a source may be.
const maxSourceID = 64

// freeID makes an id that no source has of its title or, where that is written
// in letters that no id has, of its host.
func (i *importer) freeID(title, host string) string {
	const suffix = len("-9999")
	id := plainID(title)
	if id == "" {
		id = text.Slug(strings.TrimPrefix(host, "www."))
	}
	if id == "" {
		id = "source"
	}
	return free(strings.TrimRight(id[:min(len(id), maxSourceID-suffix)], "-"), i.ids)
}

// plainID is the id that a name gives, "" for one with letters beyond the Latin
// ones: what an id keeps of "Новости RU" says nothing.
func plainID(name string) string {
	if strings.ContainsFunc(name, func(r rune) bool { return unicode.IsLetter(r) && !unicode.Is(unicode.Latin, r) }) {
		return ""
	}
	return text.Slug(name)
}

// free is id, or with a number behind it where it is taken. The next one to try
// is kept in taken, for lists with one name for everything.
func free(id string, taken map[string]int) string {
	name := id
	for n := max(taken[id], 2); taken[name] > 0; n++ {
		name = fmt.Sprintf("%s-%d", id, n)
		taken[id] = n
	}
	return name
}

func (i *importer) print(a *app) error {
	if a.json {
		return a.printJSON(i)
	}
	for _, l := range i.Left {
		fmt.Fprintf(a.stdout, "# left out %s\n", text.Line(l.Title+": "+l.Why))
	}
	for _, s := range i.Sections {
		if err := a.printTable("section", s); err != nil {
			return err
		}
	}
	for _, s := range i.Sources {
		if err := a.printTable("source", s); err != nil {
			return err
		}
	}
	return nil
}

// printTable prints v as one [[name]] table of TOML.
func (a *app) printTable(name string, v any) error {
	data, err := toml.Marshal(v)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "\n[[%s]]\n%s", name, data)
	return err
}

func opmlExport(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "export",
		Short:   "Print the sources as OPML",
		Example: `  courant opml export > sources.opml`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.loadConfig()
			if err != nil {
				return err
			}
			list, _, err := a.storedSources(cmd.Context(), c)
			if err != nil {
				return err
			}
			known := map[string]db.Source{}
			for _, s := range list {
				known[s.ID] = s
			}
			doc := opml.Document{Title: c.Site.Title}
			for _, s := range c.Sources {
				doc.Feeds = append(doc.Feeds, subscription(c, s, known[s.ID]))
			}
			data, err := opml.Write(doc)
			if err != nil {
				return err
			}
			_, err = a.stdout.Write(data)
			return err
		},
	}
}

// subscription is a source as others may subscribe to it: without what it takes
// to be let in.
func subscription(c config.Config, s aggregator.SourceConfig, known db.Source) opml.Feed {
	known.ID, known.Title = s.ID, s.Title
	f := opml.Feed{Title: known.Name(), URL: text.Redact(s.URL), Page: known.FeedLink, Language: known.Language}
	if i := slices.IndexFunc(c.Sections, func(section publisher.Section) bool { return section.ID == s.Section }); i >= 0 {
		f.Groups = []string{c.Sections[i].Name()}
	} else if s.Section != "" {
		f.Groups = []string{s.Section}
	}
	return f
}
