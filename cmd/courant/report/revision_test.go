package report

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"courant/db"
	"courant/db/content"
	"courant/db/record"
)

func TestRevisions(t *testing.T) {
	at := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	long := "One two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen. "
	got := Revisions([]record.Revision{
		{At: at, Actor: "worker", Headline: "Old name", Body: content.Text(long + "The end.")},
		{At: at.Add(time.Hour), Actor: "ann", Significant: true, Headline: "New name", Body: content.Text(long + "The end.")},
	}, db.Article{Headline: "New name", Tags: []string{"a"}, Body: content.Text(long + "An end.")})
	want := []Revision{
		{At: "2026-11-22T09:00:00Z", Actor: "worker", Changes: []Change{{"headline", "-[Old]- +[New]+ name"}}},
		{At: "2026-11-22T10:00:00Z", Actor: "ann", Significant: true, Changes: []Change{
			{"tags", "+[a]+"},
			{"body", "… eleven twelve thirteen fourteen fifteen sixteen. -[The]- +[An]+ end."},
		}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}
