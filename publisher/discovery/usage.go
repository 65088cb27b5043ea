package discovery

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
)

// Usage is what we ask programs to do, and not to do, with what we publish
// (F5). It is a wish in words that programs know, and keeps nobody out.
//
// There are two such vocabularies, and no standard yet. The IETF's working group
// on AI preferences has Content-Usage, a dictionary (RFC 9651) of the labels
// search and train-ai, each y or n: draft-ietf-aipref-vocab-07 says what they
// mean, draft-ietf-aipref-attach-05 that they stand in robots.txt and in a header. Cloudflare's Content Signals Policy of
// September 2025 has Content-Signal, with search, ai-input (answers made from a
// page as it is read) and ai-train, each yes or no. In neither does search cover
// summaries that a model makes.
//
// Content-Usage is a draft's word still, which what checks a robots.txt for search
// engines calls a mistake (Lighthouse 13 does, for all its SEO score). So it stands in
// there where somebody chose what to ask; in the header it always does.
type Usage string

// Unsaid is what is asked where nobody chose: what Search asks.
const Unsaid Usage = ""

// The usages to choose from, each stricter than the one before it.
const (
	Allow  Usage = "allow"  // search, answers, training
	Search Usage = "search" // be found, and no more
	Deny   Usage = "deny"   // not even that
)

// usages are all of them, the strictest last.
var usages = []Usage{Allow, Search, Deny}

// Check says what is wrong with u, as the end of a sentence that begins with the
// key, or nil.
func (u Usage) Check() error {
	if u != Unsaid && !slices.Contains(usages, u) {
		return fmt.Errorf("%q must be one of search, allow, deny", string(u))
	}
	return nil
}

// Of is what we ask for an article whose source gives us these rights, "full" or
// "excerpt": the strictest of ours and its source's. What we may show an excerpt
// of only, we let nobody train on or answer from.
func (u Usage) Of(rights string) Usage {
	theirs := Allow
	if rights == "excerpt" {
		theirs = Search
	}
	return usages[max(slices.Index(usages, u.asked()), slices.Index(usages, theirs))]
}

// asked is the choice that u comes to.
func (u Usage) asked() Usage { return cmp.Or(u, Search) }

// The fields, in an answer as in robots.txt.
const (
	usageField  = "Content-Usage"
	signalField = "Content-Signal"
)

// contentUsage is u in the IETF's words.
func (u Usage) contentUsage() string {
	u = u.asked()
	return "search=" + word(u != Deny, "y", "n") + ", train-ai=" + word(u == Allow, "y", "n")
}

// contentSignal is u in Cloudflare's words.
func (u Usage) contentSignal() string {
	u = u.asked()
	machine := word(u == Allow, "yes", "no")
	return "search=" + word(u != Deny, "yes", "no") + ", ai-input=" + machine + ", ai-train=" + machine
}

func word(holds bool, yes, no string) string {
	if holds {
		return yes
	}
	return no
}

// Set says u in h, of what the answer holds.
func (u Usage) Set(h http.Header) {
	h[usageField] = []string{u.contentUsage()}
	h[signalField] = []string{u.contentSignal()}
}

// rules are u as rules of a group in robots.txt.
func (u Usage) rules() string {
	signal := signalField + ": " + u.contentSignal() + "\n"
	if u == Unsaid {
		return signal
	}
	return usageField + ": " + u.contentUsage() + "\n" + signal
}
