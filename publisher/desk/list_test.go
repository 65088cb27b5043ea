package desk_test

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"courant/db"
	"courant/db/content"
	"courant/db/dbtest"
	"courant/db/likeness"
	"courant/db/newsroom"
	"courant/db/sqlrow"
	"courant/db/state"
	"courant/publisher/editing"
)

// story is an article as a source has it.
type story struct {
	guid, headline, text string
	link                 int64
	section, language    string
}

// take takes in what a source has, the first of list first: feeds have it last.
func take(t testing.TB, d *db.DB, source string, list ...story) {
	t.Helper()
	p := db.Pass{Source: source, At: d.Now(), Feed: &db.Feed{Title: "The " + source}}
	for _, s := range slices.Backward(list) {
		p.Entries = append(p.Entries, db.Entry{
			Fingerprint: []byte(s.guid), Raw: []byte("{}"), Link: s.link, Title: likeness.Hash(likeness.Fold(s.headline)), Sketch: likeness.Of(s.text),
			Article: db.Article{
				GUID: s.guid, Headline: s.headline, Section: s.section, Language: s.language, Body: content.Text(s.text), Summary: "Of " + s.headline,
				KeyPoints: []string{"A point."}, SourcePublished: d.Now(),
			},
		})
	}
	results, err := d.Ingest(t.Context(), []db.Pass{p})
	if err != nil || results[0].Err != nil {
		t.Fatal(err, results)
	}
}

func group(t testing.TB, r *newsroom.Room) {
	t.Helper()
	for more := true; more; {
		var err error
		if more, err = r.Group(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
}

func headlines(t *testing.T, r *newsroom.Room, q newsroom.Query) string {
	t.Helper()
	if q.Limit == 0 {
		q.Limit = 50
	}
	list, err := r.List(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, row := range list {
		s := row.Headline
		if row.Others > 0 {
			s += fmt.Sprintf("+%d", row.Others)
		}
		out = append(out, s)
	}
	if n, err := r.Count(t.Context(), q, 1000); q.Offset == 0 && q.Limit == 50 && (err != nil || n != len(list)) {
		t.Errorf("%+v: Count = %d, %v, and there are %d", q, n, err, len(list))
	}
	return strings.Join(out, " ")
}

const long = "The gates opened at low water on Sunday, with families and engineers watching from the sea wall, and the first of eight turbines began to turn a minute later."

func TestList(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)
	d := dbtest.At(t, func() time.Time { return now })
	r := newsroom.New(d.DB, d.Now)
	if err := d.SetSources(t.Context(), slices.Values([]db.Source{{ID: "a", URL: "https://a.example/"}, {ID: "b", URL: "https://b.example/", Title: "The B"}})); err != nil {
		t.Fatal(err)
	}
	take(t, d, "a",
		story{guid: "1", headline: "Tide", text: long, link: 7, section: "coast", language: "en-GB"},
		story{guid: "2", headline: "50%_Off", text: "Other words altogether.", link: 8, language: "de"},
		story{guid: "3", headline: "Crows", text: "Crows queue in the park.", link: 9, language: "en"})
	take(t, d, "b",
		story{guid: "1", headline: "The same tide elsewhere", text: "Not alike.", link: 7},
		story{guid: "2", headline: "CROWS", text: "Crows queue in the park.", link: 10},
		story{guid: "3", headline: "Crows", text: "Quite another text of the same headline, as happens.", link: 11})
	group(t, r)
	all := newsroom.Query{Shelf: newsroom.Incoming}
	with := func(f func(*newsroom.Query)) newsroom.Query {
		q := all
		f(&q)
		return q
	}
	for _, c := range []struct {
		name string
		q    newsroom.Query
		want string
	}{
		{"all", all, "Crows Crows+1 50%_Off Tide+1"},
		{"old", with(func(q *newsroom.Query) { q.Order = "old" }), "Tide+1 50%_Off Crows+1 Crows"},
		{"page", with(func(q *newsroom.Query) { q.Limit, q.Offset = 2, 1 }), "Crows+1 50%_Off"},
		{"source", with(func(q *newsroom.Query) { q.Source = "a" }), "Crows+1 50%_Off Tide+1"},
		{"section", with(func(q *newsroom.Query) { q.Section = "coast" }), "Tide+1"},
		{"language", with(func(q *newsroom.Query) { q.Language = "en" }), "Crows+1 Tide+1"},
		{"words", with(func(q *newsroom.Query) { q.Text = "ROW cr" }), "Crows Crows+1"},
		{"wild", with(func(q *newsroom.Query) { q.Text = "%_" }), "50%_Off"},
		{"quote", with(func(q *newsroom.Query) { q.Text = `'"\` }), ""},
		{"rule", with(func(q *newsroom.Query) { q.Rule = "none" }), ""},
		{"bin", newsroom.Query{Shelf: newsroom.Bin}, ""},
		{"rejected", newsroom.Query{Shelf: newsroom.Rejected}, ""},
		{"published", newsroom.Query{Shelf: newsroom.Published}, ""},
		{"scheduled", newsroom.Query{Shelf: newsroom.Scheduled}, ""},
		{"nominated", with(func(q *newsroom.Query) { q.Order = "nominated" }), "Crows Crows+1 50%_Off Tide+1"},
	} {
		if got := headlines(t, r, c.q); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	list, err := r.List(t.Context(), newsroom.Query{Shelf: newsroom.Incoming, Limit: 50, Order: "old"})
	if err != nil {
		t.Fatal(err)
	}
	if row := list[0]; row.SourceName != "The a" || row.Start != long || len(row.KeyPoints) != 1 || row.Dated != now || row.Language != "en-GB" {
		t.Errorf("the row is %+v", row)
	}
	twins, err := r.Twins(t.Context(), []int64{list[0].Seq})
	if err != nil || len(twins[list[0].Seq]) != 1 || twins[list[0].Seq][0].Headline != "The same tide elsewhere" {
		t.Errorf("Twins = %+v, %v", twins, err)
	}
	// The rest of a group stays one row where its first is gone.
	if _, err := d.SetStatus(t.Context(), list[0].ID, state.Rejected, "ann", "dull"); err != nil {
		t.Fatal(err)
	}
	if got := headlines(t, r, all); got != "Crows The same tide elsewhere Crows+1 50%_Off" {
		t.Errorf("after the first is rejected: %s", got)
	}
	if got := headlines(t, r, newsroom.Query{Shelf: newsroom.Rejected}); got != "Tide" {
		t.Errorf("rejected: %s", got)
	}
}

// A feed whose entries all lead to one page is not one article, nor is what two
// sources have under one headline days apart.
func TestGroupNot(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)
	d := dbtest.At(t, func() time.Time { return now })
	r := newsroom.New(d.DB, d.Now)
	if err := d.SetSources(t.Context(), slices.Values([]db.Source{{ID: "a", URL: "https://a.example/"}, {ID: "b", URL: "https://b.example/"}})); err != nil {
		t.Fatal(err)
	}
	var front []story
	for i := range 30 {
		front = append(front, story{guid: fmt.Sprint("f", i), headline: fmt.Sprint("Entry number ", i), text: fmt.Sprint("Entry ", i, " says this."), link: 5})
	}
	take(t, d, "a", append(front, story{guid: "w", headline: "Weather", text: long})...)
	now = now.Add(73 * time.Hour)
	take(t, d, "b", story{guid: "w", headline: "Weather", text: long}, story{guid: "f", headline: "Another", text: "Another one.", link: 5})
	group(t, r)
	list, err := r.List(t.Context(), newsroom.Query{Shelf: newsroom.Incoming, Limit: 100})
	if err != nil || len(list) != 33 {
		t.Errorf("%d rows, %v", len(list), err)
	}
}

// Whatever is done to articles, and whenever, the lists show what follows from where
// they lie: of a group the earliest that lies on a list, and none of what is kept for
// later on the list of what waits.
func TestListsFollow(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)
	d := dbtest.At(t, func() time.Time { return now })
	r := newsroom.New(d.DB, d.Now)
	names := []string{"a", "b", "c"}
	var sources []db.Source
	for _, id := range names {
		sources = append(sources, db.Source{ID: id, URL: "https://" + id + ".example/"})
	}
	if err := d.SetSources(t.Context(), slices.Values(sources)); err != nil {
		t.Fatal(err)
	}
	const stories = 6
	for i, source := range names {
		var list []story
		for n := range stories - i { // of some there are three, of some two
			list = append(list, story{guid: fmt.Sprint(n), headline: fmt.Sprint(source, n), text: fmt.Sprint("Of ", n), link: int64(100 + n)})
		}
		take(t, d, source, list...)
		group(t, r)
	}
	ids, err := sqlrow.Collect(t.Context(), d.Reader(), sqlrow.Column[string], `SELECT id FROM article ORDER BY seq`)
	if err != nil || len(ids) != 15 {
		t.Fatal(len(ids), err)
	}
	// follows is what a list has to show, by what lies there.
	follows := func(binned bool) (list []string) {
		seen := map[int64]bool{}
		for v, err := range sqlrow.Each(t.Context(), d.Reader(), func(row sqlrow.Row) (v struct {
			headline, status string
			group            int64
			kept             int
		}, err error,
		) {
			err = row.Scan(&v.headline, &v.status, &v.group, &v.kept)
			return v, err
		}, `SELECT headline, status, coalesce((SELECT head FROM same WHERE article = seq), -1000 - seq), (SELECT count(*) FROM bin WHERE article = seq) FROM article ORDER BY seq`) {
			if err != nil {
				t.Fatal(err)
			}
			if v.status == "incoming" && (v.kept == 1) == binned && !seen[v.group] {
				seen[v.group] = true
				list = append(list, v.headline)
			}
		}
		slices.Reverse(list)
		return list
	}
	shows := func(shelf newsroom.Shelf) (list []string) {
		rows, err := r.List(t.Context(), newsroom.Query{Shelf: shelf, Limit: 50})
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			list = append(list, row.Headline)
		}
		return list
	}
	if got := strings.Join(shows(newsroom.Incoming), " "); got != "a5 a4 a3 a2 a1 a0" {
		t.Fatalf("it begins with %s", got)
	}
	// As an older process leaves them, which knows nothing of it.
	if err := d.Tx(t.Context(), func(tx *sql.Tx) error {
		for _, text := range []string{
			`UPDATE article SET status = 'rejected' WHERE headline = 'a0'`, `DELETE FROM same WHERE article = (SELECT seq FROM article WHERE headline = 'b1')`,
			`INSERT INTO bin (article, at, actor) SELECT seq, 1, 'ann' FROM article WHERE headline = 'a2'`,
		} {
			if _, err := tx.ExecContext(t.Context(), text); err != nil {
				return err
			}
		}
		return nil
	}, nil); err != nil {
		t.Fatal(err)
	}
	if err := r.Resettle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, want := shows(newsroom.Incoming), follows(false); !slices.Equal(got, want) || !slices.Contains(got, "b0") || !slices.Contains(got, "b1") || !slices.Contains(got, "b2") {
		t.Fatalf("mended it shows %v, want %v", got, want)
	}
	chance := rand.New(rand.NewPCG(12, 15))
	e := editing.New(d, "ann", nil)
	actions := []editing.Action{
		editing.Publish, editing.Reject, editing.Reopen, editing.Withdraw, editing.Schedule, editing.Bin, editing.Bin, editing.Unbin,
		editing.Attach, editing.Join, editing.Split, "undo", "one", "purge",
	}
	done := map[editing.Action]int{}
	for range 250 {
		o := editing.Order{Action: actions[chance.IntN(len(actions))], At: now.Add(time.Hour)}
		for range 1 + chance.IntN(3) {
			o.IDs = append(o.IDs, ids[chance.IntN(len(ids))])
		}
		now = now.Add(time.Second)
		var err error
		switch o.Action {
		case "undo":
			_, err = e.Undo(t.Context(), "")
		case "one": // a rule, the shell's old way, the clock: without the others of its group
			to := []state.Article{state.Published, state.Rejected, state.Incoming}[chance.IntN(3)]
			_, err = d.SetStatus(t.Context(), o.IDs[0], to, "rule", "")
		case "purge":
			if done["purge"] == 4 {
				continue // some are to be left
			}
			source, gone, noRow := "", int64(0), error(nil)
			if noRow = sqlrow.One(d.Reader().QueryRowContext(t.Context(), `SELECT source, seq FROM article WHERE id = $1`, o.IDs[0]), &source, &gone); noRow != nil {
				continue // it went before
			}
			if results, inErr := d.Ingest(t.Context(), []db.Pass{{Source: source, At: now, Feed: &db.Feed{Title: source}, Known: &db.Identified{Left: []db.Absence{{Article: gone}}}}}); inErr != nil || results[0].Err != nil {
				t.Fatal(inErr, results)
			}
			if n, purgeErr := d.Purge(t.Context(), source, now.Add(time.Hour)); purgeErr != nil || n == 0 {
				err = cmp.Or(purgeErr, db.ErrNotFound) // readers may have it
			}
		default:
			_, err = e.Do(t.Context(), o)
		}
		if err == nil {
			done[o.Action]++
		}
		for shelf, binned := range map[newsroom.Shelf]bool{newsroom.Incoming: false, newsroom.Bin: true} {
			if got, want := shows(shelf), follows(binned); !slices.Equal(got, want) {
				t.Fatalf("after %v, %v: %s shows %v, want %v", o, err, shelf, got, want)
			}
		}
	}
	for _, a := range actions {
		if done[a] == 0 {
			t.Errorf("%s was never done", a)
		}
	}
}
