package comment

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"courant/cmd/courant/cli"
	"courant/cmd/courant/config"
	"courant/cmd/courant/failure"
	"courant/cmd/courant/naming"
	"courant/cmd/courant/report"
	"courant/db"
	"courant/db/blocks"
	"courant/publisher/editing"
)

func blockCommand(a *cli.App) *cobra.Command {
	return traitsCommand(a, "block", "Refuse what a commenter posts from now on", fmt.Sprintf(`Refuses what is posted from now on by the same name, e-mail address or network as
a comment, or with the same text, as spam. How it is typed makes no difference. A
network is blocked for %d days. The comment itself stays as it is: see `+"`courant\ncomment spam`"+`; what is blocked lists `+"`courant comment blocks`.", blocks.NetworkDays),
		"is blocked by its", editing.Editor.Block)
}

func unblockCommand(a *cli.App) *cobra.Command {
	return traitsCommand(a, "unblock", "Take from a commenter again",
		"Lifts what `courant comment block` did, by that comment or by another that has the same.",
		"is no more blocked by its", editing.Editor.Unblock)
}

// traitsCommand is a command that does something to the traits of a comment.
func traitsCommand(a *cli.App, verb, short, long, done string,
	do func(e editing.Editor, ctx context.Context, id string, kinds []string) ([]blocks.Block, error),
) *cobra.Command {
	var by []string
	c := &cobra.Command{
		Use:     verb + " ID",
		Short:   short,
		Long:    long,
		Example: fmt.Sprintf("  courant comment %s m4x0c9z2pq --by email\n  courant comment %s m4x0c9z2pq --by name,network", verb, verb),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(by) == 0 {
				return failure.Misused(cmd, "--by is missing: must be %s", strings.Join(blocks.Kinds(), ", "))
			}
			return a.WithStore(cmd.Context(), func(c config.Config, store *db.DB) error {
				id, err := naming.Comment(cmd.Context(), store, args[0])
				if err != nil {
					return err
				}
				list, err := do(cli.ShellEditor(c, store), cmd.Context(), id, by)
				if err != nil {
					return wrongBlock(cmd, id, err)
				}
				for _, b := range list {
					if a.JSON {
						err = a.PrintJSON(report.Block(b))
					} else {
						a.Say("comment %s %s %s", id, done, b.Kind)
					}
					if err != nil {
						return err
					}
				}
				return nil
			})
		},
	}
	c.Flags().StringSliceVar(&by, "by", nil, "by `WHAT` the comment has: "+strings.Join(blocks.Kinds(), ", "))
	return c
}

// wrongBlock words what is wrong with a block.
func wrongBlock(cmd *cobra.Command, id string, err error) error {
	var field *editing.FieldError
	switch {
	case errors.As(err, &field):
		return failure.Misused(cmd, "--%s: %s", field.Field, field.Text)
	case errors.Is(err, blocks.ErrNotFound):
		return failure.Hint(fmt.Errorf("comment %s: nothing that it has is blocked so", id), "`courant comment blocks` lists what is")
	}
	return naming.NoComment(id, err)
}

func blocksCommand(a *cli.App) *cobra.Command {
	return &cobra.Command{
		Use:     "blocks",
		Short:   "List what `courant comment block` blocked, the newest first",
		Example: "  courant comment blocks",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.WithReader(cmd.Context(), func(_ config.Config, store *db.DB) error {
				list, err := blocks.New(store.DB, store.Now).List(cmd.Context())
				if err != nil {
					return err
				}
				if len(list) == 0 {
					a.Nothing("comment blocks", "nothing is blocked")
					return nil
				}
				if a.JSON {
					for _, b := range list {
						if err := a.PrintJSON(report.Block(b)); err != nil {
							return err
						}
					}
					return nil
				}
				return a.Columns(report.BlockRows(list))
			})
		},
	}
}
