package runner

import (
	"fmt"
	"slices"
	"strings"

	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/spec"
)

// graph works out who waits for whom in one suite.
//
// Phases follow one another, so edges matter only inside a phase. An edge comes
// from a need (a capture that is read, an after) or from order. Order adds as
// few edges as carry it: of a row of reads between two writes each read waits
// for the first write and the second write for each read, which keeps the
// number of edges in proportion to the number of queries.
type graph struct {
	suite  *suite
	byName map[string]*query
}

var phaseRank = map[spec.Phase]int{spec.PhaseSetup: 0, spec.PhaseQueries: 1, spec.PhaseTeardown: 2}

func (g *graph) build() {
	g.byName = make(map[string]*query, len(g.suite.queries))
	for _, q := range g.suite.queries {
		if _, ok := g.byName[q.spec.Name.Value]; !ok {
			g.byName[q.spec.Name.Value] = q
		}
	}
	for _, q := range g.suite.queries {
		g.captureNeeds(q)
		g.afterNeeds(q)
	}
	for _, phase := range []spec.Phase{spec.PhaseSetup, spec.PhaseQueries, spec.PhaseTeardown} {
		queries := g.suite.phase(phase)
		g.order(queries)
		for _, q := range queries {
			q.waits = unique(q.waits)
		}
		c := &circles{suite: g.suite}
		c.find(queries)
	}
}

func (s *suite) phase(p spec.Phase) []*query {
	from := slices.IndexFunc(s.queries, func(q *query) bool { return q.phase() == p })
	if from < 0 {
		return nil
	}
	to := from
	for to < len(s.queries) && s.queries[to].phase() == p {
		to++
	}
	return s.queries[from:to]
}

// captureNeeds adds the queries whose captures q reads.
func (g *graph) captureNeeds(q *query) {
	for _, r := range q.refs.Captures {
		owner := g.suite.captures[r.Name]
		switch {
		case owner == nil: // reported when the expression was compiled
		case owner.phase() != spec.PhaseSetup && !q.reads(r.Name): // the source does, which is refused
		case owner == q:
			g.ownCapture(q, r)
		case phaseRank[owner.phase()] > phaseRank[q.phase()]:
			g.suite.problems.Errorf(r.Pos, "captures.%s is made by %q in %s, which runs after %s", r.Name, owner.spec.Name.Value, owner.phase(), q.phase())
		case r.Optional:
			g.wait(q, owner)
		default:
			g.need(q, owner, r.Name)
		}
	}
}

func (g *graph) ownCapture(q *query, r expr.CaptureRef) {
	if q.reads(r.Name) {
		g.suite.problems.Errorf(r.Pos, "query %q reads captures.%s, which it captures itself", q.spec.Name.Value, r.Name).
			WithHint("in its own checks read the answer itself, as the capture does")
		return
	}
	g.suite.problems.Errorf(r.Pos, "the source reads captures.%s, which query %q makes with that same source", r.Name, q.spec.Name.Value).
		WithHint("give %q a part of its own that does not read it, such as auth: {type: none}", q.spec.Name.Value)
}

// reads tells whether a part of the query itself reads the capture.
func (q *query) reads(capture string) bool {
	return slices.ContainsFunc(q.own.Captures, func(r expr.CaptureRef) bool { return r.Name == capture })
}

func (g *graph) need(q, on *query, capture string) {
	if !slices.ContainsFunc(q.needs, func(n need) bool { return n.query == on && n.capture == capture }) {
		q.needs = append(q.needs, need{on, capture})
	}
	g.wait(q, on)
}

func (g *graph) wait(q, on *query) {
	if q.phase() == on.phase() {
		q.waits = append(q.waits, on)
	}
}

// afterNeeds adds the queries named in after. In teardown after is order only:
// cleaning up goes on whatever failed.
func (g *graph) afterNeeds(q *query) {
	for _, name := range q.spec.After {
		on, ok := g.byName[name.Value]
		if !ok || on == q || phaseRank[on.phase()] > phaseRank[q.phase()] {
			continue // reported by the loader
		}
		if q.phase() == spec.PhaseTeardown {
			g.wait(q, on)
			continue
		}
		g.need(q, on, "")
	}
}

// order adds the edges that the suite's order asks for. A query with a skip is
// never sent and stands in nobody's way.
func (g *graph) order(queries []*query) {
	var last *query    // the last one that others wait for
	var since []*query // reads since then
	for _, q := range queries {
		if q.skip != nil {
			continue
		}
		switch {
		case g.suite.spec.Order == spec.OrderFree:
		case g.suite.spec.Order == spec.OrderFile || !q.safe:
			q.waits = append(q.waits, since...)
			if last != nil && len(since) == 0 {
				q.waits = append(q.waits, last)
			}
			last, since = q, nil
		default:
			if last != nil {
				q.waits = append(q.waits, last)
			}
			since = append(since, q)
		}
	}
}

func unique(qs []*query) []*query {
	if len(qs) < 2 {
		return qs
	}
	slices.SortFunc(qs, func(a, b *query) int { return a.index - b.index })
	return slices.Compact(qs)
}

// circles finds queries that wait for one another, and the waves of the others.
type circles struct {
	suite *suite
	state map[*query]int // 1 while on the path, 2 when done
	path  []*query
}

// find walks the waits depth first, without recursion so that a chain of many
// thousand queries needs no deep stack.
func (c *circles) find(queries []*query) {
	c.state = make(map[*query]int, len(queries))
	type frame struct {
		q    *query
		next int
	}
	for _, root := range queries {
		if c.state[root] != 0 {
			continue
		}
		stack := []frame{{root, 0}}
		c.enter(root)
		for len(stack) > 0 {
			top := &stack[len(stack)-1]
			if top.next == len(top.q.waits) {
				c.leave(top.q)
				stack = stack[:len(stack)-1]
				continue
			}
			on := top.q.waits[top.next]
			top.next++
			switch c.state[on] {
			case 0:
				c.enter(on)
				stack = append(stack, frame{on, 0})
			case 1:
				c.report(on)
			}
		}
	}
}

func (c *circles) enter(q *query) {
	c.state[q] = 1
	c.path = append(c.path, q)
}

func (c *circles) leave(q *query) {
	c.state[q] = 2
	c.path = c.path[:len(c.path)-1]
	for _, on := range q.waits {
		q.level = max(q.level, on.level+1)
	}
}

// report names the circle that begins and ends at q as a path, each step with its reason.
func (c *circles) report(q *query) {
	circle := slices.Clone(c.path[slices.Index(c.path, q):])
	first := slices.MinFunc(circle, func(a, b *query) int { return a.index - b.index })
	at := slices.Index(circle, first)
	circle = append(slices.Concat(circle[at:], circle[:at]), first)
	var steps []string
	for i := range len(circle) - 1 {
		steps = append(steps, c.step(circle[i], circle[i+1]))
	}
	p := c.suite.problems.Errorf(first.spec.Pos, "queries wait for each other in a circle: %s", strings.Join(steps, ", "))
	p.WithHint("%s", c.wayOut(circle))
}

// wayOut is what to do about a circle. Moving a query helps where order is one of
// its steps: then a need points down the file.
func (c *circles) wayOut(circle []*query) string {
	for i := range len(circle) - 1 {
		q, on := circle[i], circle[i+1]
		if on.index > q.index && slices.ContainsFunc(circle, func(x *query) bool { return byOrder(on, x) }) {
			return fmt.Sprintf("move %q above %q", on.spec.Name.Value, q.spec.Name.Value)
		}
	}
	return "break it: one of them must do without what it reads of, or waits for in, the other"
}

// byOrder tells whether q waits for on for order's sake alone.
func byOrder(q, on *query) bool {
	return slices.Contains(q.waits, on) && reason(q, on) == ""
}

func (c *circles) step(q, on *query) string {
	if why := reason(q, on); why != "" {
		return fmt.Sprintf("%q %s %q", q.spec.Name.Value, why, on.spec.Name.Value)
	}
	return fmt.Sprintf("%q stands after %q (order: %s)", q.spec.Name.Value, on.spec.Name.Value, c.suite.spec.Order)
}

// reason says in a few words why q waits for on, or is "" where that is order.
func reason(q, on *query) string {
	for _, n := range q.needs {
		if n.query == on && n.capture != "" {
			return "reads captures." + n.capture + " of"
		}
		if n.query == on {
			return "is after"
		}
	}
	for _, r := range q.refs.Captures {
		if r.Optional && q.suite.captures[r.Name] == on {
			return "reads captures.?" + r.Name + " of"
		}
	}
	if slices.ContainsFunc(q.spec.After, func(s spec.String) bool { return s.Value == on.spec.Name.Value }) {
		return "is after"
	}
	return ""
}
