package reporters

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/apicel/apicel/runner"
)

// printer lays text out line by line in a buffer. Its methods make what they
// are given visible; text that is already painted goes through line only.
type printer struct {
	out    bytes.Buffer
	style  style
	limits limits
	// spare is how many cells a line may take beyond 80.
	spare int
}

// limits say how much of a text from outside is shown.
type limits struct {
	lines   int // of one body, detail or value
	columns int // characters of one line
	command int // bytes of a body in a command
}

var (
	consoleLimits = limits{lines: 40, columns: 400, command: 4 << 10}
	verboseLimits = limits{lines: 400, columns: 2000, command: 32 << 10}
	fileLimits    = limits{lines: 200, columns: 2000, command: 32 << 10}
)

// line prints one line from parts that are visible already.
func (p *printer) line(indent int, parts ...string) {
	p.pad(indent)
	for _, s := range parts {
		p.out.WriteString(s)
	}
	p.out.WriteByte('\n')
}

func (p *printer) pad(n int) {
	for ; n > 0; n-- {
		p.out.WriteByte(' ')
	}
}

// blank prints an empty line unless there is one already or nothing at all.
func (p *printer) blank() {
	if b := p.out.Bytes(); len(b) > 0 && !bytes.HasSuffix(b, []byte("\n\n")) {
		p.out.WriteByte('\n')
	}
}

// block prints a text of several lines, each behind the gutter, down to the
// limits; what is left out is counted.
func (p *printer) block(indent int, gutter, text string, paint func(string) string) {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	shown := min(len(lines), p.limits.lines)
	for _, l := range lines[:shown] {
		l = shorten(visible(l), p.limits.columns)
		if l == "" {
			p.line(indent, strings.TrimRight(gutter, " "))
			continue
		}
		p.line(indent, gutter, paint(l))
	}
	if left := len(lines) - shown; left > 0 {
		p.line(indent, gutter, p.style.paint(dim, "… "+count(left, "more line", "more lines")))
	}
}

// gutter stands left of text that others wrote, so that no line of it can pass
// for one of ours, or for a command to the CI system that shows our output.
func (p *printer) gutter() string { return p.style.paint(dim, "┊") + " " }

// check prints one check that did not hold.
func (p *printer) check(indent int, c runner.CheckReport) {
	p.line(indent, position(c.File, c.Line, c.Column), ": ", p.style.paint(bold, oneLine(c.Check)))
	if c.Message != "" {
		p.block(indent+2, "", c.Message, same)
	}
	p.value(indent+2, "expected", c.Expected, green)
	p.value(indent+2, "found", c.Found, red)
	if c.Detail != "" {
		p.block(indent+2, p.gutter(), c.Detail, p.paintDiff)
	}
}

// value prints what was expected or found, below its label where it is long.
func (p *printer) value(indent int, label, value, color string) {
	if value == "" {
		return
	}
	head := p.style.paint(dim, fmt.Sprintf("%-8s", label))
	paint := func(s string) string { return p.style.paint(color, s) }
	if !strings.Contains(value, "\n") {
		p.line(indent, head, "  ", paint(shorten(visible(value), p.limits.columns)))
		return
	}
	p.line(indent, strings.TrimRight(head, " "))
	p.block(indent+2, p.gutter(), value, paint)
}

// paintDiff colours the lines of a diff, which is what a detail often is.
func (p *printer) paintDiff(line string) string {
	switch {
	case strings.HasPrefix(line, "- "):
		return p.style.paint(red, line)
	case strings.HasPrefix(line, "+ "):
		return p.style.paint(green, line)
	}
	return line
}

// failure prints why no answer could be judged.
func (p *printer) failure(indent int, q *runner.QueryReport) {
	where := position(q.Error.File, q.Error.Line, q.Error.Column)
	if q.Error.File == "" {
		where = position(q.File, q.Line, 0)
	}
	first, rest, _ := strings.Cut(strings.TrimSpace(q.Error.Message), "\n")
	p.line(indent, where, ": ", p.style.paint(bold, inline(q.Error.Type)), ": ", visible(first))
	if rest != "" {
		p.block(indent+2, p.gutter(), rest, same)
	}
	p.hint(indent+2, q.Error.Hint)
}

func (p *printer) hint(indent int, hint string) {
	if hint != "" {
		p.line(indent, p.style.paint(cyan, "help"), ": ", oneLine(hint))
	}
}

// findings prints everything that is wrong with a query: its error, then its
// failed checks.
func (p *printer) findings(indent int, q *runner.QueryReport) {
	if q.Error != nil {
		p.failure(indent, q)
	}
	for _, c := range q.Failures {
		p.check(indent, c)
	}
}

// position returns file:line:column, the form that terminals and editors make
// a link of. A line or column of 0 is left out.
func position(file string, line, column int) string {
	s := inline(file)
	if line > 0 {
		s += fmt.Sprintf(":%d", line)
	}
	if line > 0 && column > 0 {
		s += fmt.Sprintf(":%d", column)
	}
	return s
}

// oneLine returns s on one line: its line breaks and the indentation after them
// become a space, as in a CEL expression that was written as a block.
func oneLine(s string) string {
	if strings.Contains(s, "\n") {
		parts := strings.Split(strings.TrimSpace(s), "\n")
		for i := range parts {
			parts[i] = strings.TrimSpace(parts[i])
		}
		s = strings.Join(parts, " ")
	}
	return inline(s)
}

func same(s string) string { return s }
