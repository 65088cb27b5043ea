// Package scope names what readers see and a change can touch: lists, pages,
// what one visitor alone is shown. What is rendered is kept under the scopes it
// was made from, and a change drops what is kept under the scopes it touches.
package scope

import "time"

// The scopes there is one of.
const (
	Site        = "site"        // the list of all articles
	Comments    = "comments"    // the list of all comments
	Corrections = "corrections" // corrections and withdrawals
	Sources     = "sources"     // titles and addresses of the sources
	Lead        = "lead"        // which article an editor had lead the front page
	Search      = "search"      // what is found by its words: touched when the index has taken up a change
)

// What the scopes of days and months begin with; the day follows, and sorts.
const (
	Days   = "day:"
	Months = "month:"
)

// Section is the list of the articles in a section.
func Section(id string) string { return "section:" + id }

// Source is the list of a source's articles, and what is said of it.
func Source(id string) string { return "source:" + id }

// Tag is the list of the articles with a tag.
func Tag(tag string) string { return "tag:" + tag }

// Article is an article's page with its thread.
func Article(id string) string { return "article:" + id }

// Visitor is what one visitor alone sees: comments of theirs that wait.
func Visitor(visitor string) string { return "visitor:" + visitor }

// Day is the list of the articles published on t's day, in t's zone, which must
// be the one that the store's days are of.
func Day(t time.Time) string { return Days + t.Format(time.DateOnly) }

// Month is the list of the articles published in t's month, likewise.
func Month(t time.Time) string { return Months + t.Format("2006-01") }
