package identity

import (
	"slices"
	"time"

	"courant/db/likeness"
)

const (
	// differ and nearlySame bound what overlap says of two texts: below the one
	// they are two (I38), from the other on they are one (I09).
	differ     = 0.2
	nearlySame = 0.8
	// enoughWords is how long a text must be to be known by what it says: shorter
	// ones are alike by chance (I09).
	enoughWords = 48
	// half of a text must be there again for an entry to be known by its title
	// where most of a document looks new (I10).
	half = 0.5
	// mostTried bounds how many articles of one title a text is held against.
	mostTried = 16
	// tolerated is the share of a document's entries that may collide, in per
	// cent, before the source's policy changes (I06).
	tolerated = 5
	// mostStrikes is how often a source may give a known id to another entry
	// before ids no longer count (I38).
	mostStrikes = 3
	// resurfaces is after how long out of sight an entry is said to be back (I36).
	resurfaces = 30 * 24 * time.Hour
	// minRekeyed is how many entries must have changed their keys at once for a
	// source to be taken as having changed all of them.
	minRekeyed = 3
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
		own := c.keys()
		if slices.ContainsFunc(own, func(key string) bool {
			i, known := seen[key]
			return known && (d.Known[i].Link == link || d.Known[i].Title == title)
		}) {
			continue
		}
		for _, key := range append(own, variants(c.ID)...) {
			if _, known := seen[key]; !known && !asked[key] {
				asked[key] = true
				keys = append(keys, key)
			}
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

// resolver is a document while it is resolved.
type resolver struct {
	*Document
	policy  Policy
	strikes int
	sights  []sight // of claims
	out     []Verdict
	done    []bool // by claim
	taken   []bool // by known: it is one of the document's entries

	byKey   map[string]int     // known
	byLink  map[int64][]int    // known
	atLink  map[[2]int64][]int // known, by link and title
	atTitle map[int64][]int    // known

	ids   map[string]int // how many claims have an id
	links map[int64]int  // how many entries of the document have a link
	pairs map[pair]bool  // what claims say together
	fresh map[string]bool
}

// sight is what the resolver sees of a claim.
type sight struct {
	link, title int64
	looked      bool // at its text
	text        likeness.Sketch
	words       int
	reused      bool // its id is known as that of another entry
}

// pair is an id with a link, or a link with a title.
type pair struct {
	id          string
	link, title int64
}

// Resolve says of each claim what it is. Each known article is at most one of
// them.
func (d *Document) Resolve() Resolution {
	r := d.begin()
	r.each(r.byKeys)
	if r.strikes >= mostStrikes && ByLink.after(r.policy) {
		r.policy = ByLink
	}
	r.each(r.byVariant)
	r.each(r.bySameLink)
	r.each(r.bySameText)
	rekeyed := r.rekey()
	r.each(r.add)
	return Resolution{Verdicts: r.out, Policy: r.policy, Strikes: r.strikes, Rekeyed: rekeyed}
}

func (d *Document) begin() *resolver {
	n := len(d.Claims)
	r := &resolver{
		Document: d, policy: d.Policy, strikes: d.Strikes, sights: make([]sight, n), out: make([]Verdict, n), done: make([]bool, n),
		taken: make([]bool, len(d.Known)), byKey: map[string]int{}, byLink: map[int64][]int{}, atLink: map[[2]int64][]int{},
		atTitle: map[int64][]int{}, ids: map[string]int{}, links: map[int64]int{}, pairs: map[pair]bool{}, fresh: map[string]bool{},
	}
	for i, k := range d.Known {
		r.know(i, k)
	}
	for i, c := range d.Claims {
		r.sights[i].link, r.sights[i].title = LinkHash(c.Link), TitleHash(c.Title)
	}
	r.double()
	r.each(r.repeat)
	r.each(func(i int) {
		c, s := d.Claims[i], r.sights[i]
		r.ids[c.ID]++
		r.links[s.link]++
		r.pairs[c.pair(s.link, s.title)] = true
	})
	for r.policy != ByLinkTitle && r.collide(r.policy) {
		r.policy = weaker[r.policy.rank()+1]
	}
	return r
}

func (r *resolver) know(i int, k Known) {
	r.taken[i] = k.Unchanged
	for _, key := range k.Keys {
		if _, has := r.byKey[key]; !has {
			r.byKey[key] = i
		}
	}
	if k.Unchanged {
		r.links[k.Link]++
	}
	r.byLink[k.Link] = append(r.byLink[k.Link], i)
	at := [2]int64{k.Link, k.Title}
	r.atLink[at] = append(r.atLink[at], i)
	r.atTitle[k.Title] = append(r.atTitle[k.Title], i)
}

// pair is what the claim shares with the article that a bare key of it finds, if
// it is that one: the link with its id, or without an id the title with its link.
func (c Claim) pair(link, title int64) pair {
	if c.ID != "" {
		title = 0
	}
	return pair{c.ID, link, title}
}

// each calls f for the claims that are not settled yet.
func (r *resolver) each(f func(i int)) {
	for i := range r.Claims {
		if !r.done[i] {
			f(i)
		}
	}
}

func (r *resolver) settle(i int, v Verdict) { r.out[i], r.done[i] = v, true }

// double settles entries that a document has twice: with id and link alike, or,
// where it lacks one of them, with the other and the title. The newest counts
// (I05).
func (r *resolver) double() {
	newest := map[string]int{}
	for i, c := range r.Claims {
		whole := c.ID + "\x00" + c.Link
		switch {
		case c.ID == "" && c.Link == "":
			whole = c.Hash
		case c.ID == "" || c.Link == "":
			whole += "\x00" + c.Title
		}
		j, twice := newest[whole]
		switch {
		case !twice:
			newest[whole] = i
		case c.Updated.After(r.Claims[j].Updated):
			r.settle(j, double)
			newest[whole] = i
		default:
			r.settle(i, double)
		}
	}
}

var double = Verdict{Kind: Double, Why: "it stands there twice"}

// repeat settles a claim that stands beside a known entry which the document has
// unchanged, as that entry once more (I05).
func (r *resolver) repeat(i int) {
	c, s := r.Claims[i], r.sights[i]
	keys := c.keys()
	k, known := r.byKey[keys[len(keys)-1]]
	switch {
	case !known || !r.Known[k].Unchanged || s.link != r.Known[k].Link || (c.ID == "" || c.Link == "") && s.title != r.Known[k].Title:
	case c.Updated.After(r.Known[k].Updated):
		r.same(i, k, c.means(len(keys)-1))
	default:
		r.settle(i, double)
	}
}

// collide reports whether more than a few entries of the document share what a
// policy would tell them apart by (I06, I39).
func (r *resolver) collide(policy Policy) bool {
	count, all, shared := map[string]int{}, 0, 0
	for _, k := range r.Known {
		if k.Unchanged && len(k.Keys) > 0 {
			all++
			count[k.Keys[0]]++
		}
	}
	r.each(func(i int) {
		all++
		if key := r.Claims[i].key(policy); key != "" {
			count[key]++
		}
	})
	for _, n := range count {
		if n > 1 {
			shared += n
		}
	}
	return shared*100 > all*tolerated
}

// byKeys takes what is known by a key of its own. The last of an entry's keys is
// bare: its id, or its link, alone. What bears a bare key may be another one.
func (r *resolver) byKeys(i int) {
	c := r.Claims[i]
	keys := c.keys()
	for n, key := range keys {
		k, known := r.byKey[key]
		if !known {
			continue
		}
		if n < len(keys)-1 {
			if !r.taken[k] {
				r.same(i, k, c.means(n))
				return
			}
			continue
		}
		switch {
		case r.policy != ByID && c.ID != "":
		case r.taken[k], r.isShared(i, k):
		case r.isAnother(i, k):
			r.sights[i].reused = true
			if c.ID != "" {
				r.strikes++
			}
		default:
			r.same(i, k, c.means(n))
		}
	}
}

// isShared reports whether the bare key of claim i belongs to another claim: to
// the one that has the link as well, or without an id the title, that k has.
func (r *resolver) isShared(i, k int) bool {
	c, s, known := r.Claims[i], r.sights[i], r.Known[k]
	if c.ID != "" {
		return r.ids[c.ID] > 1 && s.link != known.Link && r.pairs[pair{c.ID, known.Link, 0}]
	}
	return r.links[s.link] > 1 && s.title != known.Title && r.pairs[pair{"", s.link, known.Title}]
}

// isAnother reports whether claim i is another entry than k although an id or a
// link says that it is the same: title and link differ, or where the link is all
// there is the date, and so do the texts (I38, I39).
func (r *resolver) isAnother(i, k int) bool {
	c, s, known := r.Claims[i], r.sights[i], r.Known[k]
	switch {
	case known.Purged, s.title == known.Title:
		return false
	case s.link == known.Link && (c.Date.Equal(known.Date) || c.ID != "" && slices.Contains(known.Keys, Bounded(c.ID))):
		return false
	}
	return r.overlap(i, k) < differ
}

func (r *resolver) overlap(i, k int) float64 { return r.look(i).text.Overlap(r.Known[k].Sketch) }

// look is the sight of claim i with its text.
func (r *resolver) look(i int) *sight {
	s := &r.sights[i]
	if text := r.Claims[i].Text; !s.looked && text != nil {
		s.text, s.words = text()
	}
	s.looked = true
	return s
}

// byVariant takes what is known by an id of another scheme, or with or without
// www. (I07). Two in one document are two.
func (r *resolver) byVariant(i int) {
	if r.policy != ByID || r.sights[i].reused {
		return
	}
	for _, key := range variants(r.Claims[i].ID) {
		if k, known := r.byKey[Bounded(key)]; known && !r.taken[k] && r.ids[key] == 0 && !r.isAnother(i, k) {
			r.same(i, k, "id, but for http, https or www")
			return
		}
	}
}

// bySameLink takes what leads where a known article leads, and has its title, or
// is with it the only one that leads there (I08).
func (r *resolver) bySameLink(i int) {
	s := r.sights[i]
	if s.link == 0 {
		return
	}
	if k, ok := r.first(r.atLink[[2]int64{s.link, s.title}], func(k int) bool { return r.fits(i, k) }); ok {
		r.same(i, k, "link")
		return
	}
	only := r.byLink[s.link]
	if r.links[s.link] > 1 || len(only) != 1 || r.policy == ByLinkTitle {
		return
	}
	if k := only[0]; !r.taken[k] && r.fits(i, k) && !r.isAnother(i, k) {
		r.same(i, k, "link")
	}
}

// fits reports whether claim i may be k by its link, as far as the policy goes.
func (r *resolver) fits(i, k int) bool {
	return ByLinkDate.after(r.policy) || r.Claims[i].Date.Equal(r.Known[k].Date)
}

// first is the first of list that is not taken and ok, of the first few.
func (r *resolver) first(list []int, ok func(k int) bool) (int, bool) {
	tried := 0
	for _, k := range list {
		if r.taken[k] {
			continue
		}
		if ok(k) {
			return k, true
		}
		if tried++; tried == mostTried {
			break
		}
	}
	return 0, false
}

// bySameText takes what has the title and nearly the text of an article that the
// document no longer has (I09).
func (r *resolver) bySameText(i int) {
	title := r.sights[i].title
	if title == 0 {
		return
	}
	if k, ok := r.first(r.atTitle[title], func(k int) bool {
		return r.Known[k].Words >= enoughWords && r.look(i).words >= enoughWords && r.overlap(i, k) >= nearlySame
	}); ok {
		r.same(i, k, "title and text")
	}
}

// rekey takes what has the title of an article that the document no longer has,
// and half its text or its place on another host, where at least half of the
// document looks new although that is so (I10).
func (r *resolver) rekey() bool {
	match, used := map[int]int{}, map[int]bool{}
	all, fresh := 0, 0
	for i := range r.Claims {
		if r.out[i].Kind != Double {
			all++
		}
		if r.done[i] {
			continue
		}
		fresh++
		list := r.atTitle[r.sights[i].title]
		if r.sights[i].title == 0 || len(list) != 1 || r.taken[list[0]] || used[list[0]] {
			continue
		}
		if k := list[0]; r.overlap(i, k) >= half || r.Known[k].Path != 0 && PathHash(r.Claims[i].Link) == r.Known[k].Path {
			match[i], used[k] = k, true
		}
	}
	for _, k := range r.Known {
		if k.Unchanged {
			all++
		}
	}
	if len(match) < minRekeyed || fresh*2 < all || len(match)*2 < fresh {
		return false
	}
	for i, k := range match {
		r.same(i, k, "title, for most of the feed looked new")
	}
	return true
}

// same settles claim i as article k.
func (r *resolver) same(i, k int, why string) {
	c, known := r.Claims[i], r.Known[k]
	v := Verdict{Kind: Same, Known: k, Why: why}
	if known.Purged {
		v.Kind = Purged
	}
	// What several entries share is no name for one of them.
	if id := Bounded(c.ID); r.policy == ByID && id != "" && !r.sights[i].reused && r.ids[c.ID] == 1 {
		if _, taken := r.byKey[id]; !taken {
			v.Alias = id
		}
	}
	v.Resurfaced = !known.LastSeen.IsZero() && r.At.Sub(known.LastSeen) >= resurfaces
	r.settle(i, v)
	r.taken[k] = true
}

// add settles claim i as new, under the first key that nothing else has.
func (r *resolver) add(i int) {
	c := r.Claims[i]
	for _, key := range c.fallbacks(r.policy) {
		if _, known := r.byKey[key]; known || r.fresh[key] {
			continue
		}
		r.fresh[key] = true
		r.settle(i, Verdict{Kind: New, Key: key, Why: c.basis(r.policy)})
		return
	}
	r.settle(i, double) // all that it says stands under another key already
}
