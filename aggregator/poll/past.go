package poll

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strconv"
	"strings"

	"courant/aggregator/feed"
	"courant/aggregator/identity"
	"courant/db"
)

// What leads from one document of a source's past to the one before it.
const (
	ByArchive   = "archive"   // prev-archive (RFC 5005 section 4)
	ByPage      = "page"      // rel=next (section 3), next_url of a JSON Feed
	ByWordPress = "wordpress" // ?paged=, which its feeds answer and do not name
)

// Onward is the document before d in the source's past, and what leads there, which
// by is from then on; empty where there is none. at is the address of d, and by what
// led to it, empty to the source's own document.
func Onward(d *feed.Document, at, by string) (next, way string) {
	switch {
	case d.PrevArchive != "":
		return d.PrevArchive, ByArchive
	case by == ByArchive:
		return "", "" // the oldest
	case d.NextPage != "":
		return d.NextPage, ByPage
	case by == ByPage || !isWordPress(d.Generator):
		return "", ""
	}
	u, err := url.Parse(at)
	if err != nil {
		return "", ""
	}
	const first = 1 // which no address has to name
	page := first
	q := u.Query()
	if n, err := strconv.Atoi(q.Get("paged")); err == nil && n > first {
		page = n
	}
	q.Set("paged", strconv.Itoa(page+1))
	u.RawQuery = q.Encode()
	return u.String(), ByWordPress
}

// isWordPress reports whether a feed says that WordPress made it: RSS names its
// address there, Atom its name.
func isWordPress(generator string) bool {
	name := strings.ToLower(generator)
	return name == "wordpress" || strings.Contains(name, "://wordpress.org/") || strings.Contains(name, "://wordpress.com/")
}

// Past is what a document of s's past brings, s.Reading told what the store knows:
// entries that are articles of none yet. What it says of others is older than what is
// known of them.
func Past(s *Subject, v *Visit) []db.Entry {
	l, r := leaving{s: s, v: v}, s.Reading
	for i, verdict := range r.resolved().Verdicts {
		if verdict.Kind == identity.New {
			l.add(r.entries[i], r.prints[i], verdict)
		}
	}
	return l.p.Entries
}

// Digest is equal for documents that hold the same entries; empty of one without any.
func Digest(d *feed.Document) string {
	if len(d.Entries) == 0 {
		return ""
	}
	h := sha256.New()
	for i := range d.Entries {
		e := &d.Entries[i]
		for _, s := range []string{e.ID, e.Link, e.Title} {
			h.Write([]byte(s + "\x00"))
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
