//go:build !mutant_no_unique_key

package db

// findEntry finds the article of a source's entry: source and guid are its key
// (I01).
const findEntry = `
	SELECT article.seq, entry.fingerprint FROM article JOIN entry ON entry.article = article.seq
	WHERE article.source = $1 AND article.guid = $2`
