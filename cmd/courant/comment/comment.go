// Package comment is `courant comment`: the commands that moderate comments and
// block whom editors want to hear no more of. Begin with Command.
package comment

import (
	"fmt"

	"github.com/spf13/cobra"

	"courant/cmd/courant/cli"
	"courant/cmd/courant/config"
	"courant/cmd/courant/failure"
	"courant/cmd/courant/naming"
	"courant/cmd/courant/report"
	"courant/db"
	"courant/db/state"
)

// Command is `courant comment`.
func Command(a *cli.App) *cobra.Command {
	return cli.Group("comment", "Moderate comments", `  courant comment list --status pending
  courant comment approve m4x0c9z2pq`,
		listCommand(a), showCommand(a),
		moveCommand(a, "approve", "Show comments to readers", state.Approved),
		moveCommand(a, "remove", "Take comments from readers", state.Removed),
		moveCommand(a, "spam", "Mark comments as spam", state.Spam),
		blockCommand(a), unblockCommand(a), blocksCommand(a), purgeCommand(a))
}

func listCommand(a *cli.App) *cobra.Command {
	var status, article string
	var limit int
	var flagged bool
	c := &cobra.Command{
		Use:     "list",
		Short:   "List comments, the newest first",
		Example: `  courant comment list --status pending`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if status != "" && !state.Comment(status).Valid() {
				return failure.Misused(cmd, "--status %s: must be pending, approved, spam or removed", status)
			}
			if limit < 0 {
				return failure.Misused(cmd, "--limit %d: must not be negative", limit)
			}
			q := db.CommentQuery{Status: state.Comment(status), All: status == "", Flagged: flagged, Limit: limit}
			return a.WithReader(cmd.Context(), func(_ config.Config, store *db.DB) (err error) {
				if article != "" {
					if q.Article, err = naming.Article(cmd.Context(), store, article); err != nil {
						return err
					}
				}
				list, err := store.Comments(cmd.Context(), q)
				if err != nil {
					return err
				}
				if len(list) == 0 {
					a.Nothing("comment list", "nothing matches")
				} else if !a.JSON {
					fmt.Fprintln(a.Stdout, report.Columns{Width: a.Width()}.CommentHead()) // a list follows, and with it the error
				}
				for _, c := range list {
					if err := printComment(a, c); err != nil {
						return err
					}
				}
				return nil
			})
		},
	}
	c.Flags().StringVar(&status, "status", "", "only `STATE`: pending, approved, spam or removed")
	c.Flags().BoolVar(&flagged, "flagged", false, "only those that somebody should look at, though readers may see them")
	c.Flags().StringVar(&article, "article", "", "only on the article `ID`")
	c.Flags().IntVar(&limit, "limit", 0, "at most `N` (default all)")
	return c
}

// printComment prints a line about a comment.
func printComment(a *cli.App, c db.Comment) error {
	if a.JSON {
		return a.PrintJSON(report.Comment(c))
	}
	_, err := fmt.Fprintln(a.Stdout, report.Columns{Width: a.Width()}.Comment(c))
	return err
}

func showCommand(a *cli.App) *cobra.Command {
	return &cobra.Command{
		Use:     "show ID",
		Short:   "Show one comment",
		Example: `  courant comment show m4x0c9z2pq`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.WithReader(cmd.Context(), func(_ config.Config, store *db.DB) error {
				id, err := naming.Comment(cmd.Context(), store, args[0])
				if err != nil {
					return err
				}
				c, err := store.Comment(cmd.Context(), id)
				if err != nil {
					return naming.NoComment(id, err)
				}
				if a.JSON {
					return a.PrintJSON(report.WholeComment(c))
				}
				if err := a.Columns(report.CommentRows(c)); err != nil {
					return err
				}
				_, err = fmt.Fprintf(a.Stdout, "\n%s\n", c.Text)
				return err
			})
		},
	}
}

// commentMove is a command that moves comments to another state.
func moveCommand(a *cli.App, verb, short string, to state.Comment) *cobra.Command {
	var reason string
	move := &cobra.Command{
		Use:     verb + " ID…",
		Short:   short,
		Example: fmt.Sprintf("  courant comment %s m4x0c9z2pq", verb),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.WithStore(cmd.Context(), func(c config.Config, store *db.DB) error {
				editor := cli.ShellEditor(c, store)
				return cli.Each(args, func(arg string) error {
					id, err := naming.Comment(cmd.Context(), store, arg)
					if err != nil {
						return err
					}
					list, _, err := editor.Moderate(cmd.Context(), to, reason, id)
					switch {
					case err != nil:
						return naming.NoComment(id, err)
					case a.Quiet && !a.JSON:
						return nil
					}
					return printComment(a, list[0])
				})
			})
		},
	}
	if to != state.Approved {
		move.Flags().StringVar(&reason, "reason", "", "`TEXT` for editors, counted at the desk")
	}
	return move
}

func purgeCommand(a *cli.App) *cobra.Command {
	var email string
	c := &cobra.Command{
		Use:   "purge",
		Short: "Forget what was written with an e-mail address",
		Long: `Erases name, address and text of every comment that was written with an e-mail
address, and what was reported of them. Where readers saw one, a removed comment
without words keeps the place of its answers. What ` + "`courant comment block`" + ` noted
stays until ` + "`comment unblock`" + `, and so do backups. This cannot be undone.`,
		Example: `  courant comment purge --email ann@mail.example`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if email == "" {
				return failure.Misused(cmd, "--email is missing: whose comments to forget")
			}
			return a.WithStore(cmd.Context(), func(c config.Config, store *db.DB) error {
				n, err := cli.ShellEditor(c, store).Purge(cmd.Context(), email)
				switch {
				case err != nil:
					return err
				case n == 0:
					return failure.Hint(fmt.Errorf("no comment was written with %s", email), "`courant comment show ID` shows the address of one")
				case a.JSON:
					return a.PrintJSON(map[string]int{"purged": n})
				}
				a.Say("%d of the comments written with %s are purged", n, email)
				return nil
			})
		},
	}
	c.Flags().StringVar(&email, "email", "", "the `ADDRESS`, in whatever capitals")
	return c
}
