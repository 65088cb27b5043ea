package main

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"courant/aggregator"
	"courant/aggregator/discover"
	"courant/cmd/courant/config"
	"courant/cmd/courant/subscribe"
	"courant/db/text"
)

func sourceDiscover(a *app) *cobra.Command {
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
				return misused(cmd, "discover %s: is not a web address", cmp.Or(text.Redact(args[0]), "URL"))
			}
			c, err := a.loadConfig()
			if errors.Is(err, errNoConfig) {
				c, err = config.Default(), nil
			}
			if err != nil {
				return err
			}
			found, err := aggregator.Discover(cmd.Context(), c.Aggregator, aggregator.Options{Version: version, Contact: c.Site.Base()}, address)
			if err != nil {
				return fmt.Errorf("discover %s: %w", text.Redact(address), err)
			}
			if len(found) == 0 && !a.json {
				return hint(fmt.Errorf("discover %s: no feed was found", text.Redact(address)), "look on the site for a link called RSS, Atom or Feed")
			}
			return a.printFound(subscribe.New(c, subscribe.Source{}), found)
		},
	}
}

// foundLine is a feed that was found, in JSON.
type foundLine struct {
	URL      string `json:"url"`
	Title    string `json:"title,omitempty"`
	Format   string `json:"format"`
	Entries  int    `json:"entries"`
	From     string `json:"from"`
	SameAs   string `json:"same_as,omitempty"` // the feed with the same entries that is the one to take
	Comments bool   `json:"comments,omitempty"`
	Source   string `json:"source,omitempty"` // the configured one that has it already
}

func (a *app) printFound(add *subscribe.Additions, found []discover.Feed) error {
	for _, f := range found {
		has := add.Has(f.URL)
		if a.json {
			if err := a.printJSON(foundLine{f.URL, f.Title, f.Format, f.Entries, f.From, f.SameAs, f.Comments, has}); err != nil {
				return err
			}
			continue
		}
		what := fmt.Sprintf("# %s, %d entries, from %s", text.Line(f.Format), f.Entries, f.From)
		switch {
		case has != "":
			what += "; the source " + has + " has it already: " + text.Line(f.URL)
		case f.SameAs != "":
			what += "; the same entries: " + text.Line(f.URL)
		case f.Comments:
			what += "; comments: " + text.Line(f.URL)
		}
		fmt.Fprintf(a.stdout, "\n%s", what)
		if has != "" || f.SameAs != "" || f.Comments {
			fmt.Fprintln(a.stdout)
			continue
		}
		if err := add.Make(f.Title, f.URL, "").WriteTOML(a.stdout); err != nil {
			return err
		}
	}
	return nil
}
