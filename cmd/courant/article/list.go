package article

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"courant/cmd/courant/cli"
	"courant/cmd/courant/config"
	"courant/cmd/courant/failure"
	"courant/cmd/courant/naming"
	"courant/cmd/courant/report"
	"courant/cmd/courant/usage"
	"courant/db"
	"courant/db/state"
)

// listFlags are the flags of `article list`.
type listFlags struct {
	status, source, section, since, until, search, sort, similar string
	limit                                                        int
}

func listCommand(a *cli.App) *cobra.Command {
	var l listFlags
	c := &cobra.Command{
		Use:   "list",
		Short: "List articles, the newest first",
		Long: `Lists articles, the newest first: by their publication, or where readers have not
seen them by when they came. TIME is a date, such as 2026-11-20 or
2026-11-20T15:04:05Z (UTC), or how long ago, such as 36h or 7d.`,
		Example: `  courant article list --status incoming --limit 20
  courant article list --since 7d --search "tidal plant" --sort comments
  courant article list --source bbc --json | jq -r .url`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			q, err := l.query(cmd, time.Now())
			if err != nil {
				return err
			}
			return a.WithReader(cmd.Context(), func(c config.Config, store *db.DB) error {
				if err := l.places(cmd.Context(), c, store, &q); err != nil {
					return err
				}
				if l.similar != "" {
					return listSimilar(cmd.Context(), a, c, store, l.similar, q)
				}
				return listArticles(cmd.Context(), a, c, store, q, words(l.search), l.limit)
			})
		},
	}
	f := c.Flags()
	f.StringVar(&l.status, "status", "", "only `STATE`: incoming, published, rejected, scheduled or withdrawn")
	f.StringVar(&l.source, "source", "", "only of the source `ID`")
	f.StringVar(&l.section, "section", "", "only in the section `ID`")
	f.StringVar(&l.since, "since", "", "only published, or first seen, at or after `TIME`")
	f.StringVar(&l.until, "until", "", "only before `TIME`")
	f.StringVar(&l.search, "search", "", "only those with all words of `TEXT`")
	f.StringVar(&l.sort, "sort", "", "by `ORDER`: date (the default), updated, source, headline or comments")
	f.StringVar(&l.similar, "similar", "", "only what other sources have of the article `ID`: the same link, or the same title and text")
	f.IntVar(&l.limit, "limit", 0, "at most `N` (default all)")
	return c
}

// query is what the flags ask for, but for what only the store knows.
func (l listFlags) query(cmd *cobra.Command, now time.Time) (q db.ArticleQuery, err error) {
	switch {
	case l.status != "" && !state.Article(l.status).Valid():
		return q, failure.Misused(cmd, "--status %s: must be incoming, published, rejected, scheduled or withdrawn", l.status)
	case l.limit < 0:
		return q, failure.Misused(cmd, "--limit %d: must not be negative", l.limit)
	case l.similar != "" && (l.since != "" || l.until != "" || l.search != "" || l.sort != ""):
		return q, failure.Misused(cmd, "--similar goes with --status, --source, --section and --limit alone")
	case !db.Order(l.sort).Valid():
		return q, failure.Misused(cmd, "--sort %s: must be date, updated, source, headline or comments", l.sort)
	}
	q = db.ArticleQuery{Status: state.Article(l.status), All: l.status == "", Order: db.Order(l.sort), Limit: l.limit}
	if q.Order == "" {
		q.Order = db.ByDate
	}
	if l.search != "" {
		q.Bodies, q.Limit = true, 0
	}
	for _, bound := range []struct {
		flag, value string
		to          *time.Time
	}{{"since", l.since, &q.From}, {"until", l.until, &q.To}} {
		if bound.value == "" {
			continue
		}
		var ok bool
		if *bound.to, ok = usage.Moment(bound.value, now); !ok {
			return q, failure.Misused(cmd, "--%s %s: must be a date, such as 2026-11-20, or how long ago, such as 36h or 7d", bound.flag, bound.value)
		}
	}
	return q, nil
}

// places puts the source and section that are meant into q, or says that there is
// none.
func (l listFlags) places(ctx context.Context, c config.Config, store *db.DB, q *db.ArticleQuery) (err error) {
	if l.source != "" {
		if q.Source, err = naming.Source(ctx, c, store, l.source); err != nil {
			return err
		}
	}
	if l.section == "" {
		return nil
	}
	q.Section = l.section
	if slices.Contains(c.SectionIDs(), l.section) {
		return nil
	}
	in, err := store.Articles(ctx, db.ArticleQuery{All: true, Section: l.section, Limit: 1})
	if err == nil && len(in) == 0 {
		err = fmt.Errorf("section %s: there is no such section", l.section)
		if known := c.SectionIDs(); len(known) > 0 {
			err = failure.Hint(err, "there are %s", strings.Join(known, ", "))
		}
	}
	return err
}

// words are the words of a search, folded.
func words(search string) []string { return strings.Fields(strings.ToLower(search)) }

// has reports whether an article has all of words.
func has(article db.Article, words []string) bool {
	if len(words) == 0 {
		return true
	}
	all := strings.ToLower(strings.Join(append([]string{
		article.Headline, article.Author, article.Summary, article.Body.PlainText(),
	}, append(article.KeyPoints, article.Tags...)...), "\n"))
	for _, w := range words {
		if !strings.Contains(all, w) {
			return false
		}
	}
	return true
}

// listArticles prints those that q selects and that have all of words, at most
// limit, 0 for all. Each is printed when it is read: there may be very many.
func listArticles(ctx context.Context, a *cli.App, c config.Config, store *db.DB, q db.ArticleQuery, words []string, limit int) error {
	line := lines{a, report.Columns{Width: a.Width()}}
	sources, err := store.Sources(ctx)
	if err != nil {
		return err
	}
	for _, s := range sources {
		line.columns.Source = max(line.columns.Source, len(s.ID))
	}
	n := 0
	for article, err := range store.EachArticle(ctx, q) {
		if err != nil {
			return err
		}
		if !has(article, words) {
			continue
		}
		if n == 0 {
			if err := line.head(); err != nil {
				return err
			}
		}
		if err := line.print(c, article); err != nil {
			return err
		}
		if n++; n == limit {
			break
		}
	}
	if n == 0 {
		a.Nothing("article list", "nothing matches")
	}
	return nil
}
