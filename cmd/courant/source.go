package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"courant/aggregator"
	"courant/aggregator/poll"
	"courant/cmd/courant/config"
	"courant/cmd/courant/terminal"
	"courant/db"
	"courant/db/text"
)

func sourceCommand(a *app) *cobra.Command {
	return group("source", "See, pause and withdraw sources", `  courant source list
  courant source show bbc`,
		sourceList(a), sourceShow(a), sourceDiscover(a),
		sourcePause(a, "pause", "Poll a source no more until it is resumed", true),
		sourcePause(a, "resume", "Poll a paused source again", false), sourceWithdraw(a))
}

// sourceLine is a source in the JSON of lists (PRODUCT.md, The command).
type sourceLine struct {
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
}

func newSourceLine(s db.Source, h db.Held) sourceLine {
	l := sourceLine{
		ID: s.ID, URL: text.Redact(s.URL), State: stateOf(s), Entries: s.Entries, Published: h.Published, Waiting: h.Waiting,
		LastPass: stamp(s.LastPass), Error: s.Error,
	}
	if s.Active() {
		l.NextDue, l.Reason = stamp(s.NextDue), s.Reason
		if poll.Alarming(s.Poll) {
			l.Warning = "failing since " + stamp(s.ErrorSince)
		}
	}
	return l
}

// States of a source that the schedule does not know of.
const (
	stateDropped = "dropped" // it has left the configuration
	statePaused  = "paused"
)

func stateOf(s db.Source) string {
	switch {
	case !s.Configured:
		return stateDropped
	case !s.Active():
		return statePaused
	}
	return s.State
}

// neverPolled is a source of the configuration that the store does not know
// yet: no pass has been since it was added.
func neverPolled(s aggregator.SourceConfig) db.Source {
	return db.Source{
		ID: s.ID, URL: s.URL, Title: s.Title, Section: s.Section, Tags: s.Tags, Configured: true, PausedConfig: s.Paused,
		Poll: db.Poll{State: "active"},
	}
}

func sourceList(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List the sources and how they stand",
		Example: `  courant source list --json | jq 'select(.error != null)'`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.loadConfig()
			if err != nil {
				return err
			}
			list, helds, err := a.storedSources(cmd.Context(), c)
			if err != nil {
				return err
			}
			known := map[string]bool{}
			for _, s := range list {
				known[s.ID] = true
			}
			for _, s := range c.Sources {
				if !known[s.ID] {
					list = append(list, neverPolled(s))
				}
			}
			return a.printSources(list, helds)
		},
	}
}

func (a *app) printSources(list []db.Source, helds map[string]db.Held) error {
	rows := [][]string{{"ID", "STATE", "ENTRIES", "PUBLISHED", "WAITING", "LAST PASS", "NEXT DUE", "TITLE", "WHY"}}
	for _, s := range list {
		l := newSourceLine(s, helds[s.ID])
		if a.json {
			if err := a.printJSON(l); err != nil {
				return err
			}
			continue
		}
		why := l.Reason
		if l.Error != "" {
			why = l.Error
		}
		if l.Warning != "" {
			why = "WARNING: " + l.Warning + ": " + why
		}
		rows = append(rows, []string{l.ID, l.State, fmt.Sprint(l.Entries), fmt.Sprint(l.Published), fmt.Sprint(l.Waiting), l.LastPass, l.NextDue, text.Cut(text.Line(s.Name()), titleWidth), why})
	}
	if len(list) == 0 {
		a.nothing("source list", "there is no source: add a [[source]] to the configuration")
		return nil
	}
	if a.json {
		return nil
	}
	return terminal.Columns(a.stdout, rows, a.width())
}

// titleWidth is how much of a source's title a list shows.
const titleWidth = 30

// sourceOf returns a source by id, from the store or, where no pass has been
// yet, from the configuration.
func sourceOf(cmd *cobra.Command, c config.Config, store *db.DB, id string) (db.Source, error) {
	id, err := sourceNamed(cmd.Context(), c, store, id)
	if err != nil {
		return db.Source{}, err
	}
	s, err := store.Source(cmd.Context(), id)
	if errors.Is(err, db.ErrNotFound) {
		for _, configured := range c.Sources {
			if configured.ID == id {
				return neverPolled(configured), nil
			}
		}
	}
	return s, noSource(id, err)
}

func sourceShow(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "show ID",
		Short:   "Show one source",
		Example: `  courant source show bbc`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withReader(cmd.Context(), func(c config.Config, store *db.DB) error {
				s, err := sourceOf(cmd, c, store, args[0])
				if err != nil {
					return err
				}
				h, err := store.HeldOf(cmd.Context(), s.ID, c.Aggregator.InitialWindow.Duration)
				if err != nil {
					return err
				}
				if a.json {
					return a.printJSON(newSourceDocument(s, h))
				}
				return a.showSource(s, h, waits(c, s.ID, h))
			})
		},
	}
}

// sourceDocument is a source in the JSON of show.
type sourceDocument struct {
	sourceLine
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

func newSourceDocument(s db.Source, h db.Held) sourceDocument {
	return sourceDocument{
		sourceLine: newSourceLine(s, h), Title: s.Name(), Link: s.FeedLink, Language: s.Language, Section: s.Section, Tags: s.Tags,
		LastSuccess: stamp(s.LastSuccess), LastNew: stamp(s.LastNew), Errors: s.Errors, ErrorSince: stamp(s.ErrorSince),
		Repairs: s.Repairs, Identity: s.Identity, Own: s.Own, Stale: s.Stale,
	}
}

// showSource prints a source for people; waits says what of it waits.
func (a *app) showSource(s db.Source, h db.Held, waits string) error {
	d := newSourceDocument(s, h)
	if waits != "" {
		waits += ": `" + publishes(s.ID) + "` publishes them"
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
		{"last pass", ago(s.LastPass)},
		{"last success", ago(s.LastSuccess)},
		{"last new entry", ago(s.LastNew)},
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
	return a.columns(rows)
}

// ago is a moment with how long ago it was, "" for none.
func ago(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return fmt.Sprintf("%s (%s ago)", stamp(t), time.Since(t).Round(time.Second))
}

func sourcePause(a *app, verb, short string, paused bool) *cobra.Command {
	return &cobra.Command{
		Use:     verb + " ID",
		Short:   short,
		Example: fmt.Sprintf("  courant source %s bbc", verb),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withStore(cmd.Context(), func(c config.Config, store *db.DB) error {
				s, err := sourceOf(cmd, c, store, args[0])
				if err != nil {
					return err
				}
				change := aggregator.Resume
				if paused {
					change = aggregator.Pause
				}
				if err := change(cmd.Context(), store, s.ID, shellActor); err != nil {
					return noSource(s.ID, err)
				}
				if configured, _ := c.Source(s.ID); !paused && configured.Paused {
					return hint(fmt.Errorf("source %s: the configuration says that it is paused", s.ID),
						"take `paused = true` out of %s", c.File)
				}
				if s, err = store.Source(cmd.Context(), s.ID); err != nil {
					return err
				}
				if a.json {
					h, err := store.HeldOf(cmd.Context(), s.ID, c.Aggregator.InitialWindow.Duration)
					if err != nil {
						return err
					}
					return a.printJSON(newSourceLine(s, h))
				}
				a.say("%s  %s", s.ID, stateOf(s))
				return nil
			})
		},
	}
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
