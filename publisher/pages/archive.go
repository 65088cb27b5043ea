package pages

import "time"

// ArchiveView is a page that leads to the days on which anything was published.
type ArchiveView struct {
	Frame
	Heading string
	Groups  []ArchiveGroup
	Empty   string
}

// ArchiveGroup is a year with its months, or a month with its days.
type ArchiveGroup struct {
	Link
	Within []Link
}

// Archive renders the page of all years with their months, or of one year, its
// months and their days. days are those on which anything was published, in the
// zone of the site, newest first; year is 0 for all.
func (p *Pages) Archive(year int, days []time.Time, follow Follow) ([]byte, error) {
	path, heading, outer, inner := "/archive", p.words.Say("archive"), func(t time.Time) string { return t.Format("2006") }, p.words.MonthOf
	if year > 0 {
		begin := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)
		path, heading, outer, inner = "/archive/"+begin.Format("2006"), begin.Format("2006"), p.words.Month, p.words.WeekdayOf
	}
	v := ArchiveView{Frame: p.frame(path, heading), Heading: heading}
	v.Alternates = p.alternates(follow)
	for _, d := range days {
		if year > 0 && d.Year() != year {
			continue
		}
		group, within := Link{Text: outer(d), Href: "/archive/" + d.Format("2006")}, Link{Text: inner(d), Href: MonthPath(d)}
		if year > 0 {
			group.Href, within.Href = MonthPath(d), DayPath(d)
		}
		if n := len(v.Groups); n == 0 || v.Groups[n-1].Href != group.Href {
			v.Groups = append(v.Groups, ArchiveGroup{Link: group})
		}
		g := &v.Groups[len(v.Groups)-1]
		if n := len(g.Within); n == 0 || g.Within[n-1].Href != within.Href {
			g.Within = append(g.Within, within)
		}
	}
	if len(v.Groups) == 0 {
		v.Empty = p.words.Say("nothing_published")
	}
	return p.render("archive", v)
}
