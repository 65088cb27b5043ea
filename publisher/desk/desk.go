// Package desk is where editors work: the pages under /desk, their forms, and who
// may use them. It parses what a browser sends, has publisher/editing do it, and
// shows what came of it; what editors may do to an article or a comment, and in
// whose name, is written there, and the shell is its other door. Begin with New;
// Routes is the table of addresses, and each of them passes one gate (gate.go).
//
// Who is let in. A password is kept as its argon2id hash in the configuration; a
// session as the hash of the token in its cookie (db/newsroom). It ends on the
// server: at logout, after twelve hours unused, after thirty days, and when the
// password is another. Where no password is configured there are no routes, and
// nothing tells a desk from an address that there is not.
package desk

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"courant/db"
	"courant/db/newsroom"
	"courant/publisher/editing"
	"courant/publisher/password"
	"courant/publisher/web"
)

// Options are what New needs besides the store and the configuration.
type Options struct {
	Base    string // public address of the site without a slash at its end
	Title   string // of the site
	Lang    string // BCP 47
	Zone    *time.Location
	Proxies []netip.Prefix // trusted ones
	Log     *slog.Logger
	Now     func() time.Time
	// Sections are the configured ones, and HasSection reports whether an article
	// may be in one; both change with a reload.
	Sections   func() []Section
	HasSection func(id string) bool
	// Remake makes articles anew of what their sources sent; nil: that cannot be read.
	Remake func(editing.Editor) Remaker
	// Adder takes in what has no feed; nil: nothing is taken in here.
	Adder func(editing.Editor) Adder
	// Preview is an article as readers will see it.
	Preview func(ctx context.Context, a db.Article) (Preview, error)
}

// Desk is the desk of one site. Safe for concurrent use.
type Desk struct {
	Options
	store   *db.DB
	room    *newsroom.Room
	users   map[string]user // by name
	filters []Filter
	limit   *limiter
	door    chan struct{} // who waits to have a password tried, see enter
	turn    chan struct{} // and whose turn it is
	pages   *pages
	settled bool // the lists were looked at once, see Tend
}

// user is somebody who may sign in.
type user struct {
	Name       string
	Role       Role
	Sections   []string // ids; empty: all
	password   password.Hashed
	credential []byte // a hash of the password's hash: sessions of another end
}

// New returns the desk of store; c is one that Validate found nothing wrong with.
func New(store *db.DB, c Config, o Options) (*Desk, error) {
	d := &Desk{
		Options: o, store: store, room: newsroom.New(store.DB, o.Now), users: map[string]user{}, filters: c.Filters,
		limit: &limiter{rows: map[guess]tries{}}, door: make(chan struct{}, mostAtDoor), turn: make(chan struct{}, 1),
	}
	if d.Zone == nil {
		d.Zone = time.UTC
	}
	list := c.Users
	if c.PasswordHash != "" {
		list = append([]User{{Name: c.Username, PasswordHash: c.PasswordHash}}, list...)
	}
	for _, u := range list {
		h, err := password.Parse(u.PasswordHash)
		if err != nil {
			return nil, fmt.Errorf("password_hash of %s: %w", u.Name, err)
		}
		if u.Role == "" {
			u.Role = Editor
		}
		sum := sha256.Sum256([]byte(u.Name + "\x00" + h.String()))
		d.users[u.Name] = user{u.Name, u.Role, u.Sections, h, sum[:]}
	}
	var err error
	d.pages, err = newPages(d.Zone)
	return d, err
}

// Open reports whether anybody may sign in.
func (d *Desk) Open() bool { return len(d.users) > 0 }

// Tend does what the lists need beside being asked for: it finds what is the same
// among the articles that came, and attaches what came late to what is published.
// It does some of it at a time, for what is scheduled must not wait for it. One call
// goes on at a time. Where nobody may sign in it does nothing.
func (d *Desk) Tend(ctx context.Context) error {
	if !d.Open() {
		return nil
	}
	if !d.settled {
		if err := d.room.Resettle(ctx); err != nil {
			return err
		}
		d.settled = true
	}
	more := true
	for i := 0; more && i < tendAtOnce; i++ {
		var err error
		if more, err = d.room.Group(ctx); err != nil {
			return err
		}
	}
	return editing.AttachLate(ctx, d.store)
}

// tendAtOnce is how often Tend looks for what is the same before it returns: at some
// tens of milliseconds each.
const tendAtOnce = 10

// Route is an address of the desk.
type Route struct {
	Pattern string // of http.ServeMux
	Role    Role   // the least that may use it; empty: whoever comes
	Handle  web.Handler
}

// Routes is every address of the desk, none where it is not open.
func (d *Desk) Routes() []Route {
	if !d.Open() {
		return nil
	}
	list := []Route{
		{"GET /desk/login", "", d.loginPage},
		{"POST /desk/login", "", d.login},
		{"GET /desk/feed.atom", Viewer, d.feed}, // these two by their key
		{"GET /desk/incoming/feed.atom", Viewer, d.feed},
	}
	for _, r := range []struct {
		pattern string
		role    Role
		handle  handler
	}{
		{"GET /desk", Viewer, d.front},
		{"GET /desk/incoming", Viewer, d.list(newsroom.Incoming)},
		{"GET /desk/scheduled", Viewer, d.list(newsroom.Scheduled)},
		{"GET /desk/published", Viewer, d.list(newsroom.Published)},
		{"GET /desk/rejected", Viewer, d.list(newsroom.Rejected)},
		{"GET /desk/bin", Viewer, d.list(newsroom.Bin)},
		{"GET /desk/withdrawn", Viewer, d.list(newsroom.Withdrawn)},
		{"POST /desk/articles", Viewer, d.order},
		{"POST /desk/undo", Viewer, d.undo},
		{"GET /desk/article/{id}", Viewer, d.article},
		{"POST /desk/article/{id}", Editor, d.save},
		{"GET /desk/comments", Viewer, d.comments},
		{"POST /desk/comments", Moderator, d.moderate},
		{"GET /desk/sources", Viewer, d.sources},
		{"POST /desk/sources", Editor, d.changeSource},
		{"GET /desk/log", Viewer, d.log},
		{"GET " + scriptPath, Viewer, d.script},
		{"GET /desk/account", Viewer, d.account},
		{"POST /desk/account", Viewer, d.changeAccount},
		{"POST /desk/logout", Viewer, d.logout},
	} {
		list = append(list, Route{r.pattern, r.role, d.gate(r.role, r.handle)})
	}
	if d.Adder != nil {
		for _, page := range []string{addPage, writePage} {
			list = append(list, Route{"GET /desk/" + page, Editor, d.gate(Editor, d.makePage(page))}, Route{"POST /desk/" + page, Editor, d.gate(Editor, d.make(page))})
		}
	}
	for i := range list {
		list[i].Handle = d.dressed(list[i].Handle)
	}
	return list
}

// handler answers somebody who was let in.
type handler func(w http.ResponseWriter, r *http.Request, in visitor) error

// dressed gives each answer the headers of the desk, and refuses what changes
// something and does not say that a page of ours sent it (V03, V45).
func (d *Desk) dressed(next web.Handler) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		web.SetPrivate(w.Header())
		if r.Method != http.MethodGet && r.Method != http.MethodHead && !web.FromOwnPage(r) {
			return &web.Error{Status: http.StatusForbidden, Message: "The desk only takes what its own pages send."}
		}
		return next(w, r)
	}
}

// front leads to the first list.
func (d *Desk) front(w http.ResponseWriter, r *http.Request, _ visitor) error {
	redirect(w, r, "/desk/incoming")
	return nil
}

// redirect leads on after something was done.
func redirect(w http.ResponseWriter, r *http.Request, to string) {
	web.Redirect(w, r, to, http.StatusSeeOther, web.PrivateOnce)
}

// localPath is s where it is a path of this site, else fallback (V46). Browsers
// read a backslash as a slash and leave out tabs and line ends.
func localPath(s, fallback string) string {
	if !strings.HasPrefix(s, "/") || strings.HasPrefix(s, "//") || len(s) > maxNext {
		return fallback
	}
	for _, r := range s {
		if r <= ' ' || r == '\\' || r == 0x7f || r > 0x7f {
			return fallback
		}
	}
	return s
}

// maxNext is the longest path that anybody is led back to.
const maxNext = 2 << 10

var errNobody = errors.New("nobody is signed in")
