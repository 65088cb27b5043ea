package ruling

import (
	"slices"

	"courant/db/state"
)

// Actor is whom the log of actions names for what rules did.
const Actor = "rules"

// decision is, in SQL, which actions on an article are an editor's decision that no
// rule may undo: all of a person's, but for those that leave its state open.
const decision = `action.kind = 'article' AND action.actor NOT IN ('worker', 'rules')
	AND replace(replace(action.what, 'undo ', ''), 'redo ', '') NOT IN ('reprocess', 'nominate', 'note', 'pin', 'unpin', 'bin', 'unbin', 'split', 'join')`

// Moves is the state that an article in the given one comes to when its ruling
// changes from was to is; auto says whether its source publishes what no rule
// decides on. Only what waits or was rejected moves: what readers have seen, or
// will see at a set time, stays.
func Moves(from state.Article, was, is Ruling, auto bool) state.Article {
	if from != state.Incoming && from != state.Rejected || was.Decision == is.Decision {
		return from
	}
	switch is.Decision {
	case Publish:
		return state.Published
	case Reject:
		return state.Rejected
	case Hold:
		return state.Incoming
	}
	switch {
	case from != state.Rejected || was.Decision != Reject:
		return from
	case auto:
		return state.Published
	}
	return state.Incoming
}

// Bare are the tags of an article without those that rules added.
func (a Added) Bare(tags []string) []string {
	if len(a.Tags) == 0 {
		return tags
	}
	return slices.DeleteFunc(slices.Clone(tags), func(tag string) bool { return slices.Contains(a.Tags, tag) })
}

// BareSection is the section of an article as it was before a rule set it.
func (a Added) BareSection(section string) string {
	if a.Section != "" && a.Section == section {
		return a.Was
	}
	return section
}

// Tagged are bare tags with those that rules add.
func (a Added) Tagged(bare []string) []string {
	list := slices.Clone(bare)
	for _, tag := range a.Tags {
		if !slices.Contains(list, tag) {
			list = append(list, tag)
		}
	}
	return list
}

// InSection is a bare section, or the one that a rule sets.
func (a Added) InSection(bare string) string {
	if a.Section != "" {
		return a.Section
	}
	return bare
}
