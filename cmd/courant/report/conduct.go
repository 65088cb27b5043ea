package report

import (
	"context"
	"fmt"
	"strings"

	"courant/db"
	"courant/db/conduct"
	"courant/db/record"
	"courant/publisher/comments"
	"courant/publisher/words"
)

// CommentExplanation says what decided on a comment, and what is known of it.
type CommentExplanation struct {
	Comment string           `json:"comment"`
	Article string           `json:"article"`
	Name    string           `json:"name"`
	Source  string           `json:"source,omitempty"`      // of one from the thread that its article has there
	There   string           `json:"external_id,omitempty"` // its id at that source
	Link    string           `json:"link,omitempty"`        // its page there
	Status  string           `json:"status"`
	Reasons []string         `json:"reasons"`           // of the status
	Flags   []string         `json:"flagged,omitempty"` // why an editor should look at it
	Created string           `json:"created"`
	Edited  string           `json:"edited,omitempty"`
	Decided string           `json:"decided,omitempty"` // when an editor last decided on it
	Writer  Writer           `json:"writer"`
	Same    int              `json:"same_text"` // comments of the last day that have its text
	Learned Learned          `json:"learned"`
	Reports []ReportOfReader `json:"reports,omitempty"`
	Actions []Action         `json:"actions,omitempty"`
}

// Writer is how the other comments of whoever wrote one fared.
type Writer struct {
	Known   bool `json:"known"`   // another comment of theirs is approved
	Decided int  `json:"decided"` // of their last ones
	Refused int  `json:"refused"` // of those
}

// Learned is what the judge has learned to think of a comment.
type Learned struct {
	On   bool     `json:"on"`             // enough was decided for it to say anything
	Like float64  `json:"like,omitempty"` // what editors refused, from 0 to 1
	Why  []string `json:"why,omitempty"`
}

// ReportOfReader is what a reader reported.
type ReportOfReader struct {
	At     string `json:"at"`
	Reason string `json:"reason"`
	Looked bool   `json:"looked"` // an editor has looked since
}

// ExplainComment reads all of it, as c has comments judged; errors: db.ErrNotFound.
func ExplainComment(ctx context.Context, store *db.DB, c comments.Config, id string) (x CommentExplanation, err error) {
	m, err := store.Comment(ctx, id)
	if err != nil {
		return x, err
	}
	x = CommentExplanation{
		Comment: id, Article: m.Article, Name: m.Name, Source: m.Origin, There: m.External, Link: m.Link, Status: string(m.Status), Reasons: parts(m.Reason), Flags: parts(m.Flagged),
		Created: Stamp(m.Created), Edited: Stamp(m.Edited), Decided: Stamp(m.Decided),
	}
	known := conduct.New(store.DB, store.Now)
	past, err := known.Of(ctx, conduct.Question{Visitor: m.Visitor, Text: m.Text, Comment: id})
	if err != nil {
		return x, err
	}
	x.Writer, x.Same = Writer{past.Known, past.Decided, past.Refused}, past.Same
	lessons, err := known.Lessons(ctx)
	if err != nil {
		return x, err
	}
	judge, err := comments.New(c, store.Secret(), words.English)
	if err != nil {
		return x, fmt.Errorf("comments.%w", err)
	}
	judge.Teach(comments.Examples(lessons))
	x.Learned.Like, x.Learned.Why = judge.Opinion(comments.Draft{Name: m.Name, Email: m.Email, Text: m.Text, Body: m.Body})
	x.Learned.On = x.Learned.Like > 0
	reports, err := known.Reports(ctx, id)
	if err != nil {
		return x, err
	}
	for _, r := range reports {
		x.Reports = append(x.Reports, ReportOfReader{Stamp(r.At), r.Reason, r.Settled})
	}
	actions, err := record.Actions(ctx, store, "comment", id)
	x.Actions = newActions(actions)
	return x, err
}

// parts are the reasons that stand in one line.
func parts(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, "; ")
}

// Rows are the explanation for people.
func (x CommentExplanation) Rows() [][]string {
	var rows [][]string
	add := func(name, format string, args ...any) {
		rows = append(rows, []string{name, fmt.Sprintf(format, args...)})
	}
	add("comment", "%s by %s", x.Comment, x.Name)
	add("article", "%s", x.Article)
	if x.Source != "" {
		add("source", "from the article's thread at %s, where it is %s", x.Source, x.There)
	}
	if x.Link != "" {
		add("link", "%s", x.Link)
	}
	add("status", "%s", x.Status)
	for _, r := range x.Reasons {
		add("because", "%s", r)
	}
	for _, f := range x.Flags {
		add("flagged", "%s", f)
	}
	if x.Edited != "" {
		add("edited", "%s", x.Edited)
	}
	add("writer", "%d of the last %d decided comments of the same visitor were refused", x.Writer.Refused, x.Writer.Decided)
	if x.Same > 0 {
		add("same text", "%d comments of the last day", x.Same)
	}
	if x.Learned.On {
		add("learned", "%.0f %% like what editors refused, by %s", min(99, 100*x.Learned.Like), strings.Join(x.Learned.Why, ", "))
	} else {
		add("learned", "nothing yet: editors have to approve and to refuse fifty each")
	}
	for _, r := range x.Reports {
		looked := ""
		if r.Looked {
			looked = " (an editor has looked since)"
		}
		add("reported", "%s: %s%s", r.At, strings.Join(strings.Fields(r.Reason), " "), looked)
	}
	for _, act := range x.Actions {
		add("decided", "%s", act.row())
	}
	return rows
}
