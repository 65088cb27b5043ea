package main

import (
	"fmt"

	"courant/cmd/courant/config"
	"courant/cmd/courant/report"
	"courant/cmd/courant/terminal"
	"courant/db"
)

// printJSON prints v as one line of JSON.
func (a *app) printJSON(v any) error { return terminal.JSON(a.stdout, v) }

// width is how many columns a line of output has, 0 where nothing bounds it.
func (a *app) width() int { return terminal.Width(a.out) }

// say prints a line for people, unless they asked for quiet.
func (a *app) say(format string, args ...any) {
	if !a.quiet {
		fmt.Fprintf(a.stdout, format+"\n", args...)
	}
}

// nothing says on standard error that a list has nothing in it.
func (a *app) nothing(command, why string) {
	if !a.quiet {
		fmt.Fprintf(a.stderr, "courant: %s: %s\n", command, why)
	}
}

// columns prints rows of cells as columns, however wide.
func (a *app) columns(rows [][]string) error { return terminal.Columns(a.stdout, rows, 0) }

// count is "1 source", "2 sources".
func count(n int, noun string) string { return report.Count(n, noun) }

// articleLines prints lines about articles, in columns.
type articleLines struct {
	*app
	columns report.Columns
}

// head prints the heads of the columns.
func (l articleLines) head() error {
	if l.json {
		return nil
	}
	_, err := fmt.Fprintln(l.stdout, l.columns.ArticleHead())
	return err
}

func (l articleLines) print(c config.Config, article db.Article) error {
	if l.json {
		return l.printJSON(report.Article(c, article))
	}
	_, err := fmt.Fprintln(l.stdout, l.columns.Article(article))
	return err
}

// printArticle prints a line about one article.
func (a *app) printArticle(c config.Config, article db.Article) error {
	return articleLines{a, report.Columns{Width: a.width()}}.print(c, article)
}

// done prints what became of an article.
func (a *app) done(c config.Config, article db.Article) error {
	if a.quiet && !a.json {
		return nil
	}
	return a.printArticle(c, article)
}
