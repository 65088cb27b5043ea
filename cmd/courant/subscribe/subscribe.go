// Package subscribe makes sources for a configuration of the feeds that a list or
// a site names, beside those it has, and writes them as TOML; and the other way, a
// list of the sources there are. Begin with New.
package subscribe

import (
	"cmp"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/pelletier/go-toml/v2"

	"courant/aggregator/discover"
	"courant/aggregator/feed"
	"courant/aggregator/fetch"
	"courant/cmd/courant/config"
	"courant/db/text"
	"courant/publisher/opml"
)

// Source is what is written of a source.
type Source struct {
	ID      string `toml:"id" json:"id"`
	URL     string `toml:"url" json:"url"`
	Title   string `toml:"title,omitempty" json:"title,omitempty"`
	Section string `toml:"section,omitempty" json:"section,omitempty"`
	Publish string `toml:"publish,omitempty" json:"publish,omitempty"`
}

// Section is what is written of a section.
type Section struct {
	ID    string `toml:"id" json:"id"`
	Title string `toml:"title" json:"title"`
}

// Additions are sources made of feeds, with the sections they need, beside those
// of a configuration. Not safe for concurrent use.
type Additions struct {
	Sections []Section `toml:"section" json:"sections"`
	Sources  []Source  `toml:"source" json:"sources"`
	Left     []Left    `toml:"-" json:"left_out,omitempty"`
	// Read counts the subscriptions of imported documents, Lost those of them that
	// were left out and are not there already.
	Read int `toml:"-" json:"-"`
	Lost int `toml:"-" json:"-"`

	with     Source            // what all sources have in common
	ids      map[string]int    // above 0: taken by sources
	sections map[string]int    // above 0: there are
	folders  map[string]string // what sections are called, in lower case → id
	urls     map[string]string // address, as requests have it → id of its source
}

// Left is a feed that no source was made of, and why.
type Left struct {
	Title string `json:"title"`
	Why   string `json:"why"`
}

// New returns the additions to c, none yet. All of its sources will have the section
// and the publish of with.
func New(c config.Config, with Source) *Additions {
	a := &Additions{
		Sections: []Section{}, Sources: []Source{}, with: with,
		ids: map[string]int{}, sections: map[string]int{}, folders: map[string]string{}, urls: map[string]string{},
	}
	for _, s := range c.Sections {
		a.sections[s.ID], a.folders[strings.ToLower(s.Name())] = 1, s.ID
	}
	for _, s := range c.Sources {
		a.ids[s.ID], a.urls[fetch.Canonical(s.URL)] = 1, s.ID
	}
	return a
}

// Import makes a source of each subscription of an OPML document, whatever its
// encoding, and notes those of which none can be made.
func (a *Additions) Import(document []byte) error {
	utf8, _ := feed.UTF8(document, "") // lists come in as many encodings as feeds
	doc, err := opml.Read(utf8)
	if err != nil {
		return err
	}
	for _, f := range doc.Feeds {
		a.add(f)
	}
	for _, l := range doc.Left {
		a.leave(l.Title, l.Why)
		a.Lost++
	}
	a.Read += len(doc.Feeds) + len(doc.Left)
	return nil
}

func (a *Additions) leave(title, why string) {
	a.Left = append(a.Left, Left{cmp.Or(title, "one without a title"), why})
}

// add makes a source of a subscription, its folder its section, or notes why not.
func (a *Additions) add(f opml.Feed) {
	address := discover.Web(f.URL)
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		a.leave(f.Title, fmt.Sprintf("its address %q is not a web address", f.URL))
		a.Lost++
		return
	}
	if id := a.Has(address); id != "" {
		a.leave(f.Title, "its address is that of the source "+id)
		return
	}
	folder := ""
	if len(f.Groups) > 0 {
		folder = f.Groups[0]
	}
	a.Make(f.Title, address, folder)
}

// Make makes a source of the feed at an address; folder, where it is in one, becomes
// its section.
func (a *Additions) Make(title, address, folder string) Source {
	s := Source{ID: a.freeID(title, fetch.Host(address)), URL: address, Title: title, Section: a.with.Section, Publish: a.with.Publish}
	switch {
	case s.Section == "" && folder != "":
		s.Section = a.section(folder)
	case s.Section != "" && a.sections[s.Section] == 0:
		a.newSection(s.Section, s.Section)
	}
	a.ids[s.ID], a.urls[fetch.Canonical(address)] = max(a.ids[s.ID], 1), s.ID
	a.Sources = append(a.Sources, s)
	return s
}

// Has is the id of the source that has the address already, "" for none.
func (a *Additions) Has(address string) string { return a.urls[fetch.Canonical(address)] }

// section is the id of the section that a folder becomes: of its name, or where
// that has no letters for one, section, section-2 and so on.
func (a *Additions) section(folder string) string {
	if id, ok := a.folders[strings.ToLower(folder)]; ok {
		return id
	}
	id := plainID(folder)
	if a.sections[id] > 0 && !a.made(id) { // the configuration's, by whatever title
		return id
	}
	id = free(cmp.Or(id, "section"), a.sections)
	a.newSection(id, folder)
	return id
}

// made reports whether the section is new.
func (a *Additions) made(id string) bool {
	return slices.ContainsFunc(a.Sections, func(s Section) bool { return s.ID == id })
}

func (a *Additions) newSection(id, title string) {
	a.sections[id], a.folders[strings.ToLower(title)] = max(a.sections[id], 1), id
	a.Sections = append(a.Sections, Section{ID: id, Title: title})
}

// maxSourceID is how long the id of a source may be.
const maxSourceID = 64

// freeID makes an id that no source has of its title or, where that is written
// in letters that no id has, of its host.
func (a *Additions) freeID(title, host string) string {
	const suffix = len("-9999")
	id := plainID(title)
	if id == "" {
		id = text.Slug(strings.TrimPrefix(host, "www."))
	}
	if id == "" {
		id = "source"
	}
	return free(strings.TrimRight(id[:min(len(id), maxSourceID-suffix)], "-"), a.ids)
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

// WriteTOML writes the additions as TOML: what was left out as comments, then the
// sections, then the sources.
func (a *Additions) WriteTOML(w io.Writer) error {
	for _, l := range a.Left {
		if _, err := fmt.Fprintf(w, "# left out %s\n", text.Line(l.Title+": "+l.Why)); err != nil {
			return err
		}
	}
	for _, s := range a.Sections {
		if err := writeTable(w, "section", s); err != nil {
			return err
		}
	}
	for _, s := range a.Sources {
		if err := s.WriteTOML(w); err != nil {
			return err
		}
	}
	return nil
}

// WriteTOML writes the source as TOML.
func (s Source) WriteTOML(w io.Writer) error { return writeTable(w, "source", s) }

// writeTable writes v as one [[name]] table.
func writeTable(w io.Writer, name string, v any) error {
	data, err := toml.Marshal(v)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "\n[[%s]]\n%s", name, data)
	return err
}
