package runner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"cel.dev/cel-go/common/types/ref"

	"github.com/apicel/apicel/internal/secret"
	"github.com/apicel/apicel/runner/source"
	"github.com/apicel/apicel/spec"
)

// suiteRun is the state of one suite in a run.
type suiteRun struct {
	suite  *suite
	report *SuiteReport
	nodes  []*node // by query index
	phase  int     // rank of the phase that runs
	left   int     // nodes of that phase that are not done
	// setupFailure names the setup query that failed, or is "".
	setupFailure string
	// cookies are those that the finished phases set.
	cookies cookieSets
	// names are those of queries without each, which rows must not take.
	names names
	// client is that of the source, once it was needed.
	client atomic.Pointer[source.Client]
	// lane is that of the source, nil where it has no limits.
	lane *lane
	// sent tells that a request of the suite was sent.
	sent bool
	// teardown bounds the requests of teardown.
	teardown       context.Context
	cancelTeardown func()
}

// node is the state of one query in a run.
type node struct {
	q          *query
	name       string // "" with each
	written    string // the name in the suite, of an each
	path       string // as written
	tags       []string
	suite      *suiteRun
	pending    int // waits that are not done
	dependents []*node
	status     Status         // "" until done
	reason     string         // of a skipped one
	reports    []*QueryReport // of its rows so far, in their order
	left       int            // rows that are made and not done
	queued     int            // rows that are made and have not begun
	// maker makes the rows of an each. It belongs to the task that does so, of which
	// there is one where expanding is set; unmade tells that rows are left for it.
	maker     *rowMaker
	expanding bool
	unmade    bool
	caught    map[string][]caught // what rows that are done captured
	received  []given             // which cookies they were given
	reads     map[string]ref.Val  // what its captures.x are, made when it is ready
	captured  map[string]ref.Val
	cookies   cookieSets // what it may send; when done also what it was given
}

var phases = []spec.Phase{spec.PhaseSetup, spec.PhaseQueries, spec.PhaseTeardown}

func (r *run) newSuite(s *suite) *suiteRun {
	redact := r.plan.redactor.Redact
	su := &suiteRun{suite: s, report: &SuiteReport{Name: redact(s.spec.Name.Value), Started: time.Now(), Queries: []*QueryReport{}}}
	if s.spec.File != nil {
		su.report.File, su.report.ID = s.spec.File.Name, s.id
	}
	su.report.Tags = redactedTags(tagsOf(s.spec.Tags), redact)
	su.report.Repetition = r.o.Repetition
	su.report.Problems = ReportProblems(s.problems, r.plan.redactor)
	if s.bad() {
		return su
	}
	su.report.BaseURL, su.report.Waits = redact(s.baseURL), s.waits(redact)
	su.nodes = make([]*node, len(s.queries))
	su.names = make(names, len(s.queries))
	for _, q := range s.written() {
		name := ""
		if !q.each() {
			name = su.names.take(q.shownName, nil) // also where it does not run, so that names do not depend on that
		}
		if q.kept() {
			n := &node{q: q, suite: su, name: name, tags: redactedTags(q.tags, redact), pending: len(q.waits), path: redact(secret.MaskURL(q.spec.Path.Value, ""))}
			if q.each() {
				n.written = redact(q.spec.Name.Value)
			}
			su.nodes[q.index] = n
		}
	}
	for _, n := range su.nodes {
		for _, on := range n.q.waits {
			d := su.nodes[on.index]
			d.dependents = append(d.dependents, n)
		}
	}
	return su
}

// redactedTags returns the tags with secrets masked.
func redactedTags(tags []string, redact func(string) string) []string {
	var shown []string
	for _, t := range tags {
		shown = append(shown, redact(t))
	}
	return shown
}

// names are names in use, each with the last number that told one like it apart.
type names map[string]int

// take returns name, or "name (2)" and so on where it is in use here or among
// the others, and takes it.
func (used names) take(name string, others names) string {
	unused := name
	for used[unused] > 0 || others[unused] > 0 {
		used[name] = max(used[name], 1) + 1
		unused = fmt.Sprintf("%s (%d)", name, used[name])
	}
	used[unused] = max(used[unused], 1)
	return unused
}

// startPhase makes the first queries of a phase ready, or goes on to the next
// where it has none.
func (r *run) startPhase(su *suiteRun, rank int) {
	for ; rank < len(phases); rank++ {
		queries := su.suite.phase(phases[rank])
		if len(queries) == 0 {
			continue
		}
		su.phase, su.left = rank, len(queries)
		if phases[rank] == spec.PhaseTeardown {
			r.startTeardown(su)
		}
		for _, q := range queries {
			if n := su.nodes[q.index]; n.pending == 0 {
				r.decided = append(r.decided, n)
			}
		}
		return
	}
	r.finishSuite(su)
}

func (r *run) startTeardown(su *suiteRun) {
	ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(r.ctx), r.o.TeardownTimeout, errTeardownTime)
	forget := context.AfterFunc(ctx, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.wakePolls(func(w *row) bool { return w.node.suite == su })
	})
	su.teardown, su.cancelTeardown = ctx, func() { forget(); cancel() }
}

// settle decides on the nodes whose waits are all done until there are none
// left. The caller holds the lock.
func (r *run) settle() {
	for len(r.decided) > 0 {
		n := r.decided[0]
		r.decided = r.decided[1:]
		if reason, cause := r.skipReason(n); reason != "" {
			r.skip(n, reason, cause)
			continue
		}
		n.reads = n.readCaptures()
		n.cookies = n.inheritCookies()
		if !n.q.each() {
			r.addRows(n, []*row{r.newRow(n, n.name, 0)})
			continue
		}
		r.ready.push(task{node: n})
	}
	r.decided = nil
	r.wake.Broadcast()
}

// addRows makes the rows of n ready to be sent.
func (r *run) addRows(n *node, rows []*row) {
	n.left += len(rows)
	n.queued += len(rows)
	for _, w := range rows {
		n.reports = append(n.reports, w.report)
		r.ready.push(task{node: n, row: w})
	}
}

// skip finishes a node without sending anything.
func (r *run) skip(n *node, reason string, cause SkipCause) {
	n.reason = r.plan.redactor.Redact(reason)
	w := r.newRow(n, n.name, 0)
	w.skip(n.reason, cause)
	n.reports = []*QueryReport{w.report}
	r.events.put(QueryFinished{n.suite.report, w.report})
	r.finishNode(n)
}

// skip gives the row's report the verdict that nothing was sent.
func (w *row) skip(reason string, cause SkipCause) {
	w.report.Status, w.report.Reason, w.report.SkipCause = StatusSkipped, reason, cause
}

// skipReason says why n is not sent, or "".
func (r *run) skipReason(n *node) (reason string, cause SkipCause) {
	phase := n.q.phase()
	switch {
	case n.q.skip != nil:
		return n.q.skipReason, SkipAsked
	case phase == spec.PhaseTeardown && !n.suite.sent:
		return "nothing was sent that would have to be torn down", SkipClean
	case phase != spec.PhaseTeardown && r.stopping() != "":
		return r.stopReason(), SkipStopped
	case phase == spec.PhaseQueries && n.suite.setupFailure != "":
		return fmt.Sprintf("setup failed: %q", n.suite.setupFailure), SkipFailure
	}
	for _, need := range n.q.needs {
		if reason, cause := n.suite.node(need.query).lacks(need, phase); reason != "" {
			return reason, cause
		}
	}
	return "", ""
}

// node returns the node of a query, of one that does not run an empty one: it
// captured nothing.
func (su *suiteRun) node(q *query) *node {
	if !q.kept() {
		return &node{q: q, suite: su, status: StatusSkipped}
	}
	return su.nodes[q.index]
}

// lacks says why n does not meet the need of a query in phase, or "".
func (n *node) lacks(need need, phase spec.Phase) (reason string, cause SkipCause) {
	if need.capture != "" {
		if _, ok := n.captured[need.capture]; ok && phase == spec.PhaseTeardown {
			return "", ""
		}
	}
	switch {
	case phase == spec.PhaseTeardown:
		return "nothing was captured as " + need.capture, SkipClean
	case n.status == StatusPassed:
		return "", ""
	case n.status == StatusSkipped:
		return fmt.Sprintf("needs %q, which was skipped", n.q.spec.Name.Value), n.reports[0].SkipCause
	}
	return fmt.Sprintf("needs %q, which %s", n.q.spec.Name.Value, n.status), SkipFailure
}

func (r *run) stopReason() string {
	switch r.stop {
	case StopInterrupted:
		return "the run was interrupted"
	case StopTimeout:
		return "the run's timeout was up"
	}
	if r.o.FailFast > 1 {
		return fmt.Sprintf("%d earlier queries failed (fail-fast)", r.o.FailFast)
	}
	return "an earlier query failed (fail-fast)"
}

// readCaptures returns the captures that n's expressions read, of those that were made.
func (n *node) readCaptures() map[string]ref.Val {
	var out map[string]ref.Val
	for _, c := range n.q.refs.Captures {
		owner := n.suite.suite.captures[c.Name]
		if owner == nil {
			continue
		}
		if v, ok := n.suite.node(owner).captured[c.Name]; ok {
			if out == nil {
				out = map[string]ref.Val{}
			}
			out[c.Name] = v
		}
	}
	return out
}

// finishNode gives n its verdict, and whoever waited for it its chance. The
// caller holds the lock and calls settle.
func (r *run) finishNode(n *node) {
	n.status = n.verdict()
	n.collect()
	su := n.suite
	if n.q.phase() == spec.PhaseSetup && su.setupFailure == "" {
		su.setupFailure = n.failedRow()
	}
	for _, d := range n.dependents {
		if d.pending--; d.pending == 0 && su.phase == phaseRank[d.q.phase()] {
			r.decided = append(r.decided, d)
		}
	}
	if su.left--; su.left == 0 {
		for _, q := range su.suite.phase(phases[su.phase]) {
			su.cookies = su.cookies.merge(su.nodes[q.index].cookies)
		}
		r.startPhase(su, su.phase+1)
	}
}

// beforeTeardown tells whether the query is one of setup or queries.
func (n *node) beforeTeardown() bool { return n.q.phase() != spec.PhaseTeardown }

func failed(s Status) bool { return s == StatusFailed || s == StatusErrored }

// failedRow names the first row that failed, or is "".
func (n *node) failedRow() string {
	for _, q := range n.reports {
		if failed(q.Status) {
			return q.Name
		}
	}
	return ""
}

// beforeTeardown tells whether the suite has queries to send before its teardown.
func (su *suiteRun) beforeTeardown() bool {
	return su.left > 0 && phases[su.phase] != spec.PhaseTeardown
}

// redactAgain masks in the whole suite what became known as a secret during the run.
func (su *suiteRun) redactAgain(red *secret.Redactor) {
	for _, q := range su.report.Queries {
		q.redactAgain(red)
	}
}

// verdict is the worst of the rows' verdicts; rows that were skipped count only
// where all were.
func (n *node) verdict() Status {
	var found [4]bool
	for _, q := range n.reports {
		switch q.Status {
		case StatusErrored:
			found[0] = true
		case StatusFailed:
			found[1] = true
		case StatusPassed:
			found[2] = true
		}
	}
	for i, s := range []Status{StatusErrored, StatusFailed, StatusPassed} {
		if found[i] {
			return s
		}
	}
	return StatusSkipped
}

// finishSuite completes a suite's report and announces it.
func (r *run) finishSuite(su *suiteRun) {
	if su.cancelTeardown != nil {
		su.cancelTeardown()
	}
	rep := su.report
	for _, n := range su.nodes {
		rep.Queries = append(rep.Queries, n.reports...)
		for _, q := range n.reports {
			rep.Counts.count(q)
		}
		n.reports = nil
	}
	rep.Status = rep.Counts.status()
	if su.suite.bad() {
		rep.Status, rep.Counts.BadSuites = StatusErrored, 1
	}
	rep.Duration = millis(time.Since(rep.Started))
	r.events.put(SuiteFinished{rep})
	if r.open--; r.open == 0 {
		r.wake.Broadcast()
	}
}

func (c *Counts) count(q *QueryReport) {
	c.Queries++
	c.Checks += q.Checks
	switch q.Status {
	case StatusPassed:
		c.Passed++
		if q.Flaky {
			c.Flaky++
		}
	case StatusFailed:
		c.Failed++
	case StatusErrored:
		c.Errored++
	case StatusSkipped:
		c.Skipped++
	}
}

func (c *Counts) status() Status {
	switch {
	case c.Errored > 0:
		return StatusErrored
	case c.Failed > 0:
		return StatusFailed
	case c.Passed > 0 || c.Queries == 0:
		return StatusPassed
	}
	return StatusSkipped
}

// stopped tells whether ctx was cancelled because the run was stopped.
func stopped(ctx context.Context) bool {
	cause := context.Cause(ctx)
	return slices.ContainsFunc([]error{errInterrupted, errRunTimeout, errTeardownTime}, func(stop error) bool {
		return errors.Is(cause, stop)
	})
}
