package conduct

// The statements that a comment waits for, for tests.
const (
	StandingText, PastText = standingText, pastText
	LatestText, LessonText = latestText, lessonText
)
