package ruling_test

import (
	"fmt"
	"slices"
	"testing"

	"courant/db"
	"courant/db/content"
	"courant/db/dbtest"
	"courant/db/likeness"
	"courant/db/ruling"
)

// Of an article is read what rules want of it, and no more, on either engine.
func TestEach(t *testing.T) {
	d := dbtest.New(t)
	if err := d.SetSources(t.Context(), slices.Values([]db.Source{{ID: "tidal", URL: "https://tidal.example/feed"}})); err != nil {
		t.Fatal(err)
	}
	const many = 1203 // more than two pages
	p := db.Pass{Source: "tidal", At: d.Now(), Feed: &db.Feed{Title: "The Tide"}}
	for i := range many {
		title := fmt.Sprint("Storm ", i)
		p.Entries = append(p.Entries, db.Entry{
			Fingerprint: []byte(title), Raw: []byte("raw"), Title: likeness.Hash(title), Sketch: likeness.Of(title),
			Article: db.Article{
				GUID: title, Headline: title, Link: "https://tidal.example/" + fmt.Sprint(i), Author: "Ann", Language: "en", Summary: "In short", Words: 7,
				Section: "coast", Tags: []string{"sea"}, KeyPoints: []string{"One"}, Image: db.Image{URL: "https://tidal.example/a.png"},
				Enclosures: []db.Enclosure{{URL: "https://tidal.example/a.mp3"}}, Body: content.Text("Waves."),
			},
		})
	}
	if rs, err := d.Ingest(t.Context(), []db.Pass{p}); err != nil || rs[0].Err != nil {
		t.Fatal(rs, err)
	}
	of := map[string]func(ruling.Stored) bool{ // whether a field was read
		"title":  func(s ruling.Stored) bool { return s.Headline != "" },
		"link":   func(s ruling.Stored) bool { return s.Link != "" },
		"author": func(s ruling.Stored) bool { return s.Author == "Ann" }, "language": func(s ruling.Stored) bool { return s.Language == "en" },
		"summary": func(s ruling.Stored) bool { return s.Summary == "In short" }, "has_image": func(s ruling.Stored) bool { return s.Image },
		"has_enclosure": func(s ruling.Stored) bool { return s.Enclosure }, "words": func(s ruling.Stored) bool { return s.Words == 7 },
		"published": func(s ruling.Stored) bool { return !s.Date.IsZero() },
		"text":      func(s ruling.Stored) bool { return s.Body.String() != "" && len(s.KeyPoints) == 1 },
		"similar":   func(s ruling.Stored) bool { return s.TitleHash != 0 && len(s.Sketch) > 0 },
	}
	for wanted := range of {
		n, last := 0, int64(0)
		for list, err := range ruling.Each(t.Context(), d, func(field string) bool { return field == wanted }) {
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range list {
				n++
				if s.Seq <= last || s.Source != "tidal" || s.Status != "incoming" || s.Section != "coast" || len(s.Tags) != 1 {
					t.Fatalf("%s: %+v", wanted, s)
				}
				last = s.Seq
				for field, has := range of {
					if field == "published" && wanted == "similar" {
						continue // which articles are held against each other goes by their dates
					}
					if has(s) != (field == wanted) {
						t.Fatalf("rules read %s; of %s that is there is said %v", wanted, field, has(s))
					}
				}
			}
			if wanted != "title" {
				continue
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
