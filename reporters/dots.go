package reporters

import (
	"io"

	"github.com/apicel/apicel/runner"
)

// Dots prints one character for each query as it finishes: a dot for what
// passed, F failed, E errored, s skipped, ~ passed after a failed attempt. What
// failed is shown in full when the run has ended.
type Dots struct {
	options ConsoleOptions
	w       io.Writer
	column  int
	line    []byte // not written yet
	err     error
}

// dotsLine is the number of characters of a line.
const dotsLine = 72

// NewDots returns a Dots that writes to w.
func NewDots(w io.Writer, o ConsoleOptions) *Dots { return &Dots{w: w, options: o} }

// Handle implements [runner.Sink].
func (d *Dots) Handle(e runner.Event) {
	if e, ok := e.(runner.QueryFinished); ok {
		mark, color := dot(e.Query)
		d.write(style(d.options.Color).paint(color, mark))
		if d.column++; d.column == dotsLine {
			d.newline()
		}
	}
}

func dot(q *runner.QueryReport) (mark, color string) {
	switch q.Status {
	case runner.StatusFailed:
		return "F", badly
	case runner.StatusErrored:
		return "E", badly
	case runner.StatusSkipped:
		return "s", yellow
	}
	if q.Flaky {
		return flakyMark, yellow
	}
	return ".", green
}

func (d *Dots) newline() {
	if d.column > 0 {
		d.write("\n")
		d.column = 0
	}
}

func (d *Dots) write(s string) { d.line = append(d.line, s...) }

// Flush implements [runner.Flusher].
func (d *Dots) Flush() {
	if d.err == nil && len(d.line) > 0 {
		_, d.err = d.w.Write(d.line)
	}
	d.line = d.line[:0]
}

// Finish implements [Output].
func (d *Dots) Finish(r *runner.Report) error {
	d.newline()
	d.Flush()
	if d.err != nil {
		return d.err
	}
	o := d.options
	o.Quiet = true
	c := NewConsole(d.w, o)
	c.out.printed = r.Counts.Queries > 0
	for _, s := range r.Suites {
		c.Handle(runner.SuiteStarted{Suite: s})
		for _, q := range s.Queries {
			c.Handle(runner.QueryFinished{Suite: s, Query: q})
		}
		c.Handle(runner.SuiteFinished{Suite: s})
	}
	c.options.Quiet = d.options.Quiet
	return c.Finish(r)
}
