// Package uri mints the ids that articles, notices, comments and feeds bear in
// feeds for ever: tag: URIs, which say nothing of host, slug or title, since
// these change. Pure.
package uri

// Tag mints tag: URIs (RFC 4151). Authority and date are written when the
// database is made and never change, whatever becomes of host, slug or title.
type Tag struct {
	Authority string // a host without port
	Date      string // yyyy
}

// Article is the id of an article in every feed.
func (t Tag) Article(id string) string { return t.uri("article/" + id) }

// Notice is the id of a correction or a withdrawal in the feed of these.
func (t Tag) Notice(id string) string { return t.uri("notice/" + id) }

// Comment is the id of a comment in every feed.
func (t Tag) Comment(id string) string { return t.uri("comment/" + id) }

// Feed is the id of the feed under a page's address, which begins with a
// slash and names an article without its slug.
func (t Tag) Feed(page string) string { return t.uri("feed" + page) }

// Prefix is what all of them begin with.
func (t Tag) Prefix() string { return "tag:" + t.Authority + "," + t.Date + ":" }

func (t Tag) uri(specific string) string { return t.Prefix() + specific }
