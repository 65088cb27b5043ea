// Package state names where articles, comments and sources stand, what readers are told
// of an article and how a visit to a source ended, in the words that are stored and that
// users read.
package state

import (
	"fmt"
	"slices"
)

// Article is where an article stands.
type Article string

// The states of an article (PRODUCT.md, Words).
const (
	Incoming  Article = "incoming"
	Published Article = "published"
	Rejected  Article = "rejected"
	Scheduled Article = "scheduled"
	Withdrawn Article = "withdrawn"
)

var articleMoves = map[Article][]Article{
	Incoming:  {Published, Rejected, Scheduled},
	Scheduled: {Published, Incoming},
	Rejected:  {Incoming, Published},
	Published: {Withdrawn},
	Withdrawn: {Published},
}

// CanBecome reports whether an article may go from s to next.
func (s Article) CanBecome(next Article) bool { return slices.Contains(articleMoves[s], next) }

// Valid reports whether s is a state at all.
func (s Article) Valid() bool { _, ok := articleMoves[s]; return ok }

// Notice says what readers are told of an article that was published.
type Notice string

// The kinds of notices.
const (
	Correction Notice = "correction"
	Withdrawal Notice = "withdrawal"
)

// Comment is where a comment stands.
type Comment string

// The states of a comment (PRODUCT.md, Words).
const (
	Pending  Comment = "pending"
	Approved Comment = "approved"
	Spam     Comment = "spam"
	Removed  Comment = "removed"
)

var commentMoves = map[Comment][]Comment{
	Pending:  {Approved, Spam, Removed},
	Approved: {Spam, Removed},
	Spam:     {Approved},
	Removed:  {Approved},
}

// CanBecome reports whether a comment may go from s to next.
func (s Comment) CanBecome(next Comment) bool { return slices.Contains(commentMoves[s], next) }

// Valid reports whether s is a state at all.
func (s Comment) Valid() bool { _, ok := commentMoves[s]; return ok }

// Thread is what an editor would have of an article's thread.
type Thread string

// What an editor may have of a thread.
const (
	ThreadAsSet  Thread = ""       // as the configuration says
	ThreadOn     Thread = "on"     // open, however old the article is
	ThreadOff    Thread = "off"    // there is none; what was said stays stored
	ThreadClosed Thread = "closed" // it can be read, and takes no more
)

// Valid reports whether t is one of them.
func (t Thread) Valid() bool {
	return slices.Contains([]Thread{ThreadAsSet, ThreadOn, ThreadOff, ThreadClosed}, t)
}

// A TransitionError says that an article or comment cannot go where it was sent.
type TransitionError struct{ Kind, ID, From, To string }

func (e *TransitionError) Error() string {
	return fmt.Sprintf("%s %s is %s and cannot become %s", e.Kind, e.ID, e.From, e.To)
}
