package desk

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"courant/db"
	"courant/db/content"
	"courant/db/newsroom"
	"courant/db/state"
	"courant/publisher/feeds"
	"courant/publisher/web"
)

//go:embed script.js
var script []byte

// scriptPath is where the one script of the desk is: single keys for its lists.
const scriptPath = "/desk/keys.js"

func (d *Desk) script(w http.ResponseWriter, r *http.Request, _ visitor) error {
	if err := web.OncePacked(w, r, http.StatusOK, "text/javascript; charset=utf-8", web.PrivateOnce, script); err != nil {
		d.Log.Debug("answer cut short", "err", err) // its reader has gone
	}
	return nil
}

// feedKey is the secret that lets a feed reader in, for an editor who has renewed
// it so often. It is made anew each time of the store's own secret and of the
// editor's password, and stored nowhere (V44).
func (d *Desk) feedKey(u user, turn int) string {
	m := hmac.New(sha256.New, d.store.Secret())
	fmt.Fprintf(m, "desk feed\x00%s\x00%s\x00%d", u.Name, u.credential, turn)
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}

// holder is the editor whose feeds a key opens, or errNobody. There are few: each is
// looked at, whichever it is.
func (d *Desk) holder(r *http.Request) (found user, err error) {
	key := r.URL.Query().Get("key")
	err = errNobody
	for _, u := range d.users {
		turn, dbErr := d.room.FeedTurn(r.Context(), u.Name)
		if dbErr != nil {
			return found, dbErr
		}
		if subtle.ConstantTimeCompare([]byte(key), []byte(d.feedKey(u, turn))) == 1 {
			found, err = u, nil
		}
	}
	return found, err
}

// feedItems is how many entries a private feed has.
const feedItems = 100

// feed is a private feed of what waits: whoever has its key reads it.
func (d *Desk) feed(w http.ResponseWriter, r *http.Request) error {
	if _, err := d.holder(r); err != nil {
		if !errors.Is(err, errNobody) {
			return err
		}
		return &web.Error{Status: http.StatusUnauthorized, Message: "This feed is private: its address is in your account at the desk."}
	}
	q, _, err := parseList(newsroom.Incoming, r.URL.Query())
	if err != nil {
		return err
	}
	q.Limit = feedItems
	rows, err := d.room.List(r.Context(), q)
	if err != nil {
		return err
	}
	page := listAddress(q.Shelf, q, 1)
	f := feeds.Feed{
		ID: d.store.Tag().Feed(page), Title: d.Title + ": what waits at the desk", Language: d.Lang, Page: d.Base + page, Self: d.Base + r.URL.RequestURI(),
		Updated: d.store.Created(), MinItems: feedItems,
	}
	last := d.Now().Add(time.Hour)
	for _, row := range rows {
		at := row.Dated
		if !at.Before(last) { // no two alike (A3)
			at = last.Add(-time.Millisecond)
		}
		last = at
		f.Entries = append(f.Entries, feeds.Entry{
			ID: d.store.Tag().Article(row.ID), Title: row.Headline, Link: d.Base + with(page, "row", row.ID) + "#a-" + row.ID, Published: at, Updated: at, Author: row.Author,
			Language: row.Language, KeyPoints: row.KeyPoints, Summary: row.Summary, Body: content.Text(row.Start), Via: row.Link,
		})
	}
	if !narrowed(q) {
		waiting, err := d.store.Comments(r.Context(), db.CommentQuery{Status: state.Pending, Limit: feedItems})
		if err != nil {
			return err
		}
		for _, c := range waiting {
			f.Entries = append(f.Entries, feeds.Entry{
				ID: d.store.Tag().Comment(c.ID), Title: "Comment by " + c.Name + " on " + c.Headline, Link: d.Base + "/desk/comments?before=" + remark{before: c.Seq + 1}.String() + "#c-" + c.ID,
				Published: c.Updated, Updated: c.Updated, Author: c.Name, Body: c.Body,
			})
		}
	}
	slices.SortStableFunc(f.Entries, func(a, b feeds.Entry) int { return b.Updated.Compare(a.Updated) })
	if len(f.Entries) > 0 {
		f.Updated = f.Entries[0].Updated
	}
	body, _, err := feeds.Write(f, feeds.Atom)
	if err != nil {
		return err
	}
	if err := web.OncePacked(w, r, http.StatusOK, feeds.Atom.Type(), web.PrivateOnce, body); err != nil {
		d.Log.Debug("answer cut short", "err", err) // its reader has gone
	}
	return nil
}

// feedsOf are the private feeds of an editor: of all that waits, and of each list
// with a name.
func (d *Desk) feedsOf(u user, turn int) []tab {
	address := func(path, query string) string {
		v, _ := url.ParseQuery(query) // Validate has told
		v.Set("key", d.feedKey(u, turn))
		return d.Base + path + "/feed.atom?" + v.Encode()
	}
	list := []tab{{Text: "All that waits, comments too", Href: address("/desk", "")}}
	for _, f := range d.filters {
		list = append(list, tab{Text: f.Name, Href: address("/desk/incoming", f.Query)})
	}
	return list
}
