package publisher

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"courant/db/search/query"
	"courant/publisher/channels"
	"courant/publisher/web"
)

// The ways to see a feed (?view=).
const (
	viewAny  = ""     // the feed, or a page about it for whoever navigates to it
	viewFeed = "feed" // the feed, whoever asks
	viewRaw  = "raw"  // the feed as XML to look at
)

// feedParams are the parameters of a feed's address, clamped; any other is
// ignored, so that no query makes us hold another copy (X36).
type feedParams struct {
	channels.Params // ?n=, ?full=0, ?page=, ?archive=
	view            string
}

// parseFeedParams reads a query. A page that is no number is an error; how far
// pages go is known later.
func parseFeedParams(q url.Values) (feedParams, error) {
	f := feedParams{Params: channels.Params{Page: 1, Short: q.Get("full") == "0", Words: spaced(q.Get("q"))}}
	if s := q.Get("n"); s != "" {
		f.Items = clampItems(s)
	}
	switch v := q.Get("view"); v {
	case viewFeed, viewRaw:
		f.view = v
	}
	if s := q.Get("archive"); s != "" {
		n, err := strconv.ParseUint(s, 10, 31)
		if f.Archive = int(n); err != nil || n == 0 {
			f.Archive = -1 // there is no such document, of whatever list
		}
	}
	if s := q.Get("page"); s != "" {
		n, err := strconv.ParseUint(s, 10, 31)
		if err != nil || n == 0 {
			return f, &web.Error{Status: http.StatusBadRequest, Message: "This thread has fewer pages."}
		}
		f.Page = int(n)
	}
	return f, nil
}

// spaced is what was searched for as the address of its feed has it: one for all
// ways to part the same words. What is too long to be looked for is cut where it
// still is.
func spaced(words string) string {
	const most = 8 * query.MaxChars // bytes
	if len(words) > most {
		words = words[:most]
	}
	return strings.Join(strings.Fields(strings.ToValidUTF8(words, " ")), " ")
}

// clampItems is the number that s writes, within what a feed may hold; 0 where
// it is no number.
func clampItems(s string) int {
	n, err := strconv.ParseInt(s, 10, 64)
	switch {
	case err != nil && strings.Trim(s, "0123456789") == "":
		return channels.MaxItems // digits beyond an int64
	case err != nil:
		return 0
	}
	return int(min(max(n, 1), channels.MaxItems))
}

// query writes the parameters in their one order, "" or with a leading "?".
func (f feedParams) query() string {
	q := f.Params.Query()
	switch {
	case f.view == viewAny:
		return q
	case q == "":
		return "?view=" + f.view
	}
	return q + "&view=" + f.view
}

// number reads a parameter that counts from 1 and may be absent, which gives
// 0. What is no such number names no page.
func number(q url.Values, name string, most int) (int, error) {
	s := q.Get(name)
	if s == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > most {
		return 0, &web.Error{Status: http.StatusNotFound, Err: fmt.Errorf("parameter %s=%q", name, s)}
	}
	return n, nil
}
