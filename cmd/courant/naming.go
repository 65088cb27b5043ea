package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"courant/cmd/courant/config"
	"courant/db"
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
	return "", hint(fmt.Errorf("%s %s: several begin so: %s%s", kind, beginning, strings.Join(ids, ", "), more), "write more of the id")
}

// articleNamed is the id of the article that a user means by arg: its id or the
// beginning of it, or its address.
func articleNamed(ctx context.Context, store *db.DB, arg string) (string, error) {
	ids, err := store.ArticleIDs(ctx, lastPart(arg), maxNamed+1)
	if err != nil {
		return "", err
	}
	id, err := pick("article", lastPart(arg), ids)
	return id, noArticle(arg, err)
}

// commentNamed is articleNamed for comments.
func commentNamed(ctx context.Context, store *db.DB, arg string) (string, error) {
	ids, err := store.CommentIDs(ctx, lastPart(arg), maxNamed+1)
	if err != nil {
		return "", err
	}
	id, err := pick("comment", lastPart(arg), ids)
	return id, noComment(arg, err)
}

// lastPart is the id in what a user gives for it: the id itself, or the address
// of an article or comment, which ends in it.
func lastPart(arg string) string {
	arg = strings.TrimRight(arg, "/")
	return arg[strings.LastIndexAny(arg, "/-#")+1:]
}

// sourceNamed is the id of the source that a user means by arg: of the
// configuration, or one that has left it.
func sourceNamed(ctx context.Context, c config.Config, store *db.DB, arg string) (string, error) {
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
	return id, noSource(arg, err)
}

// noArticle words what went wrong with the article a user named.
func noArticle(arg string, err error) error {
	if errors.Is(err, db.ErrNotFound) {
		return hint(fmt.Errorf("article %s: there is no such article", arg), "`courant article list` shows the ids")
	}
	return err
}

// noComment words what went wrong with the comment a user named.
func noComment(arg string, err error) error {
	if errors.Is(err, db.ErrNotFound) {
		return hint(fmt.Errorf("comment %s: there is no such comment", arg), "`courant comment list` shows the ids")
	}
	return err
}

// noSource words what went wrong with the source a user named.
func noSource(id string, err error) error {
	if errors.Is(err, db.ErrNotFound) {
		return hint(fmt.Errorf("source %s: there is no such source", id), "`courant source list` shows the ids")
	}
	return err
}
