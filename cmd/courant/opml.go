package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"courant/cmd/courant/cli"
	"courant/cmd/courant/failure"
	"courant/cmd/courant/report"
	"courant/cmd/courant/subscribe"
	"courant/publisher"
	"courant/publisher/opml"
)

func opmlCommand(a *cli.App) *cobra.Command {
	return cli.Group("opml", "Bring subscriptions in and out", `  courant opml import subscriptions.opml >> courant.toml
  courant opml export > sources.opml`,
		opmlImport(a), opmlExport(a))
}

func opmlImport(a *cli.App) *cobra.Command {
	var with subscribe.Source
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Print the feeds of an OPML file as TOML sources",
		Long: `Prints the feeds of an OPML file as sources to add to the configuration. A folder
becomes a section, unless --section names one for all. What the configuration has
already is left out, with a comment; so is what cannot be read or asked, and then
the status is 1.`,
		Example: `  courant opml import subscriptions.opml >> courant.toml
  courant opml import --publish auto --section world subscriptions.opml`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := judgeCommon(cmd, with); err != nil {
				return err
			}
			data, err := a.ReadFile(args[0])
			if err != nil {
				return fmt.Errorf("import: %w", err)
			}
			c, err := a.LoadConfig()
			if err != nil && !errors.Is(err, cli.ErrNoConfig) {
				return err
			}
			add := subscribe.New(c, with)
			if err := add.Import(data); err != nil {
				return failure.Hint(fmt.Errorf("import %s: %w", args[0], err), "export it from a feed reader as OPML")
			}
			if err := printAdditions(a, add); err != nil || add.Lost == 0 {
				return err
			}
			return failure.Hint(fmt.Errorf("import %s: %d of %s left out", args[0], add.Lost, report.Count(add.Read, "subscription")),
				"the lines that begin with \"# left out\" say which and why")
		},
	}
	commonFlags(cmd, &with)
	return cmd
}

// commonFlags has cmd ask what all the sources that it writes have in common.
func commonFlags(cmd *cobra.Command, s *subscribe.Source) {
	cmd.Flags().StringVar(&s.Publish, "publish", "", "publish what they bring: `auto` at once, or review (the default): by hand")
	cmd.Flags().StringVar(&s.Section, "section", "", "put them into the section `ID`")
}

// judgeCommon says what is wrong with such flags.
func judgeCommon(cmd *cobra.Command, s subscribe.Source) error {
	if s.Publish != "" && s.Publish != "auto" && s.Publish != "review" {
		return failure.Misused(cmd, "--publish %s: must be auto or review", s.Publish)
	}
	if s.Section != "" {
		if err := (publisher.Section{ID: s.Section}).Validate(); err != nil {
			return failure.Misused(cmd, "--section: %w", err)
		}
	}
	return nil
}

func printAdditions(a *cli.App, add *subscribe.Additions) error {
	if a.JSON {
		return a.PrintJSON(add)
	}
	return add.WriteTOML(a.Stdout)
}

func opmlExport(a *cli.App) *cobra.Command {
	return &cobra.Command{
		Use:     "export",
		Short:   "Print the sources as OPML",
		Example: `  courant opml export > sources.opml`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.LoadConfig()
			if err != nil {
				return err
			}
			stored, err := a.StoredSources(cmd.Context(), c)
			if err != nil {
				return err
			}
			data, err := opml.Write(subscribe.List(c, stored.Sources))
			if err != nil {
				return err
			}
			_, err = a.Stdout.Write(data)
			return err
		},
	}
}
