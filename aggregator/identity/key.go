package identity

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
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

// Key is what a policy tells the entry apart by; where the entry has nothing of
// the kind, by what it has.
func (c Claim) Key(p Policy) string {
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

// name is a key that an entry may have, and what that is made of.
type name struct{ key, basis string }

// keys are those that the entry may be known by where a policy tells entries apart,
// the most telling first, the bare id, link or hash last. A link without a title
// is none of the telling ones: it would look like a link without a date.
func (c Claim) keys(p Policy) (list []name) {
	if c.ID == "" && c.Link == "" {
		return []name{{c.Hash, "what it says"}}
	}
	if c.ID != "" {
		list = append(list, name{joined(c.ID, c.Link, c.Title), "id, link and title"}, name{joined(c.ID, c.Link), "id and link"})
	}
	if c.Link != "" && (c.ID == "" || p != ByID) {
		if c.Title != "" {
			list = append(list, name{joined(c.Link, c.Title), "link and title"})
		}
		list = append(list, name{c.dated(), "link and date"})
	}
	if c.ID != "" {
		return append(list, name{Bounded(c.ID), "id"})
	}
	return append(list, name{Bounded(c.Link), "link"})
}

// fallbacks are the keys that a new entry may get, the plainest first: the first
// that nothing else has is its.
func (c Claim) fallbacks(p Policy) []name {
	whole := name{joined(c.ID, c.Link, c.Hash), "all that it says"}
	switch {
	case c.ID != "" && p == ByID:
		return []name{{Bounded(c.ID), "id"}, {joined(c.ID, c.Link), "id and link"}, {joined(c.ID, c.Link, c.Title), "id, link and title"}, whole}
	case c.ID != "" && c.Link == "":
		return []name{{joined(c.ID, c.Link, c.Title), "id and title"}, whole}
	case c.Link == "":
		return []name{{c.Hash, "what it says"}}
	}
	list := []name{{Bounded(c.Link), "link"}, {c.dated(), "link and date"}, {joined(c.Link, c.Title), "link and title"}, whole}
	if c.Title == "" {
		list = slices.Delete(list, 2, 3)
	}
	switch p {
	case ByLinkDate:
		return list[1:]
	case ByLinkTitle:
		return list[2:]
	}
	return list
}
