package text

import (
	"fmt"
	"strings"
)

// noise are tags that say that nobody gave one, as blog programs write them.
const noise = "|uncategorized|uncategorised|uncategorized @en|non classé|non classe|sin categoría|sin categoria|sem categoria|senza categoria|" +
	"allgemein|unkategorisiert|geen categorie|bez kategorii|okategoriserade|без рубрики|未分类|未分類|غير مصنف|"

// ToldTags are the tags among list that tell a reader anything.
func ToldTags(list []string) []string {
	var told []string
	for _, tag := range list {
		if !strings.Contains(noise, "|"+strings.ToLower(strings.TrimSpace(tag))+"|") {
			told = append(told, tag)
		}
	}
	return told
}

// CheckTag is an error for a tag that can have no page: what stands in an
// address for the folder or the one above it, also escaped, or nothing.
func CheckTag(tag string) error {
	if tag == "" || tag == "." || tag == ".." {
		return fmt.Errorf("tag %q cannot be part of an address: add a letter or a digit", tag)
	}
	return nil
}
