// Command fill makes a store with as many articles as it is told, and indexes them, for
// trying how Courant does with them:
//
//	go run ./db/dbtest/fill -articles 1000000 big.db
//	go run ./db/dbtest/fill -articles 1000000 -varied -comments 100000 varied.db
//
// Beside a file it takes the address of an empty PostgreSQL database. The same flags make
// the same articles, but for their ids and the time.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"courant/db"
	"courant/db/dbtest"
	"courant/db/dbtest/cpu"
	"courant/db/engine"
)

func main() {
	articles := flag.Int("articles", 10_000, "how many")
	varied := flag.Bool("varied", false, "with as many different words as people's texts have")
	comments := flag.Int("comments", 0, "how many, on the newest article")
	authority := flag.String("tag", "news.example.org", "authority of the ids")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: fill [-articles N] [-varied] [-comments N] [-tag HOST] FILE|postgres://…")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}
	fill := dbtest.Fill
	if *varied {
		fill = dbtest.FillVaried
	}
	if err := run(context.Background(), flag.Arg(0), *authority, *articles, *comments, fill); err != nil {
		fmt.Fprintln(os.Stderr, "fill:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, place, authority string, articles, comments int, fill func(context.Context, *db.DB, int) error) error {
	c := engine.DefaultConfig()
	if c.Path = place; strings.Contains(place, "://") {
		c.URL = place
	}
	d, err := db.Open(ctx, c, db.Options{Authority: authority})
	if err != nil {
		return err
	}
	defer d.Close()
	spent, err := cpu.Own()
	if err != nil {
		return err
	}
	took := func() time.Duration {
		before := spent
		spent, err = cpu.Own()
		return (spent - before).Round(time.Millisecond)
	}
	if err := fill(ctx, d, articles); err != nil {
		return err
	}
	fmt.Printf("%d articles, %s of the processor\n", articles, took())
	if comments > 0 {
		list, err := d.Articles(ctx, db.ArticleQuery{Limit: 1})
		if err != nil {
			return err
		}
		if err := dbtest.FillThread(ctx, d, list[0].ID, comments, 0); err != nil {
			return err
		}
	}
	took()
	var worst time.Duration
	for {
		began := time.Now()
		n, err := d.Index(ctx)
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
		worst = max(worst, time.Since(began))
	}
	fmt.Printf("indexed: %s of the processor, the longest batch %s by the clock\n", took(), worst.Round(time.Millisecond))
	return err
}
