package runner_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apicel/apicel/runner"
)

// A source's max_concurrency holds back its own queries only: those of another
// source all run while its first ones are held.
func TestMaxConcurrency(t *testing.T) {
	const limit, others = 2, 10
	var mu sync.Mutex
	inFlight, most, done := 0, 0, 0
	release := make(chan struct{})
	// settled lets the limited go on once as many of them as may are in flight,
	// and all others are done.
	settled := sync.OnceFunc(func() { close(release) })
	note := func(change func()) {
		mu.Lock()
		defer mu.Unlock()
		change()
		most = max(most, inFlight)
		if most == limit && done == others {
			settled()
		}
	}
	limited := serve(t, func(http.ResponseWriter, *http.Request) {
		note(func() { inFlight++ })
		<-release
		note(func() { inFlight-- })
	})
	free := serve(t, func(http.ResponseWriter, *http.Request) { note(func() { done++ }) })
	p := compileWith(t, runner.CompileOptions{},
		fmt.Sprintf("source: {base_url: %q, max_concurrency: %d}\nqueries:\n  - {name: a, get: /, each: [1, 2, 3, 4, 5, 6, 7, 8]}\n", limited, limit),
		fmt.Sprintf("source: {base_url: %q, max_concurrency: %d}\nqueries:\n  - {name: b, get: /, each: [1, 2, 3, 4, 5, 6, 7, 8]}\n", limited, limit),
		fmt.Sprintf("source: {base_url: %q}\nqueries:\n  - {name: c, get: /, each: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]}\n", free),
	)
	r := p.Run(background, runner.RunOptions{Jobs: 4}, discard{})
	if r.Counts.Passed != 26 {
		t.Errorf("counts are %+v", r.Counts)
	}
	if most != limit {
		t.Errorf("%d requests were in flight at once, expected %d: two suites share their source's limit", most, limit)
	}
}

// What a rate holds back waits without a worker, ends with the run, and leaves
// teardown its turn.
func TestRateLimit(t *testing.T) {
	ctx, cancel := context.WithCancel(background)
	defer cancel()
	var sent atomic.Int32
	limited := serve(t, func(http.ResponseWriter, *http.Request) { sent.Add(1) })
	var done atomic.Int32
	free := serve(t, func(http.ResponseWriter, *http.Request) {
		if done.Add(1) == 3 {
			cancel()
		}
	})
	p := compileWith(t, runner.CompileOptions{},
		fmt.Sprintf("source: {base_url: %q, rate_limit: 1/1h}\nqueries:\n  - {name: limited, get: /, each: [1, 2, 3]}\n", limited),
		fmt.Sprintf("source: {base_url: %q}\nqueries:\n  - {name: first, post: /}\n  - {name: second, post: /}\n  - {name: third, post: /}\n", free),
	)
	r := p.Run(ctx, runner.RunOptions{Jobs: 1}, discard{})
	wantStatuses(t, r, "limited [0]: passed, limited [1]: skipped, limited [2]: skipped, first: passed, second: passed, third: passed")
	if n := sent.Load(); n != 1 {
		t.Errorf("%d requests were sent", n)
	}
	if r.Stopped != runner.StopInterrupted {
		t.Errorf("stopped is %q", r.Stopped)
	}
}

// The rate is kept and nothing is lost.
func TestRateIsKept(t *testing.T) {
	const per = 20 * time.Millisecond
	var mu sync.Mutex
	var times []time.Time
	url := serve(t, func(http.ResponseWriter, *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		times = append(times, time.Now())
	})
	r := run(t, fmt.Sprintf("vars: {rate: 1/20ms}\nsource: {base_url: %q, rate_limit: '${vars.rate}', max_concurrency: 3}\nqueries:\n  - {name: a, get: /, each: [1, 2, 3, 4, 5, 6]}\n", url), runner.RunOptions{})
	if r.Counts.Passed != 6 || len(times) != 6 {
		t.Fatalf("counts are %+v, %d requests", r.Counts, len(times))
	}
	if took := times[5].Sub(times[0]); took < 4*per { // five gaps, of which one may be lost to a slow first request
		t.Errorf("six requests in %v, expected one in %v", took, per)
	}
}

// A teardown query that the rate lets go after teardown's deadline only does not
// make the run wait for that deadline.
func TestRateBeyondTeardown(t *testing.T) {
	var sent atomic.Int32
	url := serve(t, func(http.ResponseWriter, *http.Request) { sent.Add(1) })
	start := time.Now()
	r := run(t, fmt.Sprintf(`
source: {base_url: %q, rate_limit: 1/1h}
queries:
  - {name: first, get: /}
teardown:
  - {name: clean up, delete: /}
  - {name: and this, get: /, after: [clean up]}
`, url), runner.RunOptions{TeardownTimeout: 30 * time.Minute})
	wantStatuses(t, r, "first: passed, clean up: skipped, and this: skipped")
	const reason = "rate_limit lets the next request go in 1h0m0s, after teardown's deadline of 30m0s"
	for _, name := range []string{"clean up", "and this"} {
		if got := find(r, name).Reason; got != reason {
			t.Errorf("%s was skipped since %q, expected %q", name, got, reason)
		}
	}
	if sent.Load() != 1 || time.Since(start) > 20*time.Minute {
		t.Errorf("%d requests in %s", sent.Load(), time.Since(start))
	}
}
