package desk

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"courant/db/newsroom"
	"courant/db/text"
	"courant/publisher/web"
)

// visitor is somebody who was let in.
type visitor struct {
	user
	session newsroom.Session
}

// gate lets in who has a session and the role. Others are led to the login, and
// whoever may not do what was asked for is told so.
func (d *Desk) gate(least Role, next handler) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		in, err := d.who(r)
		switch {
		case errors.Is(err, errNobody) && arrives(r):
			f := d.frame("The desk", visitor{})
			f.Next, f.Refresh = r.URL.RequestURI(), true
			return d.show(w, r, http.StatusOK, "arrive", f)
		case errors.Is(err, errNobody):
			back, err := d.keepTyped(r)
			if err != nil {
				return err
			}
			if r.Method == http.MethodGet {
				back = r.URL.RequestURI()
			}
			to := "/desk/login"
			if back != "" {
				to += "?next=" + url.QueryEscape(back)
			}
			redirect(w, r, to)
			return nil
		case err != nil:
			return err
		case !in.Role.may(least):
			return forbidden(in)
		}
		return next(w, r, in)
	}
}

// arrives reports whether a link of another site led here: the cookie, which is
// SameSite=Strict, is only sent once a page of our own asks again.
func arrives(r *http.Request) bool {
	return r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Site") == "cross-site" && web.Navigates(r)
}

// who is who sent r, or errNobody.
func (d *Desk) who(r *http.Request) (visitor, error) {
	s, err := d.sessionOf(r)
	if err != nil {
		return visitor{}, err
	}
	u, known := d.users[s.Name]
	if !known || !s.Live || subtle.ConstantTimeCompare(u.credential, s.Credential) != 1 {
		return visitor{}, errNobody
	}
	return visitor{u, s}, nil
}

// sessionOf is the session that r's cookie names, whether or not it still lives,
// or errNobody.
func (d *Desk) sessionOf(r *http.Request) (newsroom.Session, error) {
	c, err := r.Cookie(d.cookieName())
	if err != nil || len(c.Value) != tokenChars {
		return newsroom.Session{}, errNobody
	}
	id := newsroom.SessionID(c.Value)
	s, err := d.room.Session(r.Context(), id)
	if errors.Is(err, newsroom.ErrNotFound) || (err == nil && !hmac.Equal(id[:], s.ID[:])) {
		return newsroom.Session{}, errNobody
	}
	return s, err
}

const (
	tokenBytes = 32
	tokenChars = (tokenBytes*8 + 5) / 6 // in base64
)

// secure reports whether the site is https.
func (d *Desk) secure() bool { return strings.HasPrefix(d.Base, "https:") }

// cookieName is that of the session's cookie. A browser takes __Host- only over
// TLS.
func (d *Desk) cookieName() string {
	if d.secure() {
		return "__Host-desk"
	}
	return "desk"
}

func (d *Desk) setCookie(w http.ResponseWriter, value string, seconds int) {
	http.SetCookie(w, &http.Cookie{
		Name: d.cookieName(), Value: value, Path: "/", MaxAge: seconds,
		HttpOnly: true, Secure: d.secure(), SameSite: http.SameSiteStrictMode,
	})
}

// loginView is the page of the login.
type loginView struct {
	frame
	Wrong string // why nobody was let in, or empty
}

func (d *Desk) loginPage(w http.ResponseWriter, r *http.Request) error {
	next := localPath(r.URL.Query().Get("next"), "/desk")
	if _, err := d.who(r); err == nil {
		redirect(w, r, next)
		return nil
	} else if !errors.Is(err, errNobody) {
		return err
	}
	return d.showLogin(w, r, http.StatusOK, next, "")
}

func (d *Desk) showLogin(w http.ResponseWriter, r *http.Request, status int, next, wrong string) error {
	f := d.frame("Sign in", visitor{})
	f.Next = next
	return d.show(w, r, status, "login", loginView{f, wrong})
}

// login lets somebody in. What it says of a name that there is not and of a wrong
// password is the same, and takes as long (V42).
func (d *Desk) login(w http.ResponseWriter, r *http.Request) error {
	if err := web.ParseForm(r); err != nil {
		return err
	}
	next := localPath(r.PostForm.Get("next"), "/desk")
	name := strings.TrimSpace(r.PostForm.Get("name"))
	leave, err := d.enter(r)
	if err != nil {
		return err
	}
	u, wait, is := d.tryPassword(name, r.PostForm.Get("password"), web.Address(r, d.Proxies))
	leave()
	switch {
	case wait > 0:
		web.SetRetryAfter(w.Header(), wait)
		return d.showLogin(w, r, http.StatusTooManyRequests, next, "There were too many wrong passwords. Please wait "+spell(wait)+", then try again.")
	case !is:
		return d.showLogin(w, r, http.StatusUnauthorized, next, "There is nobody of this name with this password.")
	}
	return d.begin(w, r, u, next)
}

// mostAtDoor is how many logins may wait for their turn: the last of them waits
// for a second or two.
const mostAtDoor = 32

// enter waits for the turn to try a password, one at a time: each takes 19 MiB, and
// a crowd at the door must not take the memory of the rest, nor have more tries at
// once than it may have one after another.
func (d *Desk) enter(r *http.Request) (leave func(), err error) {
	select {
	case d.door <- struct{}{}:
	default:
		return nil, &web.Error{Status: http.StatusServiceUnavailable, Message: "Too many want to sign in at once. Please try again in a moment."}
	}
	select {
	case d.turn <- struct{}{}:
		return func() { <-d.turn; <-d.door }, nil
	case <-r.Context().Done():
		<-d.door
		return nil, r.Context().Err()
	}
}

// tryPassword reports whether typed is the password of name; wait is how long it
// may not be tried at all.
func (d *Desk) tryPassword(name, typed string, from netip.Addr) (u user, wait time.Duration, is bool) {
	if wait, ok := d.limit.may(name, from, d.Now()); !ok {
		return u, wait, false
	}
	u = d.users[name]
	if is = u.password.Is(typed); is {
		d.limit.right(name, from)
		return u, 0, true
	}
	d.limit.wrong(name, from, d.Now())
	d.Log.Warn("a login failed", "from", from.String())
	return u, 0, false
}

// cookieAge is how long a browser keeps the cookie, in seconds: longer than any
// session lasts, so that what was typed in one that ended is still known for whose
// it is.
const cookieAge = 60 * 24 * 60 * 60

// maxAgent is how much of what a browser says of itself is kept, in characters.
const maxAgent = 160

// begin makes a session with a new token, whatever cookie came along (V43).
func (d *Desk) begin(w http.ResponseWriter, r *http.Request, u user, next string) error {
	var old [32]byte
	if c, err := r.Cookie(d.cookieName()); err == nil {
		old = newsroom.SessionID(c.Value)
	}
	secret := make([]byte, tokenBytes)
	rand.Read(secret)
	token := base64.RawURLEncoding.EncodeToString(secret)
	if err := d.room.Begin(r.Context(), newsroom.Session{
		ID: newsroom.SessionID(token), Name: u.Name, Credential: u.credential, Agent: text.Cut(text.Line(r.UserAgent()), maxAgent),
	}, old); err != nil {
		return err
	}
	d.Log.Info("signed in", "editor", u.Name)
	d.setCookie(w, token, cookieAge)
	redirect(w, r, next)
	return nil
}

// logout ends the session on the server.
func (d *Desk) logout(w http.ResponseWriter, r *http.Request, in visitor) error {
	if err := d.room.End(r.Context(), in.Name, in.session.ID); err != nil {
		return err
	}
	d.setCookie(w, "", -1)
	redirect(w, r, "/desk/login")
	return nil
}
