package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"courant/aggregator"
	"courant/aggregator/schedule"
	"courant/cmd/courant/config"
	"courant/cmd/courant/daemon"
	"courant/cmd/courant/memory"
	"courant/cmd/courant/terminal"
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
			return a.fetch(cmd.Context(), c, aggregator.Select{IDs: ids, All: all})
		},
	}
	c.Flags().BoolVar(&all, "all", false, "every active source counts as due")
	return c
}

func (a *app) fetch(ctx context.Context, c config.Config, sel aggregator.Select) (err error) {
	if sel.IDs, err = configured(c, sel.IDs); err != nil {
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
	_, beside, err := store.Worker(ctx)
	if err != nil {
		return err
	}
	f := &fetching{app: a, store: store, config: c, sel: sel, auto: map[string]bool{}}
	for _, s := range c.Sources {
		f.auto[s.ID] = s.Publish == publishAuto
	}
	if beside {
		return f.ask(ctx)
	}
	return f.pass(ctx)
}

// configured are the sources of the configuration that a user means by args, each
// once.
func configured(c config.Config, args []string) (ids []string, err error) {
	for _, arg := range args {
		var near []string
		for _, s := range c.Sources {
			if strings.HasPrefix(s.ID, arg) {
				near = append(near, s.ID)
			}
		}
		slices.Sort(near)
		id, err := pick("source", arg, near)
		if errors.Is(err, db.ErrNotFound) {
			return nil, hint(fmt.Errorf("fetch %s: the configuration has no such source", arg), "`courant source list` shows the ids")
		}
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}

// fetching is one `courant fetch`.
type fetching struct {
	*app
	store  *db.DB
	config config.Config
	sel    aggregator.Select
	auto   map[string]bool          // sources that are published without an editor, by id
	width  int                      // of the longest id
	bar    *progressbar.ProgressBar // nil without a terminal
}

// pass makes the pass here. This process is the worker meanwhile.
func (f *fetching) pass(ctx context.Context) error {
	memory.TuneForPass(os.Getenv)
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
			Log: log, Version: version, Contact: f.config.Site.Base(), Site: f.config.Site.Base(),
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
		f.begin(ids)
		defer f.end()
		sum, err = worker.Fetch(ctx, f.sel, func(r aggregator.Result) { f.line(ctx, r) })
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
	f.begin(ids)
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
				r := aggregator.Result{Source: p.Source, Outcome: p.Outcome, New: p.New, Changed: p.Changed, Shown: p.Shown, Err: p.Error, NextDue: p.NextDue, Reason: p.Reason}
				sum.Add(r)
				f.line(ctx, r)
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

// begin prints the heads of the columns, and shows a progress bar where a person
// watches.
func (f *fetching) begin(ids []string) {
	if f.json || f.quiet || len(ids) == 0 {
		return
	}
	f.width = len(headSource)
	for _, id := range ids {
		f.width = max(f.width, len(id))
	}
	fmt.Fprintf(f.stdout, "%-*s  %-*s  ARTICLES\n", f.width, headSource, outcomeWidth, "OUTCOME")
	if !terminal.Is(f.err) {
		return
	}
	f.bar = progressbar.NewOptions(len(ids),
		progressbar.OptionSetWriter(f.err),
		progressbar.OptionSetDescription("fetch"),
		progressbar.OptionShowCount(),
		progressbar.OptionSetWidth(30),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(),
	)
}

const (
	headSource   = "SOURCE"
	outcomeWidth = len(aggregator.OutcomeNotModified) // the longest
)

func (f *fetching) end() {
	if f.bar != nil {
		f.bar.Finish() // an error here is the terminal's, and that is gone then
	}
}

// fetchLine is what came of one source, in JSON.
type fetchLine struct {
	Source    string `json:"source"`
	Outcome   string `json:"outcome"`
	New       int    `json:"new"`
	Changed   int    `json:"changed"`
	Published int    `json:"published,omitempty"` // of the new ones
	Waiting   int    `json:"waiting,omitempty"`   // of the new ones
	Error     string `json:"error,omitempty"`
	NextDue   string `json:"next_due,omitempty"` // where nothing was asked
	Reason    string `json:"reason,omitempty"`   // why not
}

// line prints what came of one source. The last line is the summary's, so an
// error of printing shows there.
func (f *fetching) line(ctx context.Context, r aggregator.Result) {
	switch {
	case f.json:
		l := fetchLine{
			Source: r.Source, Outcome: r.Outcome, New: r.New, Changed: r.Changed, Published: r.Shown, Waiting: r.New - r.Shown, Error: r.Err,
		}
		if unasked(r) {
			l.NextDue, l.Reason = stamp(r.NextDue), r.Reason
		}
		f.printJSON(l)
	case f.quiet:
	default:
		if f.bar != nil {
			f.bar.Clear()
		}
		said := fmt.Sprintf("%-*s  %-*s  %s", f.width, r.Source, outcomeWidth, r.Outcome, f.became(ctx, r))
		fmt.Fprintln(f.stdout, strings.TrimRight(said, " "))
	}
	if f.bar != nil {
		f.bar.Add(1)
	}
}

// unasked reports whether a source was left alone, although it was selected.
func unasked(r aggregator.Result) bool {
	return r.Outcome == aggregator.OutcomeTooSoon || r.Outcome == aggregator.OutcomeDelayed
}

// became is what a line says of a source's articles, or why there are none.
func (f *fetching) became(ctx context.Context, r aggregator.Result) string {
	var said []string
	if r.New > 0 {
		news := fmt.Sprintf("%d new: %d published", r.New, r.Shown)
		if why := f.waiting(ctx, r); why != "" {
			news += ", " + why
		}
		said = append(said, news)
	}
	if r.Changed > 0 {
		said = append(said, fmt.Sprintf("%d changed", r.Changed))
	}
	switch {
	case r.Err != "":
		said = append(said, text.Line(r.Err))
	case unasked(r) && r.NextDue.IsZero():
		said = append(said, r.Reason)
	case unasked(r):
		said = append(said, r.Reason+"; next due "+stamp(r.NextDue))
	}
	return strings.Join(said, "; ")
}

// waiting says how many of the new articles wait, and why.
func (f *fetching) waiting(ctx context.Context, r aggregator.Result) string {
	h := db.Held{Waiting: r.New - r.Shown, Published: r.Shown}
	if auto := f.auto[r.Source]; auto && h.Waiting > 0 {
		if all, err := f.store.HeldOf(ctx, r.Source, f.config.Aggregator.InitialWindow.Duration); err == nil {
			h.Old = min(all.Old, h.Waiting)
		} // else the number stands without its reason
	}
	return waiting(h, f.auto[r.Source], f.config.Aggregator.InitialMax)
}

// summary prints the last line, and how to publish what waits.
func (f *fetching) summary(s aggregator.Summary) error {
	f.end()
	if f.json {
		return f.printJSON(struct {
			Sources   int `json:"sources"`
			New       int `json:"new"`
			Changed   int `json:"changed"`
			Unchanged int `json:"unchanged"`
			Failed    int `json:"failed"`
			Published int `json:"published,omitempty"`
			Waiting   int `json:"waiting,omitempty"`
		}{s.Sources, s.New, s.Changed, s.Unchanged, s.Failed, s.Shown, s.New - s.Shown})
	}
	if f.quiet {
		return nil
	}
	_, err := fmt.Fprintf(f.stdout, "%s: %d new and %d changed articles, %d unchanged, %d failed\n",
		count(s.Sources, "source"), s.New, s.Changed, s.Unchanged, s.Failed)
	if wait := s.New - s.Shown; err == nil && wait > 0 {
		_, err = fmt.Fprintf(f.stdout, "%d published, %d wait: `courant article list --status incoming` shows them, `%s` publishes them\n",
			s.Shown, wait, publishes("ID"))
	}
	return err
}
