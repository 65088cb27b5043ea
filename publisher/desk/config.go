package desk

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"courant/db"
	"courant/db/ruling"
	"courant/db/text"
	"courant/publisher/editing"
	"courant/publisher/password"
)

// Config is the [desk] table. Without any password there is no desk.
type Config struct {
	Username     string   `toml:"username"`      // of the one editor who needs no table of their own
	PasswordHash string   `toml:"password_hash"` // argon2id, as a PHC string; empty: nobody
	Users        []User   `toml:"user"`
	Filters      []Filter `toml:"filter"`
}

// User is a [[desk.user]] table.
type User struct {
	Name         string   `toml:"name"`
	PasswordHash string   `toml:"password_hash"`
	Role         Role     `toml:"role"`     // empty: editor
	Sections     []string `toml:"sections"` // ids; empty: all
}

// Filter is a [[desk.filter]] table: a list of the desk under a name.
type Filter struct {
	Name  string `toml:"name"`
	Query string `toml:"query"` // as in the address of a list: "section=world&q=climate"
}

// DefaultConfig returns the values that hold where [desk] says nothing.
func DefaultConfig() Config { return Config{Username: "editor"} }

// Role is what somebody may do at the desk.
type Role string

// The roles. A viewer reads, nominates and leaves notes; a moderator also
// moderates comments; an editor does all.
const (
	Viewer    Role = "viewer"
	Moderator Role = "moderator"
	Editor    Role = "editor"
)

// roles is each role after those that may do less.
var roles = []Role{Viewer, Moderator, Editor}

// Valid reports whether r is a role, or says nothing.
func (r Role) Valid() bool { return r == "" || slices.Contains(roles, r) }

// may reports whether r may do what wants least.
func (r Role) may(least Role) bool { return slices.Index(roles, r) >= slices.Index(roles, least) }

// maxName is the longest name of an editor, in characters: it stands in the log
// and in the corner of each page.
const maxName = 40

// takenNames are those that the log of actions gives to others.
var takenNames = []string{"worker", "shell", "visitor", db.Author, "rule", ruling.Actor, "schedule", editing.DeskActor}

// Validate says all that is wrong with c, each with its key, or nil.
func (c Config) Validate() error {
	var errs []error
	if err := checkName(c.Username); err != nil {
		errs = append(errs, fmt.Errorf("username: %w", err))
	}
	if err := checkHash(c.PasswordHash); err != nil {
		errs = append(errs, fmt.Errorf("password_hash: %w", err))
	}
	return errors.Join(errs...)
}

// Validate says all that is wrong with u, each with its key, or nil.
func (u User) Validate() error {
	var errs []error
	if err := checkName(u.Name); err != nil {
		errs = append(errs, fmt.Errorf("name: %w", err))
	}
	if u.PasswordHash == "" {
		errs = append(errs, errors.New("password_hash: must not be empty: `courant passwd` makes one"))
	} else if err := checkHash(u.PasswordHash); err != nil {
		errs = append(errs, fmt.Errorf("password_hash: %w", err))
	}
	if !u.Role.Valid() {
		errs = append(errs, fmt.Errorf("role: %q must be one of editor, moderator, viewer", string(u.Role)))
	}
	return errors.Join(errs...)
}

func checkName(name string) error {
	switch {
	case strings.TrimSpace(name) == "":
		return errors.New("must not be empty")
	case utf8.RuneCountInString(name) > maxName:
		return fmt.Errorf("has more than %d characters", maxName)
	case text.Line(name) != name:
		return fmt.Errorf("%q has control characters or needless spaces", name)
	case slices.Contains(takenNames, strings.ToLower(name)):
		return fmt.Errorf("%q is what the log of actions calls somebody else: choose another", name)
	}
	return nil
}

func checkHash(hash string) error {
	if hash == "" {
		return nil
	}
	_, err := password.Parse(hash)
	return err
}

// Validate says all that is wrong with f, each with its key, or nil.
func (f Filter) Validate() error {
	var errs []error
	if text.Line(f.Name) != f.Name || f.Name == "" || utf8.RuneCountInString(f.Name) > maxName {
		errs = append(errs, fmt.Errorf("name: must be a few words, at most %d characters", maxName))
	}
	q, err := url.ParseQuery(f.Query)
	if err != nil {
		return errors.Join(append(errs, fmt.Errorf("query: %q is not the query of an address, such as \"section=world&q=climate\"", f.Query))...)
	}
	for key := range q {
		if !slices.Contains(filterKeys, key) {
			errs = append(errs, fmt.Errorf("query: there is no %q: there are %s", key, strings.Join(filterKeys, ", ")))
		}
	}
	return errors.Join(errs...)
}

// filterKeys are what a list can be narrowed by.
var filterKeys = []string{"source", "section", "q", "lang", "rule", "sort"}

// Names are the editors that c lets in, the one of [desk] first.
func (c Config) Names() (names []string) {
	if c.PasswordHash != "" {
		names = append(names, c.Username)
	}
	for _, u := range c.Users {
		names = append(names, u.Name)
	}
	return names
}
