package runner_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/apicel/apicel/runner"
)

// genQuery is a random query and, independently of the planner, what it waits for.
type genQuery struct {
	method string
	safe   *bool
	needs  []int // queries whose captures it reads
	after  []int
	polls  int // answers "not yet" this many times, -1: does not poll
	rows   int // of each, -1: has none
	fails  bool
	skip   bool
}

type genSuite struct {
	order   string
	queries []genQuery
}

func drawSuite(t *rapid.T, size int) genSuite {
	s := genSuite{order: rapid.SampledFrom([]string{"safe", "file", "free"}).Draw(t, "order")}
	n := rapid.IntRange(1, size).Draw(t, "queries")
	for i := range n {
		q := genQuery{polls: -1, rows: -1}
		q.method = rapid.SampledFrom([]string{"get", "get", "get", "head", "options", "post", "put", "delete", "patch"}).Draw(t, "method")
		switch rapid.IntRange(0, 19).Draw(t, "kind") {
		case 0:
			q.polls = rapid.IntRange(0, 2).Draw(t, "polls")
		case 1:
			q.rows = rapid.IntRange(1, 4).Draw(t, "rows")
		case 2:
			safe := rapid.Bool().Draw(t, "safe")
			q.safe = &safe
		case 3:
			q.skip = true
		case 4:
			q.fails = rapid.IntRange(0, 3).Draw(t, "fails") == 0
		}
		if i > 0 && rapid.IntRange(0, 3).Draw(t, "reads") == 0 {
			q.needs = append(q.needs, rapid.IntRange(max(0, i-50), i-1).Draw(t, "need"))
		}
		if i > 0 && rapid.IntRange(0, 5).Draw(t, "follows") == 0 {
			q.after = append(q.after, rapid.IntRange(max(0, i-50), i-1).Draw(t, "after"))
		}
		s.queries = append(s.queries, q)
	}
	return s
}

func (s genSuite) yaml(base string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "name: random\norder: %s\nsource: {base_url: %q}\nqueries:\n", s.order, base)
	for i, q := range s.queries {
		row := "0"
		if q.rows >= 0 {
			row = "${row_index}"
		}
		path := fmt.Sprintf("/q/%d/%s", i, row)
		fmt.Fprintf(&b, "  - name: q%d\n    %s: %s\n", i, q.method, path)
		for _, n := range q.needs { // a param, since the capture may be a list
			fmt.Fprintf(&b, "    params: {x: \"${captures.c%d}\"}\n", n)
		}
		if len(q.after) > 0 {
			fmt.Fprintf(&b, "    after: [q%d]\n", q.after[0])
		}
		if q.safe != nil {
			fmt.Fprintf(&b, "    safe: %v\n", *q.safe)
		}
		if q.skip {
			fmt.Fprintf(&b, "    skip: not today\n")
		}
		if q.polls >= 0 {
			fmt.Fprintf(&b, "    poll: {interval: 1ms, timeout: 1h}\n")
		}
		if q.rows >= 0 {
			fmt.Fprintf(&b, "    each: [%s]\n", strings.TrimSuffix(strings.Repeat("a, ", q.rows), ", "))
		}
		fmt.Fprintf(&b, "    expect: {status: 200}\n    capture:\n      c%d: {header: X-Value}\n", i)
	}
	return b.String()
}

// changes tells whether q is one that order holds others back for.
func (q genQuery) changes() bool {
	if q.polls >= 0 {
		return true
	}
	if q.safe != nil {
		return !*q.safe
	}
	return q.method != "get" && q.method != "head" && q.method != "options"
}

// waitsFor is the definition of language.md, read as a relation between pairs.
func (s genSuite) waitsFor(j, i int) bool {
	q, p := s.queries[j], s.queries[i]
	for _, n := range append(append([]int{}, q.needs...), q.after...) {
		if n == i {
			return true
		}
	}
	if i >= j || q.skip || p.skip {
		return false
	}
	switch s.order {
	case "file":
		return true
	case "safe":
		return q.changes() || p.changes()
	}
	return false
}

// verdicts is what each query must end as.
func (s genSuite) verdicts() []runner.Status {
	out := make([]runner.Status, len(s.queries))
	for i, q := range s.queries {
		out[i] = runner.StatusPassed
		if q.fails {
			out[i] = runner.StatusFailed
		}
		for _, n := range append(append([]int{}, q.needs...), q.after...) {
			if out[n] != runner.StatusPassed {
				out[i] = runner.StatusSkipped
			}
		}
		if q.skip {
			out[i] = runner.StatusSkipped
		}
	}
	return out
}

// gate is a server that holds every request until the test lets it go.
type gate struct {
	suite genSuite
	jobs  int
	mu    sync.Mutex
	// arrived gets each request as it comes; it answers when its channel is closed.
	arrived  chan *held
	attempts map[[2]int]int
	done     []bool // by query: all its rows have been answered for good, or it is skipped
	inFlight int
	faults   []string
	quit     chan struct{} // closed when the test is over
}

type held struct {
	query, row int
	last       bool // its answer ends the row
	release    chan struct{}
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	parts := strings.Split(r.URL.Path, "/")
	i, _ := strconv.Atoi(parts[2])
	row, _ := strconv.Atoi(parts[3])
	q := g.suite.queries[i]
	g.mu.Lock()
	g.inFlight++
	if g.inFlight > g.jobs {
		g.faults = append(g.faults, fmt.Sprintf("%d in flight, at most %d may be", g.inFlight, g.jobs))
	}
	for j := range g.suite.queries {
		if g.suite.waitsFor(i, j) && !g.done[j] {
			g.faults = append(g.faults, fmt.Sprintf("q%d was sent before q%d was done", i, j))
		}
	}
	g.attempts[[2]int{i, row}]++
	h := &held{query: i, row: row, last: g.attempts[[2]int{i, row}] > q.polls, release: make(chan struct{})}
	g.mu.Unlock()
	g.arrived <- h
	select {
	case <-h.release:
	case <-g.quit:
	}
	w.Header().Set("X-Value", fmt.Sprintf("v%d", i))
	switch {
	case q.fails:
		w.WriteHeader(http.StatusInternalServerError)
	case !h.last:
		w.WriteHeader(http.StatusAccepted)
	}
}

// TestSchedule lets one request at a time be answered and awaits exactly those
// that may be sent then: whatever comes too early is a fault, and what waits
// though it need not makes the test wait for it in vain.
func TestSchedule(t *testing.T) {
	for _, jobs := range []int{1, 3, 200} { // 200 are more than there is to send
		t.Run(fmt.Sprintf("jobs=%d", jobs), func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) { checkSchedule(rt, drawSuite(rt, 40), jobs) })
		})
	}
}

// TestScheduleLarge is TestSchedule on one suite of 2,000 queries.
func TestScheduleLarge(t *testing.T) {
	for _, order := range []string{"safe", "free"} {
		s := rapid.Custom(func(rt *rapid.T) genSuite { return drawSuite(rt, 2000) }).
			Filter(func(s genSuite) bool { return len(s.queries) >= 1 }).Example(7)
		for len(s.queries) < 2000 {
			s.queries = append(s.queries, genQuery{method: "get", polls: -1, rows: -1, needs: []int{len(s.queries) / 2}})
		}
		s.order = order
		checkSchedule(t, s, 64)
	}
}

type fataler interface {
	Fatalf(format string, args ...any)
	Helper()
}

func checkSchedule(t fataler, s genSuite, jobs int) {
	t.Helper()
	g := &gate{suite: s, jobs: jobs, arrived: make(chan *held, 4*len(s.queries)+4), attempts: map[[2]int]int{}, done: make([]bool, len(s.queries)), quit: make(chan struct{})}
	server := httptest.NewServer(g)
	defer server.Close()
	defer close(g.quit)
	ctx, cancel := context.WithCancel(background)
	defer cancel()
	plan := compile(t, s.yaml(server.URL))
	o := newOracle(s)
	copy(g.done, o.done)
	reports := make(chan *runner.Report, 1)
	go func() { reports <- plan.Run(ctx, runner.RunOptions{Jobs: jobs}, discard{}) }()

	var holding []*held
	for {
		want := min(jobs, o.ready+len(holding))
		for len(holding) < want {
			select {
			case h := <-g.arrived:
				holding = append(holding, h)
				o.ready--
			case <-time.After(awaited):
				t.Fatalf("%d requests in flight, expected %d of order %s: something waits that need not\n%s", len(holding), want, s.order, s.yaml("x"))
			}
		}
		if len(holding) == 0 {
			break
		}
		at := len(holding) / 2
		h := holding[at]
		holding = append(holding[:at], holding[at+1:]...)
		g.answer(o, h)
	}
	select {
	case r := <-reports:
		g.verify(t, o, r)
	case <-time.After(awaited):
		t.Fatalf("the run does not end: %v\n%s", g.attempts, s.yaml("x"))
	}
}

// answer lets h go and works out what may be sent next.
func (g *gate) answer(o *oracle, h *held) {
	g.mu.Lock()
	g.inFlight--
	if h.last || g.suite.queries[h.query].fails && g.suite.queries[h.query].polls < 0 {
		o.rowsLeft[h.query]--
		if o.rowsLeft[h.query] == 0 {
			o.finish(h.query)
		}
	} else {
		o.ready++ // the next attempt of the poll
	}
	copy(g.done, o.done)
	g.mu.Unlock()
	close(h.release)
}

func (g *gate) verify(t fataler, o *oracle, r *runner.Report) {
	t.Helper()
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.faults) > 0 {
		t.Fatalf("%s\n%s", strings.Join(g.faults, "\n"), g.suite.yaml("x"))
	}
	at := 0
	for i, q := range g.suite.queries {
		rows := 1
		if q.rows > 0 && o.verdict[i] != runner.StatusSkipped {
			rows = q.rows
		}
		for range rows {
			if got := r.Suites[0].Queries[at]; got.Status != o.verdict[i] {
				t.Fatalf("%s is %s (%s), expected %s", got.Name, got.Status, got.Reason, o.verdict[i])
			}
			at++
		}
	}
}

// oracle follows the suite by the definition: which queries are done, and how
// many requests may be in flight.
type oracle struct {
	suite    genSuite
	verdict  []runner.Status
	waiting  []int // waits that are not done
	waiters  [][]int
	rowsLeft []int
	done     []bool
	ready    int
}

func newOracle(s genSuite) *oracle {
	n := len(s.queries)
	o := &oracle{suite: s, verdict: s.verdicts(), waiting: make([]int, n), waiters: make([][]int, n), rowsLeft: make([]int, n), done: make([]bool, n)}
	for j := range n {
		for i := range n {
			if i != j && s.waitsFor(j, i) {
				o.waiting[j]++
				o.waiters[i] = append(o.waiters[i], j)
			}
		}
	}
	for i := range n {
		if o.waiting[i] == 0 && !o.done[i] && o.rowsLeft[i] == 0 {
			o.begin(i)
		}
	}
	return o
}

func (o *oracle) begin(i int) {
	if o.verdict[i] == runner.StatusSkipped {
		o.finish(i)
		return
	}
	o.rowsLeft[i] = max(1, o.suite.queries[i].rows)
	o.ready += o.rowsLeft[i]
}

func (o *oracle) finish(i int) {
	o.done[i] = true
	for _, j := range o.waiters[i] {
		if o.waiting[j]--; o.waiting[j] == 0 {
			o.begin(j)
		}
	}
}

// awaited is how long the test waits for what must come. It only ends tests
// that fail.
const awaited = 20 * time.Second
