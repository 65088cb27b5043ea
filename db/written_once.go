//go:build !mutant_identity_each_start

package db

// onceWritten is what becomes of a value that meta has already: it holds for
// ever, whatever a later start would have it be.
const onceWritten = `ON CONFLICT (key) DO NOTHING`
