// Command fill makes a store with as many articles as it is told, for trying
// how Courant does with them:
//
//	go run ./db/dbtest/fill -articles 1000000 big.db
//
// The same flags make the same articles, but for their ids and the time.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"time"

	"courant/db"
	"courant/db/dbtest"
	"courant/db/engine"
)

func main() {
	articles := flag.Int("articles", 10_000, "how many")
	authority := flag.String("tag", "news.example.org", "authority of the ids")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: fill [-articles N] [-tag HOST] FILE")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(context.Background(), flag.Arg(0), *authority, *articles); err != nil {
		fmt.Fprintln(os.Stderr, "fill:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, path, authority string, articles int) error {
	d, err := db.Open(ctx, engine.Config{Path: path}, db.Options{Authority: authority})
	if err != nil {
		return err
	}
	start := time.Now()
	if err := dbtest.Fill(ctx, d, articles); err != nil {
		d.Close()
		return err
	}
	fmt.Printf("%d articles in %s\n", articles, time.Since(start).Round(time.Millisecond))
	return d.Close()
}
