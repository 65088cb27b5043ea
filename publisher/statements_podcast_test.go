package publisher

import (
	"encoding/json"
	"strings"
	"testing"

	"courant/db"
	"courant/db/podcast"
)

// talk is an article with a recording, of which everything is said.
func talk() db.Article {
	a := tidal()
	a.Enclosures = []db.Enclosure{{
		URL: "https://source.example/talk.mp3", Type: "audio/mpeg", Length: 1234,
		Episode: &podcast.Episode{
			Seconds: 3723, Number: 7, Season: 2, Kind: "bonus", Explicit: "false",
			Chapters:    podcast.File{URL: "https://source.example/chapters.json"},
			Transcripts: []podcast.File{{URL: "https://source.example/talk.vtt?a=1&b=2", Type: "text/vtt", Language: "en", Rel: "captions"}},
			People:      []podcast.Person{{Name: `Ann "A" <Bee>`, Role: "guest", Page: "https://ann.example/"}, {Name: "Bob", Image: "https://bob.example/b.png"}},
		},
	}}
	return a
}

func testR8Podcasts(t *testing.T) {
	s := newSite(t)
	s.publish("daily", tidal())
	for _, address := range []string{"/feed.rss", "/feed.atom"} {
		if text := s.get(address); strings.Contains(text, "itunes") || strings.Contains(text, "podcast") {
			t.Errorf("%s speaks of podcasts and has none", address)
		}
	}
	a := s.publish("daily", talk())[0]
	for format, entry := range map[string]string{"rss": "item", "atom": "atom:entry"} {
		e := parseXML(t, s.get("/feed."+format)).all(entry)
		if format == "rss" {
			e = s.rss("/feed.rss").all(entry)
		}
		for name, want := range map[string]string{
			"itunes:duration": "3723", "itunes:episode": "7", "itunes:season": "2", "itunes:episodeType": "bonus", "itunes:explicit": "false",
		} {
			if got := e[0].value(t, name); got != want {
				t.Errorf("%s: %s is %q, want %q", format, name, got, want)
			}
		}
		if c := e[0].one(t, "podcast:chapters"); c.attr["url"] != "https://source.example/chapters.json" || c.attr["type"] != "application/json+chapters" {
			t.Errorf("%s: chapters %v", format, c.attr)
		}
		if c := e[0].one(t, "podcast:transcript"); c.attr["url"] != "https://source.example/talk.vtt?a=1&b=2" || c.attr["type"] != "text/vtt" || c.attr["language"] != "en" || c.attr["rel"] != "captions" {
			t.Errorf("%s: transcript %v", format, c.attr)
		}
		people := e[0].all("podcast:person")
		if len(people) != 2 || people[0].text != `Ann "A" <Bee>` || people[0].attr["role"] != "guest" || people[0].attr["href"] != "https://ann.example/" || people[1].attr["img"] != "https://bob.example/b.png" {
			t.Errorf("%s: people %v", format, people)
		}
		if i := e[0].one(t, "podcast:socialInteract"); i.attr["uri"] != base+a.Path()+"#comments" || i.attr["protocol"] != "web" {
			t.Errorf("%s: socialInteract %v", format, i.attr)
		}
		for _, name := range []string{"itunes:duration", "podcast:socialInteract"} {
			if len(e[1].all(name)) > 0 {
				t.Errorf("%s: an article without a recording has %s", format, name)
			}
		}
	}
	var feed struct {
		Items []struct {
			Attachments []struct {
				Seconds int `json:"duration_in_seconds"`
			}
			Courant struct{ Episode podcast.Episode } `json:"_courant"`
		}
	}
	if err := json.Unmarshal([]byte(s.get("/feed.json")), &feed); err != nil {
		t.Fatal(err)
	}
	if i := feed.Items[0]; i.Attachments[0].Seconds != 3723 || i.Courant.Episode.Number != 7 || len(i.Courant.Episode.People) != 2 {
		t.Errorf("JSON Feed has %+v", i)
	}
	contains(t, "the page", s.get(a.Path()), `<audio class="player" controls preload="none" src="https://source.example/talk.mp3"`)
	s.open(func(set *Settings) { set.Comments.Enabled = false })
	if strings.Contains(s.get("/feed.rss"), "socialInteract") {
		t.Error("a thread is named where there is none")
	}
}
