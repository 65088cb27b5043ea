// Package cpu is for benchmarks that say what something costs in processor time,
// which other processes do not lengthen.
package cpu
