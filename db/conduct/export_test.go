package conduct

// The statements that a comment waits for, for tests.
const (
	PastText               = pastText
	LatestText, LessonText = latestText, lessonText
	// The limits that they have in them.
	RememberedText, RateRowsText = rememberedText, rateRowsText
)
