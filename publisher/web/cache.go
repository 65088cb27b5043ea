package web

import (
	"context"
	"net/http"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Document is what an address answers with, whole.
type Document struct {
	ContentType  string
	Body         []byte
	LastModified time.Time   // zero: not said
	Until        time.Time   // when it is to be made anew though nothing changed; zero: never
	Header       http.Header // what else the answer carries; nil: nothing
	News         string      // names what is new in it, alike where nothing is; empty: it tells of nothing
	// Scopes are those it was made from, as package scope names them, beyond those
	// that Cache.Serve was told of.
	Scopes []string
	// ByDestination says that a browser's own navigation gets another document
	// at this address (Vary: Sec-Fetch-Dest).
	ByDestination bool
}

// Cache holds rendered documents by their canonical address until something
// that they were made from changes. Many requests for one address that is not
// held wait for one rendering. A rendering that began before a change is never
// given to a request that came after the change was announced. Safe for
// concurrent use.
type Cache struct {
	// Now is the clock that Document.Until is held against; nil is time.Now.
	Now func() time.Time

	header   http.Header
	max      int64
	slots    chan struct{} // one for each rendering under way
	long     chan struct{} // fewer: of those that may take long
	rendered atomic.Uint64

	mu      sync.RWMutex
	packed  map[string]*packed
	byScope map[string]map[string]*packed
	bytes   int64
	calls   map[string]*call   // those that a new request may join
	running map[*call]struct{} // all that have not ended
	changes uint64             // how many were announced
}

// packed is a document with the forms it is sent in.
type packed struct {
	Document
	key      string
	scopes   []string
	used     atomic.Bool // since room was last made
	size     int64       // guarded by Cache.mu
	variants [encodings]variant
}

// call is one rendering.
type call struct {
	key     string
	scopes  []string
	touches []touch // changes since it began
	done    chan struct{}
	// Set before done is closed:
	packed  *packed
	err     error
	changed uint64 // the newest change that touched it, 0: none

	waiting  int           // requests that wait for it; guarded by Cache.mu
	deserted chan struct{} // closed when none is left before it has begun
}

type touch struct {
	change uint64
	scopes []string // nil: anything
}

const (
	// renderTimeout ends a rendering that waits for a store that hangs.
	renderTimeout = 20 * time.Second
	// maxRunning is how many renderings may wait for their turn at once: with a few
	// milliseconds each the last of them is made within two seconds, and who comes
	// after is told to come again.
	maxRunning = 256
	// retryFull is when the renderings that wait are made.
	retryFull = 5 * time.Second
	// packedOverhead is what a document that is held costs beside its bytes: headers,
	// indexes, the struct.
	packedOverhead = 2 << 10
)

// NewCache returns an empty cache for so many bytes. header is what each
// answer carries, such as Headers gives.
func NewCache(most int64, header http.Header) *Cache {
	// Rendering is CPU work: more at once only makes each of them slower.
	cores := runtime.GOMAXPROCS(0)
	return &Cache{
		header: header, max: most,
		slots:   make(chan struct{}, cores),
		long:    make(chan struct{}, max(1, cores-1)),
		packed:  map[string]*packed{},
		byScope: map[string]map[string]*packed{},
		calls:   map[string]*call{},
		running: map[*call]struct{}{},
	}
}

// Drop forgets what was made from scopes; nil means everything. It is made for
// db.DB.OnChange.
func (k *Cache) Drop(scopes []string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.changes++
	for c := range k.running {
		c.touches = append(c.touches, touch{k.changes, scopes})
		if meets(c.scopes, scopes) && k.calls[c.key] == c {
			delete(k.calls, c.key) // it serves those who wait, and nobody after them
		}
	}
	if scopes == nil {
		clear(k.packed)
		clear(k.byScope)
		k.bytes = 0
		return
	}
	for _, s := range scopes {
		for _, e := range k.byScope[s] {
			k.remove(e)
		}
	}
}

// meets reports whether a change of changed touches what was made from scopes.
func meets(scopes, changed []string) bool {
	if changed == nil {
		return true
	}
	for _, s := range scopes {
		for _, c := range changed {
			if s == c {
				return true
			}
		}
	}
	return false
}

func (k *Cache) remove(e *packed) {
	if k.packed[e.key] != e {
		return
	}
	delete(k.packed, e.key)
	k.bytes -= e.size
	for _, s := range e.scopes {
		delete(k.byScope[s], e.key)
		if len(k.byScope[s]) == 0 {
			delete(k.byScope, s)
		}
	}
}

// Serve answers r with the document under key, and renders it where it is not
// held. key is the canonical address, path and query: a later request for just
// that address is answered by Hit. scopes are those the document is sure to be
// made from.
func (k *Cache) Serve(w http.ResponseWriter, r *http.Request, key string, scopes []string, render func(context.Context) (Document, error)) error {
	e, err := k.get(r.Context(), key, scopes, render)
	if err != nil {
		return err
	}
	k.answer(w, r, e)
	return nil
}

// Document is what Serve answers with, for who is no reader. Its body is not to be
// changed.
func (k *Cache) Document(ctx context.Context, key string, scopes []string, render func(context.Context) (Document, error)) (Document, error) {
	e, err := k.get(ctx, key, scopes, render)
	if err != nil {
		return Document{}, err
	}
	return e.Document, nil
}

// ServeFor is Serve for one visitor, whom nobody else's answer is for. What is
// held for a visitor is held and dropped as all else is, so that many requests
// of one cost one rendering, and one copy.
func (k *Cache) ServeFor(w http.ResponseWriter, r *http.Request, visitor, key string, scopes []string, render func(context.Context) (Document, error)) error {
	e, err := k.get(r.Context(), ownKey(key, visitor), scopes, func(ctx context.Context) (Document, error) {
		doc, err := render(ctx)
		h := http.Header{}
		for name, values := range doc.Header {
			h[name] = values
		}
		PrivateOnce.Set(h)
		doc.Header = h
		return doc, err
	})
	if err != nil {
		return err
	}
	k.answer(w, r, e)
	return nil
}

// ownKey is where what a visitor alone gets at an address is held: no address holds a
// NUL, so that Hit finds it for nobody.
func ownKey(address, visitor string) string { return address + "\x00" + visitor }

func (k *Cache) get(ctx context.Context, key string, scopes []string, render func(context.Context) (Document, error)) (*packed, error) {
	for {
		k.mu.Lock()
		if e := k.packed[key]; e != nil && !k.over(e) {
			k.mu.Unlock()
			return e, nil
		}
		c := k.calls[key]
		if c == nil {
			if len(k.running) >= maxRunning {
				k.mu.Unlock()
				return nil, &Error{Status: http.StatusServiceUnavailable, Message: "Too many ask at once. Please try again in a moment.", RetryAfter: retryFull}
			}
			c = &call{key: key, scopes: scopes, done: make(chan struct{}), deserted: make(chan struct{})}
			k.calls[key], k.running[c] = c, struct{}{}
			// It serves others too, so it outlives the request that began it.
			go k.render(context.WithoutCancel(ctx), c, render)
		}
		c.waiting++
		joined := k.changes
		k.mu.Unlock()
		select {
		case <-ctx.Done():
			k.leave(c)
			return nil, ctx.Err()
		case <-c.done:
		}
		if c.changed > 0 && joined >= c.changed {
			continue // we came after a change that it may not have seen
		}
		return c.packed, c.err
	}
}

// longPath begins the addresses whose rendering may take long: an article may be
// a megabyte, and its thread ten thousand comments. They leave a slot to all
// else, however many ask for them.
const longPath = "/article/"

// turn waits for a slot for c, and returns what gives it back; false where nobody
// waits for c any more.
func (k *Cache) turn(c *call) (done func(), ok bool) {
	long := strings.HasPrefix(c.key, longPath)
	if long {
		select {
		case k.long <- struct{}{}:
		case <-c.deserted:
			return nil, false
		}
	}
	done = func() {
		<-k.slots
		if long {
			<-k.long
		}
	}
	select {
	case k.slots <- struct{}{}:
		return done, true
	case <-c.deserted:
		if long {
			<-k.long
		}
		return nil, false
	}
}

// leave is told by a request that waits for c no more. A rendering that nobody
// waits for is not begun: readers who hung up keep nobody waiting.
func (k *Cache) leave(c *call) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if c.waiting--; c.waiting > 0 {
		return
	}
	close(c.deserted)
	if k.calls[c.key] == c {
		delete(k.calls, c.key)
	}
}

func (k *Cache) render(ctx context.Context, c *call, render func(context.Context) (Document, error)) {
	defer close(c.done)
	free, ok := k.turn(c)
	if !ok {
		k.mu.Lock()
		delete(k.running, c)
		c.err = context.Canceled
		k.mu.Unlock()
		return
	}
	ctx, cancel := context.WithTimeout(ctx, renderTimeout)
	defer cancel()
	k.rendered.Add(1)
	doc, err := safely(ctx, render)
	free()
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.running, c)
	if k.calls[c.key] == c {
		delete(k.calls, c.key)
	}
	scopes := append(append([]string(nil), c.scopes...), doc.Scopes...)
	for _, t := range c.touches {
		// What a failed rendering would have been made from, nobody knows.
		if err != nil || meets(scopes, t.scopes) {
			c.changed = t.change
		}
	}
	if c.err = err; err != nil {
		return
	}
	c.packed = pack(k, c.key, scopes, doc)
	if c.changed == 0 {
		k.add(c.packed)
	}
}

func safely(ctx context.Context, render func(context.Context) (Document, error)) (doc Document, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{v, debug.Stack()}
		}
	}()
	return render(ctx)
}

// over reports whether e's time is up.
func (k *Cache) over(e *packed) bool {
	if e.Until.IsZero() {
		return false
	}
	now := time.Now
	if k.Now != nil {
		now = k.Now
	}
	return !now().Before(e.Until)
}

func (k *Cache) add(e *packed) {
	if old := k.packed[e.key]; old != nil {
		k.remove(old)
	}
	k.packed[e.key] = e
	for _, s := range e.scopes {
		if k.byScope[s] == nil {
			k.byScope[s] = map[string]*packed{}
		}
		k.byScope[s][e.key] = e
	}
	k.grow(e, int64(len(e.Body))+packedOverhead)
}

// grow counts n more bytes for e, and makes room where there are too many:
// those go first that nobody asked for since room was last made (in no order,
// as the map gives them).
func (k *Cache) grow(e *packed, n int64) {
	e.size += n
	k.bytes += n
	for pass := 0; pass < 2 && k.bytes > k.max; pass++ {
		for _, old := range k.packed {
			if k.bytes <= k.max {
				return
			}
			if old != e && !old.used.Swap(false) {
				k.remove(old)
			}
		}
	}
}

// Rendered is how many documents were rendered since k was made.
func (k *Cache) Rendered() uint64 { return k.rendered.Load() }

// Len is how many documents are held.
func (k *Cache) Len() int {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return len(k.packed)
}
