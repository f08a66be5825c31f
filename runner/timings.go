package runner

import (
	"slices"
	"time"
)

// timings are what queries took in an earlier run.
type timings struct {
	known map[timed]took
	// unknown is what a query is taken to take that was not in it.
	unknown time.Duration
}

// timed is a query by its suite and its name as written. The suite is the path
// below its project's root.
type timed struct{ suite, query string }

// took is the time of all sendings of a query in all repetitions.
type took struct {
	sum  time.Duration
	runs map[[2]int]bool // by repetition and shard
}

// newTimings returns the timings in a report. What was skipped took no time that
// would say something, and is unknown. Unknown queries get the median of the known
// ones; nil stands for no report, and then each query costs the same.
func newTimings(past *Report) *timings {
	t := &timings{known: map[timed]took{}, unknown: time.Millisecond}
	if past == nil {
		return t
	}
	for _, s := range past.Suites {
		for _, q := range s.Queries {
			if q.Status != StatusSkipped {
				t.add(s, q)
			}
		}
	}
	var all []time.Duration
	for key := range t.known {
		all = append(all, t.of(key))
	}
	if len(all) > 0 {
		slices.Sort(all)
		t.unknown = all[len(all)/2]
	}
	return t
}

func (t *timings) add(s *SuiteReport, q *QueryReport) {
	key := timed{s.ID, q.Query}
	if s.ID == "" {
		key.suite = s.File
	}
	if q.Query == "" {
		key.query = q.Name
	}
	was := t.known[key]
	if was.runs == nil {
		was.runs = map[[2]int]bool{}
	}
	was.runs[[2]int{s.Repetition, q.Shard}] = true
	was.sum += max(q.Duration.Duration(), 0)
	t.known[key] = was
}

// of returns what the query took, in the mean of its runs.
func (t *timings) of(key timed) time.Duration {
	k := t.known[key]
	return k.sum / time.Duration(len(k.runs))
}

// sum returns what the queries of a suite are expected to take one after another.
func (t *timings) sum(s *suite, queries []*query) time.Duration {
	var sum time.Duration
	for _, q := range queries {
		key := timed{s.id, q.spec.Name.Value}
		switch {
		case q.skip != nil:
		case t.known[key].runs != nil:
			sum += t.of(key)
		default:
			sum += t.unknown
		}
	}
	return sum
}

// Timed returns how many of the plan's queries are in a report of an earlier run.
func (p *Plan) Timed(past *Report) int {
	t, n := newTimings(past), 0
	for _, s := range p.suites {
		for _, q := range s.queries {
			if t.known[timed{s.id, q.spec.Name.Value}].runs != nil {
				n++
			}
		}
	}
	return n
}
