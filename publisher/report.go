package publisher

import (
	"context"
	"net/http"

	"courant/db"
	"courant/db/blocks"
	"courant/db/conduct"
	"courant/publisher/comments"
	"courant/publisher/pages"
	"courant/publisher/web"
)

// maxReason is how long the reason of a report may be, in characters: some sentences.
const maxReason = 500

// reportForm is the form by which a reader reports a comment, or, once that is done,
// the thanks for it: the comment may be hidden by then.
func (p *Publisher) reportForm(w http.ResponseWriter, r *http.Request) error {
	if r.URL.Query().Has("sent") {
		body, err := p.view().Thanks()
		if err != nil {
			return err
		}
		return p.once(w, r, http.StatusOK, body)
	}
	return p.withSeen(func(w http.ResponseWriter, r *http.Request, a db.Article, c db.Comment) error {
		return p.reportAgain(w, r, a, c, pages.Report{}, http.StatusOK)
	})(w, r)
}

func (p *Publisher) reportAgain(w http.ResponseWriter, r *http.Request, a db.Article, c db.Comment, v pages.Report, status int) error {
	v.MaxLength = maxReason
	body, err := p.view().ReportPage(a, c, v)
	if err != nil {
		return err
	}
	return p.once(w, r, status, body)
}

// report takes a reader's report of a comment. Who reports one twice, or is a program,
// gets the same thanks.
func (p *Publisher) report(w http.ResponseWriter, r *http.Request, a db.Article, c db.Comment) error {
	from, now := web.Address(r, p.proxies), p.now()
	v := pages.Report{Reason: r.PostForm.Get("reason")}
	reason, problem := p.judge.CheckReason(v.Reason, maxReason)
	status := http.StatusUnprocessableEntity
	if problem == "" {
		if wait, ok := p.judge.AllowReport(from, now); !ok {
			web.SetRetryAfter(w.Header(), wait)
			problem, status = p.words.Say("many_reports"), http.StatusTooManyRequests
		}
	}
	if problem != "" {
		v.Problems = []comments.Problem{{Field: "reason", Message: problem}}
		return p.reportAgain(w, r, a, c, v, status)
	}
	if r.PostForm.Get("website") == "" {
		ctx, cancel := context.WithTimeout(r.Context(), patience)
		defer cancel()
		names := p.judge.Networks(from, now, blocks.NetworkDays)
		reported, err := p.store.ReportComment(ctx, c.ID, conduct.Report{Network: names[0], Visitor: p.visitor(r), Reason: reason}, names[1:])
		if err != nil {
			return err
		}
		p.log.Info("comment reported", "article", a.ID, "comment", c.ID, "status", string(reported.Status), "flagged", reported.Flagged)
	}
	web.Redirect(w, r, "/comment/"+c.ID+"/report?sent=1", http.StatusSeeOther, web.NoStore)
	return nil
}
