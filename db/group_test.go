package db

import (
	"errors"
	"slices"
	"testing"
	"time"

	"courant/db/blocks"
	"courant/db/conduct"
	"courant/db/engine"
	"courant/db/state"
)

// Those of one group know of each other: the same comment is one, a network's limit holds,
// and what is not stored takes no other with it. No two have one date (M7).
func TestGroup(t *testing.T) {
	d := testStore(t, nil)
	if err := d.SetSources(t.Context(), slices.Values([]Source{{ID: "s", URL: "https://tidal.example/"}})); err != nil {
		t.Fatal(err)
	}
	p := newsOf(d, "s", 1)
	p.Publish = Publish{Auto: true, InitialMax: 1, InitialWindow: 1 << 62}
	if rs, err := d.Ingest(t.Context(), []Pass{p}); err != nil || rs[0].Err != nil {
		t.Fatal(rs, err)
	}
	list, err := d.Articles(t.Context(), ArticleQuery{})
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	said := func(text, network string, status state.Comment) posting {
		c := Comment{Article: list[0].ID, Name: "Ann", Text: text, Network: network, Status: status}
		q := conduct.Question{Networks: []string{network}, Text: text, Since: d.Now().Add(-time.Minute)}
		return posting{c, []conduct.Check{conduct.New(d.DB, d.Now).Check(q, func() (conduct.Judge, engine.Statement) {
			var met blocks.Met
			return func(p conduct.Past) (state.Comment, string, string, error) {
				b, blocked := met.First()
				switch {
				case len(p.Posted) >= 2:
					return "", "", "", conduct.RateError{Wait: time.Minute}
				case p.Same > p.OwnSame:
					return state.Spam, "the same elsewhere", "", nil
				case blocked:
					return state.Spam, b.Kind, "", nil
				}
				return status, "", "", nil
			}, met.Ask(blocks.Traits(c.Name, "", "", text), []string{network})
		})}}
	}
	const long = "A text of more than so many letters, as somebody's own is"
	reply := said("To nobody", "n4", state.Approved)
	reply.Parent = "gone"
	odd := said("\x00", "n5", state.Approved)
	group := []posting{
		said("One", "n1", state.Approved), said("One", "n1", state.Approved), said("Two", "n1", state.Approved),
		said("Three", "n1", state.Approved),                                     // over the limit
		said(long, "n2", state.Approved), said(long+"!!", "n3", state.Approved), // the same text, and the same comment
		reply, said("Waits", "n6", state.Pending), said("Last", "n7", state.Approved),
	}
	group[5].Name = "Bob"
	got := d.post(t.Context(), group)
	_, often := errors.AsType[conduct.RateError](got[3].Err)
	switch {
	case got[0].Err != nil || !got[0].Out.added || got[0].Out.stored.Seq == 0:
		t.Errorf("the first: %+v", got[0])
	case got[1].Err != nil || got[1].Out.added || got[1].Out.stored.ID != got[0].Out.stored.ID:
		t.Errorf("the same comment: %+v", got[1])
	case !got[2].Out.added || !often:
		t.Errorf("the second of a network, and the third: %+v, %+v", got[2], got[3])
	case got[4].Out.stored.Status != state.Approved || got[5].Out.stored.Status != state.Spam:
		t.Errorf("the same text twice: %+v, %+v", got[4], got[5])
	case !errors.Is(got[6].Err, ErrNotFound) || !got[7].Out.added || !got[8].Out.added:
		t.Errorf("to nobody, one that waits, and the last: %+v", got[6:])
	}
	stored, err := d.Comments(t.Context(), CommentQuery{All: true})
	dates := map[time.Time]bool{}
	for _, c := range stored {
		dates[c.Updated] = true
	}
	if err != nil || len(stored) != 6 || len(dates) != 6 {
		t.Errorf("%d are stored, with %d dates: %v", len(stored), len(dates), err)
	}
	if a, err := d.Article(t.Context(), list[0].ID); err != nil || a.Comments != 4 {
		t.Errorf("%d are counted: %v", a.Comments, err)
	}
	// A block that an editor made a moment ago, of two that are judged together, meets one.
	if err := blocks.New(d.DB, d.Now).Add(t.Context(), blocks.Block{Kind: blocks.Network, Trait: "n10", Actor: "ann"}); err != nil {
		t.Fatal(err)
	}
	met := d.post(t.Context(), []posting{said("From there", "n10", state.Approved), said("From elsewhere", "n11", state.Approved)})
	if got := met[0].Out.stored; met[1].Out.stored.Status != state.Approved || got.Status != state.Spam || got.Reason != blocks.Network {
		t.Errorf("one that a block meets, and another: %+v", met)
	}
	// A text that a server cannot hold is that one's alone.
	if got := d.post(t.Context(), []posting{said("Before", "n8", state.Approved), odd, said("After", "n9", state.Approved)}); !got[0].Out.added || !got[2].Out.added {
		t.Errorf("beside an odd one: %+v", got)
	}
}
