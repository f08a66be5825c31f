package runner

import (
	"sync"
	"time"
)

// eventQueue hands events from the run to its sink. Putting one never waits: a
// sink that is stuck, since nobody reads the terminal, must not keep a run from
// stopping and tearing down. What waits in it is at most a few events a query.
type eventQueue struct {
	mu     sync.Mutex
	wake   *sync.Cond
	events []Event
	closed bool
	done   chan struct{} // closed with it
}

// gather is for how long events gather before the next of them are handed out: too
// short to be seen, and long enough that a run whose queries take less than a
// millisecond is not woken for each of them.
const gather = 5 * time.Millisecond

func newEventQueue() *eventQueue {
	q := &eventQueue{done: make(chan struct{})}
	q.wake = sync.NewCond(&q.mu)
	return q
}

func (q *eventQueue) put(e Event) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.events = append(q.events, e)
	if len(q.events) == 1 {
		q.wake.Signal()
	}
}

func (q *eventQueue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	close(q.done)
	q.wake.Signal()
}

// drain hands every event to the sink, in order, until the queue is closed and empty.
func (q *eventQueue) drain(sink Sink) {
	flusher, _ := sink.(Flusher)
	pause := time.NewTimer(0)
	defer pause.Stop()
	var batch []Event
	for {
		var ok bool
		if batch, ok = q.take(batch); !ok {
			return
		}
		for _, e := range batch {
			sink.Handle(e)
		}
		if flusher != nil {
			flusher.Flush()
		}
		pause.Reset(gather)
		select {
		case <-pause.C:
		case <-q.done:
		}
	}
}

// take waits for events and returns all there are. Used is the batch before,
// whose memory serves the one after this.
func (q *eventQueue) take(used []Event) ([]Event, bool) {
	clear(used)
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.events) == 0 {
		if q.closed {
			return nil, false
		}
		q.wake.Wait()
	}
	batch := q.events
	q.events = used[:0]
	return batch, true
}
