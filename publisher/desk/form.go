package desk

import (
	"net/http"
	"net/url"

	"courant/publisher/web"
)

const (
	// MaxForm is the largest form that an editor sends: a text of a megabyte, each
	// byte of it percent-encoded, and more. Only who has a session is listened to for
	// so long.
	MaxForm = 8 << 20
	// maxFields bounds a form: a list has some hundred, and key points that somebody
	// pastes are many.
	maxFields = 2000
)

// readForm reads an urlencoded form.
func readForm(r *http.Request) (url.Values, error) {
	if err := web.ParseFormOf(r, maxFields); err != nil {
		return nil, err
	}
	return r.PostForm, nil
}
