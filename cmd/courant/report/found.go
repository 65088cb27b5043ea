package report

import (
	"fmt"

	"courant/aggregator/discover"
	"courant/db/text"
)

// FoundLine is a feed that was found, in the JSON of source discover.
type FoundLine struct {
	URL      string `json:"url"`
	Title    string `json:"title,omitempty"`
	Format   string `json:"format"`
	Entries  int    `json:"entries"`
	From     string `json:"from"`
	SameAs   string `json:"same_as,omitempty"` // the feed with the same entries that is the one to take
	Comments bool   `json:"comments,omitempty"`
	Source   string `json:"source,omitempty"` // the configured one that has it already
}

// Found is a feed that was found; has is the source that has it already, if any.
func Found(f discover.Feed, has string) FoundLine {
	return FoundLine{f.URL, f.Title, f.Format, f.Entries, f.From, f.SameAs, f.Comments, has}
}

// Known reports whether there is no need of a source for it.
func (f FoundLine) Known() bool { return f.Source != "" || f.SameAs != "" || f.Comments }

// Note is the feed as a comment of TOML, with no line after it.
func (f FoundLine) Note() string {
	what := fmt.Sprintf("# %s, %d entries, from %s", text.Line(f.Format), f.Entries, f.From)
	switch {
	case f.Source != "":
		what += "; the source " + f.Source + " has it already: " + text.Line(f.URL)
	case f.SameAs != "":
		what += "; the same entries: " + text.Line(f.URL)
	case f.Comments:
		what += "; comments: " + text.Line(f.URL)
	}
	return what
}
