package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"
	"time"
)

// begin starts a program that is killed when this process ends, however it does: a test
// that is killed, or runs out of its time, cleans nothing up. What became of the program
// is in ended once.
func begin(c *exec.Cmd) (ended <-chan error, err error) {
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	begun, end := make(chan error), make(chan error, 1)
	go func() {
		runtime.LockOSThread() // the kernel kills it with the thread that began it
		defer runtime.UnlockOSThread()
		err := c.Start()
		begun <- err
		if err == nil {
			end <- c.Wait()
		}
	}()
	return end, <-begun
}

// What a test began is gone with it, however it ends.
func TestBegin(t *testing.T) {
	const inner = "COURANT_TEST_BEGIN"
	if os.Getenv(inner) != "" {
		c := exec.Command("sleep", "600")
		c.Stdout = os.Stdout
		if _, err := begin(c); err != nil {
			t.Fatal(err)
		}
		fmt.Println("begun")
		select {} // until it is killed
	}
	said, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer said.Close()
	c := exec.Command(os.Args[0], "-test.run=^TestBegin$")
	c.Env, c.Stdout = append(os.Environ(), inner+"=1"), out
	ended, err := begin(c)
	out.Close()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := said.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	c.Process.Kill()
	<-ended
	said.SetReadDeadline(time.Now().Add(patience))
	if _, err := io.Copy(io.Discard, said); err != nil { // its end comes once nobody has the other end
		t.Errorf("what a killed test began goes on: %v", err)
	}
}
