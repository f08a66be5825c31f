package reporters

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/apicel/apicel/runner"
)

// maxView is the number of lines of the view at most.
const maxView = 12

// progress is what the view shows: what runs, what is done, and how long is left.
type progress struct {
	started time.Time
	suites  int // more than one: queries are shown with their suite
	total   int // queries, rows that are not made yet not counted
	done    int
	failed  int
	flaky   int
	skipped int
	running map[runningKey]*running
	left    forecast
}

type runningKey struct {
	suite *runner.SuiteReport
	query string
}

// running is a query that has begun and has no verdict yet.
type running struct {
	suite, query string
	started      time.Time
	attempt      int       // the one that is made, or waited for, from 1
	next         time.Time // when that begins
}

func newProgress(now time.Time, suites int, timings map[TimingKey]time.Duration) *progress {
	return &progress{started: now, suites: suites, running: map[runningKey]*running{}, left: newForecast(timings)}
}

// note takes an event in.
func (p *progress) note(e runner.Event, now time.Time) {
	switch e := e.(type) {
	case runner.SuiteStarted:
		p.total += e.Queries
		p.left.begin(e.Suite, e.Queries)
	case runner.RowsMade:
		p.total += e.Rows - 1
		p.left.grow(e.Suite, e.Rows-1)
	case runner.QueryStarted:
		p.running[runningKey{e.Suite, e.Query.Name}] = &running{
			suite: inline(suiteName(e.Suite)), query: inline(e.Query.Name), started: now, attempt: 1, next: now,
		}
	case runner.AttemptFinished:
		if r := p.running[runningKey{e.Suite, e.Query.Name}]; r != nil {
			r.attempt, r.next = e.Attempt.Number+1, now.Add(e.Wait)
		}
	case runner.QueryFinished:
		delete(p.running, runningKey{e.Suite, e.Query.Name})
		p.finish(e.Query)
		p.left.finish(e.Suite, e.Query)
	case runner.SuiteFinished:
		p.left.end(e.Suite)
	}
}

func (p *progress) finish(q *runner.QueryReport) {
	p.done++
	switch {
	case q.Status == runner.StatusFailed || q.Status == runner.StatusErrored:
		p.failed++
	case q.Status == runner.StatusSkipped:
		p.skipped++
	case q.Flaky:
		p.flaky++
	}
}

// view returns the lines for a terminal of that size: what runs, longest first,
// and where the run is.
func (p *progress) view(s style, now time.Time, columns, rows int) []viewLine {
	room := min(maxView, rows-1)
	if room < 1 || columns < 2 {
		return nil
	}
	all := make([]*running, 0, len(p.running))
	for _, r := range p.running {
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b *running) int {
		if c := a.started.Compare(b.started); c != 0 {
			return c
		}
		return strings.Compare(a.suite+a.query, b.suite+b.query)
	})
	shown := len(all)
	if shown > room-1 {
		shown = max(0, room-2)
	}
	var lines []viewLine
	for _, r := range all[:shown] {
		lines = append(lines, p.runningLine(s, r, now, columns))
	}
	if more := len(all) - shown; more > 0 && room > 1 {
		l := cells{style: s, limit: columns - 1}
		l.put(dim, fmt.Sprintf("           … and %d more", more))
		lines = append(lines, l.line())
	}
	return append(lines, p.stateLine(s, now, columns))
}

// The cells of the parts of a line for what runs, at most.
const (
	maxRunningName  = 48
	maxRunningSuite = 36
	widthElapsed    = 9
)

// runningLine is the line of what runs: for how long, its name, which attempt it
// is, and its suite. It is no wider than it has to be, so that a terminal that
// becomes a little narrower does not wrap it.
func (p *progress) runningLine(s style, r *running, now time.Time, columns int) viewLine {
	l := cells{style: s, limit: columns - 1}
	note := ""
	if r.attempt > 1 {
		note = fmt.Sprintf("  attempt %d", r.attempt)
		if wait := r.next.Sub(now); wait > 0 {
			note += " in " + elapsed(wait)
		}
	}
	l.put(cyan, fmt.Sprintf("%*s", widthElapsed, elapsed(now.Sub(r.started))))
	l.put("", "  ")
	room := l.left() - len(note)
	name, suite := min(room, maxRunningName), 0
	if p.suites > 1 && room >= 24 {
		suite = min(displayWidth(r.suite), maxRunningSuite, room*2/5)
		name = min(room-suite-2, maxRunningName)
	}
	if name > 0 {
		l.put("", middle(r.query, name))
	}
	l.put(yellow, note)
	if suite > 0 {
		l.put("", "  ")
		l.put(dim, middle(r.suite, suite))
	}
	return l.line()
}

// stateLine is the last line of the view. What matters least is left out where
// the terminal is narrow.
func (p *progress) stateLine(s style, now time.Time, columns int) viewLine {
	took := now.Sub(p.started)
	type part struct{ color, text string }
	parts := []part{{bold, fmt.Sprintf("%d of %d done", p.done, p.total)}}
	add := func(n int, color, text string) {
		if n > 0 {
			parts = append(parts, part{color, fmt.Sprintf("%d %s", n, text)})
		}
	}
	add(p.failed, badly, "failed")
	parts = append(parts, part{"", elapsed(took)})
	if left := p.left.estimate(p, now); left > 0 {
		parts = append(parts, part{"", "about " + roughly(left) + " left"})
	}
	add(p.flaky, yellow, "flaky")
	add(p.skipped, yellow, "skipped")
	l := cells{style: s, limit: columns - 1}
	l.put("", "  ")
	if bar := columns - 1 - 70; bar >= 8 && p.total > 0 {
		bar = min(bar, 30)
		full := min(bar, p.done*bar/p.total)
		l.put(cyan, strings.Repeat("━", full))
		l.put(dim, strings.Repeat("─", bar-full))
		l.put("", "  ")
	}
	for i, part := range parts {
		text := part.text
		if i > 0 {
			if displayWidth(text)+3 > l.left() {
				continue
			}
			l.put(dim, " · ")
		}
		l.put(part.color, text)
	}
	return l.line()
}

// elapsed is duration for what changes: to a tenth of a second.
func elapsed(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return duration(d)
}

// roughly is duration for a guess.
func roughly(d time.Duration) string {
	switch s := d.Seconds(); {
	case s < 10:
		return fmt.Sprintf("%d s", max(1, int(s+0.5)))
	case s < 57.5:
		return fmt.Sprintf("%d s", int(s/5+0.5)*5)
	case s < 3570:
		return fmt.Sprintf("%d min", int(s/60+0.5))
	}
	h, m := int(d.Round(10*time.Minute).Hours()), int(d.Round(10*time.Minute).Minutes())%60
	return fmt.Sprintf("%d h %02d min", h, m)
}

// cells builds a line that is cut at its limit.
type cells struct {
	style style
	limit int
	text  strings.Builder
	used  int
}

func (c *cells) left() int { return c.limit - c.used }

// put adds text in a colour, as much of it as there is room for.
func (c *cells) put(color, text string) {
	if c.left() <= 0 {
		return
	}
	text = middle(text, c.left())
	c.used += displayWidth(text)
	if color == "" {
		c.text.WriteString(text)
		return
	}
	c.text.WriteString(c.style.paint(color, text))
}

func (c *cells) line() viewLine { return viewLine{c.text.String(), c.used} }
