package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"courant/cmd/courant/cli"
	"courant/db/audience"
)

// A line names a feed with its sum and those who said it, the rest as a number.
func TestStatsFeeds(t *testing.T) {
	var out bytes.Buffer
	feed := audience.Feed{Path: "/feed.atom", Subscribers: 21}
	for i, name := range []string{"Feedbin", "NewsBlur", "Feedly", "inoreader.com", "BazQux", "Netvibes"} {
		feed.Fetchers = append(feed.Fetchers, audience.Fetcher{Name: name, Subscribers: 6 - i, Seen: time.Unix(0, 0).UTC()})
	}
	if err := printStats(&cli.App{Stdout: &out}, statsOf(nil, []audience.Feed{feed})); err != nil {
		t.Fatal(err)
	}
	if want := "/feed.atom  21           Feedbin 6, NewsBlur 5, Feedly 4, inoreader.com 3, BazQux 2, 1 more"; !strings.Contains(out.String(), want) {
		t.Errorf("%q lacks %q", out.String(), want)
	}
	out.Reset()
	if err := printStats(&cli.App{Stdout: &out, JSON: true}, statsOf(nil, []audience.Feed{feed})); err != nil {
		t.Fatal(err)
	}
	if want := `{"days":[],"feeds":[{"feed":"/feed.atom","subscribers":21,"fetchers":[{"name":"Feedbin","subscribers":6,"seen":"1970-01-01T00:00:00Z"}`; !strings.HasPrefix(out.String(), want) {
		t.Errorf("%s", out.String())
	}
}
