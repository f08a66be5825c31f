package runner

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apicel/apicel/spec"
)

// shapedSuites are suites with 500 queries together: of every order, from one query to
// forty, with chains, setup and teardown.
func shapedSuites(random *rand.Rand) []*spec.Suite {
	var suites []*spec.Suite
	for left := 500; left > 0; {
		size := min(left, 1+random.IntN(40))
		left -= size
		name := fmt.Sprintf("part%d/s%d.apicel.yaml", len(suites)%3, len(suites))
		suites = append(suites, spec.Parse(spec.NewFile(name, []byte(shapedSuite(random, size)))))
	}
	return suites
}

func shapedSuite(random *rand.Rand, size int) string {
	order := []string{"safe", "file", "free", "free"}[random.IntN(4)]
	var b strings.Builder
	fmt.Fprintf(&b, "order: %s\nsource: {base_url: \"http://127.0.0.1\"}\n", order)
	if random.IntN(2) == 0 {
		b.WriteString("setup:\n  - {name: prepare, put: /, capture: {made: {header: X}}}\n")
		b.WriteString("teardown:\n  - {name: clean, delete: \"/${captures.made}\"}\n")
		if size > 1 {
			b.WriteString("  - {name: clean q1, delete: \"/${captures.c1}\"}\n")
		}
	}
	b.WriteString("queries:\n")
	for i := range size {
		need := ""
		if i > 0 && random.IntN(3) == 0 {
			need = fmt.Sprintf("${captures.c%d}", max(0, i-1-random.IntN(3)))
		}
		fmt.Fprintf(&b, "  - {name: q%d, get: \"/%d/%s\", capture: {c%d: {header: X}}}\n", i, i, need, i)
	}
	return b.String()
}

// recorded is a report in which two of three queries took some time.
func recorded(random *rand.Rand, p *Plan) *Report {
	past := &Report{}
	for _, s := range p.suites {
		r := &SuiteReport{File: s.spec.File.Name, ID: s.id}
		for _, q := range s.queries {
			if random.IntN(3) > 0 {
				took := Millis(time.Duration(1+random.ExpFloat64()*40) * time.Millisecond)
				r.Queries = append(r.Queries, &QueryReport{Name: q.spec.Name.Value, Status: StatusPassed, Duration: took})
			}
		}
		past.Suites = append(past.Suites, r)
	}
	return past
}

func TestShardsPartition(t *testing.T) {
	for seed := range uint64(5) {
		random := rand.New(rand.NewPCG(seed, 0))
		suites := shapedSuites(random)
		whole := Compile(suites, CompileOptions{})
		if problems := whole.Problems(); problems.HasErrors() {
			t.Fatal(problems)
		}
		for _, past := range []*Report{nil, recorded(random, whole)} {
			for total := 1; total <= 12; total++ {
				expectPartition(t, whole, past, total)
			}
		}
	}
}

// uncut is the plan as it was before it was cut, its suites in a random order.
func uncut(p *Plan) *Plan {
	whole := *p
	whole.suites = slices.Clone(p.suites)
	rand.Shuffle(len(whole.suites), func(i, j int) {
		whole.suites[i], whole.suites[j] = whole.suites[j], whole.suites[i]
	})
	for _, s := range whole.suites {
		all := map[*query]bool{}
		for _, q := range s.written() {
			all[q] = true
		}
		s.queries = s.written()
		s.retain(all, all)
	}
	return &whole
}

func expectPartition(t *testing.T, whole *Plan, past *Report, total int) {
	t.Helper()
	whole = uncut(whole)
	sum := newTimings(past)
	units := whole.units(sum)
	var all, largest, most time.Duration
	for _, u := range units {
		all += u.cost
		largest = max(largest, u.cost)
	}
	seen := map[string]int{}
	cuts := map[string]bool{}
	for index := 1; index <= total; index++ {
		p := uncut(whole)
		p.Cut(index, total, past)
		cuts[p.shard.Cut] = true
		var cost time.Duration
		for _, s := range p.suites {
			expectWhole(t, s)
			for _, q := range s.queries {
				if repeated(s, q) {
					continue
				}
				seen[s.id+" "+q.spec.Name.Value]++
				cost += sum.sum(s, []*query{q})
			}
		}
		most = max(most, cost)
	}
	if len(cuts) != 1 {
		t.Errorf("%d shards: %d different cuts", total, len(cuts))
	}
	for _, s := range uncut(whole).suites {
		for _, q := range s.queries {
			if n := seen[s.id+" "+q.spec.Name.Value]; n != 1 && !repeated(s, q) {
				t.Errorf("%d shards: %s of %s is in %d of them", total, q.spec.Name.Value, s.id, n)
			}
		}
	}
	mean := all / time.Duration(total)
	if limit := max(mean*115/100, largest); most > limit {
		t.Errorf("%d shards: the largest takes %v, the mean is %v, the largest unit %v", total, most, mean, largest)
	}
}

// repeated tells whether the query may be in several shards.
func repeated(s *suite, q *query) bool {
	name := q.spec.Name.Value
	return s.spec.Order == spec.OrderFree && (name == "prepare" || name == "clean")
}

// expectWhole fails where a query of the suite needs one that is elsewhere.
func expectWhole(t *testing.T, s *suite) {
	t.Helper()
	for _, q := range s.queries {
		for _, on := range q.brings() {
			if !on.kept() {
				t.Errorf("%s of %s needs %s, which is in another shard", q.spec.Name.Value, s.id, on.spec.Name.Value)
			}
		}
	}
}

func TestTimings(t *testing.T) {
	passed := func(name string, ms int) *QueryReport {
		return &QueryReport{Name: name, Status: StatusPassed, Duration: Millis(time.Duration(ms) * time.Millisecond)}
	}
	row := func(ms int) *QueryReport {
		q := passed("rows [0]", ms)
		q.Query = "rows"
		return q
	}
	skipped := passed("skipped", 0)
	skipped.Status = StatusSkipped
	got := newTimings(&Report{Suites: []*SuiteReport{
		{ID: "a", Repetition: 1, Queries: []*QueryReport{passed("x", 10), row(1), row(2), skipped}},
		{ID: "a", Repetition: 2, Queries: []*QueryReport{passed("x", 20), row(3), row(4)}},
		{File: "old", Queries: []*QueryReport{passed("y", 30)}},
	}})
	for key, want := range map[timed]time.Duration{{"a", "x"}: 15, {"a", "rows"}: 5, {"old", "y"}: 30} {
		if found := got.of(key); found != want*time.Millisecond {
			t.Errorf("%v: %v, expected %dms", key, found, want)
		}
	}
	if got.unknown != 15*time.Millisecond {
		t.Errorf("unknown: %v, expected the median, 15ms", got.unknown)
	}
	if _, known := got.known[timed{"a", "skipped"}]; known {
		t.Error("what was skipped has a time")
	}
}
