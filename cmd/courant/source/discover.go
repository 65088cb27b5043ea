package source

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"courant/aggregator"
	"courant/aggregator/discover"
	"courant/cmd/courant/cli"
	"courant/cmd/courant/config"
	"courant/cmd/courant/failure"
	"courant/cmd/courant/report"
	"courant/cmd/courant/subscribe"
	"courant/db/text"
)

func discoverCommand(a *cli.App) *cobra.Command {
	return &cobra.Command{
		Use:   "discover URL",
		Short: "Print the feeds of a site as TOML to add",
		Long: `Asks the page at URL for its feeds, and where it names none, looks at the usual
addresses. Prints them as sources to add to the configuration, the likeliest
first: of several with the same entries the best one, and the others, and feeds
of comments, as comments.`,
		Example: `  courant source discover https://www.nasa.gov/ >> courant.toml`,
		RunE: func(cmd *cobra.Command, args []string) error {
			address := discover.Web(args[0])
			if !strings.Contains(address, "://") {
				address = "https://" + address
			}
			if u, err := url.Parse(address); err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" {
				return failure.Misused(cmd, "discover %s: is not a web address", cmp.Or(text.Redact(args[0]), "URL"))
			}
			c, err := a.LoadConfig()
			if errors.Is(err, cli.ErrNoConfig) {
				c, err = config.Default(), nil
			}
			if err != nil {
				return err
			}
			found, err := aggregator.Discover(cmd.Context(), c.Aggregator, aggregator.Options{Version: a.Version, Contact: c.Site.Base()}, address)
			if err != nil {
				return fmt.Errorf("discover %s: %w", text.Redact(address), err)
			}
			if len(found) == 0 && !a.JSON {
				return failure.Hint(fmt.Errorf("discover %s: no feed was found", text.Redact(address)), "look on the site for a link called RSS, Atom or Feed")
			}
			return printFound(a, subscribe.New(c, subscribe.Source{}), found)
		},
	}
}

func printFound(a *cli.App, add *subscribe.Additions, found []discover.Feed) error {
	for _, f := range found {
		line := report.Found(f, add.Has(f.URL))
		if a.JSON {
			if err := a.PrintJSON(line); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(a.Stdout, "\n%s", line.Note())
		if line.Known() {
			fmt.Fprintln(a.Stdout)
			continue
		}
		if err := add.Make(f.Title, f.URL, "").WriteTOML(a.Stdout); err != nil {
			return err
		}
	}
	return nil
}
