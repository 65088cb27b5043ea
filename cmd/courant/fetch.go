package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"courant/aggregator"
	"courant/cmd/courant/cli"
	"courant/cmd/courant/config"
	"courant/cmd/courant/failure"
	"courant/cmd/courant/memory"
	"courant/cmd/courant/naming"
	"courant/cmd/courant/refresh"
	"courant/cmd/courant/report"
	"courant/cmd/courant/terminal"
	"courant/db"
	"courant/db/record"
	"courant/db/state"
)

func fetchCommand(a *cli.App) *cobra.Command {
	var all bool
	c := &cobra.Command{
		Use:   "fetch [SOURCE…]",
		Short: "Make one pass now over the sources that are due, or over those named",
		Long: `Makes one pass over the due sources, or over those named, due or not, and prints
a line for each. What servers asked for is obeyed all the same: requests are
conditional, Retry-After holds, and a source asked for by hand is left out
("too_soon") when it was asked less than manual_gap ago.

Beside a running worker the worker makes the pass; its results are waited for.
The exit status is 0 when the pass is finished, whatever single sources did.`,
		Example: `  courant fetch
  courant fetch bbc-world nasa
  courant fetch --all --json`,
		RunE: func(cmd *cobra.Command, ids []string) error {
			if all && len(ids) > 0 {
				return failure.Misused(cmd, "fetch: either --all or sources")
			}
			c, err := a.LoadConfig()
			if err != nil {
				return err
			}
			return fetch(cmd.Context(), a, &c, aggregator.Select{IDs: ids, All: all})
		},
	}
	c.Flags().BoolVar(&all, "all", false, "every active source counts as due")
	return c
}

func fetch(ctx context.Context, a *cli.App, c *config.Config, sel aggregator.Select) (err error) {
	if sel.IDs, err = naming.Configured(*c, sel.IDs); err != nil {
		return err
	}
	store, err := db.Open(ctx, c.Database, db.Options{Authority: c.Site.Authority()})
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := store.Close(); err == nil {
			err = closeErr
		}
	}()
	shown := *a
	if !terminal.Is(a.Out) {
		lines := terminal.NewGathered(a.Stdout)
		defer func() {
			if flushErr := lines.Flush(); err == nil {
				err = flushErr
			}
		}()
		shown.Stdout = lines
	}
	f := &fetching{App: &shown, store: store, window: c.Aggregator.InitialWindow.Duration, most: c.Aggregator.InitialMax, auto: map[string]bool{}}
	for _, s := range c.Sources {
		if s.Publish == report.PublishAuto {
			f.auto[s.ID] = true
		}
	}
	memory.TuneForPass(os.Getenv)
	logs := c.Log
	if logs.Level == "info" {
		logs.Level = "warn" // our own lines tell of each pass
	}
	sum, err := refresh.Now(ctx, store, c, refresh.Options{
		Select: sel, Version: a.Version, Log: a.Logger(logs), Editor: cli.ShellEditor(*c, store), Begin: f.begin, Each: func(r aggregator.Result) { f.line(ctx, r) },
	})
	f.end()
	if err != nil {
		return err
	}
	return f.summary(sum)
}

// fetching prints what comes of one `courant fetch`.
type fetching struct {
	*cli.App
	store  *db.DB
	window time.Duration            // initial_window
	most   int                      // initial_max
	auto   map[string]bool          // sources that are published without an editor, by id
	width  int                      // of the longest id
	bar    *progressbar.ProgressBar // nil without a terminal
}

// begin prints the heads of the columns, and shows a progress bar where a person
// watches.
func (f *fetching) begin(ids []string) {
	if f.JSON || f.Quiet || len(ids) == 0 {
		return
	}
	f.width = len(headSource)
	for _, id := range ids {
		f.width = max(f.width, len(id))
	}
	fmt.Fprintf(f.Stdout, "%-*s  %-*s  ARTICLES\n", f.width, headSource, outcomeWidth, "OUTCOME")
	if !terminal.Is(f.Err) {
		return
	}
	f.bar = progressbar.NewOptions(len(ids),
		progressbar.OptionSetWriter(f.Err),
		progressbar.OptionSetDescription("fetch"),
		progressbar.OptionShowCount(),
		progressbar.OptionSetWidth(30),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(),
	)
}

const (
	headSource   = "SOURCE"
	outcomeWidth = len(state.OutcomeNotModified) // the longest
)

func (f *fetching) end() {
	if f.bar != nil {
		f.bar.Finish() // an error here is the terminal's, and that is gone then
	}
}

// line prints what came of one source. An error of printing shows with the last line,
// which is the summary's, or when what was gathered is flushed.
func (f *fetching) line(ctx context.Context, r aggregator.Result) {
	switch {
	case f.JSON:
		f.PrintJSON(report.Result(r))
	case f.Quiet:
	default:
		if f.bar != nil {
			f.bar.Clear()
		}
		said := fmt.Sprintf("%-*s  %-*s  %s", f.width, r.Source, outcomeWidth, r.Outcome, report.Became(r, f.waiting(ctx, r)))
		fmt.Fprintln(f.Stdout, strings.TrimRight(said, " "))
	}
	if f.bar != nil {
		f.bar.Add(1)
	}
}

// waiting says how many of the new articles wait, and why.
func (f *fetching) waiting(ctx context.Context, r aggregator.Result) string {
	h := record.Held{Waiting: r.New - r.Shown, Published: r.Shown}
	if auto := f.auto[r.Source]; auto && h.Waiting > 0 {
		if all, err := record.HeldOf(ctx, f.store, r.Source, f.window); err == nil {
			h.Old = min(all.Old, h.Waiting)
		} // else the number stands without its reason
	}
	return report.Waiting(h, f.auto[r.Source], f.most)
}

// summary prints the last line, and how to publish what waits.
func (f *fetching) summary(s aggregator.Summary) error {
	if f.JSON {
		return f.PrintJSON(report.Summary(s))
	}
	if f.Quiet {
		return nil
	}
	_, err := fmt.Fprintf(f.Stdout, "%s: %d new and %d changed articles, %d unchanged, %d failed\n",
		report.Count(s.Sources, "source"), s.New, s.Changed, s.Unchanged, s.Failed)
	if wait := s.New - s.Shown; err == nil && wait > 0 {
		_, err = fmt.Fprintf(f.Stdout, "%d published, %d wait: `courant article list --status incoming` shows them, `%s` publishes them\n",
			s.Shown, wait, report.Publishes("ID"))
	}
	return err
}
