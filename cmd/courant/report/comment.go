package report

import "courant/db"

// CommentLine is a comment in the JSON of lists (PRODUCT.md, The command).
type CommentLine struct {
	ID      string `json:"id"`
	Article string `json:"article"`
	Parent  string `json:"parent,omitempty"`
	Name    string `json:"name"`
	Status  string `json:"status"`
	Created string `json:"created"`
}

// Comment is a comment in a list.
func Comment(c db.Comment) CommentLine {
	return CommentLine{
		ID: c.ID, Article: c.Article, Parent: c.Parent, Name: c.Name, Status: string(c.Status), Created: Stamp(c.Created),
	}
}

// CommentDocument is a comment in the JSON of show.
type CommentDocument struct {
	CommentLine
	Email    string `json:"email,omitempty"`
	Network  string `json:"network,omitempty"`
	Reason   string `json:"reason,omitempty"`
	Text     string `json:"text"`
	BodyHTML string `json:"body_html"`
}

// WholeComment is a comment with all that is known of it.
func WholeComment(c db.Comment) CommentDocument {
	return CommentDocument{Comment(c), c.Email, c.Network, c.Reason, c.Text, c.Body.String()}
}

// CommentRows are a comment for people, but for its text.
func CommentRows(c db.Comment) [][]string {
	return [][]string{
		{"id", c.ID},
		{"article", c.Article},
		{"answers", c.Parent},
		{"name", c.Name},
		{"email", c.Email},
		{"network", c.Network},
		{"status", string(c.Status)},
		{"because", c.Reason},
		{"created", Stamp(c.Created)},
	}
}
