package identity

import (
	"slices"
	"time"
)

// Document is one document of a source, with what the store holds of how the
// source's entries are told apart.
type Document struct {
	Claims  []Claim
	Known   []Known
	Policy  Policy
	Strikes int // known ids that were given to other entries so far
	At      time.Time
}

// Verdict is what one claim comes to.
type Verdict struct {
	Kind  Kind
	Known int    // index into Document.Known, where Kind is Same or Purged
	Key   string // of a New one; no two of a source are alike
	// Alias is a further key of a known article, "" where it has it already.
	Alias string
	// Why names what decided, for people: "id", "link", …
	Why string
	// Resurfaced: the entry had been gone for a month (I36).
	Resurfaced bool
}

// Kind is what becomes of a claim.
type Kind byte

// What becomes of a claim.
const (
	New    Kind = iota
	Same        // as an article that we have
	Purged      // as one that we had; it does not come back
	Double      // as another claim of the document, which is newer
)

// Resolution is what a document comes to.
type Resolution struct {
	Verdicts []Verdict // one for each claim
	Policy   Policy
	Strikes  int
	Rekeyed  bool // most of it looked new and was not (I10)
	Repeated bool // a claim stands beside a Known one that is Unchanged, under its key
}

// Needs is what Known must hold of the source, besides what its latest document
// had: all with one of these keys, links or titles. A claim that is known by a key
// and has the link or the title that is known asks for nothing.
func (d *Document) Needs() (keys []string, links, titles []int64) {
	seen := make(map[string]int, len(d.Known))
	for i, k := range d.Known {
		for _, key := range k.Keys {
			seen[key] = i
		}
	}
	asked := map[string]bool{}
	for _, c := range d.Claims {
		link, title := LinkHash(c.Link), TitleHash(c.Title)
		own := c.keys(d.Policy)
		if slices.ContainsFunc(own, func(n name) bool {
			i, known := seen[n.key]
			return known && (d.Known[i].Link == link || d.Known[i].Title == title)
		}) {
			continue
		}
		ask := func(key string) {
			if _, known := seen[key]; !known && !asked[key] {
				asked[key] = true
				keys = append(keys, key)
			}
		}
		for _, n := range own {
			ask(n.key)
		}
		ask(c.fallbacks(d.Policy)[0].key)
		for _, id := range variants(c.ID) {
			ask(id)
		}
		if link != 0 {
			links = append(links, link)
		}
		if title != 0 {
			titles = append(titles, title)
		}
	}
	return keys, links, titles
}
