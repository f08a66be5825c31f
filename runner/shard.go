package runner

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/apicel/apicel/spec"
)

// MaxShards is the greatest number of shards.
const MaxShards = 1000

// Cut leaves in the plan the part that belongs to shard index, from 1, of total.
// What is never torn apart is a unit: a suite, or, where its order is free, the
// queries of it that need each other. A unit of a free suite takes setup along, and the
// teardown that belongs to no other unit.
//
// The units are shared out by the times that they took in past, an earlier report,
// or by their number of queries where that is nil. The cut follows from the suites
// and from past alone; it is the same whatever the seed, the order of the suites,
// the folder and the machine are.
func (p *Plan) Cut(index, total int, past *Report) {
	units := p.units(newTimings(past))
	owners := assign(units, total)
	p.shard = &Shard{Index: index, Total: total, Cut: cutDigest(units, owners, total)}
	mine := map[*suite]map[*query]bool{}
	for i, u := range units {
		if owners[i] != index-1 {
			continue
		}
		if mine[u.suite] == nil {
			mine[u.suite] = map[*query]bool{}
		}
		for _, q := range u.queries {
			mine[u.suite][q] = true
		}
	}
	p.suites = slices.DeleteFunc(p.suites, func(s *suite) bool { return mine[s] == nil })
	for s, queries := range mine {
		s.keepUnits(queries)
	}
}

// Queries returns the number of queries in the plan, an each counted as one.
func (p *Plan) Queries() int {
	n := 0
	for _, s := range p.suites {
		n += len(s.queries)
	}
	return n
}

// Suites returns the number of suites in the plan.
func (p *Plan) Suites() int { return len(p.suites) }

// unit is what stands whole in one shard.
type unit struct {
	suite   *suite
	key     string // tells it apart in every run of the same suites
	queries []*query
	cost    time.Duration
	// shared is the cost of what each shard with a unit of the suite sends once more.
	shared time.Duration
}

// units returns the units of all suites, the costliest first.
func (p *Plan) units(t *timings) []unit {
	var all []unit
	for _, s := range p.suites {
		all = append(all, s.units(t)...)
	}
	slices.SortFunc(all, func(a, b unit) int {
		return cmp.Or(cmp.Compare(b.cost, a.cost), cmp.Compare(a.key, b.key))
	})
	return all
}

func (s *suite) units(t *timings) []unit {
	groups := s.groups()
	if len(groups) < 2 {
		return []unit{{suite: s, key: s.id, queries: s.queries, cost: t.sum(s, s.queries)}}
	}
	grouped := map[*query]bool{}
	for _, q := range slices.Concat(groups...) {
		grouped[q] = true
	}
	everywhere := slices.DeleteFunc(slices.Clone(s.queries), func(q *query) bool { return grouped[q] })
	shared := t.sum(s, everywhere)
	units := make([]unit, len(groups))
	for i, group := range groups {
		units[i] = unit{
			suite: s, key: fmt.Sprintf("%s\x00%s", s.id, group[0].spec.Name.Value),
			queries: slices.Concat(everywhere, group), cost: t.sum(s, group), shared: shared,
		}
	}
	return units
}

// groups returns the queries of a suite whose order is free by what they need of
// each other, each group with the teardown that reads its captures. Setup, and
// teardown that belongs to no group, is in none. It returns nil where the suite
// cannot be torn apart.
func (s *suite) groups() [][]*query {
	if s.bad() || s.spec.Order != spec.OrderFree {
		return nil
	}
	parent := make([]int, len(s.queries))
	for i := range parent {
		parent[i] = i
	}
	root := func(i int) int {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	for _, q := range s.queries {
		for _, on := range slices.Concat(q.brings(), q.waits) {
			if on.kept() && on.phase() != spec.PhaseSetup {
				a, b := root(q.index), root(on.index)
				parent[max(a, b)] = min(a, b) // queries come before teardown, so that they are the roots
			}
		}
	}
	var order []int
	members := map[int][]*query{}
	for _, q := range s.queries {
		r := root(q.index)
		if s.queries[r].phase() != spec.PhaseQueries {
			continue
		}
		if members[r] == nil {
			order = append(order, r)
		}
		members[r] = append(members[r], q)
	}
	groups := make([][]*query, len(order))
	for i, r := range order {
		groups[i] = members[r]
	}
	return groups
}

// keepUnits leaves in the suite the queries of its units, which need no others.
func (s *suite) keepUnits(queries map[*query]bool) {
	if s.bad() || len(queries) == len(s.queries) {
		return
	}
	if s.all == nil {
		s.all = s.queries
	}
	s.retain(queries, queries)
}

// assign gives each unit its shard, from 0: the costliest first, each to the shard
// that has least to do with it, which is never a third above the best.
func assign(units []unit, total int) []int {
	owners := make([]int, len(units))
	loads := make([]time.Duration, total)
	has := map[*suite]map[int]bool{} // shards with a unit of a suite
	for i, u := range units {
		best, least := 0, time.Duration(-1)
		for shard, load := range loads {
			load += u.cost
			if !has[u.suite][shard] {
				load += u.shared
			}
			if least < 0 || load < least {
				best, least = shard, load
			}
		}
		if has[u.suite] == nil {
			has[u.suite] = map[int]bool{}
		}
		owners[i], loads[best], has[u.suite][best] = best, least, true
	}
	return owners
}

// cutDigest names a cut: shards of one run have the same, so that those that were
// cut from other suites, another selection of their queries, or by other timings,
// can be told from them.
func cutDigest(units []unit, owners []int, total int) string {
	lines := make([]string, len(units))
	for i, u := range units {
		names := make([]string, len(u.queries))
		for j, q := range u.queries {
			names[j] = q.spec.Name.Value
		}
		lines[i] = fmt.Sprintf("%q %q %d\n", u.key, names, owners[i])
	}
	slices.Sort(lines)
	h := sha256.New()
	_, _ = fmt.Fprintln(h, total, lines) // a hash takes everything
	return hex.EncodeToString(h.Sum(nil)[:8])
}
