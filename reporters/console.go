package reporters

import (
	"bytes"
	"fmt"
	"io"

	"github.com/apicel/apicel/runner"
)

// ConsoleOptions are the choices a Console leaves to its caller.
type ConsoleOptions struct {
	// Color turns colours on. The caller knows whether it writes to a terminal
	// and what NO_COLOR says.
	Color bool
	// Verbose shows the exchange of queries that passed as well, where the
	// report keeps it, and more of every body.
	Verbose bool
	// Suites is the number of suites of the run; the summary names it where the
	// report ends up with fewer.
	Suites int
}

// Console prints a run as plain lines, suite by suite in the order in which
// suites start. The first that has not finished is in the foreground: its lines
// appear as its queries finish. Those of the others wait for their turn, so that
// suites that run together never mix. A Console belongs to one run and, like
// every [runner.Sink], to one goroutine.
type Console struct {
	w        io.Writer
	options  ConsoleOptions
	sections []*section // started and not yet printed to the end, in order
	printed  bool       // something has been printed
	apart    bool       // what has been printed ends with an empty line
	err      error      // the first that w returned
}

// section is the part of the output that belongs to one suite.
type section struct {
	printer
	suite    *runner.SuiteReport
	problems int // how many have been printed
	queries  int
	opened   bool // a part of it has been printed
	done     bool
}

// NewConsole returns a Console that writes to w. Each event of the suite in the
// foreground is one call of w.Write.
func NewConsole(w io.Writer, o ConsoleOptions) *Console {
	return &Console{w: w, options: o}
}

// Handle implements [runner.Sink]. Errors of the writer are kept for Finish.
func (c *Console) Handle(e runner.Event) {
	switch e := e.(type) {
	case runner.SuiteStarted:
		c.section(e.Suite)
	case runner.QueryFinished:
		s := c.section(e.Suite)
		s.queries++
		s.query(e.Query, c.options.Verbose)
	case runner.SuiteFinished:
		s := c.section(e.Suite)
		s.finish()
	}
	c.advance()
}

// section returns the section of a suite and begins it where there is none.
func (c *Console) section(suite *runner.SuiteReport) *section {
	for _, s := range c.sections {
		if s.suite == suite {
			return s
		}
	}
	s := &section{suite: suite}
	s.style = style(c.options.Color)
	s.limits = consoleLimits
	if c.options.Verbose {
		s.limits = verboseLimits
	}
	c.sections = append(c.sections, s)
	s.begin()
	return s
}

// begin prints the line that names the suite, and what is wrong with its file.
func (s *section) begin() {
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
	s.line(0, name)
	s.complain()
}

// complain prints the problems that have not been printed yet.
func (s *section) complain() {
	for _, p := range s.suite.Problems[min(s.problems, len(s.suite.Problems)):] {
		s.problem(2, p)
		s.blank()
		s.problems++
	}
}

func (s *section) finish() {
	s.complain()
	if s.queries == 0 && s.problems == 0 {
		s.line(2, s.style.paint(dim, "no queries"))
	}
	s.done = true
}

// advance prints what the foreground has to say, and goes on to the next suite
// for as long as the foreground has finished.
func (c *Console) advance() {
	for len(c.sections) > 0 {
		s := c.sections[0]
		c.print(&s.printer, !s.opened)
		s.opened = true
		if !s.done {
			return
		}
		c.sections = c.sections[1:]
	}
}

// print moves what p holds to the writer. What is new, a suite or the summary,
// is set apart from what stands before it by an empty line.
func (c *Console) print(p *printer, isNew bool) {
	text := defuse(p.out.Bytes())
	if len(text) == 0 || c.err != nil {
		p.out.Reset()
		return
	}
	if isNew && c.printed && !c.apart {
		text = append([]byte("\n"), text...)
	}
	c.printed, c.apart = true, bytes.HasSuffix(text, []byte("\n\n"))
	_, c.err = c.w.Write(text)
	p.out.Reset()
}

// defuse takes the meaning from what CI systems would read as commands in our
// output: lines that begin with :: (GitHub), ##[ and ##vso[ anywhere (GitHub,
// Azure).
func defuse(b []byte) []byte { return pastCI(b, `\#`, `\:`) }
