package conduct

// The statements that a comment waits for, for tests.
var (
	StandingText, PastText = standingText, pastText
	LatestText, LessonText = latestText, lessonText
)
