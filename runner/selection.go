package runner

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/apicel/apicel/spec"
)

// Selection says which queries of a plan run. A query is selected where all that
// is given holds for it; the zero Selection selects everything.
type Selection struct {
	// Tags must all fit.
	Tags []TagFilter
	// Names must all be found in the query's name as written in the suite.
	Names []*regexp.Regexp
	// Lines are, by the name of a suite's file, lines one of which the query must
	// take. A file without an entry is selected whole.
	Lines map[string][]int
	// Failed, where it is given, is an earlier report of which the query must be
	// to be run again.
	Failed *Report
	// FailedName is what messages call that report.
	FailedName string
}

// IsZero tells whether s selects everything.
func (s Selection) IsZero() bool {
	return len(s.Tags)+len(s.Names)+len(s.Lines) == 0 && s.Failed == nil
}

// Selected is what a selection found.
type Selected struct {
	// Queries is the number of queries that were selected, Along of those that
	// come along since others need them, and Of that of all queries of the
	// plan's suites, setup and teardown left out.
	Queries, Along, Of int
	// Errors name what of the selection cannot be meant, such as a line outside
	// of every query. A run must not start.
	Errors []string
	// Warnings name what of the selection was not found.
	Warnings []string
	// Nothing says why no query was selected, or is "".
	Nothing string
}

// Select leaves in the plan what the selection selects and what that needs.
// Suites of which nothing is left are left out; those that are wrong stay, unless
// the selection cannot mean them. Setup and teardown run whole where a query of
// their suite is selected.
func (p *Plan) Select(sel Selection) Selected {
	if sel.IsZero() {
		return Selected{}
	}
	c := &chooser{Selection: sel, plan: p}
	c.rerun = newRerun(sel.Failed, sel.FailedName, p)
	c.checkTags()
	c.checkLines()
	for _, s := range p.suites {
		if !s.bad() {
			c.out.Of += len(s.phase(spec.PhaseQueries))
			s.keep(c.selects)
		}
	}
	p.suites = slices.DeleteFunc(p.suites, func(s *suite) bool { return s.bad() && !c.mayMean(s) })
	p.dropEmpty()
	for _, s := range p.suites {
		for _, q := range s.queries {
			switch {
			case q.needed:
				c.out.Along++
			case q.phase() == spec.PhaseQueries || c.points(q):
				c.out.Queries++
			}
		}
	}
	c.rerun.keepRows()
	c.out.Warnings = append(c.out.Warnings, c.rerun.lost...)
	if c.out.Queries == 0 {
		c.out.Nothing = c.nothing()
	}
	return c.out
}

// chooser selects queries.
type chooser struct {
	Selection
	plan  *Plan
	rerun *rerun
	out   Selected
}

// selects tells whether a query is selected. Setup and teardown are not chosen
// by tags and names, which are about what is tested, unless something points at
// them.
func (c *chooser) selects(q *query) bool {
	if q.phase() != spec.PhaseQueries && !c.points(q) {
		return false
	}
	return c.fitsLines(q) && c.rerun.fits(q) && c.fitsTags(q) && c.fitsName(q)
}

// points tells whether a line or the earlier report names the query itself.
func (c *chooser) points(q *query) bool {
	_, lines := c.Lines[q.suite.fileName()]
	return lines && c.fitsLines(q) || c.Failed != nil && c.rerun.fits(q)
}

func (c *chooser) fitsTags(q *query) bool {
	return !slices.ContainsFunc(c.Tags, func(f TagFilter) bool { return !f.fits(q.tags) })
}

func (c *chooser) fitsName(q *query) bool {
	return !slices.ContainsFunc(c.Names, func(r *regexp.Regexp) bool { return !r.MatchString(q.spec.Name.Value) })
}

func (c *chooser) fitsLines(q *query) bool {
	lines, ok := c.Lines[q.suite.fileName()]
	return !ok || slices.ContainsFunc(lines, q.spec.Lines.Contains)
}

// mayMean tells whether a suite that could not be read may hold what is selected.
func (c *chooser) mayMean(s *suite) bool {
	return c.Failed == nil || c.rerun.names(s)
}

// checkTags warns of tags that no query has: one that is excluded only where
// another one is so near that it was probably meant.
func (c *chooser) checkTags() {
	known := c.knownTags()
	for _, f := range c.Tags {
		for _, t := range f.Wanted {
			if !slices.Contains(known, t) {
				c.out.Warnings = append(c.out.Warnings, fmt.Sprintf("--tag %s: no query has the tag %s%s", f, t, near(t, known)))
			}
		}
		for _, t := range f.Excluded {
			if hint := near(t, known); !slices.Contains(known, t) && spec.Closest(t, known) != "" {
				c.out.Warnings = append(c.out.Warnings, fmt.Sprintf("--tag %s: no query has the tag %s%s", f, t, hint))
			}
		}
	}
}

// knownTags returns the tags of all suites, also of wrong ones as far as they
// could be read, in the order in which they first stand.
func (c *chooser) knownTags() []string {
	var known []string
	for _, s := range c.plan.suites {
		for _, t := range SuiteTags(s.spec) {
			if !slices.Contains(known, t) {
				known = append(known, t)
			}
		}
	}
	return known
}

// SuiteTags returns the tags of a suite and of its queries, each once.
func SuiteTags(s *spec.Suite) []string {
	lists := [][]spec.String{s.Tags}
	for _, q := range s.AllQueries() {
		lists = append(lists, q.Tags)
	}
	return tagsOf(lists...)
}

// near suggests the name that was probably meant, else names those there are,
// where they are few.
func near(name string, known []string) string {
	const few = 12
	switch best := spec.Closest(name, known); {
	case best != "":
		return ", did you mean " + best + "?"
	case len(known) == 0:
		return ""
	case len(known) <= few:
		return "; there are " + strings.Join(known, ", ")
	}
	return fmt.Sprintf("; there are %s and %d more", strings.Join(known[:few], ", "), len(known)-few)
}

// checkLines refuses lines outside of every query.
func (c *chooser) checkLines() {
	for _, s := range c.plan.suites {
		if s.bad() {
			continue
		}
		for _, line := range c.Lines[s.fileName()] {
			if problem := s.outside(line); problem != "" {
				c.out.Errors = append(c.out.Errors, fmt.Sprintf("%s:%d: %s", s.fileName(), line, problem))
			}
		}
	}
}

// outside says where a line stands that no query takes, or is "".
func (s *suite) outside(line int) string {
	if last := s.spec.File.LastLine(); line > last {
		return fmt.Sprintf("the file ends at line %d", last)
	}
	var before, behind *query
	for _, q := range s.written() {
		switch lines := q.spec.Lines; {
		case lines.Contains(line):
			return ""
		case lines.Last < line && (before == nil || lines.Last >= before.spec.Lines.Last):
			before = q
		case lines.First > line && (behind == nil || lines.First < behind.spec.Lines.First):
			behind = q
		}
	}
	var nearest []string
	for _, q := range []*query{before, behind} {
		if q != nil {
			nearest = append(nearest, q.extent())
		}
	}
	return "this line is in no query; the nearest: " + strings.Join(nearest, " and ")
}

// extent names a query and its lines.
func (q *query) extent() string {
	lines := q.spec.Lines
	if lines.First == lines.Last {
		return fmt.Sprintf("%q in line %d", q.spec.Name.Value, lines.First)
	}
	return fmt.Sprintf("%q in lines %d to %d", q.spec.Name.Value, lines.First, lines.Last)
}

// nothing says why no query was selected.
func (c *chooser) nothing() string {
	switch {
	case c.Failed != nil && c.rerun.empty():
		return fmt.Sprintf("nothing in %s failed or was kept from running", c.FailedName)
	case len(c.out.Errors) > 0:
		return ""
	}
	var asked []string
	for _, f := range c.Tags {
		asked = append(asked, "--tag "+f.String())
	}
	for _, r := range c.Names {
		asked = append(asked, "--query "+r.String())
	}
	if len(c.Lines) > 0 {
		asked = append(asked, "the line")
	}
	if c.Failed != nil {
		asked = append(asked, "--failed "+c.FailedName)
	}
	if len(asked) > 1 {
		return fmt.Sprintf("no query fits %s at once", strings.Join(asked, " and "))
	}
	text := fmt.Sprintf("no query fits %s", asked[0])
	if len(c.Names) == 1 {
		text += near(c.Names[0].String(), c.queryNames())
	}
	return text
}

// queryNames returns the names of the queries that can be selected by name.
func (c *chooser) queryNames() []string {
	var names []string
	for _, s := range c.plan.all {
		for _, q := range s.written() {
			if q.phase() == spec.PhaseQueries {
				names = append(names, q.spec.Name.Value)
			}
		}
	}
	return names
}

// fileName is the name of the suite's file as it was given.
func (s *suite) fileName() string {
	if s.spec == nil || s.spec.File == nil {
		return ""
	}
	return s.spec.File.Name
}
