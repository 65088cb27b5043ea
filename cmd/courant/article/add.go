package article

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"courant/aggregator"
	"courant/cmd/courant/adding"
	"courant/cmd/courant/cli"
	"courant/cmd/courant/config"
	"courant/cmd/courant/failure"
	"courant/cmd/courant/manuscript"
	"courant/db"
	"courant/publisher/desk"
	"courant/publisher/editing"
)

func addCommand(a *cli.App) *cobra.Command {
	var publish bool
	var section, author string
	c := &cobra.Command{
		Use:   "add URL|-",
		Short: "Add a page, or an article of your own",
		Long: `Takes the page at URL in, which needs no feed: its headline, text, picture, author and
date are made out, as its robots.txt and the page itself allow. With - it is an article of
your own, in Markdown, from standard input; its first line is "# Headline". Both wait like
what comes from a feed, unless you say --publish. A page is taken in once.`,
		Example: `  courant article add https://example.org/2026/tidal --section city
  courant article add - --publish < article.md`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.WithStore(cmd.Context(), func(c config.Config, store *db.DB) error {
				if !c.HasSection(section) {
					return failure.Misused(cmd, "add: --section %s: there is no such section", section)
				}
				article, fresh, err := added(cmd.Context(), a, c, store, args[0], section, author)
				if err != nil {
					return err
				}
				o := editing.Order{Action: editing.Add, New: fresh}
				if publish {
					o.Action = editing.Publish
				}
				deed, err := cli.ShellEditor(c, store).Add(cmd.Context(), article, o)
				if err == nil && deed.ID == "" {
					return done(a, c, article)
				}
				return errors.Join(printDeed(cmd.Context(), a, c, store, deed), err)
			})
		},
	}
	c.Flags().BoolVar(&publish, "publish", false, "show it to readers at once")
	c.Flags().StringVar(&section, "section", "", "`ID` of its section")
	c.Flags().StringVar(&author, "author", "", "`NAME` of who wrote an article of your own, for readers")
	return c
}

// added takes in the page at an address, or with - what standard input has; fresh says
// that it was not there before.
func added(ctx context.Context, a *cli.App, c config.Config, store *db.DB, address, section, author string) (article db.Article, fresh bool, err error) {
	reader, err := aggregator.NewReader(c.Aggregator, aggregator.Options{Version: a.Version, Contact: c.Site.Base()})
	if err != nil {
		return article, false, err
	}
	defer reader.Close()
	adder := adding.New(store, reader, c.Site.Language).For(cli.ShellEditor(c, store))
	if address != "-" {
		article, fresh, err = adder.Page(ctx, address, section)
		if field, is := errors.AsType[*editing.FieldError](err); is {
			err = failure.Hint(fmt.Errorf("%s: it %s", address, field.Text), "write of it yourself with `courant article add -`")
		}
		return article, fresh, err
	}
	file, err := a.ReadFile("-")
	if err != nil {
		return article, false, err
	}
	headline, body, err := manuscript.Own(string(file))
	if err != nil {
		return article, false, err
	}
	html, err := editing.HTML(strings.TrimSpace(body))
	if err != nil {
		return article, false, err
	}
	if _, err := cli.ShellEditor(c, store).Preview(db.Article{}, editing.Change{Headline: &headline, Body: &html}); err != nil {
		return article, false, err // it is too long
	}
	article, err = adder.Write(ctx, desk.Written{Headline: headline, Author: author, Section: section, Body: html})
	return article, true, err
}
