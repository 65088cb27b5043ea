package report

import (
	"fmt"

	"github.com/rivo/uniseg"

	"courant/cmd/courant/terminal"
	"courant/db"
	"courant/db/text"
)

// Columns lays out lines of lists that are printed as they are read, so that no
// column can be as wide as its widest cell.
type Columns struct {
	Width  int // of a line, 0 for any
	Source int // of the ids of sources
}

const (
	idWidth     = 10
	statusWidth = len("published")
	dateWidth   = len("2006-01-02T15:04:05Z")
	// leastHeadline is what a line shows of a headline however narrow the terminal.
	leastHeadline = 20
	// lineText is how much of a comment a line shows where nothing bounds it.
	lineText = 80
)

// ArticleHead is the heads of lines of articles.
func (c Columns) ArticleHead() string { return c.article("ID", "STATUS", "DATE", "SOURCE", "HEADLINE") }

// Article is the line of an article.
func (c Columns) Article(a db.Article) string {
	when := a.Published
	if when.IsZero() {
		when = a.FirstSeen
	}
	return c.article(a.ID, string(a.Status), Stamp(when), a.Source, text.Line(a.Headline))
}

func (c Columns) article(id, status, date, source, headline string) string {
	line := fmt.Sprintf("%-*s  %-*s  %-*s  %-*s  ", idWidth, id, statusWidth, status, dateWidth, date, max(c.Source, len("SOURCE")), source)
	if c.Width > 0 {
		headline = terminal.Fit(headline, max(c.Width-uniseg.StringWidth(line), leastHeadline))
	}
	return line + headline
}

// CommentHead is the heads of lines of comments.
func (c Columns) CommentHead() string {
	return c.comment("ID", "STATUS", "CREATED", "ARTICLE", "COMMENT")
}

// Comment is the line of a comment.
func (c Columns) Comment(m db.Comment) string {
	name := text.Line(m.Name)
	if m.Origin != "" {
		name += " (" + m.Origin + ")"
	}
	said := name + ": " + text.Line(m.Text)
	if c.Width == 0 {
		said = text.Cut(said, lineText)
	}
	return c.comment(m.ID, string(m.Status), Stamp(m.Created), m.Article, said)
}

func (c Columns) comment(id, status, created, article, said string) string {
	line := fmt.Sprintf("%-*s  %-8s  %-*s  %-*s  %s", idWidth, id, status, dateWidth, created, idWidth, article, said)
	return terminal.Fit(line, c.Width)
}
