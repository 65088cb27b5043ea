package channels

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"

	"courant/publisher/feeds"
)

// ErrNoPage is for a page that a feed does not have.
var ErrNoPage = errors.New("the feed has fewer pages")

// maxDeletions is how many withdrawals a feed tells of, the latest.
const maxDeletions = 100

// Params are what may be asked of a feed.
type Params struct {
	Words string // what is searched for, as query.Query.Text has it
	Items int    // 0: as many as the feed has; at most MaxItems
	Short bool   // entries leave their text to their page
	Page  int    // from 1
	// Archive asks for an archive document in place of the subscription document
	// (H2), from 1; 0: for none.
	Archive int
}

// Query writes the parameters as a feed's address has them, in their one order,
// with a leading "?", or "".
func (p Params) Query() string {
	var parts []string
	if p.Words != "" {
		parts = append(parts, "q="+url.QueryEscape(p.Words))
	}
	if p.Items > 0 {
		parts = append(parts, "n="+strconv.Itoa(p.Items))
	}
	if p.Short {
		parts = append(parts, "full=0")
	}
	if p.Page > 1 {
		parts = append(parts, "page="+strconv.Itoa(p.Page))
	}
	if p.Archive > 0 {
		parts = append(parts, "archive="+strconv.Itoa(p.Archive))
	}
	if len(parts) == 0 {
		return ""
	}
	return "?" + strings.Join(parts, "&")
}

// Channel is a feed before its format: where it stands, what it is made from,
// and how to gather it.
type Channel struct {
	Page   string   // path of the page it stands under
	Title  string   // of its feed, where the site is not seen around it (F1)
	Moved  bool     // it was asked for under another
	Scopes []string // of the store
	Paged  bool     // Params.Page names a part of it (H1)
	Past   bool     // Params.Archive names an archive document of it (H2)
	Asked  bool     // it holds what Params.Words ask for

	site   Site
	anchor string // of the part of the page that shows the same, with its "#"
	texts  bool   // Params.Short leaves its texts out
	// gather fills all but the addresses. touched is when any of it last changed.
	gather func(ctx context.Context, p Params) (feed feeds.Feed, touched time.Time, err error)
}

// Takes is p without what means nothing to c: one feed has one address and one
// copy (X36).
func (c *Channel) Takes(p Params) Params {
	p.Short = p.Short && c.texts
	if !c.Asked {
		p.Words = ""
	}
	if !c.Paged {
		p.Page = 1
	}
	if !c.Past {
		p.Archive = 0
	}
	if p.Archive > 0 {
		p.Items = 0 // it has what it has
	}
	return p
}

// Feed gathers what c holds, with the addresses that it has in a format. p are
// such as c takes. touched is when any of it last changed.
func (c *Channel) Feed(ctx context.Context, format feeds.Format, p Params) (feed feeds.Feed, touched time.Time, err error) {
	feed, touched, err = c.gather(ctx, p)
	if err != nil {
		return feed, touched, err
	}
	root := c.site.Base + Path(c.Page, format)
	feed.Self = root + p.Query()
	feed.Page = c.site.Base + c.Page + Params{Words: p.Words}.Query() + c.anchor
	feed.Image, feed.Hub = c.site.Image, c.site.Hub
	if feed.Language == "" {
		feed.Language = c.site.Language
	}
	if c.linkArchives(&feed.History, root, p); feed.History.Archive {
		feed.Hub = "" // it brings no news
	}
	if feed.Pages > 1 {
		link := func(page int) string {
			p.Page = page
			return root + p.Query()
		}
		page := p.Page
		feed.First, feed.Last = link(1), link(feed.Pages)
		if page > 1 {
			feed.Prev = link(page - 1)
		}
		if page < feed.Pages {
			feed.Next = link(page + 1)
		}
	}
	return feed, touched, nil
}

// linkArchives gives h the addresses of the documents that it names.
func (c *Channel) linkArchives(h *feeds.History, root string, p Params) {
	link := func(archive int) string {
		p.Archive = archive
		return root + p.Query()
	}
	if h.Archive {
		h.Current = link(0)
	}
	if h.Older > 0 {
		h.Prev = link(h.Older)
	}
	if h.Newer > 0 {
		h.Next = link(h.Newer)
	}
}
