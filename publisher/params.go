package publisher

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"courant/publisher/web"
)

// The ways to see a feed (?view=).
const (
	viewAny  = ""     // the feed, or a page about it for whoever navigates to it
	viewFeed = "feed" // the feed, whoever asks
	viewRaw  = "raw"  // the feed as XML to look at
)

// feedParams are the parameters of a feed's address, clamped; any other is
// ignored, so that no query makes us keep another copy (X36).
type feedParams struct {
	items int  // ?n=, 0: as many as the feed has
	short bool // ?full=0
	page  int  // ?page=, 1: the first
	view  string
}

// parseFeedParams reads a query. A page that is no number is an error; how far
// pages go is known later.
func parseFeedParams(q url.Values) (feedParams, error) {
	f := feedParams{page: 1, short: q.Get("full") == "0"}
	if s := q.Get("n"); s != "" {
		f.items = clampItems(s)
	}
	switch v := q.Get("view"); v {
	case viewFeed, viewRaw:
		f.view = v
	}
	if s := q.Get("page"); s != "" {
		n, err := strconv.ParseUint(s, 10, 31)
		if err != nil || n == 0 {
			return f, &web.Error{Status: http.StatusBadRequest, Message: "There is no page called " + strconv.Quote(s) + "."}
		}
		f.page = int(n)
	}
	return f, nil
}

// clampItems is the number that s writes, within what a feed may hold; 0 where
// it is no number.
func clampItems(s string) int {
	n, err := strconv.ParseInt(s, 10, 64)
	switch {
	case err != nil && strings.Trim(s, "0123456789") == "":
		return maxFeedItems // digits beyond an int64
	case err != nil:
		return 0
	}
	return int(min(max(n, 1), maxFeedItems))
}

// query writes the parameters in their one order, "" or with a leading "?".
func (f feedParams) query() string {
	var parts []string
	if f.items > 0 {
		parts = append(parts, "n="+strconv.Itoa(f.items))
	}
	if f.short {
		parts = append(parts, "full=0")
	}
	if f.page > 1 {
		parts = append(parts, "page="+strconv.Itoa(f.page))
	}
	if f.view != viewAny {
		parts = append(parts, "view="+f.view)
	}
	if len(parts) == 0 {
		return ""
	}
	return "?" + strings.Join(parts, "&")
}

// canonical are the parameters of the feed itself, however it is seen.
func (f feedParams) canonical() feedParams {
	f.view = viewAny
	return f
}

// at is f for another page of the same feed.
func (f feedParams) at(page int) feedParams {
	f.page = page
	return f
}
