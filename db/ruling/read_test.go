package ruling_test

import (
	"testing"

	"courant/db/dbtest"
	"courant/db/ruling"
)

// Of an article is read what rules want of it, and no more, on either engine.
func TestEach(t *testing.T) {
	d := dbtest.New(t)
	const many = 1203 // more than two pages
	if err := dbtest.Fill(t.Context(), d, many); err != nil {
		t.Fatal(err)
	}
	of := map[string]func(ruling.Stored) bool{ // whether a field was read
		"title":     func(s ruling.Stored) bool { return s.Headline != "" },
		"link":      func(s ruling.Stored) bool { return s.Link != "" },
		"published": func(s ruling.Stored) bool { return !s.Date.IsZero() },
		"text":      func(s ruling.Stored) bool { return s.Body.String() != "" },
	}
	for _, wanted := range []string{"title", "link", "published", "text", "similar", "author", "language", "summary", "words", "has_image", "has_enclosure"} {
		n, last := 0, int64(0)
		for list, err := range ruling.Each(t.Context(), d, func(field string) bool { return field == wanted }) {
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range list {
				n++
				if s.Seq <= last || s.Source == "" || s.Status != "published" {
					t.Fatalf("%s: %+v", wanted, s)
				}
				last = s.Seq
				for field, has := range of {
					if field == "published" && wanted == "similar" {
						continue // which articles are held against each other goes by their dates
					}
					if field != wanted && has(s) {
						t.Fatalf("rules read %s, and %s is read too", wanted, field)
					}
				}
				if has := of[wanted]; has != nil && !has(s) {
					t.Fatalf("rules read %s, which is not read: %+v", wanted, s)
				}
			}
			if err := ruling.Rest(t.Context(), d, list); err != nil {
				t.Fatal(err)
			}
			for _, s := range list {
				if s.ID == "" || s.Headline == "" {
					t.Fatalf("the rest of %d was not read", s.Seq)
				}
			}
		}
		if n != many {
			t.Errorf("rules that read %s saw %d articles, want %d", wanted, n, many)
		}
	}
}
