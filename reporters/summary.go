package reporters

import (
	"fmt"
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
		s.done = true
	}
	c.advance()
	p := &printer{style: style(c.options.Color), limits: consoleLimits}
	p.failed(r)
	p.verdictLine(r, c.options.Suites)
	p.ending(r)
	c.print(p, true)
	return c.err
}

// failed lists what went wrong, suites that could not run first.
func (p *printer) failed(r *runner.Report) {
	var lines [][]string
	for _, s := range r.Suites {
		if line := p.badSuite(s); line != nil {
			lines = append(lines, line)
		}
		for _, q := range s.Queries {
			if q.Status == runner.StatusFailed || q.Status == runner.StatusErrored {
				lines = append(lines, p.failedQuery(q))
			}
		}
	}
	if len(lines) == 0 {
		return
	}
	p.line(0, p.style.paint(bold, "what failed:"))
	for _, line := range lines[:min(len(lines), maxListed)] {
		p.line(2, line...)
	}
	if left := len(lines) - maxListed; left > 0 {
		p.line(2, p.style.paint(dim, fmt.Sprintf("… and %d more", left)))
	}
	p.blank()
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

// verdictLine prints the counts, worst first; what is zero is left out.
func (p *printer) verdictLine(r *runner.Report, suites int) {
	n := r.Counts
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
	if len(parts) == 0 {
		parts = []string{p.style.paint(yellow, "nothing ran")}
	}
	suites = max(suites, len(r.Suites))
	p.line(0, strings.Join(parts, ", "), p.style.paint(dim, fmt.Sprintf("  (%s in %s, %s, %s)",
		count(n.Queries, "query", "queries"), count(suites, "suite", "suites"),
		count(n.Checks, "check", "checks"), duration(r.Duration.Duration()))))
}

// stops say why a run ended early.
var stops = map[runner.Stop]string{
	runner.StopInterrupted: "interrupted: queries that had not begun were skipped",
	runner.StopTimeout:     "the run's time was up (--timeout): queries that had not begun were skipped",
	runner.StopFailFast:    "stopped at the first failure (--fail-fast): queries that had not begun were skipped",
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
