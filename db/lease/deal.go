package lease

import "hash/fnv"

// Shards is how many parts the sources are dealt in: enough that workers differ by
// little in what they have, and few enough to be looked at as a whole.
const Shards = 256

// ShardOf is the shard of a host. It is stored beside each source, so it must stay
// what it is.
func ShardOf(host string) int {
	h := fnv.New32a()
	h.Write([]byte(host))
	sum := h.Sum32() // folded, for its last byte alone hears of little
	return int((sum ^ sum>>8 ^ sum>>16 ^ sum>>24) % Shards)
}

// Set is some of the shards. The zero value is none.
type Set [Shards]bool

// All is every shard.
func All() (s Set) {
	for i := range s {
		s[i] = true
	}
	return s
}

// Len is how many shards are in s.
func (s Set) Len() (n int) {
	for _, in := range s {
		if in {
			n++
		}
	}
	return n
}

// Numbers are the shards in s, in their order.
func (s Set) Numbers() (list []int) {
	for i, in := range s {
		if in {
			list = append(list, i)
		}
	}
	return list
}

// Minus is s without what is in o.
func (s Set) Minus(o Set) Set {
	for i := range s {
		s[i] = s[i] && !o[i]
	}
	return s
}

// Plus is s with what is in o.
func (s Set) Plus(o Set) Set {
	for i := range s {
		s[i] = s[i] || o[i]
	}
	return s
}

// share is how many shards the worker that came rank-th, from 0, holds of those
// that several have (M4). It follows from nothing else, so that all come to the
// same whoever asks, and it changes only where one comes or goes.
func share(rank, workers int) int {
	n := Shards / workers
	if rank < Shards%workers {
		n++
	}
	return n
}
