package normalise

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strings"

	"courant/aggregator/feed"
	"courant/db"
)

// maxGUID is the longest id that is kept whole, in bytes. A longer one keeps
// its beginning and the hash of all of it, so that two that begin alike stay two.
const maxGUID = 512

// identity is what makes two entries of a source the same (I02): its id; else
// its link; else what it says. It never depends on when it was read.
func identity(e *feed.Entry) string {
	if id := strings.TrimSpace(e.ID); id != "" {
		return bounded(id)
	}
	if at := link(e); at != "" {
		return bounded(at)
	}
	h := sha256.New()
	for _, part := range []string{e.Title, e.Body, e.RawDate} {
		h.Write([]byte(part))
		h.Write([]byte{0})
	}
	if e.Title == "" && e.Body == "" { // only a picture, or files
		h.Write([]byte(withoutQuery(e.Image.URL)))
		for _, f := range e.Enclosures {
			h.Write([]byte{0})
			h.Write([]byte(withoutQuery(f.URL)))
		}
	}
	if d := e.Date(); !d.IsZero() {
		h.Write([]byte(d.Format("2006-01-02T15:04:05Z")))
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

func bounded(id string) string {
	if len(id) <= maxGUID {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	return strings.ToValidUTF8(id[:maxGUID-len(sum)*2-1], "") + "#" + hex.EncodeToString(sum[:])
}

// fingerprint is over what makes an update when it changes (I17): title, text,
// link, author, categories and enclosures. Counters, tracking parameters, the
// tokens of signed addresses, white space and the order of attributes are none
// of it.
func fingerprint(a *db.Article, text string) []byte {
	h := sha256.New()
	put := func(s string) {
		h.Write([]byte(s))
		h.Write([]byte{0})
	}
	put(a.Headline)
	put(text)
	put(a.Link)
	put(a.Author)
	for _, t := range a.Tags {
		put(t)
	}
	for _, n := range a.Enclosures {
		put(withoutQuery(n.URL))
	}
	return h.Sum(nil)
}

func withoutQuery(at string) string {
	if u, err := url.Parse(at); err == nil {
		u.RawQuery, u.Fragment = "", ""
		return u.String()
	}
	return at
}
