package password

import (
	"strings"
	"testing"
)

func TestHash(t *testing.T) {
	s := Hash("correct horse")
	if !strings.HasPrefix(s, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("Hash = %s", s)
	}
	h, err := Parse(s + "\n")
	if err != nil || h.String() != s {
		t.Fatalf("Parse(%s) = %s, %v", s, h, err)
	}
	if !h.Is("correct horse") {
		t.Error("the password is not the one")
	}
	for _, wrong := range []string{"", "correct horsE", "correct horse ", strings.Repeat("x", 2*MaxBytes)} {
		if h.Is(wrong) {
			t.Errorf("%.20q is the password", wrong)
		}
	}
	if (Hashed{}).Is("") {
		t.Error("nobody has a password")
	}
	if s == Hash("correct horse") {
		t.Error("two hashes are alike: the salt is not random")
	}
}

// A hash that another program made (the reference implementation's own example:
// argon2 -id -t 2 -k 65536 -p 1, password "password", salt "somesalt").
func TestForeign(t *testing.T) {
	h, err := Parse("$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc")
	if err != nil || !h.Is("password") || h.Is("passworD") {
		t.Errorf("Parse: %v", err)
	}
}

func TestParse(t *testing.T) {
	good := Hash("x")
	for _, c := range []struct{ name, in, why string }{
		{"empty", "", "courant passwd"},
		{"plain", "hunter2", "courant passwd"},
		{"bcrypt", "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy", "courant passwd"},
		{"argon2i", strings.Replace(good, "argon2id", "argon2i", 1), "courant passwd"},
		{"version", strings.Replace(good, "v=19", "v=16", 1), "version"},
		{"memory", strings.Replace(good, "m=19456", "m=4194304", 1), "cost"},
		{"passes", strings.Replace(good, "t=2", "t=4000000000", 1), "cost"},
		{"threads", strings.Replace(good, "p=1", "p=255", 1), "cost"},
		{"none", strings.Replace(good, "t=2", "t=0", 1), "courant passwd"},
		{"twice", strings.Replace(good, "t=2", "m=2", 1), "courant passwd"},
		{"salt", "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", "courant passwd"},
		{"no key", good[:strings.LastIndexByte(good, '$')+1], "courant passwd"},
	} {
		if _, err := Parse(c.in); err == nil || !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s: Parse(%q) = %v, want %q", c.name, c.in, err, c.why)
		}
	}
}
