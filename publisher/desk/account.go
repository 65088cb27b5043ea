package desk

import (
	"crypto/sha256"
	"encoding/hex"
	"html/template"
	"net/http"

	"courant/db/newsroom"
	"courant/publisher/web"
)

// accountView is the page of an editor's own things.
type accountView struct {
	frame
	Sections []string
	Sessions []sessionRow
	Feeds    []tab
	Did      string

	Bookmarklet template.URL // empty: pages cannot be added
}

// sessionRow is a session on that page.
type sessionRow struct {
	newsroom.Session
	Key  string // in a form
	This bool   // it is the one that asks
}

func (d *Desk) account(w http.ResponseWriter, r *http.Request, in visitor) error {
	list, err := d.room.Sessions(r.Context(), in.Name, in.credential)
	if err != nil {
		return err
	}
	v := accountView{Sections: in.Sections}
	if v.frame, err = d.listFrame(r, in, ""); err != nil {
		return err
	}
	v.Title = "Your account"
	if d.Adder != nil && in.Role.may(Editor) {
		v.Bookmarklet = d.bookmarklet()
	}
	turn, err := d.room.FeedTurn(r.Context(), in.Name)
	if err != nil {
		return err
	}
	v.Feeds = d.feedsOf(in.user, turn)
	for _, s := range list {
		v.Sessions = append(v.Sessions, sessionRow{s, hex.EncodeToString(s.ID[:]), s.ID == in.session.ID})
	}
	switch r.URL.Query().Get("did") {
	case "ended":
		v.Did = "The session was ended."
	case "renewed":
		v.Did = "Your feeds have a new secret. The old addresses lead nowhere any more."
	}
	return d.show(w, r, http.StatusOK, "account", v)
}

// changeAccount ends sessions, or renews the secret of the private feeds.
func (d *Desk) changeAccount(w http.ResponseWriter, r *http.Request, in visitor) error {
	if err := web.ParseForm(r); err != nil {
		return err
	}
	did := "ended"
	var err error
	switch r.PostForm.Get("action") {
	case "end":
		id, bad := hex.DecodeString(r.PostForm.Get("session"))
		if bad != nil || len(id) != sha256.Size {
			return &web.Error{Status: http.StatusBadRequest, Message: "There is no such session."}
		}
		err = d.room.End(r.Context(), in.Name, [sha256.Size]byte(id))
	case "end-others":
		err = d.room.EndOthers(r.Context(), in.Name, in.session.ID)
	case "renew":
		did, err = "renewed", d.room.RenewFeed(r.Context(), in.Name)
	default:
		return &web.Error{Status: http.StatusBadRequest, Message: "Here sessions are ended, and the secret of the feeds is renewed."}
	}
	if err != nil {
		return err
	}
	redirect(w, r, "/desk/account?did="+did)
	return nil
}
