package demo

import (
	"context"
	"fmt"
	"strings"

	"courant/db"
	"courant/db/content"
)

// remark is what a made-up reader says in the demo, and what is said to that.
type remark struct {
	name, text string
	replies    []remark
}

// threads are the threads of the demo, by the end of the article's GUID.
func threads() map[string][]remark {
	return map[string][]remark{
		":crows-queue": {
			{"Ottilie", "We have jackdaws on the chimney and no queue whatever. Is it known whether they would learn?", []remark{
				{"Hanne R.", "We have two in the aviary. So far they are better at opening the lid than at waiting for it.", []remark{
					{"Ottilie", "That sounds like ours.", nil},
				}},
				{"P. Vane", "Put the feeder where pushing *costs* something. That is the whole trick, I think, with jackdaws as with motorists.", nil},
			}},
			{"Bram", "> Families stand together, the young in front of their parents\n\nMine too, at the ice cream van. I had put it down to **strategy**.", nil},
			{"Dilys Hart", "What happens to a bird without kin there? Does it stand at the end for ever?", nil},
		},
		":library-of-tools": {
			{"Marek", "I have had the tile cutter since June. This is my apology. I will bring it on Saturday, with cake.", []remark{
				{"Nadia O.", "The cake is noted in the poison book.", nil},
			}},
		},
		":soup-for-a-thaw": {
			{"Joss", "Made it with cabbage. The apple is right. I do not know why it is right.", []remark{
				{"Marguerite", "Acid. And because nobody expects it.", nil},
			}},
			{"Femi", "Can one do without the rind?", nil},
		},
	}
}

// talk adds the threads of the demo to list's articles. Those that are there
// already, in a folder that was kept, stay as they are.
func talk(ctx context.Context, store *db.DB, list []db.Article) error {
	for end, remarks := range threads() {
		for _, a := range list {
			if !strings.HasSuffix(a.GUID, end) || a.Comments > 0 {
				continue
			}
			if err := say(ctx, store, a.ID, "", remarks); err != nil {
				return fmt.Errorf("demo: %w", err)
			}
		}
	}
	return nil
}

func say(ctx context.Context, store *db.DB, article, parent string, remarks []remark) error {
	for _, r := range remarks {
		c, _, err := store.AddComment(ctx, db.Comment{
			Article: article, Parent: parent, Name: r.name, Text: r.text, Body: content.Comment(r.text),
			Status: db.Approved, Reason: "demo",
		})
		if err != nil {
			return err
		}
		if err := say(ctx, store, article, c.ID, r.replies); err != nil {
			return err
		}
	}
	return nil
}
