package pages

import (
	"strings"
	"time"

	"courant/db"
	"courant/db/text"
)

// What search engines read of an article: a NewsArticle of schema.org, as
// JSON-LD.
type newsArticle struct {
	Context          string      `json:"@context"`
	Type             string      `json:"@type"`
	Headline         string      `json:"headline"`
	URL              string      `json:"url"`
	MainEntityOfPage string      `json:"mainEntityOfPage"`
	InLanguage       string      `json:"inLanguage,omitempty"`
	DatePublished    string      `json:"datePublished"`
	DateModified     string      `json:"dateModified"`
	Author           []ldThing   `json:"author,omitempty"`
	Publisher        ldThing     `json:"publisher"`
	IsBasedOn        string      `json:"isBasedOn,omitempty"`
	Abstract         string      `json:"abstract,omitempty"`
	ArticleSection   string      `json:"articleSection,omitempty"`
	Keywords         []string    `json:"keywords,omitempty"`
	Image            string      `json:"image,omitempty"`
	WordCount        int         `json:"wordCount"`
	CommentCount     *int        `json:"commentCount,omitempty"`
	DiscussionURL    string      `json:"discussionUrl,omitempty"`
	Comment          []ldComment `json:"comment,omitempty"`
}

type ldThing struct {
	Type string `json:"@type"`
	Name string `json:"name"`
	URL  string `json:"url,omitempty"`
}

type ldComment struct {
	Type        string  `json:"@type"`
	ID          string  `json:"@id"`
	Text        string  `json:"text"`
	DateCreated string  `json:"dateCreated"`
	Author      ldThing `json:"author"`
	ParentItem  *ldRef  `json:"parentItem,omitempty"`
}

type ldRef struct {
	ID string `json:"@id"`
}

// Described is how many comments the description of an article for programs holds.
const Described = 20

func (p *Pages) newsArticle(in Article) newsArticle {
	a := in.Article
	page := p.site.Base + a.Path()
	d := newsArticle{
		Context: "https://schema.org", Type: "NewsArticle", Headline: p.headline(a), URL: page, MainEntityOfPage: page,
		InLanguage: a.Language, DatePublished: a.Published.Format(time.RFC3339), DateModified: a.Updated.Format(time.RFC3339),
		Publisher: ldThing{"Organization", p.site.Title, p.site.Base + "/"}, IsBasedOn: a.Link,
		Abstract: strings.Join(a.KeyPoints, " "), Keywords: text.ToldTags(a.Tags), Image: secure(a.Image.URL), WordCount: a.Words,
	}
	if a.Author != "" {
		d.Author = []ldThing{{Type: "Person", Name: a.Author}}
	} else {
		d.Author = []ldThing{{Type: "Organization", Name: in.Source.Name(), URL: in.Source.FeedLink}}
	}
	if a.Section != "" {
		d.ArticleSection = p.section(a.Section).Name()
	}
	if in.Thread == nil {
		return d
	}
	count := a.Comments
	d.CommentCount, d.DiscussionURL = &count, page+"#comments"
	for _, c := range in.Thread.First {
		d.Comment = append(d.Comment, p.ldComment(c))
	}
	return d
}

func (p *Pages) ldComment(c db.Comment) ldComment {
	l := ldComment{
		Type: "Comment", ID: p.site.Base + "/comment/" + c.ID, Text: c.Body.PlainText(),
		DateCreated: c.Created.Format(time.RFC3339), Author: ldThing{Type: "Person", Name: c.Name},
	}
	if c.Parent != "" {
		l.ParentItem = &ldRef{p.site.Base + "/comment/" + c.Parent}
	}
	return l
}
