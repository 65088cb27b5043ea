package main

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/spf13/cobra"

	"courant/aggregator"
	"courant/cmd/courant/config"
	"courant/aggregator/feed"
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
	return &cobra.Command{
		Use:   "import FILE",
		Short: "Print the feeds of an OPML file as TOML sources",
		Long: `Prints the feeds of an OPML file as sources to add to the configuration. A folder
becomes a section. What the configuration has already is left out, with a
comment.`,
		Example: `  courant opml import subscriptions.opml >> courant.toml`,
		RunE: func(_ *cobra.Command, args []string) error {
			data, err := a.readFile(args[0])
			if err != nil {
				return fmt.Errorf("import: %w", err)
			}
			text, _ := feed.UTF8(data, "") // lists come in as many encodings as feeds
			doc, err := opml.Read(text)
			if err != nil {
				return hint(fmt.Errorf("import %s: %w", args[0], err), "export it from a feed reader as OPML")
			}
			c, err := a.loadConfig()
			if err != nil && !errors.Is(err, errNoConfig) {
				return err
			}
			i := newImporter(c)
			for _, f := range doc.Feeds {
				i.add(f)
			}
			return i.print(a)
		},
	}
}

// tomlSource and tomlSection are what an import writes of a source and a section.
type tomlSource struct {
	ID      string `toml:"id" json:"id"`
	URL     string `toml:"url" json:"url"`
	Title   string `toml:"title,omitempty" json:"title,omitempty"`
	Section string `toml:"section,omitempty" json:"section,omitempty"`
}

type tomlSection struct {
	ID    string `toml:"id" json:"id"`
	Title string `toml:"title" json:"title"`
}

// importer makes sources of feeds, beside those there are.
type importer struct {
	Sections []tomlSection `toml:"section" json:"sections"`
	Sources  []tomlSource  `toml:"source" json:"sources"`

	ids      map[string]bool   // taken by sources
	sections map[string]bool   // there are
	urls     map[string]string // address → id of its source
	left     []string          // why feeds were left out
}

func newImporter(c config.Config) *importer {
	i := &importer{
		Sections: []tomlSection{}, Sources: []tomlSource{},
		ids: map[string]bool{}, sections: map[string]bool{}, urls: map[string]string{},
	}
	for _, s := range c.Sections {
		i.sections[s.ID] = true
	}
	for _, s := range c.Sources {
		i.ids[s.ID], i.urls[s.URL] = true, s.ID
	}
	return i
}

func (i *importer) add(f opml.Feed) {
	// feed: and feed:// are what some programs make of http: and http://.
	address := f.URL
	if rest, ok := strings.CutPrefix(address, "feed:"); ok {
		if address = rest; strings.HasPrefix(rest, "//") {
			address = "http:" + rest
		}
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		i.left = append(i.left, fmt.Sprintf("%s: its address %q is not a web address", f.Title, f.URL))
		return
	}
	if id, ok := i.urls[address]; ok {
		i.left = append(i.left, fmt.Sprintf("%s: its address is that of the source %s", f.Title, id))
		return
	}
	s := tomlSource{ID: i.freeID(f.Title, u.Hostname()), URL: address, Title: f.Title}
	if len(f.Groups) > 0 {
		s.Section = i.section(f.Groups[0])
	}
	i.ids[s.ID], i.urls[address] = true, s.ID
	i.Sources = append(i.Sources, s)
}

// section is the id of the section that a folder becomes, "" for a name with no
// letter that an id could have.
func (i *importer) section(name string) string {
	id := text.Slug(name)
	if id != "" && !i.sections[id] {
		i.sections[id] = true
		i.Sections = append(i.Sections, tomlSection{ID: id, Title: name})
	}
	return id
}

// maxSourceID is how long the id of a source may be.
const maxSourceID = 64

// freeID makes an id that no source has of its title or, where that has no
// letter an id could have, of its host.
func (i *importer) freeID(title, host string) string {
	const suffix = len("-9999")
	id := text.Slug(title)
	if id == "" {
		id = text.Slug(strings.TrimPrefix(host, "www."))
	}
	if id == "" {
		id = "source"
	}
	id = strings.TrimRight(id[:min(len(id), maxSourceID-suffix)], "-")
	free := id
	for n := 2; i.ids[free]; n++ {
		free = fmt.Sprintf("%s-%d", id, n)
	}
	return free
}

func (i *importer) print(a *app) error {
	if a.json {
		return a.printJSON(i)
	}
	for _, why := range i.left {
		fmt.Fprintf(a.stdout, "# left out %s\n", text.Line(why))
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
