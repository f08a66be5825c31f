package reporters

import (
	"bytes"
	"fmt"
	"strconv"
	"time"

	"github.com/apicel/apicel/runner"
)

// The columns in which the parts of a query's line begin. With them a line takes
// 79 columns, so that it fits a terminal of 80; what is too long for its column
// is cut in the middle, since names and paths differ at their ends. The reason
// of a skipped query and remarks go beyond, and a name that is shown whole
// pushes the rest: queries are printed as they finish, so nothing can be measured.
const (
	columnName     = 4
	columnMethod   = 33
	columnPath     = 40
	columnStatus   = 68
	columnDuration = 72
	widthName      = columnMethod - columnName - 1
	widthPath      = columnStatus - columnPath - 1
	widthDuration  = 7
	// maxSpare is how much wider a line gets at most: what stands too far apart is
	// not read as one line.
	maxSpare = 60
)

// verdicts are the mark and the colour of each status.
var verdicts = map[runner.Status]struct{ mark, color string }{
	runner.StatusPassed:  {"✓", green},
	runner.StatusFailed:  {"✗", badly},
	runner.StatusErrored: {"!", badly},
	runner.StatusSkipped: {"-", yellow},
}

// flakyMark is the mark of a query that passed after a failed attempt.
const flakyMark = "~"

// mark is the painted mark of a query.
func (p *printer) queryMark(q *runner.QueryReport) string {
	if q.Flaky && q.Status == runner.StatusPassed {
		return p.style.paint(yellow, flakyMark)
	}
	return p.verdict(q.Status)
}

func (p *printer) verdict(s runner.Status) string {
	v, ok := verdicts[s]
	if !ok {
		return "?"
	}
	return p.style.paint(v.color, v.mark)
}

// row builds a line of columns.
type row struct {
	out *bytes.Buffer
	col int
}

// at moves to a column, by a space at least.
func (r *row) at(col int) {
	for first := true; first || r.col < col; first = false {
		r.out.WriteByte(' ')
		r.col++
	}
}

// put writes text, painted by paint, which must not change its width.
func (r *row) put(text string, paint func(string) string) {
	r.out.WriteString(paint(text))
	r.col += displayWidth(text)
}

// query prints a query's line and, where there is something to explain, what
// was wrong, what was exchanged, and how to send it again.
func (p *printer) query(q *runner.QueryReport, verbose bool) {
	last := lastAttempt(q)
	failed := unsuccessful(q)
	explained := failed || verbose && last != nil
	p.queryLine(q, explained)
	if q.Flaky && !failed {
		p.tries(6, q)
	}
	if !explained {
		return
	}
	if failed {
		p.attempts(6, q)
		p.findings(6, q)
	}
	if last != nil {
		p.blank()
		p.exchange(6, last)
	}
	if failed && last != nil {
		p.blank()
		p.curl(6, last.Request)
	}
	p.blank()
}

// queryLine prints the line of a query. The name is whole where the query is
// explained below, the path only where nothing says the URL.
func (p *printer) queryLine(q *runner.QueryReport, explained bool) {
	faint := func(s string) string { return p.style.paint(dim, s) }
	paintName, name, path := same, inline(q.Name), inline(q.Path)
	if unsuccessful(q) {
		paintName = func(s string) string { return p.style.paint(bold, s) }
	}
	// A wide terminal has room for more of the name, and then of the path.
	forName := min(p.spare, maxSpare) * 3 / 5
	forPath := min(p.spare, maxSpare) - forName
	if !explained {
		name = middle(name, widthName+forName)
	}
	if !explained || lastAttempt(q) != nil {
		path = middle(path, widthPath+forPath)
	}
	p.out.WriteString("  " + p.queryMark(q) + " ")
	r := row{&p.out, columnName}
	r.put(shorten(name, p.limits.columns), paintName)
	r.at(columnMethod + forName)
	r.put(inline(q.Method), faint)
	r.at(columnPath + forName)
	r.put(shorten(path, p.limits.columns), same)
	r.at(columnStatus + forName + forPath)
	if q.Status == runner.StatusSkipped {
		r.put("skipped: "+shorten(oneLine(q.Reason), p.limits.columns), faint)
	} else {
		r.put(statusCode(q), same)
		r.at(columnDuration + forName + forPath)
		r.put(fmt.Sprintf("%*s", widthDuration, duration(q.Duration.Duration())), faint)
	}
	r.put(remarks(q), faint)
	p.out.WriteByte('\n')
}

func statusCode(q *runner.QueryReport) string {
	if q.StatusCode == 0 {
		return "---"
	}
	return strconv.Itoa(q.StatusCode)
}

// remarks are what is unusual about a query: that it belongs to setup or
// teardown, that it was tried more than once, and passed only then.
func remarks(q *runner.QueryReport) string {
	s := ""
	if q.Phase == "setup" || q.Phase == "teardown" {
		s += "  " + q.Phase
	}
	if q.Needed {
		s += "  needed"
	}
	if q.AttemptCount > 1 {
		s += "  "
		if q.Flaky {
			s += "flaky, "
		}
		s += count(q.AttemptCount, "attempt", "attempts")
	}
	return s
}

// attempts says why a poll ended, what became of each attempt, and which of
// them is about to be explained.
func (p *printer) attempts(indent int, q *runner.QueryReport) {
	if q.AttemptCount > 1 {
		p.tries(indent, q)
	}
	switch {
	case q.Message != "":
		p.line(indent, p.style.paint(dim, oneLine(q.Message)+"; the last attempt:"))
	case q.AttemptCount > 1:
		p.line(indent, p.style.paint(dim, fmt.Sprintf("after %d attempts in %s, the last of which:",
			q.AttemptCount, duration(q.Duration.Duration()))))
	}
}

// maxTries is the number of attempts that are listed at the beginning and at the end.
const maxTries = 4

// tries prints a line for each attempt that failed: the status, how long it took,
// why it failed, and how long the next one waited.
func (p *printer) tries(indent int, q *runner.QueryReport) {
	shown := q.Attempts
	if q.Flaky && len(shown) > 0 {
		shown = shown[:len(shown)-1] // the last one passed
	}
	for i := range shown {
		if i == maxTries && len(shown) > 2*maxTries {
			p.line(indent, p.style.paint(dim, fmt.Sprintf("… %s like these", count(len(shown)-2*maxTries, "attempt", "attempts"))))
		}
		if i >= maxTries && i < len(shown)-maxTries {
			continue
		}
		a := &shown[i]
		s := fmt.Sprintf("attempt %*d  %s  %*s  %s", len(strconv.Itoa(q.AttemptCount)), a.Number, attemptCode(a), widthDuration, duration(a.Duration.Duration()), briefly(a.Error, a.Failures))
		if i+1 < len(q.Attempts) {
			s += untilNext(a, &q.Attempts[i+1])
		}
		p.line(indent, p.style.paint(dim, s))
	}
}

// untilNext says how long the next attempt waited, or how many are not kept
// between the two.
func untilNext(a, next *runner.AttemptReport) string {
	if n := next.Number - a.Number - 1; n > 0 {
		return "; then " + count(n, "more attempt", "more attempts")
	}
	wait := next.Started.Sub(a.Started) - a.Duration.Duration()
	if a.Started.IsZero() || wait < time.Millisecond {
		return ""
	}
	return "; waited " + duration(wait)
}

func attemptCode(a *runner.AttemptReport) string {
	if a.Response == nil || a.Response.StatusCode == 0 {
		return "---"
	}
	return strconv.Itoa(a.Response.StatusCode)
}

// brief says in one line why a query failed or errored.
func brief(q *runner.QueryReport) string { return briefly(q.Error, q.Failures) }

func briefly(e *runner.ErrorReport, failures []runner.CheckReport) string {
	if e != nil {
		return shorten(inline(e.Type)+": "+oneLine(firstLine(e.Message)), maxBrief)
	}
	if len(failures) == 0 {
		return ""
	}
	s := shorten(briefCheck(failures[0]), maxBrief)
	if n := len(failures) - 1; n > 0 {
		s += " (and " + count(n, "more check", "more checks") + ")"
	}
	return s
}

// maxBrief is the number of characters of a one-line reason.
const maxBrief = 120

func briefCheck(c runner.CheckReport) string {
	check := shorten(oneLine(c.Check), maxBrief/2)
	switch {
	case c.Expected != "" && c.Found != "":
		return fmt.Sprintf("%s: expected %s, found %s", check, briefValue(c.Expected), briefValue(c.Found))
	case c.Message != "":
		return check + ": " + oneLine(firstLine(c.Message))
	case c.Expected != "":
		return check + ": expected " + briefValue(c.Expected)
	case c.Found != "":
		return check + ": found " + briefValue(c.Found)
	}
	return check
}

func briefValue(s string) string { return shorten(oneLine(firstLine(s)), maxBrief/4) }
