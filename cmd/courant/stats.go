package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"courant/cmd/courant/cli"
	"courant/cmd/courant/config"
	"courant/cmd/courant/failure"
	"courant/db"
	"courant/db/audience"
	"courant/db/record"
)

const (
	// statsDays is how many days `courant stats` tells of where nobody says, and
	// mostStatsDays how many it may be: each article of them is read.
	statsDays     = 14
	mostStatsDays = 3660
	// saidBy is how many fetchers a line names.
	saidBy = 5
)

// statistics are what `courant stats` tells.
type statistics struct {
	Days  []statsDay  `json:"days"`  // the newest first
	Feeds []statsFeed `json:"feeds"` // those with the most subscribers first
}

type statsDay struct {
	Day      string `json:"day"`      // by the zone of the site
	Articles int    `json:"articles"` // published on it
	Comments int    `json:"comments"` // written on it that can be read
	Sources  int    `json:"sources"`  // that the articles are of
}

type statsFeed struct {
	Feed        string         `json:"feed"` // its path
	Subscribers int            `json:"subscribers"`
	Fetchers    []statsFetcher `json:"fetchers"`
}

type statsFetcher struct {
	Name        string    `json:"name"`
	Subscribers int       `json:"subscribers"`
	Seen        time.Time `json:"seen"` // when it last asked
}

// statsCommand is `courant stats`.
func statsCommand(a *cli.App) *cobra.Command {
	var days int
	cmd := &cobra.Command{
		Use:   "stats",
		Short: "Count articles, comments and sources by day, and the subscribers of feeds",
		Long: `Counts by day, in the time zone of the site, the articles that were published, the
sources that they are of and the comments that were written; and for each feed its
subscribers, as those say who fetch it for others: services name in each request for
how many they ask. That is their word alone, no address is kept, and whoever has a
feed reader of their own is in no such figure. A service that has not asked for a week
is left out.`,
		Example: `  courant stats --days 30
  courant stats --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if days < 1 || days > mostStatsDays {
				return failure.Misused(cmd, "--days %d: must be from 1 to %d", days, mostStatsDays)
			}
			return a.WithReader(cmd.Context(), func(c config.Config, store *db.DB) error {
				byDay, err := record.Days(cmd.Context(), store, store.Now(), c.Site.Zone(), days)
				if err != nil {
					return err
				}
				feeds, err := audience.Of(cmd.Context(), store.Reader(), store.Now(), 0)
				if err != nil {
					return err
				}
				return printStats(a, statsOf(byDay, feeds))
			})
		},
	}
	cmd.Flags().IntVar(&days, "days", statsDays, "count the last `N` days")
	return cmd
}

func statsOf(days []record.Day, feeds []audience.Feed) statistics {
	f := statistics{Days: make([]statsDay, len(days)), Feeds: make([]statsFeed, len(feeds))}
	for i, d := range days {
		f.Days[i] = statsDay{d.Begins.Format(time.DateOnly), d.Articles, d.Comments, d.Sources}
	}
	for i, feed := range feeds {
		line := statsFeed{Feed: feed.Path, Subscribers: feed.Subscribers}
		for _, by := range feed.Fetchers {
			line.Fetchers = append(line.Fetchers, statsFetcher(by))
		}
		f.Feeds[i] = line
	}
	return f
}

func printStats(a *cli.App, f statistics) error {
	if a.JSON {
		return a.PrintJSON(f)
	}
	rows := [][]string{{"DAY", "ARTICLES", "COMMENTS", "SOURCES"}}
	for _, d := range f.Days {
		rows = append(rows, []string{d.Day, strconv.Itoa(d.Articles), strconv.Itoa(d.Comments), strconv.Itoa(d.Sources)})
	}
	if err := a.Columns(rows); err != nil {
		return err
	}
	if len(f.Feeds) == 0 {
		a.Nothing("stats", "nobody who fetches a feed for others has said for how many")
		return nil
	}
	rows = [][]string{{"FEED", "SUBSCRIBERS", "SAID BY"}}
	for _, feed := range f.Feeds {
		var by []string
		for i, one := range feed.Fetchers {
			if i == saidBy {
				by = append(by, fmt.Sprintf("%d more", len(feed.Fetchers)-saidBy))
				break
			}
			by = append(by, fmt.Sprintf("%s %d", one.Name, one.Subscribers))
		}
		rows = append(rows, []string{feed.Feed, strconv.Itoa(feed.Subscribers), strings.Join(by, ", ")})
	}
	fmt.Fprintln(a.Stdout)
	return a.Columns(rows)
}
