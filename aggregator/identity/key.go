package identity

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// maxKey is the longest key that is kept whole, in bytes. A longer one keeps its
// beginning and the hash of all of it, so that two that begin alike stay two.
const maxKey = 512

// Bounded is an id or a link as keys are made of it: at most 512 bytes.
func Bounded(id string) string {
	if len(id) <= maxKey {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	return strings.ToValidUTF8(id[:maxKey-len(sum)*2-1], "") + "#" + hex.EncodeToString(sum[:])
}

// joined is a key that is made of several parts.
func joined(parts ...string) string { return Bounded(strings.Join(parts, "|")) }

// dated is the entry's link with its date.
func (c Claim) dated() string {
	if c.Date.IsZero() {
		return joined(c.Link, "")
	}
	return joined(c.Link, c.Date.UTC().Format("2006-01-02T15:04:05Z"))
}

// key is what a policy tells the entry apart by; where the entry has nothing of
// the kind, by what it has.
func (c Claim) key(p Policy) string {
	switch {
	case p == ByID && c.ID != "", c.Link == "" && c.ID != "":
		return Bounded(c.ID)
	case c.Link == "":
		return c.Hash
	case p == ByLinkDate:
		return c.dated()
	case p == ByLinkTitle:
		return joined(c.Link, c.Title)
	default:
		return Bounded(c.Link)
	}
}

// keys are those that the entry may be known by, the most telling first, the bare
// id, link or hash last.
func (c Claim) keys() []string {
	switch {
	case c.ID != "":
		return []string{joined(c.ID, c.Link, c.Title), joined(c.ID, c.Link), Bounded(c.ID)}
	case c.Link != "":
		return []string{joined(c.Link, c.Title), c.dated(), Bounded(c.Link)}
	}
	return []string{c.Hash}
}

// means says what the n-th of keys is made of.
func (c Claim) means(n int) string {
	switch {
	case c.ID != "":
		return [...]string{"id, link and title", "id and link", "id"}[n]
	case c.Link != "":
		return [...]string{"link and title", "link and date", "link"}[n]
	}
	return "what it says"
}

// fallback is a key that a new entry may get, and what it is made of.
type fallback struct{ key, basis string }

// fallbacks are the keys that a new entry may get, the plainest first: the first
// that nothing else has is its.
func (c Claim) fallbacks(p Policy) []fallback {
	var list []fallback
	switch {
	case c.ID != "" && (p == ByID || c.Link == ""):
		list = []fallback{{Bounded(c.ID), "id"}, {joined(c.ID, c.Link), "id and link"}, {joined(c.ID, c.Link, c.Title), "id, link and title"}}
	case c.Link == "":
		return []fallback{{c.Hash, "what it says"}}
	default:
		list = []fallback{{Bounded(c.Link), "link"}, {c.dated(), "link and date"}, {joined(c.Link, c.Title), "link and title"}}
	}
	switch {
	case p == ByLinkDate && c.Link != "":
		list = list[1:]
	case p == ByLinkTitle || p != ByID && c.Link == "":
		list = list[2:]
	}
	return append(list, fallback{joined(c.ID, c.Link, c.Hash), "all that it says"})
}
