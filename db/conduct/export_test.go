package conduct

// The statements that a comment waits for, for tests.
const (
	StandingText, SameText, PostedText = standingText, sameText, postedText
	AroundText, LatestText, LessonText = aroundText, latestText, lessonText
)
