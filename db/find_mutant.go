//go:build mutant_no_unique_key

package db

// findEntry finds only what arrived long ago: with no key to stop it, an entry
// that changes soon becomes a second article. TestChaos must find it.
const findEntry = `
	SELECT article.seq, entry.fingerprint FROM article JOIN entry ON entry.article = article.seq
	WHERE article.source = $1 AND article.guid = $2 AND entry.changed < 1000 * unixepoch() - 10000`
