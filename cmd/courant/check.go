package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"courant/aggregator"
	"courant/cmd/courant/cli"
	"courant/cmd/courant/config"
	"courant/cmd/courant/failure"
	"courant/cmd/courant/refresh"
	"courant/cmd/courant/report"
	"courant/db/text"
)

func checkCommand(a *cli.App) *cobra.Command {
	var online bool
	c := &cobra.Command{
		Use:   "check",
		Short: "Say whether the configuration is right",
		Long: `Reads the configuration strictly and names all its mistakes at once, each with
file, line and key. With --online it also fetches each source once, with nothing
stored, and says which cannot be fetched.`,
		Example: `  courant check --config /etc/courant/courant.toml
  courant check --online`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.LoadConfig()
			var wrong *config.Mistakes
			if a.JSON && errors.As(err, &wrong) {
				return checked(a, report.CheckDocument{File: wrong.File, Mistakes: report.Mistakes(wrong.List), Warnings: []report.Mistake{}})
			}
			if err != nil {
				return err
			}
			for _, w := range c.Warnings {
				if !a.JSON && !a.Quiet {
					fmt.Fprintf(a.Stderr, "courant: warning: %s\n", text.Line(w.String()))
				}
			}
			doc := report.CheckDocument{File: c.File, Sources: len(c.Sources), Mistakes: []report.Mistake{}, Warnings: report.Mistakes(c.Warnings)}
			if online {
				if doc.Failing, err = tryOut(cmd.Context(), a, c); err != nil {
					return err
				}
			}
			return checked(a, doc, report.Count(len(c.Sections), "section"))
		},
	}
	c.Flags().BoolVar(&online, "online", false, "also try each source")
	return c
}

// checked prints what check found; more is said of a right configuration.
func checked(a *cli.App, d report.CheckDocument, more ...string) error {
	wrong := len(d.Mistakes) > 0 || len(d.Failing) > 0
	if a.JSON {
		if err := a.PrintJSON(d); err != nil {
			return err
		}
		if wrong {
			return failure.ErrTold
		}
		return nil
	}
	if wrong {
		return fmt.Errorf("check %s: %d of %s cannot be fetched", d.File, len(d.Failing), report.Count(d.Sources, "source"))
	}
	a.Say("%s is right: %s, %s", d.File, report.Count(d.Sources, "source"), more[0])
	return nil
}

// tryOut tries every source and returns those that cannot be had.
func tryOut(ctx context.Context, a *cli.App, c config.Config) (failing []report.Failing, err error) {
	err = refresh.Try(ctx, c, a.Version, func(r aggregator.Result) {
		said := "ok, " + report.Count(r.New, "article")
		if r.Err != "" {
			failing = append(failing, report.Failing{Source: r.Source, Why: r.Err})
			said = text.Line(r.Err)
		}
		if !a.JSON {
			a.Say("%s  %s", r.Source, said)
		}
	})
	return failing, err
}
