package pages

import (
	"strings"
	"testing"
	"time"

	"courant/db"
	"courant/db/content"
	"courant/db/state"
	"courant/publisher/comments"
	"courant/publisher/threads"
)

func TestThread(t *testing.T) {
	p := testPages(t, nil)
	render := func(list []db.Comment, place threads.Place, change func(*Article)) string {
		a := testArticle()
		for _, c := range list {
			if c.Status == state.Approved {
				a.Article.Comments++
			}
		}
		fillThread(a.Thread, list, place)
		if change != nil {
			change(&a)
		}
		body, err := p.Article(a)
		return rendered(t, body, err)
	}
	t.Run("nested", func(t *testing.T) {
		page := render(testThread(3, func(i int) int { return []int{0, 0, 1, 0}[i] }), threads.Place{Page: 1}, nil)
		has(t, page, "Comments (3)", `id="c-c1"`, "1 reply", "<ol>", `id="c-c2"`, "</ol>", `id="c-c3"`)
	})
	t.Run("newest first", func(t *testing.T) {
		page := render(testThread(3, func(i int) int { return []int{0, 0, 1, 0}[i] }), threads.Place{Page: 1, Newest: true}, nil)
		has(t, page, `id="c-c3"`, `id="c-c1"`, `id="c-c2"`)
		has(t, page, `Oldest first</a>`, `aria-current="true">Newest first</a>`)
	})
	t.Run("reply", func(t *testing.T) {
		list := testThread(1, func(int) int { return 0 })
		page := render(list, threads.Place{Page: 1, Reply: "c1"}, func(a *Article) { a.Thread.Form.Parent = &list[0] })
		has(t, page, "In reply to", "Reader 1", `name="parent" value="c1"`)
		has(t, page, `href="/article/tidal-plant-abc123defg?reply=c1#form"`)
		has(t, page, `href="/comment/c1/report" rel="nofollow"`, "Report")
	})
	t.Run("its author's own", func(t *testing.T) {
		list := testThread(2, func(int) int { return 0 })
		page := render(list, threads.Place{Page: 1}, func(a *Article) { a.Thread.Own = map[int64]bool{list[0].Seq: true} })
		has(t, page, `id="c-c1"`, `href="/comment/c1/edit" rel="nofollow">Edit</a>`, `href="/comment/c1/delete" rel="nofollow">Delete</a>`, `id="c-c2"`, `href="/comment/c2/report"`)
		lacks(t, page, "/comment/c1/report", "/comment/c2/edit")
		closed := render(list, threads.Place{Page: 1}, func(a *Article) { a.Thread.Own, a.Thread.Form = map[int64]bool{list[0].Seq: true}, nil })
		has(t, closed, "/comment/c1/delete", "Comments on this article are closed.")
		lacks(t, closed, "/comment/c1/edit")
	})
	t.Run("edited, later than nobody may have read it", func(t *testing.T) {
		list := testThread(2, func(int) int { return 0 })
		list[0].Edited, list[1].Edited = list[0].Created.Add(time.Minute), list[1].Created.Add(61*time.Second)
		page := render(list, threads.Place{Page: 1}, nil)
		before, after, _ := strings.Cut(page, `id="c-c2"`)
		has(t, after, "<small>edited</small>")
		lacks(t, before, "<small>edited</small>")
	})
	t.Run("taken back", func(t *testing.T) {
		list := testThread(2, func(i int) int { return i - 1 })
		list[0].Status, list[0].Taken, list[0].Replies = state.Removed, true, 1
		page := render(list, threads.Place{Page: 1}, nil)
		has(t, page, "Comment removed by its author", "Comment 2.")
		lacks(t, page, "Comment 1.", "by the desk")
	})
	t.Run("newest first where nobody asks", func(t *testing.T) {
		page := render(testThread(8, func(i int) int { return i - 1 }), threads.Place{Page: 1, Newest: true, Usual: true}, nil)
		has(t, page, `href="/article/tidal-plant-abc123defg?sort=oldest#comments"`, `href="/article/tidal-plant-abc123defg#comments" rel="nofollow" aria-current="true"`, `?thread=c6#c-c6`)
	})
	t.Run("what is answered is quoted, and the form is a step away", func(t *testing.T) { // U33
		list := testThread(2, func(i int) int { return i - 1 })
		page := render(list, threads.Place{Page: 1, Reply: "c1"}, func(a *Article) { a.Thread.Form.Parent = &list[0] })
		has(t, page, `<nav aria-label="Comments">`, "Newest first", `<a class="write-link" href="#form">Write a comment</a></nav>`,
			"In reply to", `<blockquote class="quote" dir="auto" data-untrusted>Comment 1.</blockquote>`)
		has(t, page, `<footer><a href="/article/tidal-plant-abc123defg?reply=c1#form" rel="nofollow" aria-label="Reply to`, "Report", "</footer>", "</article>\n<details open><summary>1 reply</summary>")
		page = render(testThread(9, func(i int) int { return i - 1 }), threads.Place{Page: 1, Root: "c6"}, nil)
		has(t, page, "in reply to", `<blockquote class="quote" dir="auto" data-untrusted>Comment 5.</blockquote>`, "Comment 6.")
		closed := render(list, threads.Place{Page: 1}, func(a *Article) { a.Thread.Form = nil })
		lacks(t, closed, "Write a comment")
	})
	t.Run("too deep", func(t *testing.T) {
		page := render(testThread(9, func(i int) int { return i - 1 }), threads.Place{Page: 1}, nil)
		has(t, page, `id="c-c6"`, `href="/article/tidal-plant-abc123defg?thread=c6#c-c6"`, "Continue this thread")
		lacks(t, page, `id="c-c7"`)
		page = render(testThread(9, func(i int) int { return i - 1 }), threads.Place{Page: 1, Root: "c6"}, nil)
		has(t, page, "part of the thread", `href="/comment/c6"`, `id="c-c6"`, "in reply to", "Reader 5", `id="c-c9"`)
		lacks(t, page, `id="c-c5"`)
	})
	t.Run("a removed comment keeps its place", func(t *testing.T) {
		list := testThread(2, func(i int) int { return i - 1 })
		list[0].Status = state.Removed
		page := render(list, threads.Place{Page: 1}, nil)
		has(t, page, "Comments (1)", `id="c-c1"`, "Comment removed by the desk", `id="c-c2"`)
		lacks(t, page, "Reader 1", "Comment 1.")
	})
	t.Run("a pending one", func(t *testing.T) {
		list := testThread(1, func(int) int { return 0 })
		list[0].Status = state.Pending
		page := render(list, threads.Place{Page: 1}, nil)
		has(t, page, "Comments (0)", "Waiting for review", "Comment 1.")
		lacks(t, page, "No comments yet", ">Reply")
	})
	t.Run("5,000 comments", func(t *testing.T) {
		list := testThread(5000, func(i int) int {
			if i%3 == 0 {
				return i - 1
			}
			return 0
		})
		page := render(list, threads.Place{Page: 1}, nil)
		has(t, page, "Comments (5,000)", `aria-current="page">1</a>`, `?page=50#comments"`)
		if n := strings.Count(page, `class="comment h-cite`); n != threads.PerPage {
			t.Errorf("%d comments on a page, want %d", n, threads.PerPage)
		}
		last := render(list, threads.Place{Page: 50}, nil)
		if n := strings.Count(last, `class="comment h-cite`); n != threads.PerPage {
			t.Errorf("%d comments on the last page, want %d", n, threads.PerPage)
		}
	})
}

func TestFormPage(t *testing.T) {
	p := testPages(t, nil)
	a := testArticle().Article
	f := Form{Stamp: "s.mac", MaxLength: 5000, Filled: comments.Submission{Name: "Ann <b>", Email: "ann@a.example", Text: "Well\n</textarea><script>"}}
	t.Run("errors", func(t *testing.T) {
		g := f
		g.Problems = []comments.Problem{{Field: "name", Message: "Please give a name."}, {Field: "text", Message: "Please write a comment."}}
		body, err := p.FormPage(a, g)
		page := rendered(t, body, err)
		has(t, page, `role="alert"`, `<a href="#name">Please give a name.</a>`, `<a href="#text">`, `value="Ann &lt;b&gt;"`, `aria-invalid="true"`, "&lt;/textarea&gt;&lt;script&gt;")
		has(t, page, "noindex")
		has(t, page, "<title>Your comment was not posted yet")
	})
	t.Run("preview", func(t *testing.T) {
		g := f
		g.Preview = &comments.Draft{Name: "Ann", Body: content.Comment("**Well** done")}
		body, err := p.FormPage(a, g)
		page := rendered(t, body, err)
		has(t, page, "This is how it will look", "<strong>Well</strong> done", `value="ann@a.example"`, `value="post"`)
		lacks(t, page, `role="alert"`)
	})
}
