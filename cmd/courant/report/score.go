package report

import (
	"fmt"
	"time"

	"courant/aggregator"
)

// ScoreDocument is how polite the polling was, in the JSON of score.
type ScoreDocument struct {
	Sources []aggregator.Score `json:"sources"`
	Total   aggregator.Score   `json:"total"`
}

// Scores is how polite the polling of each source was, and of all.
func Scores(list []aggregator.Score, total aggregator.Score) ScoreDocument {
	if list == nil {
		list = []aggregator.Score{}
	}
	return ScoreDocument{list, total}
}

// ScoreRows are the scores for people, under heads.
func ScoreRows(list []aggregator.Score, total aggregator.Score) [][]string {
	rows := [][]string{{"SOURCE", "POLLS", "BY HAND", "UNCONDITIONAL", "304", "LEAST GAP", "SHORT GAPS", "RETRY-AFTER BREACHES"}}
	total.Source = "in all"
	for _, s := range append(list, total) {
		gap := "-"
		if s.LeastGap > 0 {
			gap = s.LeastGap.Round(time.Second).String()
		}
		rows = append(rows, []string{
			s.Source, fmt.Sprint(s.Polls), fmt.Sprint(s.ByHand), fmt.Sprint(s.Unconditional), fmt.Sprint(s.NotModified), gap,
			fmt.Sprint(s.Short), fmt.Sprint(s.Breaches),
		})
	}
	return rows
}
