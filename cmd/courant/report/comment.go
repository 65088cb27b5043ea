package report

import (
	"courant/db"
	"courant/db/blocks"
)

// CommentLine is a comment in the JSON of lists (PRODUCT.md, The command).
type CommentLine struct {
	ID      string `json:"id"`
	Article string `json:"article"`
	Parent  string `json:"parent,omitempty"`
	Name    string `json:"name"`
	Status  string `json:"status"`
	Created string `json:"created"`
	Source  string `json:"source,omitempty"` // of one from the thread that its article has there
}

// Comment is a comment in a list.
func Comment(c db.Comment) CommentLine {
	return CommentLine{
		ID: c.ID, Article: c.Article, Parent: c.Parent, Name: c.Name, Status: string(c.Status), Created: Stamp(c.Created), Source: c.Origin,
	}
}

// CommentDocument is a comment in the JSON of show.
type CommentDocument struct {
	CommentLine
	External string `json:"external_id,omitempty"` // at that source
	Link     string `json:"link,omitempty"`
	Email    string `json:"email,omitempty"`
	Network  string `json:"network,omitempty"`
	Reason   string `json:"reason,omitempty"`
	Flagged  string `json:"flagged,omitempty"`
	Edited   string `json:"edited,omitempty"`
	Text     string `json:"text"`
	BodyHTML string `json:"body_html"`
}

// WholeComment is a comment with all that is known of it.
func WholeComment(c db.Comment) CommentDocument {
	return CommentDocument{Comment(c), c.External, c.Link, c.Email, c.Network, c.Reason, c.Flagged, Stamp(c.Edited), c.Text, c.Body.String()}
}

// CommentRows are a comment for people, but for its text.
func CommentRows(c db.Comment) [][]string {
	rows := [][]string{
		{"id", c.ID},
		{"article", c.Article},
		{"answers", c.Parent},
		{"name", c.Name},
		{"email", c.Email},
		{"network", c.Network},
		{"status", string(c.Status)},
		{"because", c.Reason},
		{"flagged", c.Flagged},
		{"edited", Stamp(c.Edited)},
		{"created", Stamp(c.Created)},
	}
	if c.Origin == "" {
		return rows
	}
	return append(rows, []string{"source", c.Origin}, []string{"there", c.External}, []string{"link", c.Link})
}

// BlockLine is a block in the JSON of lists.
type BlockLine struct {
	By      string `json:"by"`
	Value   string `json:"value"`
	Comment string `json:"comment"`
	Actor   string `json:"actor"`
	Since   string `json:"since,omitempty"`
}

// Block is a block in a list.
func Block(b blocks.Block) BlockLine {
	return BlockLine{By: b.Kind, Value: b.Shown, Comment: b.Comment, Actor: b.Actor, Since: Stamp(b.At)}
}

// BlockRows are blocks for people.
func BlockRows(list []blocks.Block) [][]string {
	rows := [][]string{{"BY", "SINCE", "COMMENT", "ACTOR", "WHAT"}}
	for _, b := range list {
		rows = append(rows, []string{b.Kind, Stamp(b.At), b.Comment, b.Actor, b.Shown})
	}
	return rows
}
