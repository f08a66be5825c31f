package runner

import (
	"slices"

	"github.com/apicel/apicel/internal/secret"
	"github.com/apicel/apicel/spec"
)

// SuitePlan is what a suite would do: its waves, in order. Secrets are masked.
type SuitePlan struct {
	Name  string     `json:"name"`
	File  string     `json:"file"`
	Tags  []string   `json:"tags,omitempty"`
	Order spec.Order `json:"order"`
	// Bad tells that the file has errors, so that there is no plan.
	Bad   bool   `json:"bad,omitempty"`
	Waves []Wave `json:"waves"`
}

// Wave is a group of queries of one phase that wait for no other of the group:
// each starts as soon as what it waits for in earlier waves is done.
type Wave struct {
	Phase   spec.Phase     `json:"phase"`
	Queries []PlannedQuery `json:"queries"`
}

// PlannedQuery is a query as it stands in the suite, with templates unresolved.
type PlannedQuery struct {
	Name   string   `json:"name"`
	Method string   `json:"method"`
	Path   string   `json:"path"`
	Line   int      `json:"line"`
	Tags   []string `json:"tags,omitempty"`
	// Needed tells that it was not selected itself: one that was needs it.
	Needed bool `json:"needed,omitempty"`
	// Each tells that it is sent once a row.
	Each bool `json:"each,omitempty"`
	// Skip is the reason for which it is not sent, or "".
	Skip string `json:"skip,omitempty"`
	// Waits are the queries that it waits for, in file order, once a reason.
	Waits []PlannedWait `json:"waits,omitempty"`
}

// PlannedWait is a query that another one waits for and why.
type PlannedWait struct {
	Query  string     `json:"query"`
	Reason WaitReason `json:"reason"`
	// Capture is the name of the capture that is read.
	Capture string `json:"capture,omitempty"`
}

// WaitReason is why a query waits for another one.
type WaitReason string

// The reasons. Those of which the query is skipped where the other one has not
// passed are WaitCapture and WaitAfter, except in teardown.
const (
	// WaitCapture means that it reads a capture of the other one.
	WaitCapture WaitReason = "capture"
	// WaitOptional means that it reads one as captures.?x.
	WaitOptional WaitReason = "optional-capture"
	// WaitAfter means that the other one is named in its after.
	WaitAfter WaitReason = "after"
	// WaitOrder means the suite's order.
	WaitOrder WaitReason = "order"
)

// List returns the plan of each suite, in the order given.
func (p *Plan) List() []SuitePlan {
	plans := make([]SuitePlan, len(p.suites))
	for i, s := range p.suites {
		plans[i] = s.list(p.redactor.Redact)
	}
	return plans
}

func (s *suite) list(redact func(string) string) SuitePlan {
	plan := SuitePlan{
		Name: redact(s.spec.Name.Value), File: s.fileName(), Bad: s.bad(), Order: s.spec.Order,
		Tags: redactedTags(tagsOf(s.spec.Tags), redact), Waves: []Wave{},
	}
	if plan.Bad {
		return plan
	}
	for _, phase := range phases {
		plan.Waves = append(plan.Waves, waves(phase, s.phase(phase), redact)...)
	}
	return plan
}

func waves(phase spec.Phase, queries []*query, redact func(string) string) []Wave {
	var out []Wave
	for _, q := range queries {
		for len(out) <= q.level {
			out = append(out, Wave{Phase: phase})
		}
		out[q.level].Queries = append(out[q.level].Queries, q.planned(redact))
	}
	return out
}

func (q *query) planned(redact func(string) string) PlannedQuery {
	p := PlannedQuery{
		Name: redact(q.spec.Name.Value), Method: q.spec.Method.Value, Path: redact(secret.MaskURL(q.spec.Path.Value, "")),
		Line: q.spec.Pos.Line, Tags: redactedTags(q.tags, redact), Needed: q.needed, Each: q.each(), Skip: redact(q.spec.Skip.Value),
	}
	for _, on := range q.waitsFor() {
		for _, w := range waitReasons(q, on) {
			w.Query = redact(on.spec.Name.Value)
			p.Waits = append(p.Waits, w)
		}
	}
	return p
}

// waitsFor returns the queries that q waits for and those of earlier phases that
// it needs, in file order.
func (q *query) waitsFor() []*query {
	all := slices.Clone(q.waits)
	for _, n := range q.needs {
		if n.query.kept() {
			all = append(all, n.query)
		}
	}
	return unique(all)
}

// waitReasons says why q waits for on: order is named where there is no other reason.
func waitReasons(q, on *query) []PlannedWait {
	var why []PlannedWait
	for _, n := range q.needs {
		switch {
		case n.query != on:
		case n.capture != "":
			why = append(why, PlannedWait{Reason: WaitCapture, Capture: n.capture})
		default:
			why = append(why, PlannedWait{Reason: WaitAfter})
		}
	}
	for _, r := range q.refs.Captures {
		optional := PlannedWait{Reason: WaitOptional, Capture: r.Name}
		if r.Optional && q.suite.captures[r.Name] == on && !slices.Contains(why, optional) {
			why = append(why, optional)
		}
	}
	if len(why) == 0 && reason(q, on) != "" {
		why = append(why, PlannedWait{Reason: WaitAfter}) // of teardown, where it is no need
	}
	if len(why) == 0 {
		why = append(why, PlannedWait{Reason: WaitOrder})
	}
	return why
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
