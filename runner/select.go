package runner

import (
	"slices"

	"github.com/apicel/apicel/spec"
)

// keep leaves in the suite the queries under `queries` for which selected holds
// and what comes along with them: what they need, and setup and teardown, which
// belong to the suite and run whole. Queries of setup and teardown for which it
// holds are selected like the others. Where nothing is selected nothing is kept.
//
// What comes along is marked as needed, unless all of `queries` is selected,
// since then it is the suite that runs. What was needed before stays so: keep
// may be called again with a narrower choice, such as that of a shard.
//
// The queries that are kept send what they would have sent in the whole suite:
// their names, random values and rows are the same, and they wait for each
// other in the same order.
func (s *suite) keep(selected func(*query) bool) {
	if s.bad() {
		return // it runs nothing, and its problems are to be seen
	}
	if s.all == nil {
		s.all = s.queries
	}
	chosen := map[*query]bool{}
	for _, q := range s.queries {
		if !q.needed && selected(q) {
			chosen[q] = true
		}
	}
	if len(chosen) == 0 {
		s.retain(nil, nil)
		return
	}
	main := s.phase(spec.PhaseQueries)
	if !slices.ContainsFunc(main, func(q *query) bool { return !chosen[q] }) {
		return
	}
	s.retain(chosen, s.withNeeds(chosen))
}

// withNeeds returns the chosen queries and what comes along with them.
func (s *suite) withNeeds(chosen map[*query]bool) map[*query]bool {
	kept := make(map[*query]bool, len(chosen))
	var open []*query
	take := func(q *query) {
		if !kept[q] {
			kept[q] = true
			open = append(open, q)
		}
	}
	for _, q := range s.queries {
		if chosen[q] || q.phase() == spec.PhaseSetup {
			take(q)
		}
	}
	for len(open) > 0 {
		q := open[len(open)-1]
		open = open[:len(open)-1]
		for _, on := range q.brings() {
			take(on)
		}
	}
	// Teardown cleans up what there is: unless it was chosen, it brings nothing.
	for _, q := range s.phase(spec.PhaseTeardown) {
		kept[q] = true
	}
	return kept
}

// brings returns the queries without which q would not send what it sends in
// the whole suite: those that it needs, and those whose captures it reads though
// it does not need them (captures.?x). Queries that do not bring each other,
// directly or through others, and stand in a suite of `order: free` can run on
// different machines.
func (q *query) brings() []*query {
	var on []*query
	for _, n := range q.needs {
		on = append(on, n.query)
	}
	for _, r := range q.refs.Captures {
		if owner := q.suite.captures[r.Name]; owner != nil && owner != q && phaseRank[owner.phase()] <= phaseRank[q.phase()] {
			on = append(on, owner)
		}
	}
	return on
}

// tagsOf returns the tags of several lists, each once, in their order.
func tagsOf(lists ...[]spec.String) []string {
	var tags []string
	for _, list := range lists {
		for _, t := range list {
			if !slices.Contains(tags, t.Value) {
				tags = append(tags, t.Value)
			}
		}
	}
	return tags
}

// retain leaves the kept queries in the suite and works out anew who waits for
// whom among them.
func (s *suite) retain(chosen, kept map[*query]bool) {
	var left []*query
	for _, q := range s.queries {
		q.waits, q.level = nil, 0
		if !kept[q] {
			q.index = -1
			continue
		}
		q.index, q.needed = len(left), q.needed || !chosen[q]
		left = append(left, q)
	}
	s.queries = left
	g := &graph{suite: s}
	g.build()
}

// kept tells whether the query is sent by this run.
func (q *query) kept() bool { return q.index >= 0 }

// written returns all queries of the suite as its file has them, also those that
// were not selected.
func (s *suite) written() []*query {
	if s.all != nil {
		return s.all
	}
	return s.queries
}

// dropEmpty removes the suites of which nothing is kept from the plan.
func (p *Plan) dropEmpty() {
	p.suites = slices.DeleteFunc(p.suites, func(s *suite) bool { return !s.bad() && len(s.queries) == 0 })
}
