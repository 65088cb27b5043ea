package comments

import (
	"fmt"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"

	"courant/db/content"
	"courant/db/setting"
	"courant/db/state"
	"courant/publisher/rate"
	"courant/publisher/words"
)

var (
	noon  = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	alice = netip.MustParseAddr("192.0.2.7")
)

func threads(t *testing.T, change func(*Config)) *Threads {
	t.Helper()
	c := DefaultConfig()
	if change != nil {
		change(&c)
	}
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	th, err := New(c, []byte("a secret of thirty-two characters"), words.English)
	if err != nil {
		t.Fatal(err)
	}
	return th
}

func TestValidate(t *testing.T) {
	c := Config{Moderation: "some", Sort: "best", Blocklist: []string{" ", "/(/"}, Suspect: []string{""}}
	err := c.Validate()
	for _, key := range []string{"moderation", "max_length", "rate", "blocklist: an empty", "blocklist: /(/", "suspect: an empty", "sort"} {
		if err == nil || !strings.Contains(err.Error(), key) {
			t.Errorf("Validate() = %v, which does not name %s", err, key)
		}
	}
	if err := DefaultConfig().Validate(); err != nil {
		t.Errorf("the default: %v", err)
	}
}

func TestCheck(t *testing.T) {
	th := threads(t, nil)
	for _, c := range []struct {
		name   string
		in     Submission
		fields string // that have a problem
		draft  string // name|text
	}{
		{"plain", Submission{Name: "Ann", Text: "Well done."}, "", "Ann|Well done."},
		{"trimmed", Submission{Name: " Ann\n Lee ", Text: "\r\n a\r\nb \n"}, "", "Ann Lee|a\nb"},
		{"V15 empty", Submission{}, "name text", "|"},
		{"V15 white space", Submission{Name: " \t", Text: "\u00a0\n"}, "name text", "|"},
		{"V15 zero width", Submission{Name: "\u200b\u200d", Text: "\u200b\u2060\ufeff"}, "name text", "|\u200b\u2060"},
		{"V15 blank letters", Submission{Name: "\u3164", Text: "\u2800"}, "name text", "|\u2800"},
		{"V15 nothing but a marker", Submission{Name: "Ann", Text: ">"}, "text", "Ann|>"},
		{"V19 NUL", Submission{Name: "A\x00nn", Text: "a\x00b"}, "", "Ann|ab"},
		{"V19 bidi", Submission{Name: "Ann\u202e", Text: "a\u2066b\u202e"}, "", "Ann|ab"},
		{"V19 invalid UTF-8", Submission{Name: "Ann", Text: "a\xffb"}, "", "Ann|a\ufffdb"},
		{"a flag", Submission{Name: "Eve", Text: "\U0001F3F4\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F won\U000E0067"}, "", "Eve|\U0001F3F4\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F won"},
		{"V15 zero width by reference", Submission{Name: "Ann", Text: "&#x200B;&#x202E;"}, "text", ""},
		{"V20 name", Submission{Name: strings.Repeat("ä", 101), Text: "a"}, "name", ""},
		{"name at the limit", Submission{Name: strings.Repeat("ä", 100), Text: "a"}, "", ""},
		{"text over the limit", Submission{Name: "Ann", Text: strings.Repeat("é", 5001)}, "text", ""},
		{"text at the limit", Submission{Name: "Ann", Text: strings.Repeat("é", 5000)}, "", ""},
		{"e-mail", Submission{Name: "Ann", Email: "ann@a.example", Text: "a"}, "", ""},
		{"no e-mail address", Submission{Name: "Ann", Email: "ann", Text: "a"}, "email", ""},
		{"e-mail with a header", Submission{Name: "Ann", Email: "a@b.example\nBcc: c@d.example", Text: "a"}, "email", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, problems := th.Check(c.in)
			var fields []string
			for _, p := range problems {
				fields = append(fields, p.Field)
			}
			if got := strings.Join(fields, " "); got != c.fields {
				t.Errorf("problems with %q, want %q", got, c.fields)
			}
			if got := d.Name + "|" + d.Text; c.draft != "" && got != c.draft {
				t.Errorf("draft %q, want %q", got, c.draft)
			}
			if len(problems) == 0 && d.Body.Empty() {
				t.Error("a good draft has no body")
			}
		})
	}
}

func TestCombiningMarks(t *testing.T) {
	if got := cleanText("Z" + strings.Repeat("\u0335", 10_000) + "x"); len([]rune(got)) > 10 {
		t.Errorf("V19: %d characters are left of 10,000 marks", len([]rune(got)))
	}
}

func TestStamp(t *testing.T) {
	th := threads(t, nil)
	stamp := th.Stamp("a1", noon)
	if again := th.Stamp("a1", noon.Add(59*time.Minute)); again != stamp {
		t.Error("the stamp changed within the hour")
	}
	if NextStamp(noon.Add(59*time.Minute)) != noon.Add(time.Hour) || th.Stamp("a1", NextStamp(noon)) == stamp {
		t.Error("NextStamp is not when the stamp changes")
	}
	other, err := New(DefaultConfig(), []byte("another secret"), words.English)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, stamp, article string
		at                   time.Time
		want                 StampState
	}{
		{"at once", stamp, "a1", noon, StampGood},
		{"a day later", stamp, "a1", noon.Add(24 * time.Hour), StampGood},
		{"two days later", stamp, "a1", noon.Add(48 * time.Hour), StampOld},
		{"another article", stamp, "a2", noon, StampMissing},
		{"none", "", "a1", noon, StampMissing},
		{"forged hour", "zz" + stamp[2:], "a1", noon, StampMissing},
		{"another secret", other.Stamp("a1", noon), "a1", noon, StampMissing},
	} {
		if got := th.ReadStamp(c.stamp, c.article, c.at); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestVisitor(t *testing.T) {
	th := threads(t, nil)
	id, cookie := th.NewVisitor()
	if got := th.Visitor(cookie); got != id {
		t.Errorf("Visitor(%q) = %q, want %q", cookie, got, id)
	}
	for _, bad := range []string{"", id, id + ".", strings.Repeat("0", 32) + cookie[32:], cookie + "x"} {
		if got := th.Visitor(bad); got != "" {
			t.Errorf("Visitor(%q) = %q", bad, got)
		}
	}
}

func TestJudge(t *testing.T) {
	good := func(th *Threads) Posting {
		return Posting{
			Stamp: th.Stamp("a1", noon), Article: "a1", From: alice,
			Draft: Draft{Name: "Ann", Email: "ann@a.example", Text: "Well done.", Body: content.Comment("Well done.")},
		}
	}
	for _, c := range []struct {
		name       string
		moderation Moderation
		change     func(*Posting)
		want       state.Comment
		flagged    string
	}{
		{"none", None, nil, state.Approved, ""},
		{"all", All, func(p *Posting) { p.Known = true }, state.Pending, ""},
		{"first, unknown", First, nil, state.Pending, ""},
		{"first, known", First, func(p *Posting) { p.Known = true }, state.Approved, ""},
		{"V23 honeypot", None, func(p *Posting) { p.Trap = "x" }, state.Pending, ""},
		{"V23 no stamp", None, func(p *Posting) { p.Stamp = "" }, state.Pending, ""},
		{"V28 50 links", None, func(p *Posting) {
			p.Body = content.Comment(strings.Repeat("https://a.example/ ", 50))
		}, state.Pending, ""},
		{"two links", None, func(p *Posting) {
			p.Body = content.Comment(strings.Repeat("https://a.example/ ", 2))
		}, state.Approved, ""},
		{"blocked word", None, func(p *Posting) { p.Text = "Buy CHEAP PILLS now" }, state.Spam, ""},
		{"blocked network", None, func(p *Posting) { p.From = netip.MustParseAddr("198.51.100.9") }, state.Spam, ""},
		{"blocked pattern", None, func(p *Posting) { p.Name = "casino77" }, state.Spam, ""},
		{"blocked by an editor", None, func(p *Posting) { p.Blocked, p.Known = "the name of comment c1", true }, state.Spam, ""},
		{"blocked mail", None, func(p *Posting) { p.Email = "x@spam.example" }, state.Spam, ""},
		{"an edit needs no stamp", None, func(p *Posting) { p.Stamp, p.Edit = "", true }, state.Approved, ""},
		{"the same text of the same writer", None, func(p *Posting) { p.Same, p.OwnSame = 1, 1 }, state.Pending, ""},
		{"the same text of another", None, func(p *Posting) { p.Same = 1 }, state.Approved, ""},
		{"the same text of two others", None, func(p *Posting) { p.Same = 2 }, state.Pending, ""},
		{"a third of the last ones refused", None, func(p *Posting) { p.Decided, p.Refused = 9, 3 }, state.Approved, ""},
		{"more than a third refused", None, func(p *Posting) { p.Decided, p.Refused, p.Known = 10, 4, true }, state.Pending, ""},
		{"the only one refused", None, func(p *Posting) { p.Decided, p.Refused = 1, 1 }, state.Pending, ""},
		{"suspect", None, func(p *Posting) { p.Text = "Crypto is the future." }, state.Approved, "suspect: crypto"},
		{"suspect and held", All, func(p *Posting) { p.Text = "Crypto is the future." }, state.Pending, "suspect: crypto"},
		{"suspect and blocked", None, func(p *Posting) { p.Text = "Crypto and cheap pills." }, state.Spam, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			th := threads(t, func(cf *Config) {
				cf.Moderation = c.moderation
				cf.Blocklist = []string{"cheap pills", "198.51.100.0/24", `/casino\d+/`, "@spam.example"}
				cf.Suspect = []string{"crypto"}
			})
			p := good(th)
			if c.change != nil {
				c.change(&p)
			}
			if v := th.Judge(p, noon); v.Status != c.want || v.Reason() == "" || v.Flagged() != c.flagged {
				t.Errorf("Judge = %+v, want %s, flagged %q", v, c.want, c.flagged)
			}
		})
	}
}

// A network that was blocked is known again on the days after.
func TestNetworks(t *testing.T) {
	th := threads(t, nil)
	names := th.Networks(alice, noon, 3)
	for i, name := range names {
		if want := th.Network(alice, noon.AddDate(0, 0, -i)); name != want {
			t.Errorf("%d days ago: %s, want %s", i, name, want)
		}
	}
	if len(names) != 3 || names[0] == names[1] {
		t.Errorf("%q", names)
	}
	neighbour := netip.MustParseAddr("192.0.2.200")
	if th.Around(alice, noon) != th.Around(neighbour, noon) || th.Network(alice, noon) == th.Network(neighbour, noon) {
		t.Error("neighbours are not around each other, or are one")
	}
	if days := th.AroundNames(alice, noon, 2); days[0] == days[1] || days[1] != th.Around(alice, noon.AddDate(0, 0, -1)) {
		t.Errorf("around, by the day: %q", days)
	}
}

// V23: within min_delay of that address getting that page.
func TestMinDelay(t *testing.T) {
	th := threads(t, func(c *Config) { c.Moderation = None })
	post := func(from netip.Addr, after time.Duration) state.Comment {
		now := noon.Add(after)
		return th.Judge(Posting{Stamp: th.Stamp("a1", now), Article: "a1", From: from}, now).Status
	}
	th.Served(alice, "a1", noon)
	if got := post(alice, time.Second); got != state.Pending {
		t.Errorf("after 1 s: %s", got)
	}
	if got := post(alice, 2*time.Second); got != state.Approved {
		t.Errorf("after 2 s: %s", got)
	}
	if got := post(netip.MustParseAddr("192.0.2.8"), time.Second); got != state.Approved {
		t.Errorf("another address: %s", got)
	}
	th.Served(alice, "a2", noon)
	th.Served(alice, "a1", noon.Add(10*time.Second))
	if got := post(alice, 11*time.Second); got != state.Pending {
		t.Errorf("after it got the page once more: %s", got)
	}
}

// V25, V26: a burst, then one by one; by address, IPv6 by /64.
func TestAllowPost(t *testing.T) {
	th := threads(t, nil)
	for i := range 5 {
		if _, ok := th.AllowPost(alice, noon); !ok {
			t.Fatalf("comment %d of five is refused", i+1)
		}
	}
	wait, ok := th.AllowPost(alice, noon)
	if ok || wait <= 0 || wait > 12*time.Second {
		t.Errorf("the sixth: %v, wait %v", ok, wait)
	}
	if _, ok := th.AllowPost(alice, noon.Add(wait)); !ok {
		t.Error("still refused after the wait")
	}
	if _, ok := th.AllowPost(netip.MustParseAddr("192.0.2.8"), noon); !ok {
		t.Error("another address is refused too")
	}
	for i := range 5 {
		th.AllowPost(netip.MustParseAddr(fmt.Sprintf("2001:db8:1:2::%d", i)), noon)
	}
	if _, ok := th.AllowPost(netip.MustParseAddr("2001:db8:1:2:ffff::9"), noon); ok {
		t.Error("another address of the same /64 has a rate of its own")
	}
	if _, ok := th.AllowPost(netip.MustParseAddr("2001:db8:1:3::1"), noon); !ok {
		t.Error("another /64 is refused")
	}
	mapped := netip.MustParseAddr("::ffff:192.0.2.7")
	if _, ok := th.AllowPost(mapped, noon); ok {
		t.Error("an IPv4 address mapped into IPv6 is counted apart")
	}
}

// A restart forgets no rate: what is stored counts, and no more than once.
func TestRoomAfterRestart(t *testing.T) {
	var posted []time.Time
	for i := range 5 {
		posted = append(posted, noon.Add(time.Duration(i)*time.Second))
	}
	th, at := threads(t, nil), noon.Add(10*time.Second)
	if wait, ok := th.Room(alice, posted, posted, at); ok || wait <= 0 || wait > 12*time.Second {
		t.Errorf("the sixth after a restart: %v, wait %v", ok, wait)
	}
	if _, ok := th.Room(alice, posted, posted, at.Add(5*time.Second)); !ok {
		t.Error("what came back since is refused")
	}
	if _, ok := th.Room(alice, posted[3:], posted[3:], at.Add(2*time.Minute)); !ok {
		t.Error("what was posted long ago counts for ever")
	}
}

// Nobody asks when an address posted by a rate that what is told of it cannot use up.
func TestCounted(t *testing.T) {
	for _, c := range []struct {
		rate          string
		since, around bool
	}{{"5/1m", true, true}, {"8/1m", true, true}, {"9/1m", true, false}, {"64/1m", true, false}, {"65/1m", false, false}} {
		th := threads(t, func(s *Config) {
			if err := s.Rate.UnmarshalText([]byte(c.rate)); err != nil {
				t.Fatal(err)
			}
		})
		since, around := th.Counted(64, noon)
		if since.IsZero() == c.since || around != c.around || c.since && !since.Equal(noon.Add(-time.Minute)) {
			t.Errorf("%s: since %v, around: %v", c.rate, since, around)
		}
		posted := make([]time.Time, 64)
		for i := range posted {
			posted[i] = noon.Add(time.Duration(i) * time.Millisecond)
		}
		if _, ok := th.Room(alice, posted, nil, posted[len(posted)-1]); ok == c.since {
			t.Errorf("%s: with as much as is told there is room: %v", c.rate, ok)
		}
	}
}

// The addresses around one have eight times its rate together.
func TestAllowPostAround(t *testing.T) {
	th := threads(t, nil)
	taken := 0
	for i := range 100 {
		if _, ok := th.AllowPost(netip.MustParseAddr(fmt.Sprintf("198.51.100.%d", i)), noon); ok {
			taken++
		}
	}
	if taken != aroundPerAddress*5 {
		t.Errorf("%d comments of a hundred neighbours are taken, want %d", taken, aroundPerAddress*5)
	}
	if _, ok := th.AllowPost(netip.MustParseAddr("198.51.101.1"), noon); !ok {
		t.Error("an address elsewhere is refused too")
	}
}

// V27: a million addresses cost bounded memory.
func TestTableIsBounded(t *testing.T) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	th := threads(t, nil)
	for i := range 1_000_000 {
		a := netip.AddrFrom4([4]byte{byte(i >> 24), byte(i >> 16), byte(i >> 8), byte(i)})
		th.AllowPost(a, noon)
		th.Served(a, "a1", noon)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 40<<20 {
		t.Errorf("%d MiB for a million addresses", grown>>20)
	}
	if n := th.posts.Len(); n > 2*rate.Rows {
		t.Errorf("%d rows", n)
	}
	if n := th.around.Len(); n > 2*rate.Rows {
		t.Errorf("%d rows of networks around others", n)
	}
	runtime.KeepAlive(th)
}

func TestClosed(t *testing.T) {
	c := DefaultConfig()
	if c.Closed(noon, noon.AddDate(10, 0, 0)) {
		t.Error("a thread closed though close_after is 0")
	}
	c.CloseAfter = setting.Every(14 * 24 * time.Hour)
	if c.Closed(noon, noon.AddDate(0, 0, 14).Add(-1)) || !c.Closed(noon, noon.AddDate(0, 0, 14)) {
		t.Error("a thread does not close after 14 days")
	}
}
