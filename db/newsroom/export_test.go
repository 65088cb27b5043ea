package newsroom

// Statements are those that a page of a list is made by, each with its values: of its
// rows, and of how many there are.
func (q Query) Statements() map[string][]any {
	list := []statement{q.statement(""), q.counting("", MostCounted)}
	if q.Order == NominatedFirst {
		list = []statement{q.statement(isNominated), q.statement("NOT " + isNominated), q.counting(isNominated, MostCounted)}
	}
	all := map[string][]any{}
	for _, s := range list {
		all[s.text] = s.args
	}
	return all
}

// The statements by which sources are counted.
var (
	IntakesText = intakes
	ReasonsText = reasons
)
