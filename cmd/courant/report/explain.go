package report

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"courant/aggregator"
	"courant/db"
	"courant/db/record"
	"courant/db/state"
	"courant/db/text"
)

// ArticleExplanation says where an article comes from and what decided on it.
type ArticleExplanation struct {
	Article    string     `json:"article"`
	Headline   string     `json:"headline"`
	Status     string     `json:"status"`
	Source     string     `json:"source"`
	URL        string     `json:"url"`  // of the source, without a password
	GUID       string     `json:"guid"` // of the entry
	KnownBy    string     `json:"known_by"`
	Aliases    []Alias    `json:"aliases,omitempty"`
	Document   *Document  `json:"document,omitempty"` // that the entry as it is kept came in, while its pass is on record
	FirstSeen  string     `json:"first_seen"`
	Changed    string     `json:"entry_changed"`
	Bytes      int        `json:"entry_bytes"` // as it is kept, compressed
	Unmoved    int        `json:"changes_without_date,omitempty"`
	Gone       string     `json:"left_feed,omitempty"`
	Retracted  string     `json:"retracted,omitempty"`
	Resurfaced string     `json:"resurfaced,omitempty"`
	Ruling     *Ruling    `json:"ruling,omitempty"`
	PinnedBy   string     `json:"pinned_by,omitempty"`
	KeptBy     string     `json:"kept_for_later_by,omitempty"`
	Waits      []string   `json:"waits,omitempty"`     // fields that the source changed
	Undecided  string     `json:"undecided,omitempty"` // why it stands where it does where nobody and no rule decided
	Changes    []Revision `json:"changes,omitempty"`
	Actions    []Action   `json:"actions,omitempty"`
	Similar    []Similar  `json:"similar,omitempty"`
}

// Ruling is what rules said of an article.
type Ruling struct {
	At       string   `json:"at"`
	Decision string   `json:"decision,omitempty"`
	Rule     string   `json:"rule,omitempty"` // that decided
	Reason   string   `json:"reason,omitempty"`
	Held     []string `json:"held"` // each rule that held, and what it says to do
}

// newRuling is nil where no rule held.
func newRuling(from record.Provenance) *Ruling {
	r := from.Ruling
	if r.Silent() {
		return nil
	}
	out := &Ruling{At: Stamp(from.RuledAt), Decision: string(r.Decision), Rule: r.Rule, Reason: r.Reason}
	for _, s := range r.Added.Steps {
		out.Held = append(out.Held, fmt.Sprintf("%s: %s", s.Rule, strings.Join(s.Then, ", ")))
	}
	return out
}

// Alias is a further id of an entry, and what it was known by when it came with it.
type Alias struct {
	GUID    string `json:"guid"`
	KnownBy string `json:"known_by"`
}

// Document is what a source answered.
type Document struct {
	At    string `json:"at"`
	URL   string `json:"url"`
	Bytes int64  `json:"bytes"` // over the wire
}

// Action is a line of the log of actions.
type Action struct {
	At     string `json:"at"`
	Actor  string `json:"actor"`
	What   string `json:"what"`
	Detail string `json:"detail,omitempty"`
	Before string `json:"before,omitempty"` // of an article's words a field a line, "headline: …"
	After  string `json:"after,omitempty"`

	changes string // for people
}

// newActions are lines of the log as they are printed.
func newActions(list []record.Action) (out []Action) {
	for _, a := range list {
		plain := strings.NewReplacer("\t", ": ").Replace
		out = append(out, Action{Stamp(a.At), a.Actor, a.What, a.Detail, plain(a.Before), plain(a.After), strings.Join(a.Changes(nil), "; ")})
	}
	return out
}

// row is a for people.
func (a Action) row() string {
	s := strings.TrimSpace(a.At + " " + a.Actor + ": " + a.What + " " + a.Detail)
	if a.changes != "" {
		s += " (" + a.changes + ")"
	}
	return s
}

// Similar is an article of another source that says the same.
type Similar struct {
	ID       string `json:"id"`
	Source   string `json:"source"`
	Headline string `json:"headline"`
	Why      string `json:"why"`
}

// ExplainArticle reads all of it; errors: db.ErrNotFound.
func ExplainArticle(ctx context.Context, store *db.DB, id string) (x ArticleExplanation, err error) {
	article, err := store.Article(ctx, id)
	if err != nil {
		return x, err
	}
	from, err := record.ProvenanceOf(ctx, store, id)
	if err != nil {
		return x, err
	}
	source, err := store.Source(ctx, article.Source)
	if err != nil {
		return x, err
	}
	x = ArticleExplanation{
		Article: id, Headline: article.Headline, Status: string(article.Status), Source: source.ID, URL: source.URL, GUID: article.GUID,
		KnownBy: from.Why, FirstSeen: Stamp(article.FirstSeen), Changed: Stamp(from.Changed), Bytes: from.Bytes,
		Unmoved: from.Updates, Gone: Stamp(from.Gone), Retracted: Stamp(from.Retracted), Resurfaced: Stamp(from.Resurfaced),
		Ruling: newRuling(from), PinnedBy: from.PinnedBy, KeptBy: from.KeptBy,
	}
	for _, alias := range from.Aliases {
		x.Aliases = append(x.Aliases, Alias{alias.GUID, alias.Why})
	}
	if d := from.Document; !d.At.IsZero() {
		x.Document = &Document{Stamp(d.At), d.URL, d.Bytes}
	}
	waits, err := store.PendingChange(ctx, id)
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return x, err
	}
	x.Waits = waits.Fields
	revisions, err := record.Revisions(ctx, store, id)
	if err != nil {
		return x, err
	}
	x.Changes = Revisions(revisions, article)
	actions, err := record.Actions(ctx, store, "article", id)
	if err != nil {
		return x, err
	}
	x.Actions = newActions(actions)
	if x.Ruling == nil || x.Ruling.Decision == "" {
		x.Undecided = undecided(article, actions)
	}
	similar, err := store.Similar(ctx, id)
	for _, s := range similar {
		x.Similar = append(x.Similar, Similar{s.Article.ID, s.Article.Source, s.Article.Headline, s.Why})
	}
	return x, err
}

// undecided says why an article stands where it does although nobody moved it; ""
// where somebody did.
func undecided(a db.Article, actions []record.Action) string {
	for _, act := range actions {
		if state.Article(act.What).Valid() {
			return ""
		}
	}
	switch a.Status {
	case state.Published:
		return "it was published as it came, as its source's publish = \"auto\" has it"
	case state.Incoming:
		return "nobody has decided yet: its source waits for an editor, or it came with a first import and was too old or one too many"
	}
	return ""
}

// Rows are the explanation for people.
func (x ArticleExplanation) Rows() [][]string {
	var rows [][]string
	add := func(name, format string, args ...any) {
		rows = append(rows, []string{name, text.Line(fmt.Sprintf(format, args...))})
	}
	when := func(name, at, what string) {
		if at != "" {
			add(name, "%s: %s", at, what)
		}
	}
	add("article", "%s %s", x.Article, x.Headline)
	add("status", "%s", x.Status)
	add("source", "%s %s", x.Source, x.URL)
	add("entry", "%s", x.GUID)
	add("known by", "%s", x.KnownBy)
	for _, alias := range x.Aliases {
		add("also", "%s, known by %s when it came", alias.GUID, alias.KnownBy)
	}
	add("first seen", "%s", x.FirstSeen)
	add("entry changed", "%s, %d bytes are kept of it", x.Changed, x.Bytes)
	if d := x.Document; d != nil {
		add("document", "%s: %d bytes of %s", d.At, d.Bytes, d.URL)
	}
	if x.Unmoved > 0 {
		add("unmoved", "it changed %d times in a row without another date; after 24 no more is taken over", x.Unmoved)
	}
	when("left its feed", x.Gone, "the latest document did not have it")
	when("retracted", x.Retracted, "its source took it back; nothing is withdrawn by itself")
	when("resurfaced", x.Resurfaced, "it came back after a month or more")
	if r := x.Ruling; r != nil {
		if r.Decision != "" {
			why := ""
			if r.Reason != "" {
				why = ": " + r.Reason
			}
			add("rules", "%s: %s by rule %q%s", r.At, r.Decision, r.Rule, why)
		}
		for _, held := range r.Held {
			add("rule", "%s", held)
		}
	}
	if x.PinnedBy != "" {
		add("pinned", "by %s", x.PinnedBy)
	}
	if x.KeptBy != "" {
		add("kept", "for later, by %s", x.KeptBy)
	}
	if len(x.Waits) > 0 {
		add("waits", "the source changed %s: `courant article take %s` takes it over", strings.Join(x.Waits, ", "), x.Article)
	}
	for _, c := range x.Changes {
		var fields []string
		for _, f := range c.Changes {
			fields = append(fields, f.Field)
		}
		if len(fields) == 0 {
			fields = []string{"nothing that is shown here"}
		}
		add("changed", "%s by %s: %s (%s)", c.At, c.Actor, strings.Join(fields, ", "), weight(c.Significant))
	}
	if x.Undecided != "" {
		add("decided", "%s", x.Undecided)
	}
	for _, act := range x.Actions {
		add("decided", "%s", act.row())
	}
	for _, s := range x.Similar {
		add("similar", "%s %s %s (by %s)", s.ID, s.Source, s.Headline, s.Why)
	}
	return rows
}

// SourceExplanation says why a source is polled next when it is, and what editors did
// to that.
type SourceExplanation struct {
	aggregator.Explanation
	Actions []Action `json:"actions,omitempty"`
}

// ExplainSource adds to an explanation what the log says.
func ExplainSource(ctx context.Context, store record.Store, polls aggregator.Explanation) (SourceExplanation, error) {
	actions, err := record.Actions(ctx, store, "source", polls.Source)
	return SourceExplanation{polls, newActions(actions)}, err
}

// Rows are the explanation for people.
func (x SourceExplanation) Rows() [][]string {
	next := "never"
	if !x.NextDue.IsZero() {
		next = Stamp(x.NextDue)
	}
	rows := [][]string{
		{"source", x.Source},
		{"url", x.URL},
		{"asked", x.Asked},
		{"state", x.State},
		{"last pass", Ago(x.Last)},
		{"next poll", next},
		{"because", x.Reason},
		{"error", x.Error},
	}
	for i, w := range x.Weighed {
		name := ""
		if i == 0 {
			name = "weighed"
		}
		rows = append(rows, []string{name, fmt.Sprintf("%s: not before %s", w.Rule, Stamp(w.Until))})
	}
	for i, s := range x.Shares {
		name := ""
		if i == 0 {
			name = "made of"
		}
		rows = append(rows, []string{name, fmt.Sprintf("%s: %s", s.Wait, s.Rule)})
	}
	for i, n := range x.Notes {
		name := ""
		if i == 0 {
			name = "notes"
		}
		rows = append(rows, []string{name, n})
	}
	for i, act := range x.Actions {
		name := ""
		if i == 0 {
			name = "decided"
		}
		rows = append(rows, []string{name, act.row()})
	}
	shown := rows[:0]
	for _, r := range rows {
		if r[1] != "" {
			shown = append(shown, r)
		}
	}
	return shown
}
