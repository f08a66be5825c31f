package reporters

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/apicel/apicel/runner"
)

// maxListed is the number of failed queries that the summary repeats.
const maxListed = 20

// Finish prints the rest of the run and its summary: the failed queries again
// with file and line, the counts, and why the run ended early if it did. It
// returns the first error of the writer since NewConsole.
func (c *Console) Finish(r *runner.Report) error {
	for _, s := range c.sections {
		s.grouping.close(s)
		s.done = true
	}
	c.advance()
	p := &printer{style: style(c.options.Color), limits: consoleLimits}
	p.summary(r, c.options)
	c.out.print(p, true)
	return c.out.err
}

// summary prints what a reader wants to know at the end, what matters most last;
// of a quiet run the counts only.
func (p *printer) summary(r *runner.Report, o ConsoleOptions) {
	if !o.Quiet {
		p.slowest(r)
		p.flaky(r)
		p.failed(r)
	}
	p.verdictLine(r, o.Suites)
	p.ending(r)
	if o.Rerun == nil || o.Quiet || r.Counts.Failed+r.Counts.Errored+r.Counts.BadSuites == 0 {
		return
	}
	if command := o.Rerun(r); command != "" {
		p.line(0, p.style.paint(dim, "to run what failed again:"))
		p.line(2, visible(command))
	}
}

// fewForSlowest is the number of queries that are too few to name the slowest.
const fewForSlowest = 10

// slowest lists the queries that took longest, whatever became of them.
func (p *printer) slowest(r *runner.Report) {
	var sent []*runner.QueryReport
	for _, s := range r.Suites {
		for _, q := range s.Queries {
			if q.Status != runner.StatusSkipped && q.Duration > 0 {
				sent = append(sent, q)
			}
		}
	}
	if len(sent) <= fewForSlowest {
		return
	}
	slices.SortStableFunc(sent, func(a, b *runner.QueryReport) int { return cmp.Compare(b.Duration, a.Duration) })
	p.line(0, p.style.paint(bold, "slowest:"))
	for _, q := range sent[:maxSlowest] {
		note := ""
		if q.AttemptCount > 1 {
			note = " — " + count(q.AttemptCount, "attempt", "attempts")
		}
		p.line(2, fmt.Sprintf("%*s  ", widthDuration, duration(q.Duration.Duration())), position(q.File, q.Line, 0),
			"  ", inline(q.Name), p.style.paint(dim, note))
	}
	p.blank()
}

// flaky lists what passed after a failed attempt, with why that failed.
func (p *printer) flaky(r *runner.Report) {
	var lines [][]string
	for _, s := range r.Suites {
		for _, q := range s.Queries {
			if !q.Flaky || unsuccessful(q) {
				continue
			}
			line := []string{p.queryMark(q), " ", position(q.File, q.Line, 0), "  ", p.style.paint(bold, inline(q.Name))}
			if len(q.Attempts) > 1 {
				if why := briefly(q.Attempts[0].Error, q.Attempts[0].Failures); why != "" {
					line = append(line, p.style.paint(dim, " — "+why))
				}
			}
			lines = append(lines, line)
		}
	}
	p.list("flaky, passed after a failed attempt:", lines)
}

// list prints lines under a heading, down to the limit.
func (p *printer) list(heading string, lines [][]string) {
	if len(lines) == 0 {
		return
	}
	p.line(0, p.style.paint(bold, heading))
	for _, line := range lines[:min(len(lines), maxListed)] {
		p.line(2, line...)
	}
	if left := len(lines) - maxListed; left > 0 {
		p.line(2, p.style.paint(dim, fmt.Sprintf("… and %d more", left)))
	}
	p.blank()
}

// failed lists what went wrong, suites that could not run first.
func (p *printer) failed(r *runner.Report) {
	var lines [][]string
	for _, s := range r.Suites {
		if line := p.badSuite(s); line != nil {
			lines = append(lines, line)
		}
		for _, q := range s.Queries {
			if unsuccessful(q) {
				lines = append(lines, p.failedQuery(q))
			}
		}
	}
	p.list("what failed:", lines)
}

func (p *printer) failedQuery(q *runner.QueryReport) []string {
	line := []string{p.verdict(q.Status), " ", position(q.File, q.Line, 0), "  ", p.style.paint(bold, inline(q.Name))}
	if why := brief(q); why != "" {
		line = append(line, p.style.paint(dim, " — "+why))
	}
	return line
}

// badSuite returns the line for a suite whose file is wrong, else nil.
func (p *printer) badSuite(s *runner.SuiteReport) []string {
	errors := errorsOf(s)
	if len(errors) == 0 {
		return nil
	}
	first := errors[0]
	why := oneLine(firstLine(first.Message))
	if n := len(errors) - 1; n > 0 {
		why += fmt.Sprintf(" (and %s)", count(n, "more error", "more errors"))
	}
	return []string{
		p.verdict(runner.StatusErrored), " ", position(first.File, first.Line, first.Column),
		"  ", p.style.paint(bold, "did not run"), p.style.paint(dim, " — "+why),
	}
}

// errorsOf returns the problems that kept a suite from running.
func errorsOf(s *runner.SuiteReport) []runner.Problem {
	var errors []runner.Problem
	for _, p := range s.Problems {
		if p.Severity != "warning" {
			errors = append(errors, p)
		}
	}
	return errors
}

// verdictLine prints the counts and what they are of.
func (p *printer) verdictLine(r *runner.Report, suites int) {
	parts := p.counts(r.Counts)
	if len(parts) == 0 {
		parts = []string{p.style.paint(yellow, "nothing ran")}
	}
	suites = max(suites, len(r.Suites))
	n := r.Counts
	p.line(0, joined(parts), p.style.paint(dim, fmt.Sprintf("  (%s in %s, %s, %s)",
		count(n.Queries, "query", "queries"), count(suites, "suite", "suites"),
		count(n.Checks, "check", "checks"), duration(r.Duration.Duration()))))
}

// counts are the numbers of each verdict, worst first; what is zero is left out.
func (p *printer) counts(n runner.Counts) []string {
	var parts []string
	add := func(n int, text, color string) {
		if n > 0 {
			parts = append(parts, p.style.paint(color, text))
		}
	}
	add(n.Failed, fmt.Sprintf("%d failed", n.Failed), badly)
	add(n.Errored, fmt.Sprintf("%d errored", n.Errored), badly)
	add(n.BadSuites, count(n.BadSuites, "suite did not run", "suites did not run"), badly)
	passed := fmt.Sprintf("%d passed", n.Passed)
	if n.Flaky > 0 {
		passed += fmt.Sprintf(" (%d flaky)", n.Flaky)
	}
	add(n.Passed, passed, green)
	add(n.Skipped, fmt.Sprintf("%d skipped", n.Skipped), yellow)
	return parts
}

func joined(parts []string) string { return strings.Join(parts, ", ") }

// stops say why a run ended early.
var stops = map[runner.Stop]string{
	runner.StopInterrupted: "interrupted: queries that had not begun were skipped",
	runner.StopTimeout:     "the run's time was up (--timeout): queries that had not begun were skipped",
	runner.StopFailFast:    "stopped after failures (--fail-fast): queries that had not begun were skipped",
}

// ending prints what there is to know beyond the counts.
func (p *printer) ending(r *runner.Report) {
	if r.Stopped != "" {
		why, ok := stops[r.Stopped]
		if !ok {
			why = "stopped early: " + inline(string(r.Stopped))
		}
		p.line(0, p.style.paint(yellow, why))
	}
	p.repetitions(r)
	n := r.Counts
	if n.Queries > 0 && n.Queries == n.Skipped {
		p.line(0, p.style.paint(yellow, "no request was sent: every query was skipped"))
	}
	// Random values matter when someone wants to see the failure again.
	if n.Failed+n.Errored > 0 {
		p.line(0, p.style.paint(dim, repeatHint(r)))
	}
}

// FailedPlaces returns where what failed stands, each place once: the file and
// line of queries, the file of suites that did not run. Where there would be more
// than limit, it returns the files only.
func FailedPlaces(r *runner.Report, limit int) []string {
	var places, suites []string
	for _, s := range r.Suites {
		before := len(places)
		if len(errorsOf(s)) > 0 {
			places = append(places, s.File)
		}
		for _, q := range s.Queries {
			if unsuccessful(q) {
				places = append(places, fmt.Sprintf("%s:%d", q.File, q.Line))
			}
		}
		if len(places) > before {
			suites = append(suites, s.File)
		}
	}
	if places = distinct(places); len(places) > limit {
		return distinct(suites)
	}
	return places
}

// distinct returns the texts in the order in which they first appear.
func distinct(texts []string) []string {
	seen := map[string]bool{}
	return slices.DeleteFunc(texts, func(t string) bool {
		was := seen[t]
		seen[t] = true
		return was
	})
}
