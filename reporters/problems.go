package reporters

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/apicel/apicel/runner"
)

// WriteProblems prints the problems of suites as a good compiler does: where
// and what, the line itself with a caret under the place, and one next step.
//
//	orders.apicel.yaml:3:1: error: unknown key "querys"
//	  3 │ querys:
//	    │ ^
//	    help: did you mean "queries"?
//
// It returns the first error of w.
func WriteProblems(w io.Writer, ps []runner.Problem, color bool) error {
	p := &printer{style: style(color), limits: consoleLimits}
	for i, problem := range ps {
		if i > 0 {
			p.blank()
		}
		p.problem(0, problem)
	}
	_, err := w.Write(defuse(p.out.Bytes()))
	return err
}

func (p *printer) problem(indent int, problem runner.Problem) {
	severity, color := "error", badly
	if problem.Severity == "warning" {
		severity, color = "warning", yellow
	}
	first, rest, _ := strings.Cut(strings.TrimSpace(problem.Message), "\n")
	p.line(indent, p.style.paint(bold, position(problem.File, problem.Line, problem.Column)), ": ",
		p.style.paint(color, severity), ": ", p.style.paint(bold, visible(first)))
	if rest != "" {
		p.block(indent+2, p.gutter(), rest, same)
	}
	number := strconv.Itoa(problem.Line)
	if problem.Source != "" {
		p.source(indent+2, number, problem)
	}
	p.hint(indent+2+len(number)+1, problem.Hint)
}

// source prints the line and a caret under the place.
func (p *printer) source(indent int, number string, problem runner.Problem) {
	text, caret := aim(problem.Source, problem.Caret())
	p.line(indent, p.style.paint(cyan, number+" │"), " ", text)
	if problem.Column > 0 {
		empty := fmt.Sprintf("%*s │", len(number), "")
		p.line(indent, p.style.paint(cyan, empty), " ", caret, p.style.paint(badly, "^"))
	}
}

// maxAim is the number of characters of a line that are shown on each side of
// the place; a minified JSON body has one line only.
const maxAim = 80

// aim returns a line as it is printed and what must stand under it so that the
// next character comes under the given column, counted in characters from 1. A
// tab stays a tab in both, so that they align whatever a tab is worth.
func aim(line string, column int) (text, under string) {
	runes := []rune(strings.TrimPrefix(strings.ToValidUTF8(line, "�"), "\ufeff"))
	at := min(max(column-1, 0), len(runes))
	from, to := max(at-maxAim, 0), min(at+maxAim, len(runes))
	before, after := visible(string(runes[from:at])), visible(string(runes[at:to]))
	if from > 0 {
		before = "…" + before
	}
	if to < len(runes) {
		after += "…"
	}
	return before + after, blankOut(before)
}

// blankOut returns white space as wide as s.
func blankOut(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r == '\t' {
			b.WriteByte('\t')
			continue
		}
		b.WriteString(strings.Repeat(" ", runeWidth(r)))
	}
	return b.String()
}
