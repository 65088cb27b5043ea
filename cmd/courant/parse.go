package main

import (
	"bufio"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"courant/cmd/courant/cli"
	"courant/cmd/courant/reading"
)

func parseCommand(a *cli.App) *cobra.Command {
	var base string
	c := &cobra.Command{
		Use:   "parse [FILE...]",
		Short: "Show what a feed file reads as, without store, network or clock",
		Long: `Reads feed files and prints a line of JSON for each: the entries as they arrived,
relative addresses resolved against where the file counts as fetched from, and
under "article" what normalising makes of them, which trusts the address that a
feed gives itself. With no FILE, reads paths from standard input, one a line. A
file that is not a feed is a line with its error.`,
		Example: `  courant parse feed.xml
  find feeds -type f | courant parse`,
		RunE: func(cmd *cobra.Command, args []string) error {
			out := bufio.NewWriterSize(a.Stdout, 1<<16)
			quiet := *a
			quiet.Stdout = out
			print := func(path string) error { return quiet.PrintJSON(reading.Of(path, base)) }
			if err := eachPath(args, a.Stdin, print); err != nil {
				return err
			}
			return out.Flush()
		},
	}
	c.Flags().StringVar(&base, "base", "", "`URL` that the files count as fetched from (default "+reading.Base+"NAME)")
	return c
}

// eachPath calls f with each argument, or each line of in where there is none.
func eachPath(args []string, in io.Reader, f func(string) error) error {
	for _, path := range args {
		if err := f(path); err != nil {
			return err
		}
	}
	if len(args) > 0 {
		return nil
	}
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		if path := strings.TrimSpace(lines.Text()); path != "" {
			if err := f(path); err != nil {
				return err
			}
		}
	}
	return lines.Err()
}
