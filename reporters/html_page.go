package reporters

import (
	"fmt"
	"html/template"
	"strconv"
	"strings"
	"time"

	"github.com/apicel/apicel/runner"
)

// htmlPage is what page.html shows without its script.
type htmlPage struct {
	Policy  string
	Style   template.CSS
	Title   string
	Verdict string
	// Outcome is the class of the verdict: passed, failed or skipped.
	Outcome string
	Counts  string
	Stopped string
	Meter   []htmlShare
	Facts   []htmlFact
	Failed  []htmlFailed
	// More is the number of failed queries beyond Failed.
	More int
}

// htmlShare is a part of the bar of verdicts, in thousandths of its width.
type htmlShare struct {
	Status string
	X, W   float64
}

// htmlFact is something to know about the run.
type htmlFact struct{ Name, Value string }

// htmlFailed is a line for readers without JavaScript.
type htmlFailed struct{ Place, Name, Why string }

// maxStatic is the number of failed queries that are listed without JavaScript.
const maxStatic = 200

func newHTMLPage(r *runner.Report, s *htmlSource) htmlPage {
	p := htmlPage{
		Policy: s.policy, Style: template.CSS(s.style), //nolint:gosec // the embedded style
		Meter: shares(r.Counts), Facts: facts(r),
	}
	p.Verdict, p.Outcome = verdictOf(r)
	p.Title = p.Verdict + " · apicel report"
	p.Counts = strings.Join(countsOf(r.Counts), ", ")
	if r.Stopped != "" {
		p.Stopped = stops[r.Stopped]
		if p.Stopped == "" {
			p.Stopped = "stopped early: " + inline(string(r.Stopped))
		}
	}
	p.failed(r)
	return p
}

func verdictOf(r *runner.Report) (text, outcome string) {
	n := r.Counts
	bad := n.Failed + n.Errored
	switch {
	case bad > 0:
		return fmt.Sprintf("%d of %s failed", bad, count(n.Queries, "query", "queries")), "failed"
	case n.BadSuites > 0:
		return count(n.BadSuites, "suite", "suites") + " did not run", "failed"
	case n.Passed == 0:
		return "Nothing ran", "skipped"
	case n.Passed == 1:
		return "1 query passed", "passed"
	case n.Skipped > 0:
		return fmt.Sprintf("%d queries passed", n.Passed), "passed"
	}
	return fmt.Sprintf("All %d queries passed", n.Passed), "passed"
}

// countsOf returns the counts that are not zero, worst first.
func countsOf(n runner.Counts) []string {
	var parts []string
	add := func(n int, format string) {
		if n > 0 {
			parts = append(parts, fmt.Sprintf(format, n))
		}
	}
	add(n.Failed, "%d failed")
	add(n.Errored, "%d errored")
	if n.BadSuites > 0 {
		parts = append(parts, count(n.BadSuites, "suite did not run", "suites did not run"))
	}
	add(n.Passed, "%d passed")
	add(n.Flaky, "%d of them flaky")
	add(n.Skipped, "%d skipped")
	return parts
}

// shares cuts the bar; a part that is there at all can be seen.
func shares(n runner.Counts) []htmlShare {
	if n.Queries <= 0 {
		return nil
	}
	const width, least = 1000, 6
	parts := []struct {
		status string
		n      int
	}{
		{"failed", n.Failed}, {"errored", n.Errored}, {"flaky", n.Flaky}, {"passed", n.Passed - n.Flaky}, {"skipped", n.Skipped},
	}
	used := 0
	for _, p := range parts {
		if p.n > 0 {
			used += least
		}
	}
	var list []htmlShare
	x := 0.0
	for _, p := range parts {
		if p.n > 0 {
			w := least + float64(width-used)*float64(p.n)/float64(n.Queries)
			list = append(list, htmlShare{p.status, x, w})
			x += w
		}
	}
	return list
}

// maxBases is the number of base URLs that are named.
const maxBases = 4

func facts(r *runner.Report) []htmlFact {
	var list []htmlFact
	add := func(name, value string) {
		if value != "" {
			list = append(list, htmlFact{name, htmlName(value)})
		}
	}
	if !r.Started.IsZero() {
		add("Started", r.Started.UTC().Format("2006-01-02 15:04:05 UTC"))
	}
	add("Took", duration(r.Duration.Duration()))
	add("Suites", strconv.Itoa(len(r.Suites)))
	add("Checks", strconv.Itoa(r.Counts.Checks))
	if r.Shard != nil {
		add("Shard", fmt.Sprintf("%d of %d", r.Shard.Index, r.Shard.Total))
	}
	add("Jobs", strconv.Itoa(r.Jobs))
	add("Seed", strconv.FormatUint(r.Seed, 10))
	if r.Shuffle != nil {
		add("Shuffle", strconv.FormatUint(*r.Shuffle, 10))
	}
	if r.Repetitions > 0 {
		add("Repetitions", strconv.Itoa(r.Repetitions))
	}
	add("Host", r.Hostname)
	add("apicel", r.Apicel)
	bases, seen := []string{}, map[string]bool{"": true}
	for _, s := range r.Suites {
		if !seen[s.BaseURL] {
			seen[s.BaseURL] = true
			bases = append(bases, s.BaseURL)
		}
	}
	named := strings.Join(bases[:min(len(bases), maxBases)], ", ")
	if left := len(bases) - maxBases; left > 0 {
		named += fmt.Sprintf(" and %d more", left)
	}
	add("Base URL", named)
	return list
}

// failed lists what failed, suites that could not run first.
func (p *htmlPage) failed(r *runner.Report) {
	add := func(place, name string, why func() string) {
		if len(p.Failed) == maxStatic {
			p.More++
			return
		}
		p.Failed = append(p.Failed, htmlFailed{shorten(place, maxHTMLName), htmlName(name), why()})
	}
	for _, s := range r.Suites {
		if list := errorsOf(s); len(list) > 0 {
			first := list[0]
			add(position(first.File, first.Line, first.Column), suiteName(s), func() string {
				return "did not run: " + shorten(oneLine(first.Message), maxBrief)
			})
		}
		for _, q := range s.Queries {
			if unsuccessful(q) {
				add(position(q.File, q.Line, 0), q.Name, func() string { return brief(q) })
			}
		}
	}
}

// since returns the milliseconds from the run's beginning to at, nil where at
// is not known.
func since(r *runner.Report, at time.Time) *float64 {
	if at.IsZero() {
		return nil
	}
	ms := max(0, float64(at.Sub(r.Started).Microseconds())/1000)
	return &ms
}
