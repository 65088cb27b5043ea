package channels

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"

	"courant/db"
	"courant/db/scope"
)

// Touched are the pages whose feeds are made from scopes, each once: for who is to
// be told of news without anybody having asked for it. Searches are not among them,
// for nobody knows what is searched for.
func (c *Channels) Touched(ctx context.Context, scopes []string) (list []string, err error) {
	for _, s := range scopes {
		page := ""
		kind, name, _ := strings.Cut(s, ":")
		switch {
		case s == scope.Site:
			page = "/"
		case s == scope.Comments && c.site.Comments, s == scope.Corrections:
			page = "/" + s
		case kind == "section", kind == "source", kind == "tag":
			page = "/" + kind + "/" + url.PathEscape(name)
		case strings.HasPrefix(s, scope.Days), strings.HasPrefix(s, scope.Months):
			page = "/archive/" + strings.ReplaceAll(name, "-", "/")
		case s == scope.Article(name):
			if page, err = c.threadPage(ctx, name); err != nil {
				return nil, err
			}
		}
		if page != "" {
			list = append(list, page)
		}
	}
	slices.Sort(list)
	return slices.Compact(list), nil
}

// threadPage is the page of an article with a thread, "" where there is none.
func (c *Channels) threadPage(ctx context.Context, id string) (string, error) {
	a, err := c.Published(ctx, id)
	switch {
	case errors.Is(err, db.ErrNotFound), errors.Is(err, db.ErrWithdrawn):
		return "", nil
	case err != nil || !c.talks(a):
		return "", err
	}
	return a.Path(), nil
}
