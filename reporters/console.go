package reporters

import (
	"bytes"
	"fmt"
	"io"
	"time"

	"github.com/apicel/apicel/runner"
)

// ConsoleOptions are the choices that the outputs for people leave to their caller.
type ConsoleOptions struct {
	// Color turns colours on. The caller knows whether it writes to a terminal
	// and what NO_COLOR says.
	Color bool
	// Verbose shows the exchange of queries that passed as well, where the
	// report keeps it, and more of every body.
	Verbose bool
	// Quiet shows nothing but what failed and the line of the counts.
	Quiet bool
	// Suites is the number of suites of the run; the summary names it where the
	// report ends up with fewer.
	Suites int
	// Groups folds the lines of suites where the system that shows them can.
	Groups Groups
	// Now is the time, for groups that tell it; nil is [time.Now].
	Now func() time.Time
	// Rerun returns the command that runs again what failed, or "" where there is
	// none. It may be nil.
	Rerun func(r *runner.Report) string
}

// Output is what a run is shown by while it goes on and when it has ended.
type Output interface {
	runner.Sink
	runner.Flusher
	// Finish shows the rest and how the run ended. It returns the first error of
	// the writer since the beginning.
	Finish(r *runner.Report) error
}

var (
	_ Output = (*Console)(nil)
	_ Output = (*Live)(nil)
	_ Output = (*Dots)(nil)
	_ Output = (*Events)(nil)
)

// Console prints a run as plain lines, suite by suite in the order in which
// suites start. The first that has not finished is in the foreground: its lines
// appear as its queries finish. Those of the others wait for their turn, so that
// suites that run together never mix. A Console belongs to one run and, like
// every [runner.Sink], to one goroutine.
type Console struct {
	options  ConsoleOptions
	sections []*section // started and not yet printed to the end, in order
	out      stream
	groups   int // how many have been opened
}

// stream prints one piece after another, set apart by empty lines where a new
// one begins.
type stream struct {
	w       io.Writer
	printed bool  // something has been printed
	apart   bool  // what has been printed ends with an empty line
	err     error // the first that w returned
}

// section is the part of the output that belongs to one suite.
type section struct {
	printer
	suite    *runner.SuiteReport
	grouping grouping
	problems int // how many have been printed
	queries  int
	named    bool // the line that names the suite has been made
	opened   bool // a part of it has been printed
	done     bool
}

// NewConsole returns a Console that writes to w, at each Flush and at the end.
func NewConsole(w io.Writer, o ConsoleOptions) *Console {
	return &Console{out: stream{w: w}, options: o}
}

// Handle implements [runner.Sink]. Errors of the writer are kept for Finish.
func (c *Console) Handle(e runner.Event) {
	switch e := e.(type) {
	case runner.SuiteStarted:
		c.section(e.Suite)
	case runner.QueryFinished:
		s := c.section(e.Suite)
		s.queries++
		if c.options.Quiet && !unsuccessful(e.Query) {
			break
		}
		c.query(s, e.Query)
	case runner.SuiteFinished:
		s := c.section(e.Suite)
		c.finish(s)
	}
}

// Flush implements [runner.Flusher].
func (c *Console) Flush() { c.advance() }

// query adds a query to its section, outside of the group where it failed: what
// failed must not be folded away.
func (c *Console) query(s *section, q *runner.QueryReport) {
	if unsuccessful(q) {
		s.grouping.close(s)
	} else {
		s.grouping.open(s)
	}
	s.begin()
	s.query(q, c.options.Verbose)
}

// section returns the section of a suite and begins it where there is none.
func (c *Console) section(suite *runner.SuiteReport) *section {
	for _, s := range c.sections {
		if s.suite == suite {
			return s
		}
	}
	s := newSection(suite, c.options)
	s.grouping = newGrouping(c.options, &c.groups)
	c.sections = append(c.sections, s)
	if !c.options.Quiet && !s.grouping.on() {
		s.begin()
	}
	c.complain(s)
	return s
}

func newSection(suite *runner.SuiteReport, o ConsoleOptions) *section {
	s := &section{suite: suite}
	s.style = style(o.Color)
	s.limits = consoleLimits
	if o.Verbose {
		s.limits = verboseLimits
	}
	return s
}

// begin adds the line that names the suite, unless it is there.
func (s *section) begin() {
	if !s.named {
		s.named = true
		s.line(0, s.title())
	}
}

func (s *section) title() string {
	name := inline(s.suite.Name)
	if name == "" || name == s.suite.File {
		name = inline(s.suite.File)
	} else {
		name = s.style.paint(bold, name) + "  " + s.style.paint(dim, inline(s.suite.File))
	}
	if s.suite.BaseURL != "" {
		name += "  " + s.style.paint(dim, inline(s.suite.BaseURL))
	}
	if s.suite.Repetition > 0 {
		name += "  " + s.style.paint(dim, fmt.Sprintf("repetition %d", s.suite.Repetition))
	}
	return name
}

// complain adds the problems that have not been printed yet; in a quiet run
// those that keep the suite from running.
func (c *Console) complain(s *section) {
	for _, p := range s.suite.Problems[min(s.problems, len(s.suite.Problems)):] {
		s.problems++
		if c.options.Quiet && p.Severity == "warning" {
			continue
		}
		s.begin()
		s.problem(2, p)
		s.blank()
	}
}

func (c *Console) finish(s *section) {
	c.complain(s)
	if s.queries == 0 && s.problems == 0 && !c.options.Quiet {
		s.begin()
		s.line(2, s.style.paint(dim, "no queries"))
	}
	s.grouping.close(s)
	s.done = true
}

// advance prints what the foreground has to say, and goes on to the next suite
// for as long as the foreground has finished.
func (c *Console) advance() {
	for len(c.sections) > 0 {
		s := c.sections[0]
		if s.out.Len() > 0 {
			c.out.print(&s.printer, !s.opened)
			s.opened = true
		}
		if !s.done {
			return
		}
		c.sections = c.sections[1:]
	}
}

// print moves what p holds to the writer. What is new, a suite or the summary,
// is set apart from what stands before it by an empty line.
func (o *stream) print(p *printer, isNew bool) {
	text := harmless(p.out.Bytes())
	if len(text) == 0 || o.err != nil {
		p.out.Reset()
		return
	}
	if isNew && o.printed && !o.apart {
		text = append([]byte("\n"), text...)
	}
	o.printed, o.apart = true, bytes.HasSuffix(text, []byte("\n\n"))
	_, o.err = o.w.Write(text)
	p.out.Reset()
}

// defuse takes the meaning from what CI systems would read as commands in our
// output: lines that begin with :: (GitHub), ##[ and ##vso[ anywhere (GitHub,
// Azure).
func defuse(b []byte) []byte { return pastCI(b, `\#`, `\:`) }
