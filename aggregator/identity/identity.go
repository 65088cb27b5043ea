// Package identity decides which entries of a document are articles that we have
// already. It is pure: it is told what a document's entries say of themselves
// and what the store knows of their source, and says for each whether it is new,
// and under which key, or which article it is, and why.
//
// How identity is decided. An entry's key is its id; where a source gives none,
// its link; where it gives neither, what it says (I02). A key that is known is
// that article, unless link, title and text all say that it is another one (I38):
// then the source uses one id for several entries. What no key finds is looked
// for by weaker signs, each only among what no stronger one has taken and what
// the document no longer has: an id that differs in scheme or www (I07), the
// link (I08), title and text (I09), and, where most of a document looks new, the
// title alone (I10). Where a document's own entries share ids, or links, these
// are no identities (I06, I39): keys are made of more, and where that is so for
// more than a few, the source's Policy says so from then on, for good.
//
// Begin with Document.Needs, which says what to look up, then Document.Resolve.
package identity

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"courant/db/likeness"
)

// Policy is what tells the entries of a source apart. It is stored with the
// source, and only ever goes to a later one (I06).
type Policy string

// The policies, each for sources where the one before fails.
const (
	ByID        Policy = ""
	ByLink      Policy = "link"
	ByLinkDate  Policy = "link+published"
	ByLinkTitle Policy = "link+published+title"
)

// weaker is the order of policies.
var weaker = [...]Policy{ByID, ByLink, ByLinkDate, ByLinkTitle}

// after reports whether p is a later policy than q.
func (p Policy) after(q Policy) bool { return p.rank() > q.rank() }

func (p Policy) rank() int {
	for i, w := range weaker {
		if w == p {
			return i
		}
	}
	return 0
}

// Claim is what an entry says of itself.
type Claim struct {
	ID    string    // the source's, trimmed, compared to the letter (I04); "": none
	Link  string    // where it leads, without what tracks readers; "": nowhere
	Title string    // as shown
	Date  time.Time // the source's own, zero: none
	// Updated is when the source says that it last changed, else Date: of two
	// with one key in one document the newest counts (I05).
	Updated time.Time
	Hash    string // of all that it says: its key where it has neither id nor link
	// Text gives the sketch of its text and how many words that has. It is only
	// called where title or link leave doubt, for a text costs far more to read
	// than all else. nil: it has no text.
	Text func() (likeness.Sketch, int)
}

// Known is an article of the source, or what is left of one that was purged.
type Known struct {
	Ref       int64    // the caller's own
	Keys      []string // its key, then its aliases
	Link      int64    // LinkHash of its link
	Path      int64    // PathHash of its link
	Title     int64    // TitleHash of its headline as the source gave it
	Sketch    likeness.Sketch
	Words     int
	Date      time.Time // as Claim.Date
	Updated   time.Time // as Claim.Updated
	LastSeen  time.Time // in a document; zero: in the latest
	Unchanged bool      // the document has it, to the byte and under Keys[0], so no claim is made for it
	Purged    bool      // only its keys are left; it does not come back (I28)
}

// LinkHash is of an address as identity compares it: without its scheme, without
// a leading www., and without a slash at its end. 0 is of none.
func LinkHash(link string) int64 { return likeness.Hash(canonical(link)) }

// PathHash is of an address without its host: what stays where a whole site moves.
// 0 is of an address that has nothing but a host.
func PathHash(link string) int64 {
	_, path, _ := strings.Cut(canonical(link), "/")
	return likeness.Hash(path)
}

// TitleHash is of a title as identity compares it, folded. 0 is of one without
// letters.
func TitleHash(title string) int64 { return likeness.Hash(likeness.Fold(title)) }

func canonical(link string) string {
	rest, ok := cutScheme(link)
	if !ok {
		return link
	}
	host, path, _ := strings.Cut(rest, "/")
	host = strings.TrimPrefix(strings.ToLower(host), "www.")
	return host + "/" + strings.TrimSuffix(path, "/")
}

func cutScheme(address string) (rest string, ok bool) {
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok || !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https") {
		return address, false
	}
	return rest, true
}

// variants are the ids that differ from id in scheme or in a leading www. alone
// (I07), but for itself.
func variants(id string) []string {
	rest, ok := cutScheme(id)
	if !ok {
		return nil
	}
	host, path, _ := strings.Cut(rest, "/")
	bare := strings.TrimPrefix(host, "www.")
	if strings.Contains(rest, "/") {
		path = "/" + path
	}
	var list []string
	for _, start := range []string{"http://", "https://", "http://www.", "https://www."} {
		if other := start + bare + path; other != id {
			list = append(list, other)
		}
	}
	return list
}

// Ours tells entries that we published ourselves: a source may be a planet that
// has us in it (I37).
type Ours struct {
	Tag  string // of our ids, as "tag:news.example,2026:"
	Site string // the public base address
}

// Made reports whether an entry with that id and link is one of ours.
func (o Ours) Made(id, link string) bool {
	if o.Tag != "" && strings.HasPrefix(id, o.Tag) {
		return true
	}
	site, err := url.Parse(o.Site)
	if err != nil || site.Host == "" {
		return false
	}
	at, err := url.Parse(link)
	if err != nil || !strings.EqualFold(at.Host, site.Host) {
		return false
	}
	base := strings.TrimSuffix(site.Path, "/")
	return base == "" || at.Path == base || strings.HasPrefix(at.Path, base+"/")
}

// Passed reports whether one of the pages that a republished entry was taken over from
// is ours: it has gone around.
func (o Ours) Passed(via string, through []string) bool {
	return o.Made("", via) || slices.ContainsFunc(through, func(page string) bool { return o.Made("", page) })
}
