package reporters

import (
	"fmt"

	"github.com/apicel/apicel/runner"
)

// seedOf returns the seed of a suite's random values.
func seedOf(r *runner.Report, s *runner.SuiteReport) uint64 {
	if s != nil && s.Seed != nil {
		return *s.Seed
	}
	return r.Seed
}

// shuffleOf returns the seed of the order in which a suite's queries were
// started, which grows with the repetitions as the seed of random values does, or nil.
func shuffleOf(r *runner.Report, s *runner.SuiteReport) *uint64 {
	if r.Shuffle == nil {
		return nil
	}
	shuffle := *r.Shuffle + seedOf(r, s) - r.Seed
	return &shuffle
}

// repeatHint says how the first suite that failed can be had again as it was.
func repeatHint(r *runner.Report) string {
	failed := firstFailed(r)
	seed, shuffle := seedOf(r, failed), shuffleOf(r, failed)
	switch {
	case shuffle == nil:
		return fmt.Sprintf("seed %d (--seed %d repeats the random values)", seed, seed)
	case *shuffle == seed:
		return fmt.Sprintf("seed %d, shuffled (--seed %d --shuffle repeats the random values and the order)", seed, seed)
	}
	return fmt.Sprintf("seed %d, shuffled by %d (--seed %d --shuffle=%d repeats the random values and the order)", seed, *shuffle, seed, *shuffle)
}

func firstFailed(r *runner.Report) *runner.SuiteReport {
	for _, s := range r.Suites {
		if s.Status == runner.StatusFailed || s.Status == runner.StatusErrored {
			return s
		}
	}
	return nil
}

// repetitions says what a hunt came to.
func (p *printer) repetitions(r *runner.Report) {
	if r.Repetitions == 0 {
		return
	}
	failed := map[int]bool{}
	kept := map[int]bool{}
	for _, s := range r.Suites {
		kept[s.Repetition] = true
		if s.Status == runner.StatusFailed || s.Status == runner.StatusErrored {
			failed[s.Repetition] = true
		}
	}
	text := fmt.Sprintf("%s, %d failed", count(r.Repetitions, "repetition", "repetitions"), len(failed))
	if len(kept) > 0 && len(kept) < r.Repetitions {
		text += "; only the last is in the report"
	}
	p.line(0, p.style.paint(dim, text))
}
