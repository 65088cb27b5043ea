package identity

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
// unchanged, as that entry once more (I05). It stands there under its own key:
// its further ones it had in other documents.
func (r *resolver) repeat(i int) {
	c, s := r.Claims[i], r.sights[i]
	keys := c.keys(r.policy)
	bare := keys[len(keys)-1]
	k, known := r.byKey[bare.key]
	if !known || !r.Known[k].Unchanged || r.Known[k].Keys[0] != bare.key || s.link != r.Known[k].Link ||
		(c.ID == "" || c.Link == "") && s.title != r.Known[k].Title {
		return
	}
	if r.repeated = true; c.Updated.After(r.Known[k].Updated) {
		r.same(i, k, bare.basis)
		return
	}
	r.settle(i, double)
}
