package publisher

import "testing"

// TestFeeds holds what we publish to the statements on it, by their numbers.
func TestFeeds(t *testing.T) {
	for name, test := range map[string]func(*testing.T){
		"R1": testR1, "R2": testR2, "R3": testR3, "R4": testR4, "R5": testR5, "R6": testR6, "R7": testR7, "R8": testR8, "R8 podcasts": testR8Podcasts, "R9": testR9,
		"A1": testA1, "A2": testA2, "A3": testA3, "A4": testA4, "A5": testA5, "A6": testA6, "A7": testA7, "A8": testA8, "A9": testA9, "A10": testA10,
		"T1": testT1, "T2": testT2, "T2 link": testT2Link, "T3": testT3, "T4": testT4, "T5": testT5, "H1": testH1, "H2": testH2, "H3": testH3, "N3": testN3,
		"J1": testJ1, "J2": testJ2, "J3": testJ3,
		"C1": testC1, "C1 If-Modified-Since": testC1Modified, "C2": testC2, "C3": testC3, "C4": testC4, "C5": testC5, "C6": testC6, "C7": testC7, "C8": testC8, "C9": testC9,
		"C10": testC10, "C11": testC11, "F1": testF1, "F2": testF2, "F3": testF3, "F4": testF4, "F5": testF5, "F6": testF6, "F7": testF7, "F8": testF8,
	} {
		t.Run(name, test)
	}
}

// busy is a site with an article of each source, a thread on the first, and a
// withdrawn article.
type busy struct {
	*testSite
	tidal, excerpt, gone string // ids
	path                 string // of the first
	ann, bob             string // comments
}

func newBusy(t *testing.T, set ...func(*Settings)) busy {
	t.Helper()
	b := busy{testSite: newSite(t, set...)}
	gone := tidal()
	gone.Headline = "Soon Gone"
	b.gone = b.publish("daily", gone)[0].ID
	short := tidal()
	short.Headline, short.KeyPoints, short.Author, short.Language = "AT&T <b> sells", nil, "", "fr"
	b.excerpt = b.publish("excerpts", short)[0].ID
	a := b.publish("daily", tidal())[0]
	b.tidal, b.path = a.ID, a.Path()
	b.wait(1800e9)
	b.ann = b.comment(a.ID, "", "Ann", "First.").ID
	b.wait(300e9)
	b.bob = b.comment(a.ID, b.ann, "Bob", "I agree.").ID
	b.wait(300e9)
	if _, err := b.store.SetStatus(t.Context(), b.gone, "withdrawn", "shell", "The numbers were wrong."); err != nil {
		t.Fatal(err)
	}
	return b
}

// pages are those with feeds, all of them.
func (b busy) pages() []string {
	return []string{
		"", "/section/coast", "/section/empty", "/source/daily", "/source/excerpts", "/tag/Energy", "/archive/2026/11", "/archive/2026/11/22",
		b.path, "/comment/" + b.ann, "/comment/" + b.bob, "/comments", "/corrections",
	}
}
