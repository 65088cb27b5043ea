//go:build !linux

package cluster

// launch starts no server: the programs are looked for on Linux alone.
func launch(string) (root, lent string, stop func(), err error) { return "", "", nil, errMissing }
