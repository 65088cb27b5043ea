package fetch

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"unicode/utf8"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

const (
	// smallBody is what each fetch may hold freely: nearly all feeds are
	// smaller. So workers × smallBody bounds the memory of small ones.
	smallBody = 1 << 20
	// largeBodies is how many larger documents are held at once, each in a
	// buffer of max_body. The others wait, their clocks stopped, so that memory
	// stays bounded whatever servers send.
	largeBodies = 2
	firstBuffer = 32 << 10
)

// bodies reads answers into bounded memory. It is safe for concurrent use.
type bodies struct {
	max   int64
	small sync.Pool     // *[]byte, of at most smallBody
	gzips sync.Pool     // *gzip.Reader
	large chan struct{} // one for each large document that may be held
}

func newBodies(maxBody int64) *bodies {
	b := &bodies{max: maxBody, large: make(chan struct{}, largeBodies)}
	for range largeBodies {
		b.large <- struct{}{}
	}
	return b
}

// buffer is a document in the making.
type buffer struct {
	owner *bodies
	data  []byte
	large bool
}

func (b *bodies) get() *buffer {
	if p, ok := b.small.Get().(*[]byte); ok {
		return &buffer{owner: b, data: (*p)[:0]}
	}
	return &buffer{owner: b, data: make([]byte, 0, min(firstBuffer, b.max+1))}
}

// release gives the memory back; data must not be used any more.
func (f *buffer) release() {
	switch {
	case f.data == nil:
	case f.large:
		f.owner.large <- struct{}{} // such are rare: their memory is not kept
	default:
		kept := f.data[:0]
		f.owner.small.Put(&kept)
	}
	f.data = nil
}

// grow makes room for at least one byte more, up to the limit and one byte.
func (f *buffer) grow(ctx context.Context, w *watch) error {
	if len(f.data) < cap(f.data) {
		return nil
	}
	want := min(int64(2*cap(f.data)), f.owner.max+1)
	if want <= smallBody {
		f.data = append(make([]byte, 0, want), f.data...)
		return nil
	}
	w.pause()
	defer w.resume()
	select {
	case <-f.owner.large:
		f.data, f.large = append(make([]byte, 0, f.owner.max+1), f.data...), true
		w.progress()
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// readAll reads r to its end, or to one byte past the limit, which is errLarge.
func (f *buffer) readAll(ctx context.Context, w *watch, r io.Reader) error {
	for {
		if err := f.grow(ctx, w); err != nil {
			return err
		}
		n, err := r.Read(f.data[len(f.data):cap(f.data)])
		f.data = f.data[:len(f.data)+n]
		if int64(len(f.data)) > f.owner.max {
			return errLarge
		}
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
	}
}

// wire counts what comes over the wire, keeps the idle clock, and ends a body
// that is too long before any decoding: codings can carry endless nothing.
type wire struct {
	r    io.Reader
	w    *watch
	n    int64
	most int64
}

// Read implements io.Reader.
func (c *wire) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if n > 0 {
		c.w.progress()
	}
	c.n += int64(n)
	if c.n > c.most {
		return n, errLarge
	}
	return n, err
}

// read reads and decodes an answer's body. The buffer must be released.
func (b *bodies) read(ctx context.Context, w *watch, body io.Reader, codings []string) (f *buffer, wireBytes int64, err error) {
	in := &wire{r: body, w: w, most: b.max + b.max/8 + 1024} // a coding may add a little
	defer func() {
		wireBytes = in.n
		if err != nil {
			f.release()
			f = nil
		}
	}()
	f = b.get()
	real := slices.DeleteFunc(slices.Clone(codings), func(c string) bool { return !isCoding(c) })
	switch {
	case len(real) == 0:
		if err = f.readAll(ctx, w, in); err == nil && isGzip(f.data) { // unlabelled (P08)
			return b.decodeAgain(ctx, w, f)
		}
		if err == nil && len(codings) > 0 && !isDocument(f.data) {
			err = unknownCoding(codings[0])
		}
		return f, 0, err
	case len(real) == 2 && isGzipName(real[0]) && isGzipName(real[1]):
		// A server and what stands before it each say so, and not always both did.
		if err = b.gunzip(ctx, w, f, in); err == nil && isGzip(f.data) {
			return b.decodeAgain(ctx, w, f)
		}
		return f, 0, err
	case len(real) > 1:
		return f, 0, errors.New("more than one content coding")
	case isGzipName(real[0]):
		return f, 0, b.gunzip(ctx, w, f, in)
	case real[0] == "deflate":
		return f, 0, b.inflate(ctx, w, f, in)
	case real[0] == "zstd":
		return b.unzstd(ctx, w, f, in)
	}
	return f, 0, unknownCoding(real[0])
}

func isGzipName(coding string) bool { return coding == "gzip" || coding == "x-gzip" }

func unknownCoding(name string) error {
	return errors.New("an unknown content coding: " + quoted(name))
}

// isCoding reports whether name is a coding that changes the bytes (IANA's
// registry of content codings). Whatever else servers put into Content-Encoding
// is a charset, a transfer coding of their storage or nothing at all, and the
// body is as it should be (P107).
func isCoding(name string) bool {
	switch name {
	case "gzip", "x-gzip", "zstd", "br", "deflate", "compress", "x-compress", "dcb", "dcz", "exi", "pack200-gzip", "aes128gcm":
		return true
	}
	return false
}

// isDocument reports whether data begins as markup or JSON does, in any
// encoding, as what came out of a coding does not.
func isDocument(data []byte) bool {
	begin := bytes.TrimLeftFunc(data[:min(len(data), 1024)], func(r rune) bool {
		return r <= ' ' || r == '\ufeff' || r == utf8.RuneError
	})
	return len(begin) > 0 && (begin[0] == '<' || begin[0] == '{' || begin[0] == '[')
}

func isGzip(data []byte) bool {
	return len(data) > 2 && data[0] == 0x1f && data[1] == 0x8b && data[2] == 8
}

func (b *bodies) gunzip(ctx context.Context, w *watch, f *buffer, in io.Reader) error {
	z, _ := b.gzips.Get().(*gzip.Reader)
	if z == nil {
		z = new(gzip.Reader)
	}
	defer b.gzips.Put(z)
	ahead := bufio.NewReader(in) // z reads bytes of it, and none past its own end
	if err := z.Reset(ahead); err != nil {
		return gzipError(err)
	}
	for {
		z.Multistream(false)
		if err := f.readAll(ctx, w, z); err != nil {
			return gzipError(err)
		}
		// Members may follow (RFC 1952 section 2.2). What is none was put there by
		// a cache or a script that knew nothing of gzip, and says nothing.
		next, err := ahead.Peek(3)
		if !isGzip(next) {
			if err == io.EOF {
				err = nil
			}
			return err
		}
		if err := z.Reset(ahead); err != nil {
			return gzipError(err)
		}
	}
}

func gzipError(err error) error {
	if errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) {
		return errors.New("the body is said to be gzip and is not")
	}
	return err
}

// inflate decodes what servers call deflate, which some send unasked: a zlib
// stream (RFC 9110 section 8.4.1.2), or the bare data in it.
func (b *bodies) inflate(ctx context.Context, w *watch, f *buffer, in io.Reader) error {
	ahead := bufio.NewReader(in)
	var z io.Reader = flate.NewReader(ahead)
	if head, err := ahead.Peek(2); err == nil && head[0]&0x0f == 8 && (int(head[0])<<8|int(head[1]))%31 == 0 {
		if z, err = zlib.NewReader(ahead); err != nil {
			return err
		}
	}
	return f.readAll(ctx, w, z)
}

// decodeAgain gunzips what turned out to be gzip once it was read.
func (b *bodies) decodeAgain(ctx context.Context, w *watch, packed *buffer) (*buffer, int64, error) {
	defer packed.release()
	f := b.get()
	return f, 0, b.gunzip(ctx, w, f, &memory{packed.data})
}

type memory struct{ data []byte }

// Read implements io.Reader.
func (m *memory) Read(p []byte) (int, error) {
	if len(m.data) == 0 {
		return 0, io.EOF
	}
	n := copy(p, m.data)
	m.data = m.data[n:]
	return n, nil
}

// maxWindow is the window that RFC 9659 lets zstd use in HTTP.
const maxWindow = 8 << 20

// unzstd decodes once all is read: a streaming decoder would hold its window
// for as long as the server likes.
func (b *bodies) unzstd(ctx context.Context, w *watch, f *buffer, in io.Reader) (*buffer, int64, error) {
	packed := f
	defer packed.release()
	out := b.get()
	if err := packed.readAll(ctx, w, in); err != nil {
		return out, 0, err
	}
	z, err := zstd.NewReader(&memory{packed.data}, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		return out, 0, err
	}
	defer z.Close()
	return out, 0, out.readAll(ctx, w, z)
}
