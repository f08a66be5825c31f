package runner

import "github.com/apicel/apicel/spec"

// SuitePlan is what a suite would do: its waves, in order.
type SuitePlan struct {
	Name string
	File string
	// Bad tells that the file has errors, so that there is no plan.
	Bad   bool
	Waves []Wave
}

// Wave is a group of queries of one phase that wait for no other of the group:
// each starts as soon as what it waits for in earlier waves is done.
type Wave struct {
	Phase   spec.Phase
	Queries []PlannedQuery
}

// PlannedQuery is a query as it stands in the suite, with templates unresolved.
type PlannedQuery struct {
	Name   string
	Method string
	Path   string
	Line   int
	// Needs are the names of the queries that must pass before it, in file order.
	Needs []string
	// Each tells that it is sent once a row.
	Each bool
	// Skip is the reason for which it is not sent, or "".
	Skip string
}

// List returns the plan of each suite, in the order given.
func (p *Plan) List() []SuitePlan {
	plans := make([]SuitePlan, len(p.suites))
	for i, s := range p.suites {
		plans[i] = s.list()
	}
	return plans
}

func (s *suite) list() SuitePlan {
	plan := SuitePlan{Name: s.spec.Name.Value, Bad: s.bad()}
	if s.spec.File != nil {
		plan.File = s.spec.File.Name
	}
	if plan.Bad {
		return plan
	}
	for _, phase := range []spec.Phase{spec.PhaseSetup, spec.PhaseQueries, spec.PhaseTeardown} {
		plan.Waves = append(plan.Waves, waves(phase, s.phase(phase))...)
	}
	return plan
}

func waves(phase spec.Phase, queries []*query) []Wave {
	var out []Wave
	for _, q := range queries {
		for len(out) <= q.level {
			out = append(out, Wave{Phase: phase})
		}
		out[q.level].Queries = append(out[q.level].Queries, q.planned())
	}
	return out
}

func (q *query) planned() PlannedQuery {
	p := PlannedQuery{
		Name: q.spec.Name.Value, Method: q.spec.Method.Value, Path: q.spec.Path.Value,
		Line: q.spec.Pos.Line, Each: q.each(), Skip: q.spec.Skip.Value,
	}
	var needed []*query
	for _, n := range q.needs {
		needed = append(needed, n.query)
	}
	for _, n := range unique(needed) {
		p.Needs = append(p.Needs, n.spec.Name.Value)
	}
	return p
}

// waits says who waits for whom, as a report shows it.
func (s *suite) waits(redact func(string) string) []Waits {
	var out []Waits
	for _, q := range s.queries {
		w := Waits{Query: redact(q.spec.Name.Value)}
		needed := map[*query]bool{}
		for _, n := range q.needs {
			if !needed[n.query] && n.query.kept() {
				needed[n.query] = true
				w.Needs = append(w.Needs, redact(n.query.spec.Name.Value))
			}
		}
		for _, on := range q.waits {
			if !needed[on] {
				w.Order = append(w.Order, redact(on.spec.Name.Value))
			}
		}
		if len(w.Needs)+len(w.Order) > 0 {
			out = append(out, w)
		}
	}
	return out
}
