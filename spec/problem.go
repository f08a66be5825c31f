package spec

import (
	"cmp"
	"fmt"
	"slices"
)

// Severity says whether a Problem stops its suite.
type Severity string

// The two severities. A suite with an error does not run; one with warnings does.
const (
	SeverityError   Severity = "error"
	SeverityWarning Severity = "warning"
)

// Problem is something wrong in a file a user wrote: what was found, where,
// what was expected, and one next step.
type Problem struct {
	Pos      Pos
	Severity Severity
	// Message says what was found and what was expected, in lower case and
	// without a full stop.
	Message string
	// Hint is one next step, such as `did you mean "queries"?`, or "".
	Hint string
	// Hidden tells that the line holds a secret too short to be masked in it, so
	// that the line is shown with no problem.
	Hidden bool
}

// Error returns "file:line:column: message", without the hint.
func (p *Problem) Error() string { return p.Pos.String() + ": " + p.Message }

// Problems are the problems found, in the order of their places.
type Problems []*Problem

// Errorf adds an error at pos.
func (ps *Problems) Errorf(pos Pos, format string, args ...any) *Problem {
	p := &Problem{Pos: pos, Severity: SeverityError, Message: fmt.Sprintf(format, args...)}
	*ps = append(*ps, p)
	return p
}

// Warnf adds a warning at pos.
func (ps *Problems) Warnf(pos Pos, format string, args ...any) *Problem {
	p := ps.Errorf(pos, format, args...)
	p.Severity = SeverityWarning
	return p
}

// WithHint sets the hint of p and returns p.
func (p *Problem) WithHint(format string, args ...any) *Problem {
	p.Hint = fmt.Sprintf(format, args...)
	return p
}

// HasErrors tells whether any of the problems stops its suite.
func (ps Problems) HasErrors() bool {
	return slices.ContainsFunc(ps, func(p *Problem) bool { return p.Severity == SeverityError })
}

// Sort orders the problems by file, line and column, keeping the order of
// those at one place.
func (ps Problems) Sort() {
	slices.SortStableFunc(ps, func(a, b *Problem) int {
		var an, bn string
		if a.Pos.File != nil {
			an = a.Pos.File.Name
		}
		if b.Pos.File != nil {
			bn = b.Pos.File.Name
		}
		return cmp.Or(cmp.Compare(an, bn), cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Col, b.Pos.Col))
	})
}
