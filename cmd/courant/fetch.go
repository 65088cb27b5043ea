package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"courant/aggregator"
	"courant/aggregator/schedule"
	"courant/cmd/courant/config"
	"courant/cmd/courant/daemon"
	"courant/db"
	"courant/db/text"
)

func fetchCommand(a *app) *cobra.Command {
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
				return misused(cmd, "fetch: either --all or sources")
			}
			c, err := a.loadConfig()
			if err != nil {
				return err
			}
			slices.Sort(ids)
			return a.fetch(cmd.Context(), c, aggregator.Select{IDs: slices.Compact(ids), All: all})
		},
	}
	c.Flags().BoolVar(&all, "all", false, "every active source counts as due")
	return c
}

func (a *app) fetch(ctx context.Context, c config.Config, sel aggregator.Select) (err error) {
	for _, id := range sel.IDs {
		if !slices.ContainsFunc(c.Sources, func(s aggregator.SourceConfig) bool { return s.ID == id }) {
			return hint(fmt.Errorf("fetch %s: the configuration has no such source", id), "`courant source list` shows the ids")
		}
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
	_, beside, err := store.Worker(ctx)
	if err != nil {
		return err
	}
	f := &fetching{app: a, store: store, config: c, sel: sel}
	if beside {
		return f.ask(ctx)
	}
	return f.pass(ctx)
}

// fetching is one `courant fetch`.
type fetching struct {
	*app
	store  *db.DB
	config config.Config
	sel    aggregator.Select
	bar    *progressbar.ProgressBar // nil without a terminal
}

// pass makes the pass here. This process is the worker meanwhile.
func (f *fetching) pass(ctx context.Context) error {
	tuneCollection(os.Getenv, collectInPass)
	lease, err := daemon.TakeLease(ctx, f.store)
	if err != nil {
		return err
	}
	logs := f.config.Log
	if logs.Level == "info" {
		logs.Level = "warn" // our own lines tell of each pass
	}
	log := f.logger(logs)
	var sum aggregator.Summary
	err = daemon.HoldLease(ctx, lease, log, func(ctx context.Context) error {
		worker, err := aggregator.New(f.store, f.config.Aggregator, nil, aggregator.Options{
			Log: log, Version: version, Contact: f.config.Site.Base(),
		})
		if err != nil {
			return err
		}
		if err := worker.SetSources(ctx, f.config.Sources); err != nil {
			return err
		}
		f.config.Sources = nil // the worker has its own
		ids, err := f.selected(ctx)
		if err != nil {
			return err
		}
		f.begin(len(ids))
		defer f.end()
		sum, err = worker.Fetch(ctx, f.sel, f.line)
		return err
	})
	if err != nil {
		return err
	}
	return f.summary(sum)
}

// selected are the sources that the pass is for.
func (f *fetching) selected(ctx context.Context) (ids []string, err error) {
	if len(f.sel.IDs) > 0 {
		return f.sel.IDs, nil
	}
	if f.sel.All {
		return f.store.ActiveIDs(ctx)
	}
	return f.store.DueIDs(ctx, f.store.Now(), schedule.Gone, schedule.Merged)
}

const (
	// answersEvery is how often it is looked whether the worker has answered.
	answersEvery = 100 * time.Millisecond
	// workerEvery is how often it is looked whether the worker still lives.
	workerEvery = 2 * time.Second
)

// ask has the running worker make the pass, and waits for what comes of it.
func (f *fetching) ask(ctx context.Context) error {
	ids, err := f.selected(ctx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if _, err := f.store.Source(ctx, id); err != nil {
			return hint(fmt.Errorf("fetch %s: %w to the running worker", id, err), "reload its configuration: send it SIGHUP")
		}
	}
	asks, err := f.store.AskPasses(ctx, ids)
	if err != nil {
		return err
	}
	f.begin(len(asks))
	defer f.end()
	var sum aggregator.Summary
	told := map[int64]bool{}
	tick, looked := time.NewTicker(answersEvery), time.Now()
	defer tick.Stop()
	for len(told) < len(asks) {
		select {
		case <-ctx.Done():
			return fmt.Errorf("fetch: %w; the worker goes on", ctx.Err())
		case <-tick.C:
		}
		answers, err := f.store.Answers(ctx, asks)
		if err != nil {
			return err
		}
		for id, p := range answers {
			if !told[id] {
				told[id] = true
				r := aggregator.Result{Source: p.Source, Outcome: p.Outcome, New: p.New, Changed: p.Changed, Err: p.Error}
				sum.Add(r)
				f.line(r)
			}
		}
		if time.Since(looked) < workerEvery {
			continue
		}
		looked = time.Now()
		if _, alive, err := f.store.Worker(ctx); err != nil || !alive {
			return hint(fmt.Errorf("fetch: the worker has ended before it answered"), "fetch again: this process will make the pass")
		}
	}
	return f.summary(sum)
}

// begin shows a progress bar where a person watches.
func (f *fetching) begin(total int) {
	out, ok := f.stderr.(*os.File)
	if !ok || f.quiet || f.json || total == 0 || !isatty.IsTerminal(out.Fd()) {
		return
	}
	f.bar = progressbar.NewOptions(total,
		progressbar.OptionSetWriter(out),
		progressbar.OptionSetDescription("fetch"),
		progressbar.OptionShowCount(),
		progressbar.OptionSetWidth(30),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(),
	)
}

func (f *fetching) end() {
	if f.bar != nil {
		f.bar.Finish() // an error here is the terminal's, and that is gone then
	}
}

// fetchLine is what came of one source, in JSON.
type fetchLine struct {
	Source  string `json:"source"`
	Outcome string `json:"outcome"`
	New     int    `json:"new"`
	Changed int    `json:"changed"`
	Error   string `json:"error,omitempty"`
}

// line prints what came of one source. The last line is the summary's, so an
// error of printing shows there.
func (f *fetching) line(r aggregator.Result) {
	switch {
	case f.json:
		f.printJSON(fetchLine{Source: r.Source, Outcome: r.Outcome, New: r.New, Changed: r.Changed, Error: r.Err})
	case f.quiet:
	default:
		if f.bar != nil {
			f.bar.Clear()
		}
		said := fmt.Sprintf("%s  %s", r.Source, r.Outcome)
		if r.New > 0 || r.Changed > 0 {
			said += fmt.Sprintf("  %d new, %d changed", r.New, r.Changed)
		}
		if r.Err != "" {
			said += "  " + text.Line(r.Err)
		}
		fmt.Fprintln(f.stdout, said)
	}
	if f.bar != nil {
		f.bar.Add(1)
	}
}

// summary prints the last line.
func (f *fetching) summary(s aggregator.Summary) error {
	f.end()
	if f.json {
		return f.printJSON(struct {
			Sources   int `json:"sources"`
			New       int `json:"new"`
			Changed   int `json:"changed"`
			Unchanged int `json:"unchanged"`
			Failed    int `json:"failed"`
		}{s.Sources, s.New, s.Changed, s.Unchanged, s.Failed})
	}
	if f.quiet {
		return nil
	}
	_, err := fmt.Fprintf(f.stdout, "%s: %d new and %d changed articles, %d unchanged, %d failed\n",
		count(s.Sources, "source"), s.New, s.Changed, s.Unchanged, s.Failed)
	return err
}
