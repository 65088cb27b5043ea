package identity

import (
	"time"

	"courant/db/likeness"
)

const (
	// tolerated is the share of a document's entries that may collide, in per
	// cent, before the source's policy changes (I06).
	tolerated = 5
	// mostStrikes is how often a source may give a known id to another entry
	// before ids no longer count (I38).
	mostStrikes = 3
	// resurfaces is after how long out of sight an entry is said to be back (I36).
	resurfaces = 30 * 24 * time.Hour
)

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

	repeated bool // as Resolution.Repeated
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
	return Resolution{Verdicts: r.out, Policy: r.policy, Strikes: r.strikes, Rekeyed: rekeyed, Repeated: r.repeated}
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
		if key := r.Claims[i].Key(policy); key != "" {
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

// add settles claim i as new, under the first key that nothing else has. Where the
// first of all is of a purged entry, it is that one: where ids are none, no step
// before has looked for it (I28).
func (r *resolver) add(i int) {
	for n, f := range r.Claims[i].fallbacks(r.policy) {
		k, known := r.byKey[f.key]
		switch {
		case n == 0 && known && r.Known[k].Purged && !r.taken[k]:
			r.same(i, k, f.basis)
			return
		case known, r.fresh[f.key]:
			continue
		}
		r.fresh[f.key] = true
		r.settle(i, Verdict{Kind: New, Key: f.key, Why: f.basis})
		return
	}
	r.settle(i, double) // all that it says stands under another key already
}
