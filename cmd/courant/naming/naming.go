// Package naming finds what a user means by an id, the beginning of one, or an
// address, and says what to do where nothing is meant by it. Begin with Article.
package naming

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"courant/cmd/courant/config"
	"courant/cmd/courant/failure"
	"courant/db"
	"courant/db/record"
)

// maxNamed is how many ids are listed where a beginning fits several.
const maxNamed = 10

// pick is the id that a user means by its beginning: the only one of ids, which
// all begin with it, or the one that is all of it. db.ErrNotFound where there is
// none.
func pick(kind, beginning string, ids []string) (string, error) {
	switch {
	case beginning == "" || len(ids) == 0:
		return "", db.ErrNotFound
	case slices.Contains(ids, beginning):
		return beginning, nil
	case len(ids) == 1:
		return ids[0], nil
	}
	more := ""
	if len(ids) > maxNamed {
		ids, more = ids[:maxNamed], " and others"
	}
	return "", failure.Hint(fmt.Errorf("%s %s: several begin so: %s%s", kind, beginning, strings.Join(ids, ", "), more), "write more of the id")
}

// Article is the id of the article that a user means by arg: its id or the
// beginning of it, or its address.
func Article(ctx context.Context, store *db.DB, arg string) (string, error) {
	ids, err := record.ArticleIDs(ctx, store, lastPart(arg), maxNamed+1)
	if err != nil {
		return "", err
	}
	id, err := pick("article", lastPart(arg), ids)
	return id, NoArticle(arg, err)
}

// Comment is Article for comments.
func Comment(ctx context.Context, store *db.DB, arg string) (string, error) {
	ids, err := record.CommentIDs(ctx, store, lastPart(arg), maxNamed+1)
	if err != nil {
		return "", err
	}
	id, err := pick("comment", lastPart(arg), ids)
	return id, NoComment(arg, err)
}

// lastPart is the id in what a user gives for it: the id itself, or the address
// of an article or comment, which ends in it.
func lastPart(arg string) string {
	arg = strings.TrimRight(arg, "/")
	return arg[strings.LastIndexAny(arg, "/-#")+1:]
}

// Source is the id of the source that a user means by arg: of the
// configuration, or one that has left it.
func Source(ctx context.Context, c config.Config, store *db.DB, arg string) (string, error) {
	stored, err := store.Sources(ctx)
	if err != nil {
		return "", err
	}
	var ids []string
	for _, s := range stored {
		ids = append(ids, s.ID)
	}
	for _, s := range c.Sources {
		ids = append(ids, s.ID)
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	id, err := pick("source", arg, slices.DeleteFunc(ids, func(id string) bool { return !strings.HasPrefix(id, arg) }))
	return id, NoSource(arg, err)
}

// NoArticle words what went wrong with the article a user named.
func NoArticle(arg string, err error) error {
	if errors.Is(err, db.ErrNotFound) {
		return failure.Hint(fmt.Errorf("article %s: there is no such article", arg), "`courant article list` shows the ids")
	}
	return err
}

// NoComment words what went wrong with the comment a user named.
func NoComment(arg string, err error) error {
	if errors.Is(err, db.ErrNotFound) {
		return failure.Hint(fmt.Errorf("comment %s: there is no such comment", arg), "`courant comment list` shows the ids")
	}
	return err
}

// NoSource words what went wrong with the source a user named.
func NoSource(id string, err error) error {
	if errors.Is(err, db.ErrNotFound) {
		return failure.Hint(fmt.Errorf("source %s: there is no such source", id), "`courant source list` shows the ids")
	}
	return err
}

// Configured are the sources of the configuration that a user of fetch means by
// args, each once.
func Configured(c config.Config, args []string) (ids []string, err error) {
	for _, arg := range args {
		var near []string
		for _, s := range c.Sources {
			if strings.HasPrefix(s.ID, arg) {
				near = append(near, s.ID)
			}
		}
		slices.Sort(near)
		id, err := pick("source", arg, near)
		if errors.Is(err, db.ErrNotFound) {
			return nil, failure.Hint(fmt.Errorf("fetch %s: the configuration has no such source", arg), "`courant source list` shows the ids")
		}
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}
