package discovery

import (
	"context"
	"net/url"
	"strings"
	"time"

	"courant/db"
	"courant/db/scope"
	"courant/db/text"
	"courant/publisher/channels"
	"courant/publisher/feeds"
	"courant/publisher/opml"
)

// SourcesOPML lists what we read (F3), for people to take over and as our
// blogroll (F7).
func (d *Discovery) SourcesOPML(ctx context.Context) ([]byte, time.Time, error) {
	state, err := d.store.List(ctx, scope.Sources)
	if err != nil {
		return nil, time.Time{}, err
	}
	all, err := d.store.Sources(ctx)
	if err != nil {
		return nil, time.Time{}, err
	}
	out := opml.Document{Title: d.channels.Site().Words.Say("sources_of", "Site", d.channels.Site().Title), Modified: state.Touched}
	for _, s := range all {
		if !s.Configured {
			continue
		}
		f := opml.Feed{Title: s.Name(), URL: text.Redact(s.URL), Page: s.FeedLink, Language: languageOf(s)}
		if u, err := url.Parse(s.URL); f.Page == "" && err == nil {
			f.Page = u.Scheme + "://" + u.Host + "/" // until its feed says more
		}
		if s.Section != "" {
			f.Groups = []string{d.channels.SectionName(s.Section)}
		}
		out.Feeds = append(out.Feeds, f)
	}
	b, err := opml.Write(out)
	return b, state.Touched, err
}

// languageOf is the language of a source's feed where what it says is a language
// tag (BCP 47), which many write as a locale.
func languageOf(s db.Source) string {
	if tag := strings.ReplaceAll(s.Language, "_", "-"); feeds.IsLanguage(tag) {
		return tag
	}
	return ""
}

// FeedsOPML lists what we publish: the site, its sections, its sources, and
// what is not of articles.
func (d *Discovery) FeedsOPML(ctx context.Context) ([]byte, time.Time, error) {
	state, err := d.store.List(ctx, scope.Sources)
	if err != nil {
		return nil, time.Time{}, err
	}
	rows, err := d.channels.Rows(ctx)
	if err != nil {
		return nil, time.Time{}, err
	}
	site := d.channels.Site()
	out := opml.Document{Title: site.Words.Say("feeds_of_site", "Site", site.Title), Modified: state.Touched}
	for _, r := range rows {
		f := opml.Feed{Title: r.Title, URL: site.Base + channels.Path(r.Page, feeds.Atom), Page: site.Base + r.Page}
		if r.Group.Folder != "" {
			f.Groups = []string{r.Group.Folder}
		}
		out.Feeds = append(out.Feeds, f)
	}
	b, err := opml.Write(out)
	return b, state.Touched, err
}
