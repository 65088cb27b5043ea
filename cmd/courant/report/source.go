package report

import (
	"fmt"
	"strings"

	"courant/aggregator"
	"courant/aggregator/poll"
	"courant/db"
	"courant/db/record"
	"courant/db/text"
)

// SourceLine is a source in the JSON of lists (PRODUCT.md, The command).
type SourceLine struct {
	ID       string `json:"id"`
	URL      string `json:"url"`
	State    string `json:"state"`
	Entries  int    `json:"entries"`
	LastPass string `json:"last_pass,omitempty"`
	NextDue  string `json:"next_due,omitempty"`
	Reason   string `json:"reason,omitempty"`
	Error    string `json:"error,omitempty"`
	Warning  string `json:"warning,omitempty"`

	Published int `json:"published"`
	Waiting   int `json:"waiting"`

	Worker string `json:"worker,omitempty"` // the process that polls it
}

// Source is a source in a list; h is what is held of it.
func Source(s db.Source, h record.Held) SourceLine {
	l := SourceLine{
		ID: s.ID, URL: text.Redact(s.URL), State: StateOf(s), Entries: s.Entries, Published: h.Published, Waiting: h.Waiting,
		LastPass: Stamp(s.LastPass), Error: s.Error,
	}
	if s.Active() {
		l.NextDue, l.Reason = Stamp(s.NextDue), s.Reason
		if poll.Alarming(s.Poll) {
			l.Warning = "failing since " + Stamp(s.ErrorSince)
		}
	}
	return l
}

// States of a source that the schedule does not know of.
const (
	stateDropped = "dropped" // it has left the configuration
	statePaused  = "paused"
)

// StateOf is how a source stands, in a word.
func StateOf(s db.Source) string {
	switch {
	case !s.Configured:
		return stateDropped
	case !s.Active():
		return statePaused
	}
	return s.State
}

// NeverPolled is a source of the configuration that the store does not know
// yet: no pass has been since it was added.
func NeverPolled(s aggregator.SourceConfig) db.Source {
	return db.Source{
		ID: s.ID, URL: s.URL, Title: s.Title, Section: s.Section, Tags: s.Tags, Configured: true, PausedConfig: s.Paused,
		Poll: db.Poll{State: "active"},
	}
}

// SourceDocument is a source in the JSON of show.
type SourceDocument struct {
	SourceLine
	Title       string   `json:"title"`
	Link        string   `json:"link,omitempty"`
	Language    string   `json:"language,omitempty"`
	Section     string   `json:"section,omitempty"`
	Tags        []string `json:"tags,omitempty"`
	LastSuccess string   `json:"last_success,omitempty"`
	LastNew     string   `json:"last_new,omitempty"`
	Errors      int      `json:"errors"`
	ErrorSince  string   `json:"error_since,omitempty"`
	Repairs     []string `json:"repairs,omitempty"`
	Identity    string   `json:"identity,omitempty"` // what tells its entries apart; none: their ids
	Own         int      `json:"own,omitempty"`      // entries of its last document that are our own
	Stale       int      `json:"stale,omitempty"`    // and those that are older than what we have
}

// WholeSource is a source with all that is known of it.
func WholeSource(s db.Source, h record.Held) SourceDocument {
	return SourceDocument{
		SourceLine: Source(s, h), Title: s.Name(), Link: s.FeedLink, Language: s.Language, Section: s.Section, Tags: s.Tags,
		LastSuccess: Stamp(s.LastSuccess), LastNew: Stamp(s.LastNew), Errors: s.Errors, ErrorSince: Stamp(s.ErrorSince),
		Repairs: s.Repairs, Identity: s.Identity, Own: s.Own, Stale: s.Stale,
	}
}

// SourceRows are a source for people; waits says what of it waits.
func SourceRows(s db.Source, h record.Held, waits string) [][]string {
	d := WholeSource(s, h)
	if waits != "" {
		waits += ": `" + Publishes(s.ID) + "` publishes them"
	}
	rows := [][]string{}
	for _, r := range [][]string{
		{"id", d.ID},
		{"title", d.Title},
		{"url", d.URL},
		{"site", d.Link},
		{"language", d.Language},
		{"section", d.Section},
		{"tags", strings.Join(d.Tags, ", ")},
		{"state", d.State},
		{"entries", fmt.Sprint(d.Entries)},
		{"published", fmt.Sprint(d.Published)},
		{"waiting", waits},
		{"last pass", Ago(s.LastPass)},
		{"last success", Ago(s.LastSuccess)},
		{"last new entry", Ago(s.LastNew)},
		{"next due", d.NextDue},
		{"because", d.Reason},
		{"error", d.Error},
		{"failing since", d.ErrorSince},
		{"mended", strings.Join(d.Repairs, "; ")},
		{"identity", d.Identity},
		{"left out", passedOver(s)},
	} {
		if r[1] != "" {
			rows = append(rows, r)
		}
	}
	return rows
}

// passedOver says which entries of its last document were not taken.
func passedOver(s db.Source) string {
	var parts []string
	if s.Own > 0 {
		parts = append(parts, fmt.Sprintf("%d our own", s.Own))
	}
	if s.Stale > 0 {
		parts = append(parts, fmt.Sprintf("%d stale", s.Stale))
	}
	return strings.Join(parts, ", ")
}
