package runner

import (
	"fmt"
	"math"
	"time"

	"golang.org/x/time/rate"

	"github.com/apicel/apicel/spec"
)

// lane is what the requests of one source share: how many of them may be in
// flight, and how many may be sent in a time. A task that its lane does not
// admit waits in the lane, where it holds neither a worker nor anybody else's
// requests back. The run's lock guards it.
type lane struct {
	max     int           // 0 is no bound
	limiter *rate.Limiter // nil is no bound

	inFlight int
	waiting  taskHeap
	timer    *time.Timer // wakes the first that waits for the rate; nil where none does
}

// limits are the rate_limit and max_concurrency of a source.
type limits struct {
	max   int
	count int // requests in per; 0 is no bound
	per   time.Duration
}

// lane returns the lane of a suite's source, which it shares with all suites
// whose source is equal, or nil where it has no limits.
func (r *run) lane(s *suite) *lane {
	if s.config == nil || s.limits == (limits{}) {
		return nil
	}
	key := fmt.Sprintf("%d %d %d %s", s.limits.max, s.limits.count, s.limits.per, s.config.Key())
	if r.lanes[key] == nil {
		r.lanes[key] = newLane(s.limits)
	}
	return r.lanes[key]
}

// burstTime is the time whose requests may be sent at once, which makes up for
// timers that are late.
const burstTime = 10 * time.Millisecond

func newLane(l limits) *lane {
	out := &lane{max: l.max}
	if l.count > 0 {
		perSecond := float64(l.count) / l.per.Seconds()
		burst := max(1, int(math.Ceil(perSecond*burstTime.Seconds())))
		out.limiter = rate.NewLimiter(rate.Limit(perSecond), burst)
	}
	return out
}

// admit tells whether the row's next attempt may start, and counts it. One that
// may not waits for the run's pace or in its lane. What is stopped is admitted, so
// that it can end.
func (r *run) admit(t task) bool {
	if t.row == nil || r.stoppedFor(t.row) {
		return true
	}
	if r.tooEarly(t) || !r.admitToLane(t) {
		return false
	}
	if t.row.tooLate == 0 {
		r.depart(t.row)
	}
	return true
}

func (r *run) admitToLane(t task) bool {
	l := t.node.suite.lane
	if l == nil {
		return true
	}
	if l.max > 0 && l.inFlight >= l.max {
		l.waiting.push(t)
		return false
	}
	if l.limiter != nil {
		now := time.Now()
		if wait := l.wait(now); wait > 0 {
			if t.row.isTooLate(now.Add(wait)) {
				t.row.tooLate = wait
				return true // to be told so
			}
			l.waiting.push(t)
			r.wakeLane(l, wait)
			return false
		}
	}
	l.inFlight++
	t.row.admitted = true
	return true
}

// isTooLate tells that teardown's deadline will be up when the rate would let the
// row go. Waiting for that would only make the run longer.
func (w *row) isTooLate(at time.Time) bool {
	if w.node.q.phase() != spec.PhaseTeardown {
		return false
	}
	deadline, limited := w.node.suite.teardown.Deadline()
	return limited && at.After(deadline)
}

// wait is how long the rate wants the next request to wait; 0 counts it as sent.
func (l *lane) wait(now time.Time) time.Duration {
	next := l.limiter.ReserveN(now, 1)
	wait := next.DelayFrom(now)
	if wait > 0 {
		next.CancelAt(now)
	}
	return wait
}

// wakeLane lets the first that waits try again after a time.
func (r *run) wakeLane(l *lane, after time.Duration) {
	if l.timer != nil {
		return
	}
	l.timer = time.AfterFunc(after, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		l.timer = nil
		r.advance(l)
	})
}

// advance makes the first that waits in a lane ready.
func (r *run) advance(l *lane) {
	if l.waiting.len() > 0 {
		r.ready.push(l.waiting.pop())
		r.wake.Signal()
	}
}

// leave ends an attempt of a row in its lane.
func (r *run) leave(w *row) {
	if !w.admitted {
		return
	}
	w.admitted = false
	l := w.node.suite.lane
	l.inFlight--
	r.advance(l)
}

// wakeLanes makes all that wait in lanes ready, so that those which were
// stopped can end; the others go back to waiting.
func (r *run) wakeLanes() {
	r.wakePace()
	for _, l := range r.lanes {
		for l.waiting.len() > 0 {
			r.ready.push(l.waiting.pop())
		}
	}
}

// stopLanes ends the timers of the lanes.
func (r *run) stopLanes() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.pace.timer != nil {
		r.pace.timer.Stop()
	}
	for _, l := range r.lanes {
		if l.timer != nil {
			l.timer.Stop()
		}
	}
}
