package runner

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"cel.dev/cel-go/common/types/ref"

	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/spec"
)

// row is one sending of a query: the query itself, or one row of its each.
type row struct {
	node     *node
	index    int
	value    ref.Val // nil without each
	report   *QueryReport
	nameErr  error // why the name is shown as written
	attempts int
	admitted bool          // an attempt is counted in the source's lane
	tooLate  time.Duration // the wait of the rate, where it goes beyond teardown\'s deadline
	deadline time.Time     // of a poll
	// paced tells that an attempt is counted in the run's pace; paceBefore and
	// paceNext are when the next one could begin before and after it did.
	paced                bool
	paceBefore, paceNext time.Time
	kept                 []AttemptReport // all of a retry, of a poll the first and the last
	captured             map[string]ref.Val
	received             cookieSets
}

// number is the number of the row, -1 for the making of rows.
func (w *row) number() int {
	if w == nil {
		return -1
	}
	return w.index
}

// step sends the next attempt of a row and decides what becomes of it.
func (r *run) step(w *row) {
	ctx, ok := r.begin(w)
	if !ok {
		return
	}
	res := r.guardedAttempt(ctx, w)
	if res.report.Error != nil && (stopped(ctx) || w.outOfTime()) {
		// Cut off while it was built, sent or judged: no verdict on a poll.
		res.cut, res.final, res.again = true, w.node.q.poll == nil, false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	defer r.settle()
	r.leave(w)
	r.arrive(w, res.report.Request != nil)
	if res.skip != "" {
		w.skip(res.skip, SkipIf)
		r.finishRow(w)
		return
	}
	r.record(w, res)
	polls := w.node.q.poll != nil && !res.passed()
	if res.final || !polls && !res.again {
		r.conclude(w, res)
		return
	}
	late := polls && !time.Now().Add(res.interval).Before(w.deadline)
	if stopped := r.stoppedFor(w); stopped || late {
		r.giveUp(w, res, stopped)
		return
	}
	r.sleep(w, &res.report, res.interval)
}

// sleep lets a row wait for its next attempt, which holds no worker.
func (r *run) sleep(w *row, failed *AttemptReport, wait time.Duration) {
	if r.learned.Load() {
		failed.redactAgain(r.plan.redactor)
	}
	now, attempt := *w.report, *failed
	r.events.put(AttemptFinished{w.node.suite.report, &now, &attempt, wait})
	r.sleeping[w] = time.AfterFunc(wait, func() { r.rise(w) })
}

// outOfTime tells whether the row polls and its time is up.
func (w *row) outOfTime() bool { return !w.deadline.IsZero() && !time.Now().Before(w.deadline) }

// begin returns the context for the row's next attempt, or finishes the row
// where the run or its teardown was stopped meanwhile.
func (r *run) begin(w *row) (context.Context, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	su := w.node.suite
	if w.attempts == 0 {
		r.begins(w.node)
	}
	if r.stoppedFor(w) || w.tooLate > 0 {
		r.leave(w)
		r.arrive(w, false)
		if w.attempts > 0 {
			r.giveUp(w, result{}, true)
		} else {
			w.skip(r.whyStopped(w), SkipStopped)
			r.finishRow(w)
		}
		r.settle()
		return nil, false
	}
	if w.attempts == 0 {
		r.events.put(QueryStarted{su.report, w.report})
	}
	w.attempts++
	return r.contextOf(w.node), true
}

func (r *run) stoppedFor(w *row) bool {
	if w.node.q.phase() == spec.PhaseTeardown {
		return w.node.suite.teardown.Err() != nil
	}
	return r.stopping() != ""
}

// stopping returns why nothing new starts outside teardown, or "". An interrupt
// counts from the moment it comes, not from when watch gets to it.
func (r *run) stopping() Stop {
	if r.stop == "" && r.parent.Err() != nil {
		r.stop = StopInterrupted
	}
	return r.stop
}

// whyStopped is stoppedReason for a row, which a limit may have ended.
func (r *run) whyStopped(w *row) string {
	if w.tooLate > 0 {
		return fmt.Sprintf("rate_limit lets the next request go in %v, after teardown's deadline of %v", w.tooLate.Round(time.Second), r.o.TeardownTimeout)
	}
	return r.stoppedReason(w.node)
}

func (r *run) stoppedReason(n *node) string {
	if n.q.phase() == spec.PhaseTeardown {
		return fmt.Sprintf("teardown's deadline of %v was up", r.o.TeardownTimeout)
	}
	return r.stopReason()
}

// rise makes a row that slept ready, unless somebody woke it before.
func (r *run) rise(w *row) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.sleeping[w]; !ok {
		return
	}
	delete(r.sleeping, w)
	r.ready.push(task{node: w.node, row: w})
	r.wake.Signal()
}

// record keeps what an attempt found: its captures and cookies, and the attempt
// itself. Captures are kept though a check failed, so that
// teardown can clean up.
func (r *run) record(w *row, res result) {
	w.node.suite.sent = w.node.suite.sent || res.report.Request != nil
	if w.report.Started.IsZero() {
		w.report.Started = res.started
	}
	w.report.Duration = millis(time.Since(w.report.Started))
	w.report.AttemptCount = w.attempts
	for name, v := range res.captured {
		if w.captured == nil {
			w.captured = map[string]ref.Val{}
		}
		w.captured[name] = v
	}
	if res.cookies != nil {
		w.received = w.received.merge(cookieSets{{res.identity, res.cookies}})
	}
	if res.path != "" {
		w.report.Path = res.path
	}
	if res.cut && w.node.q.poll != nil && len(w.kept) > 0 {
		return // this one was cut off; what the poll asked before says more
	}
	w.report.StatusCode = res.status
	w.report.Checks = res.checks
	w.report.Failures, w.report.Error = res.report.Failures, res.report.Error
	if w.node.q.poll != nil && len(w.kept) == 2 {
		w.kept = w.kept[:1]
	}
	w.kept = append(w.kept, res.report)
}

// conclude gives a row its verdict after its last attempt.
func (r *run) conclude(w *row, res result) {
	rep := w.report
	switch {
	case rep.Error != nil:
		rep.Status = StatusErrored
	case len(rep.Failures) > 0:
		rep.Status = StatusFailed
	default:
		rep.Status = StatusPassed
	}
	if res.gaveUp != "" {
		rep.Status = StatusFailed
		rep.Message = res.gaveUp
	}
	rep.Flaky = rep.Status == StatusPassed && w.node.q.retry != nil && w.attempts > 1
	r.finishRow(w)
}

// giveUp ends a poll whose checks did not pass in time, and a poll or a retry
// between two attempts where the run or its teardown was stopped.
func (r *run) giveUp(w *row, res result, stopped bool) {
	w.report.Duration = millis(time.Since(w.report.Started))
	switch {
	case stopped:
		what := "polling"
		if w.node.q.retry != nil {
			what = "retrying"
		}
		w.report.Message = fmt.Sprintf("%s ended after %s: %s", what, attempts(w.attempts), r.whyStopped(w))
	default:
		w.report.Message = fmt.Sprintf("its checks did not pass within %v (%s)%s", res.pollTimeout, attempts(w.attempts), res.giveUpProblem)
	}
	r.conclude(w, result{})
}

func attempts(n int) string {
	if n == 1 {
		return "1 attempt"
	}
	return fmt.Sprintf("%d attempts", n)
}

// finishRow completes a row's report. The caller holds the lock and calls settle.
func (r *run) finishRow(w *row) {
	rep, n := w.report, w.node
	if rep.Status != StatusPassed && rep.Status != StatusSkipped || rep.Flaky || r.o.KeepExchanges {
		rep.Attempts = w.kept
	}
	if r.learned.Load() {
		rep.redactAgain(r.plan.redactor)
	}
	w.kept = nil
	r.failFast(w)
	r.events.put(QueryFinished{n.suite.report, rep})
	n.keep(w)
	if n.left--; n.left == 0 && !n.unmade {
		r.finishNode(n)
	}
}

// caught is a value that a row captured, given the cookies that it was given.
type (
	caught struct {
		row   int
		value ref.Val
	}
	given struct {
		row  int
		sets cookieSets
	}
)

// keep keeps of a row that is done what others may read. The row itself is let go.
func (n *node) keep(w *row) {
	for name, v := range w.captured {
		if n.caught == nil {
			n.caught = map[string][]caught{}
		}
		n.caught[name] = append(n.caught[name], caught{w.index, v})
	}
	if len(w.received) > 0 {
		n.received = append(n.received, given{w.index, w.received})
	}
}

// collect gathers what the rows captured and which cookies they were given.
func (n *node) collect() {
	for _, c := range n.q.spec.Capture {
		name := c.Name.Value
		all := n.caught[name]
		slices.SortFunc(all, func(a, b caught) int { return cmp.Compare(a.row, b.row) })
		values := make([]ref.Val, len(all))
		for i, c := range all {
			values[i] = c.value
		}
		if n.captured == nil {
			n.captured = map[string]ref.Val{}
		}
		switch {
		case n.q.each() && n.left == 0 && n.reason == "":
			n.captured[name] = expr.List(values)
		case len(values) > 0:
			n.captured[name] = values[0]
		}
	}
	slices.SortFunc(n.received, func(a, b given) int { return cmp.Compare(a.row, b.row) })
	for _, k := range n.received {
		n.cookies = n.cookies.merge(k.sets)
	}
	n.caught, n.received = nil, nil
}
