package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"courant/cmd/courant/config"
	"courant/cmd/courant/naming"
	"courant/cmd/courant/report"
	"courant/cmd/courant/terminal"
	"courant/db"
	"courant/db/record"
	"courant/db/text"
	"courant/publisher/editing"
)

func sourceCommand(a *app) *cobra.Command {
	return group("source", "See, pause and withdraw sources", `  courant source list
  courant source show bbc`,
		sourceList(a), sourceShow(a), sourceDiscover(a),
		sourcePause(a, "pause", "Poll a source no more until it is resumed", true),
		sourcePause(a, "resume", "Poll a paused source again", false), sourceWithdraw(a))
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
					list = append(list, report.NeverPolled(s))
				}
			}
			return a.printSources(list, helds)
		},
	}
}

func (a *app) printSources(list []db.Source, helds map[string]record.Held) error {
	rows := [][]string{{"ID", "STATE", "ENTRIES", "PUBLISHED", "WAITING", "LAST PASS", "NEXT DUE", "TITLE", "WHY"}}
	for _, s := range list {
		l := report.Source(s, helds[s.ID])
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
				h, err := record.HeldOf(cmd.Context(), store, s.ID, c.Aggregator.InitialWindow.Duration)
				if err != nil {
					return err
				}
				if a.json {
					return a.printJSON(report.WholeSource(s, h))
				}
				return a.columns(report.SourceRows(s, h, report.WaitingOf(c, s.ID, h)))
			})
		},
	}
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
				editor := shellEditor(c, store)
				if paused {
					err = editor.Pause(cmd.Context(), s.ID)
				} else {
					err = a.resume(cmd.Context(), c, editor, s.ID)
				}
				if err != nil {
					return naming.NoSource(s.ID, err)
				}
				if s, err = store.Source(cmd.Context(), s.ID); err != nil {
					return err
				}
				if a.json {
					h, err := record.HeldOf(cmd.Context(), store, s.ID, c.Aggregator.InitialWindow.Duration)
					if err != nil {
						return err
					}
					return a.printJSON(report.Source(s, h))
				}
				a.say("%s  %s", s.ID, report.StateOf(s))
				return nil
			})
		},
	}
}

// resume resumes a source; what the file pauses stays so, even where the store has
// not heard of it yet.
func (a *app) resume(ctx context.Context, c config.Config, editor editing.Editor, id string) error {
	err := editor.Resume(ctx, id)
	if configured, _ := c.Source(id); err == nil && configured.Paused {
		err = fmt.Errorf("source %s: %w", id, editing.ErrPaused)
	}
	if errors.Is(err, editing.ErrPaused) {
		return hint(err, "take `paused = true` out of %s", c.File)
	}
	return err
}
