package runner

import (
	"context"
	"time"
)

// Turns say how often a run is repeated.
type Turns struct {
	// Max is the number of turns at most, 0 is no bound.
	Max int
	// Until ends the run after the first turn for whose report it holds, and lets the
	// report be that of the last turn, so that a long hunt holds one turn in
	// memory. Nil keeps the suites of all turns.
	Until func(*Report) bool
}

// TurnSeed is the seed of a turn, from 1: that of turn 1 is the run's own and each
// later one is greater by 1, so that a turn can be had again by itself.
func TurnSeed(seed uint64, turn int) uint64 { return seed + uint64(turn) - 1 }

// Repeat runs one turn after another and returns a report on all of them. Plan
// makes the plan of a turn, which is a copy of its own: its vars are evaluated anew,
// with [TurnSeed]. Nothing begins any more once a turn was stopped, sent nothing, or
// was what Until waits for; o.Timeout is for all turns together.
func Repeat(ctx context.Context, t Turns, o RunOptions, plan func(turn int) *Plan, sink Sink) *Report {
	began := time.Now()
	timeout, shuffle := o.Timeout, o.Shuffle
	var all *Report
	for turn := 1; ; turn++ {
		o.Repetition = turn
		if timeout > 0 {
			o.Timeout = timeout - time.Since(began)
		}
		if shuffle != nil {
			seed := TurnSeed(*shuffle, turn)
			o.Shuffle = &seed
		}
		r := plan(turn).Run(ctx, o, sink)
		if o.FailFast > 0 {
			o.FailFast = max(1, o.FailFast-r.Counts.Failed-r.Counts.Errored)
		}
		all = t.join(all, r)
		all.Started, all.Duration, all.Repetitions = began, millis(time.Since(began)), turn
		switch {
		case turn == t.Max || r.Stopped != "" || r.Counts.Queries == r.Counts.Skipped || t.Until != nil && t.Until(r):
			return all
		case ctx.Err() != nil:
			all.Stopped = StopInterrupted
			return all
		case timeout > 0 && time.Since(began) >= timeout:
			all.Stopped = StopTimeout
			return all
		}
	}
}

// join adds the report of a turn to those before it.
func (t Turns) join(all, r *Report) *Report {
	if all == nil || t.Until != nil {
		return r
	}
	for _, s := range r.Suites {
		s.Seed = &r.Seed
	}
	all.Suites = append(all.Suites, r.Suites...)
	all.Counts.add(r.Counts)
	all.Stopped = r.Stopped
	return all
}
