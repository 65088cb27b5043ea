package article

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"courant/cmd/courant/cli"
	"courant/cmd/courant/config"
	"courant/cmd/courant/failure"
	"courant/cmd/courant/naming"
	"courant/cmd/courant/report"
	"courant/cmd/courant/usage"
	"courant/db"
	"courant/db/newsroom"
	"courant/db/state"
	"courant/publisher/editing"
)

// articleOrder is a command that does one thing to articles.
func orderCommand(a *cli.App, what editing.Action, short string) *cobra.Command {
	verb := string(what)
	use := verb + " ID…"
	if what == editing.Join {
		use = verb + " ID ID…"
	}
	var reason, source string
	c := &cobra.Command{
		Use:     use,
		Short:   short,
		Example: fmt.Sprintf("  courant article %s 7k3f9qa2xw", verb),
		Args: func(cmd *cobra.Command, args []string) error {
			if source != "" {
				return usage.Arguments(verb)(cmd, args)
			}
			return usage.Arguments(use)(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.WithStore(cmd.Context(), func(c config.Config, store *db.DB) error {
				ids, err := named(cmd.Context(), store, args)
				if source != "" {
					ids, err = incoming(cmd, c, store, source)
				}
				if what == editing.Withdraw && len(ids) > 0 {
					reason = a.ReasonFor(cmd, reason, allOf(ids))
				}
				return errors.Join(err, order(cmd.Context(), a, c, store, editing.Order{Action: what, IDs: ids, Reason: reason}))
			})
		},
	}
	switch what {
	case editing.Publish:
		c.Use = verb + " ID… | --source ID"
		c.Example += "\n  courant article publish --source bbc"
		c.Flags().StringVar(&source, "source", "", "all that waits of the source `ID`")
	case editing.Pin:
		c.Long = "Has an article lead the front page, however old it is: what was pinned last leads, of\nwhat readers see. One that is not published yet leads once it is. Rules pin too."
	case editing.Join:
		c.Example += " m4x0c9z2pq"
		c.Long = "Says that the others are the same article as the first. Of one that readers see, or\nwill, they are attached: readers find them under \"Also reported by\"."
	case editing.Split:
		c.Long = "Says that an article is one of its own, though it seems the same as others. One that was\nattached to another is incoming again."
	case editing.Reject:
		c.Example += " --reason \"Advertising\""
		c.Flags().StringVar(&reason, "reason", "", "`TEXT` for editors, counted by source at the desk")
	case editing.Withdraw:
		c.Example += " --reason \"The source took it back.\""
		c.Flags().StringVar(&reason, "reason", "", "`TEXT` for readers")
	}
	return c
}

// allOf names articles in a question.
func allOf(ids []string) string {
	if len(ids) == 1 {
		return ids[0]
	}
	return fmt.Sprintf("each of %d articles", len(ids))
}

// named are the ids that arguments name; what is wrong with others is in err.
func named(ctx context.Context, store *db.DB, args []string) (ids []string, err error) {
	return ids, cli.Each(args, func(arg string) error {
		id, err := naming.Article(ctx, store, arg)
		if err == nil {
			ids = append(ids, id)
		}
		return err
	})
}

// order does what o says, some hundred articles at a time, and prints what became
// of each.
func order(ctx context.Context, a *cli.App, c config.Config, store *db.DB, o editing.Order) error {
	var errs []error
	for ids := range slices.Chunk(o.IDs, editing.MostAtOnce) {
		o.IDs = ids
		deed, err := cli.ShellEditor(c, store).Do(ctx, o)
		errs = append(errs, printDeed(ctx, a, c, store, deed), err)
	}
	return errors.Join(errs...)
}

// printDeed prints each article that a deed moved, as it is now.
func printDeed(ctx context.Context, a *cli.App, c config.Config, store *db.DB, deed newsroom.Deed) error {
	for _, id := range deed.Articles() {
		article, err := store.Article(ctx, id)
		if err == nil {
			err = done(a, c, article)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// incoming are the ids of what waits of a source, the oldest first, so that the
// newest is published last.
func incoming(cmd *cobra.Command, c config.Config, store *db.DB, source string) (ids []string, err error) {
	s, err := cli.Source(cmd.Context(), c, store, source)
	if err != nil {
		return nil, err
	}
	list, err := store.Articles(cmd.Context(), db.ArticleQuery{Status: state.Incoming, Source: s.ID, OldestFirst: true})
	for _, a := range list {
		ids = append(ids, a.ID)
	}
	return ids, err
}

func scheduleCommand(a *cli.App) *cobra.Command {
	return &cobra.Command{
		Use:   "schedule ID TIME",
		Short: "Publish an article at a time to come",
		Long: `Publishes an article within a second of a time to come, in the daemon: it is
written "2026-11-27T09:30" in the site's timezone, or with one of its own as in
"2026-11-27T09:30:00Z". Until then the article is in no list of readers.
` + "`courant article reopen ID`" + ` makes it incoming again.`,
		Example: "  courant article schedule 7k3f9qa2xw 2026-11-27T09:30",
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.WithStore(cmd.Context(), func(c config.Config, store *db.DB) error {
				at, err := editing.ParseTime(args[1], c.Site.Zone())
				if err != nil {
					return failure.Misused(cmd, "schedule: %v", err)
				}
				ids, err := named(cmd.Context(), store, args[:1])
				if err != nil {
					return err
				}
				err = order(cmd.Context(), a, c, store, editing.Order{Action: editing.Schedule, IDs: ids, At: at})
				var field *editing.FieldError
				if errors.As(err, &field) && field.Field == "at" {
					return failure.Misused(cmd, "schedule: TIME %s", field.Text)
				}
				return err
			})
		},
	}
}

// undoneLine is what an undo did, as JSON.
type undoneLine struct {
	Action   string   `json:"action"`
	What     string   `json:"what"`
	By       string   `json:"by"`
	At       string   `json:"at"`
	Undone   bool     `json:"undone"`
	Articles []string `json:"articles"`
}

func undoCommand(a *cli.App) *cobra.Command {
	return &cobra.Command{
		Use:   "undo [ACTION]",
		Short: "Take back what was done within the last hour",
		Long: `Takes back what was done to articles last from the shell, or the action named:
publish, reject, schedule, withdraw, edit and the like, one article or many at once.
Undoing the same action again does it again. What was moved since stays.`,
		Example: "  courant article undo",
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.WithStore(cmd.Context(), func(c config.Config, store *db.DB) error {
				id := ""
				if len(args) > 0 {
					id = args[0]
				}
				deed, err := cli.ShellEditor(c, store).Undo(cmd.Context(), id)
				if deed.ID == "" {
					return err
				}
				line := undoneLine{deed.ID, deed.What, deed.Actor, deed.At.Format(time.RFC3339), deed.Undone, deed.Articles()}
				if a.JSON {
					return errors.Join(a.PrintJSON(line), err)
				}
				did := map[bool]string{true: "undone", false: "done again"}[deed.Undone]
				a.Say("%s  %s of %s %s", deed.ID, deed.What, report.Count(deed.Size(), map[bool]string{true: "comment", false: "article"}[deed.OfComments()]), did)
				return errors.Join(printDeed(cmd.Context(), a, c, store, deed), err)
			})
		},
	}
}
