package publisher_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"courant/db"
	"courant/db/content"
	"courant/db/state"
	"courant/publisher"
	"courant/publisher/desk"
	"courant/publisher/editing"
)

// TestPictures makes the pictures of the README and of docs/desk.md:
//
//	COURANT_PICTURES=../docs go test ./publisher -run TestPictures
//
// Without a folder to put them into it sees that there is each that the pages show, and
// that none is larger than it may be.
func TestPictures(t *testing.T) {
	const most = 150 << 10 // bytes: it is read on a phone too
	for _, c := range []struct {
		page, prefix string
		take         func(t *testing.T, dir string)
		list         []picture
	}{
		{"../README.md", "docs/", takeReaderPictures, readerPictures},
		{"../docs/desk.md", "", takeDeskPictures, deskPictures},
	} {
		t.Run(filepath.Base(c.page), func(t *testing.T) { // its window is open beside others
			page, err := os.ReadFile(c.page)
			if err != nil {
				t.Fatal(err)
			}
			if dir := os.Getenv("COURANT_PICTURES"); dir != "" {
				c.take(t, dir)
			}
			for _, p := range c.list {
				if !strings.Contains(string(page), "]("+c.prefix+p.file+")") {
					t.Errorf("%s does not show %s", c.page, p.file)
				}
				if i, err := os.Stat("../docs/" + p.file); err != nil || i.Size() > most {
					t.Errorf("%s: %v", p.file, err)
				}
			}
		})
	}
}

// picture is a file and what it shows: a page, in a window of so many pixels.
type picture struct {
	file, path    string
	width, height int64
	scheme        string
}

// take makes pictures; ID in a path is id.
func (b browser) take(dir, id string, list []picture) {
	b.Helper()
	for _, p := range list {
		p.path = strings.ReplaceAll(p.path, "ID", id)
		if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: p.scheme}},
		}); err != nil {
			b.Fatal(err)
		}
		b.do(chromedp.EmulateViewport(p.width, p.height), chromedp.Navigate(b.url+p.path))
		picture, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, p.file), picture, 0o644)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

var readerPictures = []picture{
	{"front.png", "/", 1100, 760, "light"},
	{"article.png", "/article/ID", 1100, 900, "light"},
	{"thread.png", "/article/ID#comments", 390, 800, "dark"},
}

// takeReaderPictures makes them of a site on a quiet day.
func takeReaderPictures(t *testing.T, dir string) {
	s := newSite(t, func(set *publisher.Settings) {
		set.Sections = []publisher.Section{{ID: "city", Title: "City"}, {ID: "sea", Title: "Sea"}, {ID: "science", Title: "Science"}}
	}, db.Article{GUID: "museum", Headline: "Museum Opens Its Stores and Finds a Lost Map", Section: "city", Words: 260, Summary: "It shows a harbour with two moles, drawn before either was built.", Body: content.Clean("<p>It shows a harbour with two moles, drawn before either was built.</p>", "")},
		db.Article{GUID: "ferry", Headline: "Night Ferry to the Islands Runs Again From Monday", Section: "sea", Words: 310, Summary: "Two sailings a night, and the last train waits for the second.", Body: content.Clean("<p>Two sailings a night, and the last train waits for the second.</p>", "")},
		db.Article{GUID: "crows", Headline: "Crows That Wait Their Turn Are Fed First", Section: "science", Words: 520, Summary: "Of three hundred birds at a feeder, those that queued were fed four times as often as those that pushed in.", Body: content.Clean("<p>Of three hundred birds at a feeder, those that queued were fed four times as often.</p>", "")})
	s.pass(20 * time.Minute)
	s.add(true, db.Article{
		GUID: "tide", Headline: "Harbour City Opens Its Tidal Power Plant After Ten Years", Link: "https://echo.example/tidal",
		Author: "Mara Lindqvist", Section: "city", Tags: []string{"energy", "harbour"}, Words: 640,
		KeyPoints: []string{"Five turbines under the old north mole now feed the city grid on both tides.", "The plant cost a third more than planned and opens four years late.", "Fishers keep the inner basin; the outer one is closed to boats at full flow."},
		Summary:   "Five turbines under the old north mole turned for the first time this morning, on the ebb.",
		Body: content.Clean("<p>At eleven minutes past six this morning, with the ebb just beginning to pull at the north mole, the first of five turbines under it began to turn.</p>"+
			"<p>“It is the quietest thing we ever built,” said the harbour master, who has watched the works from her window for ten years. The city grid took the power at half past six.</p>"+
			"<h2>What it cost</h2><p>The plant cost a third more than planned. Most of that went into the locks, which let fish pass and had to be built twice.</p>", ""),
	})
	a := s.newest()
	var first string
	for i, c := range []db.Comment{
		{Name: "Ann", Text: "Well done. I walked along the mole at seven, and one hears *nothing*."},
		{Name: "Bogdan", Text: "Does anybody know whether the outer basin opens again at slack water?"},
		{Name: "Chiara", Text: "> at slack water\n\nIt does, for forty minutes: there is a table at the lock."},
	} {
		if c.Article, c.Body, c.Status = a.ID, content.Comment(c.Text), state.Approved; i == 2 {
			c.Parent = first
		}
		s.pass(4 * time.Minute)
		stored, _, err := s.store.AddComment(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		first = stored.ID
	}
	browser{s, openWindow(t)}.take(dir, a.ID, readerPictures)
}

var deskPictures = []picture{
	{"desk-incoming.png", "/desk/incoming", 1100, 620, "light"},
	{"desk-phone.png", "/desk/incoming", 390, 700, "dark"},
	{"desk-edit.png", "/desk/article/ID", 1100, 700, "light"},
	{"desk-add.png", "/desk/add?url=https%3A%2F%2Ffar.example%2Ftide", 1100, 600, "light"},
}

// takeDeskPictures makes them of a newsroom in the middle of its work.
func takeDeskPictures(t *testing.T, dir string) {
	b := atDesk(t, func(set *publisher.Settings) {
		set.Sections = []publisher.Section{{ID: "city", Title: "City"}, {ID: "sea", Title: "Sea"}, {ID: "science", Title: "Science"}}
		set.Desk.Filters = []desk.Filter{{Name: "The sea", Query: "section=sea"}}
	})
	b.sourcesOfEvents()
	var id string
	for _, s := range []struct{ source, event string }{
		{"tern", "Night ferry to the islands runs again from Monday"},
		{"gull", "Council votes for free trams on Sundays"},
		{"echo", "Storm takes forty metres of the sea wall at Nordhaven"},
		{"gull", "Storm takes forty metres of the sea wall at Nordhaven"},
		{"wren", "Storm takes forty metres of the sea wall at Nordhaven"},
		{"tern", "School kitchens cook with what local farms grow"},
		{"echo", "Crows that wait their turn are fed first, a study finds"},
		{"gull", "Museum opens its stores, and finds a lost map"},
		{"echo", "Two cranes leave the old harbour by barge"},
	} {
		got := b.report(s.source, s.event, false)
		if strings.HasPrefix(s.event, "Crows") {
			id = got
		}
		b.pass(7 * time.Minute)
	}
	e := editing.New(b.store, "vi", nil)
	if _, err := e.Do(t.Context(), editing.Order{Action: editing.Nominate, IDs: []string{id}}); err != nil {
		t.Fatal(err)
	}
	points, body := []string{"Birds that queued were fed four times as often.", "The queue forms by age, not by strength."}, "<p>Crows that wait their turn at a feeder are fed first, a study of three hundred birds finds.</p><p>Those who pushed in went hungry.</p>"
	if _, _, err := editing.New(b.store, "ann", nil).Edit(t.Context(), id, editing.Change{KeyPoints: &points, Body: &body}); err != nil {
		t.Fatal(err)
	}
	b.take(dir, id, deskPictures)
}
