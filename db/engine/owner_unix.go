//go:build unix

package engine

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// giveOwner makes the file at path the property of whoever owns like. Without
// the right to do so it stays ours, which is right for whoever is no root.
func giveOwner(path, like string) error {
	info, err := os.Stat(like)
	if err != nil {
		return err
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	if err := os.Chown(path, int(owner.Uid), int(owner.Gid)); !errors.Is(err, fs.ErrPermission) {
		return err
	}
	return nil
}
