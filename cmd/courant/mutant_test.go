package main

import (
	"flag"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var (
	mutants = flag.Bool("mutants", false, "have TestMutants run TestChaos on each mutant")
	mutant  = flag.String("mutant", "", "build tag of the program that TestChaos tests")
)

// mutantTags are the builds that break one promise each. The file beside the
// one with the same tag negated says what it does wrong.
var mutantTags = []string{
	"mutant_answer_before_commit",
	"mutant_validators_first",
	"mutant_no_unique_key",
	"mutant_comment_twice",
	"mutant_identity_each_start",
	"mutant_due_forgotten",
	"mutant_etag_by_count",
	"mutant_backup_in_place",
	"mutant_migration_in_pieces",
}

// mutantRounds are enough to find each.
const mutantRounds = 15

// TestMutants has TestChaos look at programs that are wrong: it must find each
// of them. By hand, for it takes minutes; that they build is tested in CI.
func TestMutants(t *testing.T) {
	if !*mutants && os.Getenv("COURANT_TEST_ALL") == "" {
		t.Skip("it builds the program with each mutant: -mutants or COURANT_TEST_ALL=1")
	}
	if !*mutants {
		dir := t.TempDir()
		// These two share a file; all others can go wrong at once.
		together := strings.Join(mutantTags[:len(mutantTags)-1], ",")
		buildCourant(t, dir, "-tags="+together)
		buildCourant(t, dir, "-tags="+mutantTags[len(mutantTags)-1])
		return
	}
	fault := regexp.MustCompile(`chaos_\w+\.go:\d+: (.*)`)
	for _, tag := range mutantTags {
		t.Run(tag, func(t *testing.T) {
			buildCourant(t, t.TempDir(), "-tags="+tag) // to be wrong, it must build
			cmd := exec.Command(os.Args[0], "-test.run=^TestChaos$", "-test.v", "-mutant="+tag, "-rounds="+strconv.Itoa(mutantRounds))
			out, err := cmd.CombinedOutput()
			if err == nil {
				t.Fatalf("TestChaos found nothing wrong:\n%s", out)
			}
			found := fault.FindAllSubmatch(out, -1)
			if len(found) < 2 { // the first is the seed
				t.Fatalf("TestChaos failed, but says no fault:\n%s", out)
			}
			t.Logf("%s", found[1][1])
		})
	}
}
