package runner_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apicel/apicel/runner"
)

// holdingServer answers /hold/… when the test says so, and the rest at once.
type holdingServer struct {
	url     string
	arrived chan string
	release chan struct{}
	cleaned atomic.Int32
}

func newHoldingServer(t *testing.T) *holdingServer {
	h := &holdingServer{arrived: make(chan string, 100), release: make(chan struct{})}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	h.url = server.URL
	return h
}

func (h *holdingServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case strings.HasPrefix(r.URL.Path, "/hold/"):
		if r.Method == http.MethodDelete {
			h.cleaned.Add(1)
		}
		h.arrived <- r.URL.Path
		select {
		case <-h.release:
		case <-r.Context().Done():
		}
		reply(w, 200, map[string]any{"id": 7})
	case r.URL.Path == "/fail":
		w.WriteHeader(http.StatusInternalServerError)
	case r.Method == http.MethodDelete:
		h.cleaned.Add(1)
		w.WriteHeader(http.StatusNoContent)
	default:
		reply(w, 200, map[string]any{"id": 1})
	}
}

func TestInterruptFinishesWhatIsInFlightAndTearsDown(t *testing.T) {
	h := newHoldingServer(t)
	p := compile(t, fmt.Sprintf(`
source: {base_url: %s}
queries:
  - {name: create, post: /hold/1, capture: {id: id}}
  - {name: after, get: /other}
teardown:
  - {name: clean up, delete: "/things/${captures.id}"}
`, h.url))
	ctx, cancel := context.WithCancel(background)
	reports := make(chan *runner.Report)
	go func() { reports <- p.Run(ctx, runner.RunOptions{}, discard{}) }()
	<-h.arrived
	cancel()
	close(h.release)
	r := <-reports
	wantStatuses(t, r, "create: passed, after: skipped, clean up: passed")
	if r.Stopped != runner.StopInterrupted || h.cleaned.Load() != 1 {
		t.Errorf("stopped %q, cleaned up %d times", r.Stopped, h.cleaned.Load())
	}
	if got := find(r, "after").Reason; got != "the run was interrupted" {
		t.Errorf("skipped since %s", got)
	}
}

func TestInterruptWakesPolls(t *testing.T) {
	h := newHoldingServer(t)
	p := compile(t, fmt.Sprintf(`
source: {base_url: %s}
queries:
  - {name: wait, get: /hold/1, poll: {interval: 1h, timeout: 2h}, expect: {gjson: {id: 8}}}
teardown:
  - {name: clean up, delete: /}
`, h.url))
	ctx, cancel := context.WithCancel(background)
	reports := make(chan *runner.Report)
	go func() { reports <- p.Run(ctx, runner.RunOptions{}, discard{}) }()
	<-h.arrived
	close(h.release)
	cancel()
	r := <-reports
	wantStatuses(t, r, "wait: failed, clean up: passed")
	if got := find(r, "wait").Message; got != "polling ended after 1 attempt: the run was interrupted" {
		t.Errorf("message %s", got)
	}
}

func TestTimeoutCancelsWhatIsInFlight(t *testing.T) {
	h := newHoldingServer(t)
	r := run(t, fmt.Sprintf(`
source: {base_url: %s}
queries:
  - {name: slow, post: /hold/1}
  - {name: after, get: /other}
teardown:
  - {name: clean up, delete: /}
`, h.url), runner.RunOptions{Timeout: 50 * time.Millisecond})
	wantStatuses(t, r, "slow: errored, after: skipped, clean up: passed")
	if r.Stopped != runner.StopTimeout {
		t.Errorf("stopped %q", r.Stopped)
	}
}

func TestTeardownHasADeadlineOfItsOwn(t *testing.T) {
	h := newHoldingServer(t)
	r := run(t, fmt.Sprintf(`
source: {base_url: %s}
order: file
queries:
  - {name: first, get: /other}
teardown:
  - {name: hangs, delete: /gone}
  - {name: waits, get: /fail, poll: {interval: 1ms, timeout: 1h}}
  - {name: late, delete: /other}
`, h.url), runner.RunOptions{TeardownTimeout: time.Second})
	if got := find(r, "waits"); !strings.HasPrefix(got.Message, "polling ended") {
		t.Errorf("waits ended with %q", got.Message)
	}
	if got := find(r, "late").Reason; got != "teardown's deadline of 1s was up" {
		t.Errorf("late was skipped since %q", got)
	}
}

// One teardown query that hangs leaves time for the others.
func TestHungTeardownLeavesTime(t *testing.T) {
	h := newHoldingServer(t)
	r := run(t, fmt.Sprintf(`
source: {base_url: %s}
queries:
  - {name: first, get: /other}
teardown:
  - {name: hangs, put: /hold/1}
  - {name: clean up, delete: /other}
`, h.url), runner.RunOptions{TeardownTimeout: 3 * time.Second})
	wantStatuses(t, r, "first: passed, hangs: errored, clean up: passed")
}

// A timeout of the run that is up during teardown has nothing to stop.
func TestTimeoutDuringTeardown(t *testing.T) {
	h := newHoldingServer(t)
	p := compile(t, fmt.Sprintf(`
source: {base_url: %s}
queries:
  - {name: first, get: /other}
teardown:
  - {name: clean up, delete: /hold/1}
`, h.url))
	reports := make(chan *runner.Report)
	go func() { reports <- p.Run(background, runner.RunOptions{Timeout: 200 * time.Millisecond}, discard{}) }()
	<-h.arrived
	time.AfterFunc(400*time.Millisecond, func() { close(h.release) })
	r := <-reports
	wantStatuses(t, r, "first: passed, clean up: passed")
	if r.Stopped != "" {
		t.Errorf("stopped by %s", r.Stopped)
	}
}

func TestFailFastStopsRows(t *testing.T) {
	h := newHoldingServer(t)
	r := run(t, fmt.Sprintf(`
source: {base_url: %s}
queries:
  - {name: fails, each: "${lists.range(50)}", get: /fail}
`, h.url), runner.RunOptions{FailFast: 1, Jobs: 1})
	if r.Counts.Failed != 1 || r.Counts.Skipped != 49 {
		t.Errorf("%d failed and %d skipped, expected 1 and 49", r.Counts.Failed, r.Counts.Skipped)
	}
}

// A sink that is stuck keeps nothing from being sent, stopped and torn down.
func TestStuckSink(t *testing.T) {
	h := newHoldingServer(t)
	p := compile(t, fmt.Sprintf(`
source: {base_url: %s}
queries:
  - {name: many, each: "${lists.range(3000)}", get: /other}
teardown:
  - {name: clean up, delete: /hold/done}
`, h.url))
	stuck := make(sinkFunc)
	reports := make(chan *runner.Report)
	go func() { reports <- p.Run(background, runner.RunOptions{}, stuck) }()
	<-h.arrived
	close(h.release)
	go func() {
		for e := range stuck {
			_ = e // let go at last
		}
	}()
	if r := <-reports; r.Counts.Passed != 3001 {
		t.Errorf("%d passed, expected 3001", r.Counts.Passed)
	}
	close(stuck)
}

// Names that take long to evaluate do not keep a run from its timeout.
func TestTimeoutWhileNamesAreEvaluated(t *testing.T) {
	h := newHoldingServer(t)
	r := run(t, fmt.Sprintf(`
source: {base_url: %s}
queries:
  - name: n ${lists.range(200000).map(x, x * row).filter(x, x %% 2 == 0).size()}
    each: ${lists.range(5000)}
    get: /other
`, h.url), runner.RunOptions{Timeout: 100 * time.Millisecond})
	if r.Stopped != runner.StopTimeout || r.Counts.Skipped != 1 {
		t.Errorf("stopped by %q with %+v", r.Stopped, r.Counts)
	}
}

func TestFailFast(t *testing.T) {
	h := newHoldingServer(t)
	p := compileWith(t, runner.CompileOptions{}, fmt.Sprintf(`
source: {base_url: %[1]s}
order: free
queries:
  - {name: in flight, get: /hold/1}
  - {name: fails, get: /fail}
  - {name: never, get: /other, after: [fails]}
  - {name: later, get: /other, after: [in flight]}
teardown:
  - {name: clean up, delete: /}
`, h.url))
	sink := make(sinkFunc, 100)
	reports := make(chan *runner.Report)
	go func() { reports <- p.Run(background, runner.RunOptions{FailFast: 1, Jobs: 2}, sink) }()
	<-h.arrived
	for e := range sink {
		if f, ok := e.(runner.QueryFinished); ok && f.Query.Name == "fails" {
			break
		}
	}
	close(h.release)
	r := <-reports
	wantStatuses(t, r, "in flight: passed, fails: failed, never: skipped, later: skipped, clean up: passed")
	if r.Stopped != runner.StopFailFast {
		t.Errorf("stopped %q", r.Stopped)
	}
}

// sinkFunc is a sink that tests read.
type sinkFunc chan runner.Event

func (s sinkFunc) Handle(e runner.Event) { s <- e }

func TestNothingSentIsNotTornDown(t *testing.T) {
	h := newHoldingServer(t)
	ctx, cancel := context.WithCancel(background)
	cancel()
	p := compile(t, fmt.Sprintf(`
source: {base_url: %s}
queries:
  - {name: skipped, skip: not today, get: /}
teardown:
  - {name: clean up, delete: /}
`, h.url))
	r := p.Run(ctx, runner.RunOptions{}, discard{})
	wantStatuses(t, r, "skipped: skipped, clean up: skipped")
}
