package spec

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// Lines are the lines of a file from First to Last, both included, counted from 1.
type Lines struct{ First, Last int }

// Contains tells whether line n is one of them.
func (l Lines) Contains(n int) bool { return l.First <= n && n <= l.Last }

// linesOf returns the lines that an item of a list takes. The parser only says
// where nodes begin, so the end is found by what is indented below it, which is
// all that can belong to it outside of brackets.
func (l *loader) linesOf(n *yaml.Node) Lines {
	lines := Lines{n.Line, lastLine(n)}
	inBrackets := n.Style&yaml.FlowStyle != 0
	for at := n.Line + 1; !inBrackets && at <= len(l.file.lines); at++ {
		text := l.file.Line(at)
		trimmed := strings.TrimLeft(text, " ")
		switch indent := len(text) - len(trimmed); {
		case strings.TrimSpace(trimmed) == "":
		case indent+1 >= n.Column:
			lines.Last = max(lines.Last, at)
		case at > lines.Last:
			return lines
		}
	}
	return lines
}

// lastLine is the last line in which a node of the tree begins. What an alias
// stands for is elsewhere.
func lastLine(n *yaml.Node) int {
	last := n.Line
	for _, child := range n.Content {
		last = max(last, lastLine(child))
	}
	return last
}
