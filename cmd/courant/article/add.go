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
				article, err := added(cmd.Context(), a, c, store, args[0], section, author)
				if err != nil {
					return err
				}
				if publish {
					return order(cmd.Context(), a, c, store, editing.Order{Action: editing.Publish, IDs: []string{article.ID}})
				}
				return done(a, c, article)
			})
		},
	}
	c.Flags().BoolVar(&publish, "publish", false, "show it to readers at once")
	c.Flags().StringVar(&section, "section", "", "`ID` of its section")
	c.Flags().StringVar(&author, "author", "", "`NAME` of who wrote an article of your own, for readers")
	return c
}

// added takes in the page at an address, or with - what standard input has.
func added(ctx context.Context, a *cli.App, c config.Config, store *db.DB, address, section, author string) (db.Article, error) {
	reader, err := aggregator.NewReader(c.Aggregator, aggregator.Options{Version: a.Version, Contact: c.Site.Base()})
	if err != nil {
		return db.Article{}, err
	}
	defer reader.Close()
	adder := adding.New(store, reader, c.Site.Language).For(cli.ShellEditor(c, store))
	if address != "-" {
		article, err := adder.Page(ctx, address, section)
		if field, is := errors.AsType[*editing.FieldError](err); is {
			return article, failure.Hint(fmt.Errorf("%s: it %s", address, field.Text), "write of it yourself with `courant article add -`")
		}
		return article, err
	}
	file, err := a.ReadFile("-")
	if err != nil {
		return db.Article{}, err
	}
	headline, body, err := manuscript.Own(string(file))
	if err != nil {
		return db.Article{}, err
	}
	html, err := editing.HTML(strings.TrimSpace(body))
	if err != nil {
		return db.Article{}, err
	}
	if _, err := cli.ShellEditor(c, store).Preview(db.Article{}, editing.Change{Headline: &headline, Body: &html}); err != nil {
		return db.Article{}, err // it is too long
	}
	return adder.Write(ctx, desk.Written{Headline: headline, Author: author, Section: section, Body: html})
}
