package subscribe

import (
	"slices"

	"courant/aggregator"
	"courant/cmd/courant/config"
	"courant/db"
	"courant/db/text"
	"courant/publisher"
	"courant/publisher/opml"
)

// List is the sources of c as a list that others may subscribe to; stored are those
// that the store knows, which may know of their titles, pages and languages.
func List(c config.Config, stored []db.Source) opml.Document {
	known := map[string]db.Source{}
	for _, s := range stored {
		known[s.ID] = s
	}
	doc := opml.Document{Title: c.Site.Title}
	for _, s := range c.Sources {
		doc.Feeds = append(doc.Feeds, subscription(c, s, known[s.ID]))
	}
	return doc
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
