// Package report is what commands say of articles, comments, sources and passes: as
// JSON, whose fields are a contract (PRODUCT.md, The command), and as rows of names
// and values for people. It reads no flags and prints nothing. Begin with Article.
package report

import (
	"fmt"
	"strings"

	"courant/cmd/courant/config"
	"courant/db"
)

// ArticleLine is an article in the JSON of lists (PRODUCT.md, The command).
type ArticleLine struct {
	ID        string `json:"id"`
	URL       string `json:"url"`
	Source    string `json:"source"`
	Status    string `json:"status"`
	Headline  string `json:"headline"`
	Published string `json:"published,omitempty"`
	Updated   string `json:"updated,omitempty"`
	Comments  int    `json:"comments"`
}

// Article is an article in a list.
func Article(c config.Config, a db.Article) ArticleLine {
	return ArticleLine{
		ID: a.ID, URL: c.Address(a.Path()), Source: a.Source, Status: string(a.Status), Headline: a.Headline,
		Published: Stamp(a.Published), Updated: Stamp(a.Updated), Comments: a.Comments,
	}
}

// ArticleDocument is an article in the JSON of show.
type ArticleDocument struct {
	ArticleLine
	GUID            string         `json:"guid"`
	Link            string         `json:"link,omitempty"`
	Author          string         `json:"author,omitempty"`
	Language        string         `json:"language,omitempty"`
	Section         string         `json:"section,omitempty"`
	Tags            []string       `json:"tags,omitempty"`
	KeyPoints       []string       `json:"key_points,omitempty"`
	Words           int            `json:"words"`
	SourcePublished string         `json:"source_published,omitempty"`
	SourceUpdated   string         `json:"source_updated,omitempty"`
	FirstSeen       string         `json:"first_seen"`
	Withdrawn       string         `json:"withdrawn,omitempty"`
	Reason          string         `json:"reason,omitempty"`
	Correction      string         `json:"correction,omitempty"`
	Corrected       string         `json:"corrected,omitempty"`
	Curated         []string       `json:"curated,omitempty"`
	Image           *db.Image      `json:"image,omitempty"`
	Enclosures      []db.Enclosure `json:"enclosures,omitempty"`
	BodyHTML        string         `json:"body_html"`
}

// WholeArticle is an article with all that is known of it.
func WholeArticle(c config.Config, a db.Article) ArticleDocument {
	d := ArticleDocument{
		ArticleLine: Article(c, a), GUID: a.GUID, Link: a.Link, Author: a.Author, Language: a.Language,
		Section: a.Section, Tags: a.Tags, KeyPoints: a.KeyPoints, Words: a.Words,
		SourcePublished: Stamp(a.SourcePublished), SourceUpdated: Stamp(a.SourceUpdated), FirstSeen: Stamp(a.FirstSeen),
		Withdrawn: Stamp(a.Withdrawn), Reason: a.Reason, Correction: a.Correction, Corrected: Stamp(a.Corrected),
		Curated: a.Curated, Enclosures: a.Enclosures, BodyHTML: a.Body.String(),
	}
	if a.Image.URL != "" {
		d.Image = &a.Image
	}
	return d
}

// ArticleRows are an article for people, but for its body; waits are the fields that
// its source changed and that an editor has to decide on.
func ArticleRows(c config.Config, article db.Article, waits []string) [][]string {
	rows := [][]string{}
	add := func(name, value string) {
		if value != "" {
			rows = append(rows, []string{name, value})
		}
	}
	add("id", article.ID)
	add("url", c.Address(article.Path()))
	add("status", string(article.Status))
	add("headline", article.Headline)
	add("source", article.Source)
	add("author", article.Author)
	add("link", article.Link)
	add("section", article.Section)
	add("tags", strings.Join(article.Tags, ", "))
	add("published", Stamp(article.Published))
	add("updated", Stamp(article.Updated))
	add("source says", Stamp(article.SourcePublished))
	add("first seen", Stamp(article.FirstSeen))
	add("withdrawn", Stamp(article.Withdrawn))
	add("reason", article.Reason)
	add("correction", article.Correction)
	add("edited", strings.Join(article.Curated, ", "))
	if len(waits) > 0 {
		add("waits", "its source changed "+strings.Join(waits, ", ")+": `courant article take "+article.ID+"` takes it over")
	}
	add("comments", fmt.Sprint(article.Comments))
	add("words", fmt.Sprint(article.Words))
	if article.Image.URL != "" {
		add("picture", strings.TrimSpace(article.Image.URL+" "+article.Image.Alt))
	}
	for _, f := range article.Enclosures {
		add("file", enclosure(f))
	}
	for _, p := range article.KeyPoints {
		add("key point", p)
	}
	return rows
}

// enclosure is a file of an article on a line: its address, kind, size and title.
func enclosure(f db.Enclosure) string {
	said := []string{f.URL}
	if f.Type != "" {
		said = append(said, f.Type)
	}
	if f.Length > 0 {
		said = append(said, fmt.Sprintf("%d bytes", f.Length))
	}
	if f.Title != "" {
		said = append(said, f.Title)
	}
	return strings.Join(said, ", ")
}
