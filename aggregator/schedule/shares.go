package schedule

import "time"

// kept is how much of a moment is lost where it is stored: p.At and due were each
// cut to the millisecond.
const kept = 2 * time.Millisecond

// Shares says of what the wait after a poll is made, so that all of it adds up to
// due: the rule that decided, what spreads polls that would fall together, and
// what the feed's own hours and the source's schedule add. reason is what was
// stored beside due; where due is none that these rules give, as after a failure,
// the whole of it is that.
func (r Rules) Shares(m Memory, p Poll, due time.Time, reason string) []Rule {
	for _, first := range []bool{false, true} {
		p.First = first
		shares, end := r.sharesOfGood(m, p)
		if off := due.Sub(end); p.Kind == Good && off.Abs() <= kept {
			shares[len(shares)-1].Wait += off
			return shares
		}
	}
	floor, whole := r.Floor(p.Validators || !p.Known), due.Sub(p.At)
	if p.Kind != Good && whole > floor.Wait && floor.Wait > 0 {
		return []Rule{floor, {reason + ", with chance in it, so that sources that failed together part", whole - floor.Wait}}
	}
	return []Rule{{reason, whole}}
}

// sharesOfGood takes apart what After decides on a good poll, and says when that
// is.
func (r Rules) sharesOfGood(m Memory, p Poll) (shares []Rule, end time.Time) {
	waits := r.Waits(m, p)
	longest := waits[0]
	for _, w := range waits[1:] {
		if w.Wait > longest.Wait {
			longest = w
		}
	}
	end = p.At
	until := func(t time.Time, rule string) {
		if wait := t.Sub(end); wait != 0 {
			shares = append(shares, Rule{rule, wait})
		}
		end = t
	}
	if longest.Wait > r.max() {
		until(p.At.Add(r.max()), "max_interval ("+longest.Name+" would be longer)")
	} else {
		until(p.At.Add(longest.Wait), longest.Name)
	}
	good := r.afterGood(m, p)
	switch {
	case m.BaseMS != 0 && m.PeriodMS > 0:
		until(good.Due, "until the next moment of sy:updateBase")
	case good.Due.Before(end):
		until(good.Due, "the source's own place before max_interval, so that polls part")
	case p.First:
		until(good.Due, "the source's own place after its first poll, so that sources imported together part")
	default:
		until(good.Due, "up to a tenth, so that polls that fall together part")
	}
	until(r.allowed(m, good).Due, "until the feed's skipHours and skipDays and the source's schedule allow it")
	return shares, end
}
