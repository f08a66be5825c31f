package runner

import (
	"math"
	"time"
)

// pace keeps requests of a run apart in time, whatever their sources. A task that
// comes too early waits here, where it holds no worker. The run's lock guards it.
type pace struct {
	delay    time.Duration // 0 is none
	next     time.Time     // before which no request begins
	inFlight int
	waiting  taskHeap
	timer    *time.Timer // nil where none waits
}

// tooEarly tells whether a request would begin too early; it then waits.
func (r *run) tooEarly(t task) bool {
	p := &r.pace
	if p.delay == 0 {
		return false
	}
	wait := time.Until(p.next)
	if wait <= 0 {
		return false
	}
	p.waiting.push(t)
	if p.timer == nil {
		p.timer = time.AfterFunc(wait, func() {
			r.mu.Lock()
			defer r.mu.Unlock()
			p.timer = nil
			r.wakePace()
		})
	}
	return true
}

// depart notes that a request of the row begins.
func (r *run) depart(w *row) {
	if p := &r.pace; p.delay > 0 {
		w.paced, w.paceBefore = true, p.next
		p.inFlight++
		p.next = time.Now().Add(p.delay)
		w.paceNext = p.next
	}
}

// arrive notes that a request has ended, or was not sent after all: then the next
// one need not wait for it.
func (r *run) arrive(w *row, sent bool) {
	if !w.paced {
		return
	}
	w.paced = false
	p := &r.pace
	p.inFlight--
	switch {
	case !sent && p.next.Equal(w.paceNext):
		p.next = w.paceBefore
		r.wakePace()
	case sent && p.inFlight == 0:
		p.next = time.Now().Add(p.delay)
	}
}

// wakePace makes all that wait ready. Who may not begin yet goes back to waiting.
func (r *run) wakePace() {
	p := &r.pace
	if p.timer != nil {
		p.timer.Stop()
		p.timer = nil
	}
	for p.waiting.len() > 0 {
		r.ready.push(p.waiting.pop())
	}
	r.wake.Broadcast()
}

// failFast stops the run after so many queries that failed as were asked for. What
// fails in teardown stops nothing.
func (r *run) failFast(w *row) {
	if !w.node.beforeTeardown() || !failed(w.report.Status) {
		return
	}
	r.failures++
	if r.failures == r.failLimit() && r.stop == "" {
		r.stop = StopFailFast
		r.wakePolls(func(w *row) bool { return w.node.beforeTeardown() })
	}
}

func (r *run) failLimit() int {
	if r.o.FailFast > 0 {
		return r.o.FailFast
	}
	return math.MaxInt
}
