package reporters

import (
	"time"

	"github.com/apicel/apicel/runner"
)

// TimingKey names a query of which it is known how long it took in an earlier
// run: its suite's file and its name, or the name of its row.
type TimingKey struct{ File, Query string }

// forecast guesses how long a run still takes: from the durations of an earlier
// run where they are known, else from how many queries are done.
type forecast struct {
	timings map[string]map[string]time.Duration // by file and query
	suites  map[*runner.SuiteReport]*expected
	ended   time.Duration // the known durations of what has finished
}

// expected is what is left of one suite.
type expected struct {
	queries int           // without a verdict
	known   int           // of the file's queries in timings, without a verdict
	sum     time.Duration // of the known
	done    map[string]bool
}

func newForecast(timings map[TimingKey]time.Duration) forecast {
	byFile := map[string]map[string]time.Duration{}
	for key, d := range timings {
		if byFile[key.File] == nil {
			byFile[key.File] = map[string]time.Duration{}
		}
		byFile[key.File][key.Query] = d
	}
	return forecast{timings: byFile, suites: map[*runner.SuiteReport]*expected{}}
}

func (f *forecast) begin(s *runner.SuiteReport, queries int) {
	e := &expected{queries: queries, done: map[string]bool{}}
	f.suites[s] = e
	for _, d := range f.timings[s.File] {
		e.known++
		e.sum += d
	}
}

func (f *forecast) grow(s *runner.SuiteReport, queries int) {
	if e := f.suites[s]; e != nil {
		e.queries += queries
	}
}

func (f *forecast) finish(s *runner.SuiteReport, q *runner.QueryReport) {
	e := f.suites[s]
	if e == nil {
		return
	}
	e.queries--
	if d, ok := f.timings[s.File][q.Name]; ok && !e.done[q.Name] && e.known > 0 {
		e.done[q.Name] = true
		e.known--
		e.sum -= d
		f.ended += d
	}
}

func (f *forecast) end(s *runner.SuiteReport) { delete(f.suites, s) }

// minGuess is how long a run must have gone on before its pace says anything.
const minGuess = time.Second

// estimate returns the time that is left, or 0 where nobody knows.
func (f *forecast) estimate(p *progress, now time.Time) time.Duration {
	took := now.Sub(p.started)
	if took < minGuess || p.done == 0 || p.done >= p.total {
		return 0
	}
	byCount := time.Duration(float64(took) / float64(p.done) * float64(p.total-p.done))
	if f.ended <= 0 {
		return byCount
	}
	// The work that is left, done at the pace at which known work has been done.
	var work time.Duration
	for _, e := range f.suites {
		if e.known > 0 && e.queries > 0 {
			work += time.Duration(float64(e.sum) / float64(e.known) * float64(e.queries))
		}
	}
	if work <= 0 {
		return byCount
	}
	left := time.Duration(float64(work) * float64(took) / float64(f.ended))
	for key, r := range p.running {
		d := f.timings[key.suite.File][key.query]
		left = max(left, d-now.Sub(r.started))
	}
	return left
}

// Timings are the durations of an earlier run, nil of none.
func Timings(past *runner.Report) map[TimingKey]time.Duration {
	if past == nil {
		return nil
	}
	timings := map[TimingKey]time.Duration{}
	for _, s := range past.Suites {
		for _, q := range s.Queries {
			if q.Duration > 0 {
				timings[TimingKey{s.File, q.Name}] = q.Duration.Duration()
			}
		}
	}
	return timings
}
