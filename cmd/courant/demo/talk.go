package demo

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"courant/db"
	"courant/db/content"
	"courant/db/state"
)

// remark is what a made-up reader says in the demo, and what is said to that.
type remark struct {
	name, text string
	replies    []remark
}

// threads are the threads of the demo, by the end of the article's GUID.
func threads() map[string][]remark {
	return map[string][]remark{
		talkedOf: {
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
		":night-ferry-returns": {
			{"Walther", waits + "I was on the last one in 2009, and I will be on the first. Is the piano still in the saloon?", nil},
			{"cheap cabins", waits + "Best prices for cabins: https://cabins.example/ and https://cabins.example/deals and https://cabins.example/last", nil},
			{"Nobody in particular", waits + "Who pays for this? Nobody asked *me*.", nil},
		},
	}
}

// waits begins what an editor has to look at first.
const waits = "\x00"

// talkedOf is the article with the liveliest thread, by the end of its GUID.
const talkedOf = ":crows-queue"

// clock is the store's: the real one, but while the past is made up.
type clock struct {
	mu   sync.Mutex
	past time.Time // zero: it is now
}

// Now is what the clock says.
func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.past.IsZero() {
		return time.Now()
	}
	return c.past
}

// set makes it t, or now where t is zero.
func (c *clock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.past = t
}

// talk adds the threads of the demo to list's articles. Those that are there
// already, in a folder that was kept, stay as they are. Readers do not all speak
// in one minute: what they say is spread over the time since the article came
// out, and the clock is set back for each.
func talk(ctx context.Context, store *db.DB, at *clock, list []db.Article) error {
	defer at.set(time.Time{})
	now := time.Now()
	for end, remarks := range threads() {
		for _, a := range list {
			if !strings.HasSuffix(a.GUID, end) || a.Comments > 0 {
				continue
			}
			s := speech{store: store, at: at, article: a.ID, from: a.Published, step: now.Sub(a.Published) / time.Duration(remarked(remarks)+1)}
			if err := s.say(ctx, "", remarks); err != nil {
				return fmt.Errorf("demo: %w", err)
			}
		}
	}
	return nil
}

// remarked counts remarks and what is said to them.
func remarked(list []remark) (n int) {
	for _, r := range list {
		n += 1 + remarked(r.replies)
	}
	return n
}

// speech is one article's thread while it is made up.
type speech struct {
	store   *db.DB
	at      *clock
	article string
	from    time.Time     // when the last remark was made
	step    time.Duration // between two of them
}

func (s *speech) say(ctx context.Context, parent string, remarks []remark) error {
	for _, r := range remarks {
		s.from = s.from.Add(s.step)
		s.at.set(s.from)
		status, reason := state.Approved, "demo"
		text, held := strings.CutPrefix(r.text, waits)
		if held {
			status, reason = state.Pending, "a first comment"
		}
		c, _, err := s.store.AddComment(ctx, db.Comment{
			Article: s.article, Parent: parent, Name: r.name, Text: text, Body: content.Comment(text),
			Status: status, Reason: reason,
		})
		if err != nil {
			return err
		}
		if err := s.say(ctx, c.ID, r.replies); err != nil {
			return err
		}
	}
	return nil
}
