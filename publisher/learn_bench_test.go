package publisher

import (
	"fmt"
	"strings"
	"testing"

	"courant/db/conduct"
	"courant/db/dbtest"
	"courant/publisher/comments"
)

// What it takes to learn from a thousand decisions, which a comment may wait for.
func BenchmarkLearn(b *testing.B) {
	s := newSite(b)
	a := s.publish("daily", tidal())[0]
	if err := dbtest.FillThread(b.Context(), s.store, a.ID, 1000, 300); err != nil {
		b.Fatal(err)
	}
	raw := dbtest.Raw(b, s.store)
	text := strings.Repeat("The ferry of the harbour was late again and nobody said why. ", 6)
	if _, err := raw.Exec(fmt.Sprintf(`UPDATE comment SET decided = created, text = text || ' %s', body = '<p>' || text || ' %s</p>',
		status = CASE WHEN seq %% 2 = 0 THEN 'approved' ELSE 'removed' END`, text, text)); err != nil {
		b.Fatal(err)
	}
	known := conduct.New(s.store.DB, s.store.Now)
	b.ReportAllocs()
	for b.Loop() {
		list, err := known.Lessons(b.Context())
		if err != nil || len(list) != 1000 {
			b.Fatal(len(list), err)
		}
		s.judge.Teach(comments.Examples(list))
	}
}
