package runner

import "sync"

// eventQueue hands events from the run to its sink. Putting one never waits: a
// sink that is stuck, since nobody reads the terminal, must not keep a run from
// stopping and tearing down. What waits in it is at most a few events a query.
type eventQueue struct {
	mu     sync.Mutex
	wake   *sync.Cond
	events []Event
	spare  []Event // was handed out before
	closed bool
}

func newEventQueue() *eventQueue {
	q := &eventQueue{}
	q.wake = sync.NewCond(&q.mu)
	return q
}

func (q *eventQueue) put(e Event) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.events = append(q.events, e)
	q.wake.Signal()
}

func (q *eventQueue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.wake.Signal()
}

// drain hands every event to the sink, in order, until the queue is closed and empty.
func (q *eventQueue) drain(sink Sink) {
	flusher, _ := sink.(Flusher)
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
	}
}

// take waits for events and returns all there are. Used is the batch before,
// whose memory serves the one after this.
func (q *eventQueue) take(used []Event) ([]Event, bool) {
	clear(used)
	q.mu.Lock()
	defer q.mu.Unlock()
	q.spare = used[:0]
	for len(q.events) == 0 {
		if q.closed {
			return nil, false
		}
		q.wake.Wait()
	}
	batch := q.events
	q.events = q.spare
	return batch, true
}
