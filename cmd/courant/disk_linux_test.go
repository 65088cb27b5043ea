package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A full disk, and one that is read-only: comments are refused with 503 and
// Retry-After, none of them is stored, reading goes on, sources are not asked
// more often, and writes resume without a restart. (Issue: disk and clock.)
func TestDisk(t *testing.T) {
	strace := need(t, "strace")
	bin := buildCourant(t, t.TempDir())
	t.Run("full", func(t *testing.T) {
		s := newDiskTest(t, bin)
		s.spoil("full", s.fill, s.makeRoom)
	})
	t.Run("read-only", func(t *testing.T) {
		s := newDiskTest(t, bin)
		s.spoil("read-only", func() { s.forbidWrites(strace) }, s.allowWrites)
	})
}

// diskSize holds the program's database with some room, and is soon filled.
const diskSize = 12 << 20

// diskTest is a program whose database is on a small disk of its own.
type diskTest struct {
	*chaos
	disk    string
	strace  *exec.Cmd
	straced <-chan error
	sent    int
}

func newDiskTest(t *testing.T, bin string) *diskTest {
	disk := t.TempDir()
	mountSmall(t, disk)
	s := &diskTest{chaos: newChaos(t, disk, bin, 1), disk: disk}
	s.daemon = s.start()
	t.Cleanup(func() { s.daemon.kill() })
	s.settle()
	s.stopOnFault(0, "before anything is wrong")
	return s
}

// mountSmall mounts a disk of diskSize, which only root can.
func mountSmall(t *testing.T, dir string) {
	t.Helper()
	err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d", diskSize))
	switch {
	case err == nil:
	case os.Getenv("COURANT_TEST_ALL") != "":
		t.Fatalf("mount a small tmpfs: %v", err)
	default:
		t.Skipf("mounting a small tmpfs takes root: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
}

// fill takes all that is left of the disk.
func (s *diskTest) fill() {
	f, err := os.Create(filepath.Join(s.disk, "filler"))
	if err != nil {
		s.t.Fatal(err)
	}
	defer f.Close()
	for _, size := range []int{1 << 20, 4 << 10, 1} {
		for err == nil {
			_, err = f.Write(make([]byte, size))
		}
		if !errors.Is(err, syscall.ENOSPC) {
			s.t.Fatal(err)
		}
		err = nil
	}
}

func (s *diskTest) makeRoom() {
	if err := os.Remove(filepath.Join(s.disk, "filler")); err != nil {
		s.t.Fatal(err)
	}
}

// forbidWrites makes the disk read-only for the program. The kernel lets nobody
// remount a disk with files open for writing, but does it itself when a device
// fails; so the program gets the answers that it would get then.
func (s *diskTest) forbidWrites(strace string) {
	args := []string{"-f", "-qq", "-o", os.DevNull, "-p", strconv.Itoa(s.daemon.cmd.Process.Pid), "-e", "trace=write,pwrite64,ftruncate,fallocate,fsync,fdatasync"}
	for _, call := range []string{"write", "pwrite64", "ftruncate", "fallocate", "fsync", "fdatasync"} {
		args = append(args, "-e", "inject="+call+":error=EROFS")
	}
	for _, name := range []string{"courant.db", "courant.db-wal", "courant.db-shm"} {
		args = append(args, "-P", filepath.Join(s.disk, name))
	}
	s.strace = exec.Command(strace, args...)
	s.straced = watchCalls(s.t, s.daemon.cmd.Process.Pid, s.strace)
}

func (s *diskTest) allowWrites() {
	s.strace.Process.Signal(os.Interrupt)
	<-s.straced // its status says that it was interrupted
}

// spoil makes the disk take no more, looks at what the program does, and mends
// the disk.
func (s *diskTest) spoil(what string, spoil, mend func()) {
	t := s.t
	ctx := t.Context()
	s.look(ctx, "/feed.json")
	article := s.open[0]
	if status, _ := s.comment(article); status != http.StatusSeeOther {
		t.Fatalf("a comment before the disk is %s: status %d", what, status)
	}
	live := make(chan struct{})
	go s.up.live(live)
	spoil()
	refused := s.commentUntilRefused(article)
	t.Logf("%d comments sent until one was refused", s.sent)
	for range 10 {
		if status, _ := s.comment(article); status != http.StatusServiceUnavailable && status != http.StatusSeeOther {
			t.Errorf("a comment while the disk is %s: status %d", what, status)
		}
	}
	for n, address := range []string{"/", "/feed.atom", "/feed.rss", "/feed.json", article.path, "/comments", "/source/s1"} {
		for _, query := range []string{"", fmt.Sprintf("?n=%d", 3+n)} { // kept, and made anew
			if status, _ := s.look(ctx, address+query); status != http.StatusOK {
				t.Errorf("%s%s while the disk is %s: status %d", address, query, what, status)
			}
		}
	}
	s.askedInTime(what)
	close(live)
	mend()
	mended := time.Now()
	for {
		status, _ := s.send(article, refused)
		if status == http.StatusSeeOther {
			break
		}
		if time.Since(mended) > 2*time.Second {
			t.Fatalf("a comment after the disk was mended: status %d\n%s", status, s.daemon.log.tail())
		}
		time.Sleep(50 * time.Millisecond)
	}
	s.settle()
	s.askToStop(s.daemon)
	e := s.examine(filepath.Join(s.disk, "courant.db"))
	defer e.close()
	e.checkComments()
	s.noneRefusedIsStored(e)
	s.stopOnFault(1, "the disk was "+what)
}

// comment posts another comment and returns the answer's status.
func (s *diskTest) comment(p place) (status int, r *posted) {
	s.sent++
	r = &posted{article: p.id, name: "visitor", text: fmt.Sprintf("mark-disk-%d-end %s", s.sent, strings.Repeat("words ", 300)+"end")}
	s.mu.Lock()
	s.said[r.text] = r
	s.mu.Unlock()
	status, _ = s.send(p, r)
	return status, r
}

// send posts r. Of the two answers that there may be, it checks all.
func (s *diskTest) send(p place, r *posted) (int, error) {
	form := "name=visitor&action=post&text=" + strings.ReplaceAll(r.text, " ", "+")
	status, header, body, err := s.submit(context.WithoutCancel(s.t.Context()), p, form)
	switch {
	case err != nil:
		s.fault("comment: %v", err)
	case status == http.StatusSeeOther:
		m := commentRef.FindStringSubmatch(header.Get("Location"))
		if m == nil {
			s.fault("a comment led to %q", header.Get("Location"))
			break
		}
		s.mu.Lock()
		r.id = m[1]
		s.mu.Unlock()
	case status == http.StatusServiceUnavailable:
		if seconds, err := strconv.Atoi(header.Get("Retry-After")); err != nil || seconds < 1 {
			s.fault("503 with Retry-After %q", header.Get("Retry-After"))
		}
	default:
		s.fault("comment: status %d: %.200s", status, body)
	}
	return status, err
}

// commentUntilRefused posts comments until one is refused: the log has room
// that it need not ask the disk for. It returns the refused one.
func (s *diskTest) commentUntilRefused(p place) *posted {
	const most = 5000
	for range most {
		if status, r := s.comment(p); status == http.StatusServiceUnavailable {
			return r
		}
	}
	s.t.Fatalf("%d comments on a disk that takes none, and none refused", most)
	return nil
}

// noneRefusedIsStored: what was answered with 503 is not there.
func (s *diskTest) noneRefusedIsStored(e *examined) {
	stored := map[string]bool{}
	e.each(`SELECT text FROM comment`, func(row func(...any)) {
		var text string
		row(&text)
		stored[text] = true
	})
	for text, r := range s.said {
		if r.id == "" && stored[text] {
			s.fault("refused and stored: %.30q", text)
		}
	}
}

// askedInTime: a program that cannot write down when sources are due asks them
// no more often for it.
func (s *diskTest) askedInTime(what string) {
	s.up.take()
	const watched = 3 * time.Second
	time.Sleep(watched)
	count := map[string]int{}
	for _, r := range s.up.take() {
		count[r.source]++
	}
	for source, n := range count {
		// min_interval is 1 s; a look for due sources comes once a second.
		if most := int(watched/time.Second) + 1; n > most {
			s.fault("%s was asked %d times in %s while the disk was %s", source, n, watched, what)
		}
	}
}
