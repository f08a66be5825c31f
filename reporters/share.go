package reporters

import (
	"fmt"
	"time"

	"github.com/apicel/apicel/runner"
)

// What several formats say in the same words.

// badSuiteName is the name of the test that stands for a file that is wrong.
const badSuiteName = "suite file is valid"

// unsuccessful tells whether a query counts against a run.
func unsuccessful(q *runner.QueryReport) bool {
	return q.Status == runner.StatusFailed || q.Status == runner.StatusErrored
}

// suiteName names a suite for people: by its file where it has no name, and
// by its turn where it is repeated.
func suiteName(s *runner.SuiteReport) string {
	name := s.Name
	if name == "" {
		name = s.File
	}
	if s.Repetition > 1 {
		name += fmt.Sprintf(" (repetition %d)", s.Repetition)
	}
	return name
}

// placeOf returns where what went wrong with a query stands: the error, else the
// first check that failed, else the query.
func placeOf(q *runner.QueryReport) (file string, line, column int) {
	switch {
	case q.Error != nil && q.Error.File != "":
		return q.Error.File, q.Error.Line, q.Error.Column
	case q.Error == nil && len(q.Failures) > 0 && q.Failures[0].File != "":
		return q.Failures[0].File, q.Failures[0].Line, q.Failures[0].Column
	}
	return q.File, q.Line, 0
}

// findings returns everything that is wrong with a query as text.
func findings(q *runner.QueryReport) string {
	p := &printer{limits: fileLimits}
	p.attempts(0, q)
	p.findings(0, q)
	return p.out.String()
}

// exchangeText returns what was sent and received, "" where nothing was.
func exchangeText(a *runner.AttemptReport) string {
	p := &printer{limits: fileLimits}
	p.exchange(0, a)
	return p.out.String()
}

// curlOf returns the command that sends a request again, "" where there is none.
func curlOf(a *runner.AttemptReport) string {
	p := &printer{limits: fileLimits}
	p.curl(0, a.Request)
	return p.out.String()
}

// badSuiteMessage says in one line why a suite did not run.
func badSuiteMessage(s *runner.SuiteReport) string {
	errors := errorsOf(s)
	message := position(errors[0].File, errors[0].Line, errors[0].Column) + ": " + oneLine(errors[0].Message)
	if n := len(errors) - 1; n > 0 {
		message += " (and " + count(n, "more error", "more errors") + ")"
	}
	return message
}

// problemsText returns all problems of a suite's file.
func problemsText(s *runner.SuiteReport) string {
	p := &printer{limits: fileLimits}
	for _, problem := range s.Problems {
		p.blank()
		p.problem(0, problem)
	}
	return p.out.String()
}

// millis returns m in milliseconds, to the microsecond.
func millis(m runner.Millis) float64 { return float64(m.Duration().Microseconds()) / 1000 }

// epochMillis returns t in milliseconds since 1970, 0 where it is not known.
func epochMillis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
