// Package password keeps passwords as argon2id hashes (RFC 9106), written as PHC
// strings: "$argon2id$v=19$m=19456,t=2,p=1$SALT$KEY". Hash makes one, Parse reads
// one that somebody wrote into a configuration, and Is asks whether a password is
// the one. A string says itself what it costs to compute, so Parse refuses one
// that would cost too much.
package password

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
)

// What a new hash costs: RFC 9106 and OWASP's least for argon2id, some 20 ms of
// one core and 19 MiB, so that a login fits into the memory of a small machine
// beside all else.
const (
	memory  = 19 * 1024 // KiB
	passes  = 2
	threads = 1

	saltBytes = 16
	keyBytes  = 32
)

// What a hash from elsewhere may cost at most: a login with it takes a second or
// two.
const (
	maxMemory  = 256 * 1024 // KiB
	maxPasses  = 16
	maxThreads = 16
	maxBytes   = 64 // of salt and of key
	minSalt    = 8
	minKey     = 16
)

// MinLength is how many characters a new password has at least (NIST SP 800-63B
// section 5.1.1.2).
const MinLength = 8

// MaxBytes is the longest password that is looked at: beyond a sentence of it
// only costs time.
const MaxBytes = 1024

// errForm says what a hash looks like.
var errForm = errors.New("is not an argon2id hash: `courant passwd` makes one, which begins with $argon2id$")

// Hashed is a password's hash. The zero value is nobody's.
type Hashed struct {
	memory, passes uint32
	threads        uint8
	salt, key      []byte
}

// Hash is the hash of a password with a new salt, as a PHC string.
func Hash(password string) string {
	h := Hashed{memory: memory, passes: passes, threads: threads, salt: make([]byte, saltBytes)}
	rand.Read(h.salt)
	h.key = h.keyOf(password, keyBytes)
	return h.String()
}

// String is h as a PHC string, which Parse reads back.
func (h Hashed) String() string {
	code := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.memory, h.passes, h.threads,
		code.EncodeToString(h.salt), code.EncodeToString(h.key))
}

// Parse reads a PHC string. An error is the end of a sentence that begins with
// the key it stands under.
func Parse(s string) (h Hashed, err error) {
	parts := strings.Split(strings.TrimSpace(s), "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" {
		return h, errForm
	}
	if parts[2] != "v="+strconv.Itoa(argon2.Version) {
		return h, fmt.Errorf("is of another version of argon2id than %d: make a new one with `courant passwd`", argon2.Version)
	}
	if h.memory, h.passes, h.threads, err = costs(parts[3]); err != nil {
		return Hashed{}, err
	}
	if h.salt, err = bytes(parts[4], minSalt); err != nil {
		return Hashed{}, err
	}
	if h.key, err = bytes(parts[5], minKey); err != nil {
		return Hashed{}, err
	}
	return h, nil
}

// costs reads "m=19456,t=2,p=1".
func costs(s string) (m, t uint32, p uint8, err error) {
	values := map[string]uint64{}
	for field := range strings.SplitSeq(s, ",") {
		name, number, _ := strings.Cut(field, "=")
		n, err := strconv.ParseUint(number, 10, 32)
		if err != nil || n == 0 {
			return 0, 0, 0, errForm
		}
		values[name] = n
	}
	mem, passes, threads := values["m"], values["t"], values["p"]
	switch {
	case len(values) != 3 || mem == 0 || passes == 0 || threads == 0:
		return 0, 0, 0, errForm
	case mem > maxMemory || passes > maxPasses || threads > min(maxThreads, math.MaxUint8):
		return 0, 0, 0, fmt.Errorf("would cost too much at each login: at most m=%d, t=%d and p=%d", maxMemory, maxPasses, maxThreads)
	}
	return uint32(mem), uint32(passes), uint8(threads), nil
}

func bytes(s string, least int) ([]byte, error) {
	b, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(s, "="))
	if err != nil || len(b) < least || len(b) > maxBytes {
		return nil, errForm
	}
	return b, nil
}

func (h Hashed) keyOf(password string, n int) []byte {
	if len(password) > MaxBytes {
		password = password[:MaxBytes]
	}
	return argon2.IDKey([]byte(password), h.salt, h.passes, h.memory, h.threads, uint32(n))
}

// Is reports whether password is the one that h is of. It takes as long for any
// password (V42), and for the zero Hashed as long as for one that Hash made.
func (h Hashed) Is(password string) bool {
	if len(h.key) == 0 {
		decoy := Hashed{memory: memory, passes: passes, threads: threads, salt: make([]byte, saltBytes)}
		decoy.keyOf(password, keyBytes)
		return false
	}
	same := subtle.ConstantTimeCompare(h.key, h.keyOf(password, len(h.key))) == 1
	return same && len(password) <= MaxBytes
}
