package identity

import "slices"

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
	// minRekeyed is how many entries must have changed their keys at once for a
	// source to be taken as having changed all of them.
	minRekeyed = 3
)

// byKeys takes what is known by a key of its own. The last of an entry's keys is
// bare: its id, or its link, alone. What bears a bare key may be another one.
func (r *resolver) byKeys(i int) {
	c := r.Claims[i]
	keys := c.keys(r.policy)
	for n, name := range keys {
		k, known := r.byKey[name.key]
		if !known {
			continue
		}
		if n < len(keys)-1 {
			if !r.taken[k] {
				r.same(i, k, name.basis)
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
			r.same(i, k, name.basis)
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
