package article

import (
	"fmt"

	"courant/cmd/courant/cli"
	"courant/cmd/courant/config"
	"courant/cmd/courant/report"
	"courant/db"
)

// lines prints lines about articles, in columns.
type lines struct {
	*cli.App
	columns report.Columns
}

// head prints the heads of the columns.
func (l lines) head() error {
	if l.JSON {
		return nil
	}
	_, err := fmt.Fprintln(l.Stdout, l.columns.ArticleHead())
	return err
}

func (l lines) print(c config.Config, article db.Article) error {
	if l.JSON {
		return l.PrintJSON(report.Article(c, article))
	}
	_, err := fmt.Fprintln(l.Stdout, l.columns.Article(article))
	return err
}

// printArticle prints a line about one article.
func printArticle(a *cli.App, c config.Config, article db.Article) error {
	return lines{a, report.Columns{Width: a.Width()}}.print(c, article)
}

// done prints what became of an article.
func done(a *cli.App, c config.Config, article db.Article) error {
	if a.Quiet && !a.JSON {
		return nil
	}
	return printArticle(a, c, article)
}
