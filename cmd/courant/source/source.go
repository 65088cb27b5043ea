// Package source is `courant source`: the commands that find sources, say how they
// stand, pause them and take back what they brought. Begin with Command.
package source

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"courant/cmd/courant/cli"
	"courant/cmd/courant/config"
	"courant/cmd/courant/failure"
	"courant/cmd/courant/naming"
	"courant/cmd/courant/report"
	"courant/cmd/courant/terminal"
	"courant/db"
	"courant/db/record"
	"courant/db/text"
	"courant/publisher/editing"
)

// Command is `courant source`.
func Command(a *cli.App) *cobra.Command {
	return cli.Group("source", "See, pause and withdraw sources", `  courant source list
  courant source show bbc`,
		listCommand(a), showCommand(a), discoverCommand(a),
		pauseCommand(a, "pause", "Poll a source no more until it is resumed", true),
		pauseCommand(a, "resume", "Poll a paused source again", false), withdrawCommand(a),
		backfillCommand(a))
}

func listCommand(a *cli.App) *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List the sources and how they stand",
		Example: `  courant source list --json | jq 'select(.error != null)'`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.LoadConfig()
			if err != nil {
				return err
			}
			stored, err := a.StoredSources(cmd.Context(), c)
			if err != nil {
				return err
			}
			known := map[string]bool{}
			for _, s := range stored.Sources {
				known[s.ID] = true
			}
			for _, s := range c.Sources {
				if !known[s.ID] {
					stored.Sources = append(stored.Sources, report.NeverPolled(s))
				}
			}
			return printSources(a, stored)
		},
	}
}

func printSources(a *cli.App, stored cli.Stored) error {
	head := []string{"ID", "STATE", "ENTRIES", "PUBLISHED", "WAITING", "LAST PASS", "NEXT DUE", "TITLE", "WHY"}
	several := len(stored.Workers) > 1 // else one polls all
	if several {
		head = slices.Insert(head, len(head)-2, "WORKER")
	}
	rows := [][]string{head}
	for _, s := range stored.Sources {
		l := report.Source(s, stored.Helds[s.ID])
		l.Worker = stored.PollerOf(s)
		if a.JSON {
			if err := a.PrintJSON(l); err != nil {
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
		row := []string{l.ID, l.State, fmt.Sprint(l.Entries), fmt.Sprint(l.Published), fmt.Sprint(l.Waiting), l.LastPass, l.NextDue}
		if several {
			row = append(row, l.Worker)
		}
		rows = append(rows, append(row, text.Cut(text.Line(s.Name()), titleWidth), why))
	}
	if len(stored.Sources) == 0 {
		a.Nothing("source list", "there is no source: add a [[source]] to the configuration")
		return nil
	}
	if a.JSON {
		return nil
	}
	return terminal.Columns(a.Stdout, rows, a.Width())
}

// titleWidth is how much of a source's title a list shows.
const titleWidth = 30

func showCommand(a *cli.App) *cobra.Command {
	return &cobra.Command{
		Use:     "show ID",
		Short:   "Show one source",
		Example: `  courant source show bbc`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.WithReader(cmd.Context(), func(c config.Config, store *db.DB) error {
				s, err := cli.Source(cmd.Context(), c, store, args[0])
				if err != nil {
					return err
				}
				h, err := record.HeldOf(cmd.Context(), store, s.ID, c.Aggregator.InitialWindow.Duration)
				if err != nil {
					return err
				}
				if a.JSON {
					return a.PrintJSON(report.WholeSource(s, h))
				}
				return a.Columns(report.SourceRows(s, h, report.WaitingOf(c, s.ID, h)))
			})
		},
	}
}

func pauseCommand(a *cli.App, verb, short string, paused bool) *cobra.Command {
	return &cobra.Command{
		Use:     verb + " ID",
		Short:   short,
		Example: fmt.Sprintf("  courant source %s bbc", verb),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.WithStore(cmd.Context(), func(c config.Config, store *db.DB) error {
				s, err := cli.Source(cmd.Context(), c, store, args[0])
				if err != nil {
					return err
				}
				editor := cli.ShellEditor(c, store)
				if paused {
					err = editor.Pause(cmd.Context(), s.ID)
				} else {
					err = resume(cmd.Context(), c, editor, s.ID)
				}
				if err != nil {
					return naming.NoSource(s.ID, err)
				}
				if s, err = store.Source(cmd.Context(), s.ID); err != nil {
					return err
				}
				if a.JSON {
					h, err := record.HeldOf(cmd.Context(), store, s.ID, c.Aggregator.InitialWindow.Duration)
					if err != nil {
						return err
					}
					return a.PrintJSON(report.Source(s, h))
				}
				a.Say("%s  %s", s.ID, report.StateOf(s))
				return nil
			})
		},
	}
}

// resume resumes a source; what the file pauses stays so, even where the store has
// not heard of it yet.
func resume(ctx context.Context, c config.Config, editor editing.Editor, id string) error {
	err := editor.Resume(ctx, id)
	if configured, _ := c.Source(id); err == nil && configured.Paused {
		err = fmt.Errorf("source %s: %w", id, editing.ErrPaused)
	}
	if errors.Is(err, editing.ErrPaused) {
		return failure.Hint(err, "take `paused = true` out of %s", c.File)
	}
	return err
}
