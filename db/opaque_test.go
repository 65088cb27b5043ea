package db_test

import (
	"testing"

	"courant/db"
)

// What a server sends that is no text is stored, and given back byte for byte.
func TestOpaqueValidators(t *testing.T) {
	d := oneSource(t)
	for _, tag := range []string{`"plain"`, "\"caf\xe9\"", "\"nul\x00\""} {
		rs, err := d.Ingest(t.Context(), []db.Pass{{
			Source: "tidal", At: d.Now(), Outcome: "not_modified", Error: "it said \xff\x00", Poll: db.Poll{ETag: tag, LastModified: tag, Error: "it said \xff\x00"},
		}})
		if err != nil || rs[0].Err != nil {
			t.Fatalf("%q: %v %v", tag, err, rs[0].Err)
		}
		s, err := d.Source(t.Context(), "tidal")
		if err != nil || s.ETag != tag || s.LastModified != s.ETag {
			t.Errorf("%q came back as %q and %q: %v", tag, s.ETag, s.LastModified, err)
		}
	}
}
