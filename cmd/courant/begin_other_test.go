//go:build !linux

package main

import "os/exec"

// begin starts a program. What became of it is in ended once.
func begin(c *exec.Cmd) (ended <-chan error, err error) {
	end := make(chan error, 1)
	if err := c.Start(); err != nil {
		return nil, err
	}
	go func() { end <- c.Wait() }()
	return end, nil
}
