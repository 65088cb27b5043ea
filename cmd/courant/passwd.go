package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"courant/cmd/courant/terminal"
	"courant/publisher/password"
)

func passwdCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "passwd",
		Short: "Make the hash of a password for the desk",
		Long: `Asks for a password twice, without showing it, and prints its argon2id hash: the
password_hash of [desk] or of a [[desk.user]]. From standard input it reads one
line, twice. The password itself is stored nowhere.`,
		Example: `  courant passwd
  printf '%s\n%s\n' "$PASSWORD" "$PASSWORD" | courant passwd`,
		RunE: func(*cobra.Command, []string) error {
			first, second, err := a.newPassword()
			switch {
			case err != nil:
				return fmt.Errorf("passwd: %w", err)
			case utf8.RuneCountInString(first) < password.MinLength:
				return hint(fmt.Errorf("passwd: the password has fewer than %d characters", password.MinLength), "four or five words make a good one")
			case len(first) > password.MaxBytes:
				return fmt.Errorf("passwd: the password has more than %d bytes", password.MaxBytes)
			case first != second:
				return hint(errors.New("passwd: the two passwords are not the same"), "type the same one twice")
			}
			hash := password.Hash(first)
			if a.json {
				return a.printJSON(struct {
					Hash string `json:"password_hash"`
				}{hash})
			}
			_, err = fmt.Fprintln(a.stdout, hash)
			return err
		},
	}
}

// newPassword asks for a password twice. At a terminal it is not shown.
func (a *app) newPassword() (first, second string, err error) {
	if terminal.Is(a.stdin) {
		if first, err = a.hiddenLine("New password: "); err == nil {
			second, err = a.hiddenLine("The same again: ")
		}
		return first, second, err
	}
	in := bufio.NewReader(a.stdin)
	for _, line := range []*string{&first, &second} {
		if *line, err = in.ReadString('\n'); err != nil && *line == "" {
			return "", "", errors.New("standard input must have the password on two lines")
		}
		*line = strings.TrimRight(*line, "\r\n")
	}
	return first, second, nil
}

func (a *app) hiddenLine(question string) (string, error) {
	fmt.Fprint(a.stderr, question)
	line, err := term.ReadPassword(int(a.stdin.(*os.File).Fd()))
	fmt.Fprintln(a.stderr)
	return string(line), err
}
