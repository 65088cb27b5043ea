package comments

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"courant/publisher/rate"
)

const (
	// stampEvery is how often a form's stamp changes, so that a page stays the
	// same bytes for that long.
	stampEvery = time.Hour
	// stampLife is how long a form may lie open before it is shown again.
	stampLife = 24 * time.Hour
	// visitorBytes of randomness name a visitor: nobody guesses another's name.
	visitorBytes = 16
)

// sign is a MAC of parts, each of which may hold no NUL, under purpose.
func (t *Threads) sign(purpose string, parts ...string) string {
	mac := hmac.New(sha256.New, t.secret)
	mac.Write([]byte(purpose + "\x00" + strings.Join(parts, "\x00")))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func (t *Threads) signed(mac, purpose string, parts ...string) bool {
	return hmac.Equal([]byte(mac), []byte(t.sign(purpose, parts...)))
}

// Stamp is what the form under an article carries during now's hour: the hour
// and a signature over it and the article. NextStamp is when it changes.
func (t *Threads) Stamp(article string, now time.Time) string {
	hour := strconv.FormatInt(now.Unix()/int64(stampEvery.Seconds()), 36)
	return hour + "." + t.sign("stamp", article, hour)
}

// NextStamp is when the stamps of now's hour give way to the next.
func NextStamp(now time.Time) time.Time { return now.Truncate(stampEvery).Add(stampEvery) }

// StampState is what a stamp says.
type StampState int

// The states of a stamp.
const (
	StampMissing StampState = iota // none, or not one of ours for this article
	StampOld                       // ours, of a form that lay open too long
	StampGood
)

// ReadStamp judges the stamp of a form that was posted to article.
func (t *Threads) ReadStamp(stamp, article string, now time.Time) StampState {
	hour, mac, _ := strings.Cut(stamp, ".")
	n, err := strconv.ParseInt(hour, 36, 48)
	if err != nil || !t.signed(mac, "stamp", article, hour) {
		return StampMissing
	}
	age := now.Sub(time.Unix(n*int64(stampEvery.Seconds()), 0))
	if age > stampLife+stampEvery {
		return StampOld
	}
	return StampGood
}

// NewVisitor names a visitor who has no cookie yet, and makes the cookie's value.
func (t *Threads) NewVisitor() (id, cookie string) {
	b := make([]byte, visitorBytes)
	rand.Read(b)
	id = hex.EncodeToString(b)
	return id, id + "." + t.sign("visitor", id)
}

// Visitor is who a cookie names, or "" where we did not sign it.
func (t *Threads) Visitor(cookie string) string {
	id, mac, _ := strings.Cut(cookie, ".")
	if len(id) != 2*visitorBytes || !t.signed(mac, "visitor", id) {
		return ""
	}
	return id
}

// networkChars is how much of a network's hash is kept: enough to tell those of a
// day apart, and no more.
const networkChars = 12

// Networks are how Network named the network that an address is of on each of so
// many days, the last one first.
func (t *Threads) Networks(from netip.Addr, now time.Time, days int) []string {
	list := make([]string, days)
	for i := range list {
		list[i] = t.Network(from, now.AddDate(0, 0, -i))
	}
	return list
}

// AroundNames are how Around named the networks around an address on each of so many
// days, the last one first.
func (t *Threads) AroundNames(from netip.Addr, now time.Time, days int) []string {
	list := make([]string, days)
	for i := range list {
		list[i] = t.Around(from, now.AddDate(0, 0, -i))
	}
	return list
}

// Visits are how the network's getting the form of an article, or of the comment that
// is changed, is called on each of so many days, the last one first. As with Network,
// nobody can tell who got what.
func (t *Threads) Visits(from netip.Addr, form string, now time.Time, days int) []string {
	v := visitOf(from, form)
	list := make([]string, days)
	for i := range list {
		list[i] = t.sign("visit", v.from.String(), strconv.FormatUint(v.article, 36), now.UTC().AddDate(0, 0, -i).Format(time.DateOnly))[:networkChars]
	}
	return list
}

// Around is Network of the networks around an address, see rate.Around.
func (t *Threads) Around(from netip.Addr, now time.Time) string {
	return t.sign("around", rate.Around(from).String(), now.UTC().Format(time.DateOnly))[:networkChars]
}

// Network names the network that an address is of, for a day: a keyed hash, so
// that nobody can tell who it was, or that it was the same one on another day.
func (t *Threads) Network(from netip.Addr, now time.Time) string {
	return t.sign("network", rate.Network(from).String(), now.UTC().Format(time.DateOnly))[:networkChars]
}
