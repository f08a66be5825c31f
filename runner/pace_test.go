package runner_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/apicel/apicel/runner"
)

// begins are when the requests of a run began, counted from the first.
func begins(r *runner.Report) []time.Duration {
	var at []time.Time
	for _, q := range r.Suites[0].Queries {
		for _, a := range q.Attempts {
			at = append(at, a.Started)
		}
	}
	slices.SortFunc(at, time.Time.Compare)
	var out []time.Duration
	for _, t := range at {
		out = append(out, t.Sub(at[0]))
	}
	return out
}

// Requests are apart by the delay, whatever sends them; what is skipped costs no time.
func TestDelay(t *testing.T) {
	f := newFaultServer(t)
	for _, jobs := range []int{1, 16} {
		synctest.Test(t, func(t *testing.T) {
			p := compile(t, fmt.Sprintf(`
source: {base_url: %s, max_concurrency: 2}
setup:
  - {name: set up, put: /s%[2]d}
queries:
  - {name: some, get: "/a%[2]d-${row}", each: [1, 2, 3], if: row != 2}
  - {name: again, get: /b%[2]d/503, retry: {backoff: constant, interval: 1ms}}
teardown:
  - {name: clean up, delete: /t%[2]d}
`, f.url, jobs))
			r := p.Run(background, runner.RunOptions{Jobs: jobs, Delay: 2 * time.Second, KeepExchanges: true}, discard{})
			if got, want := fmt.Sprint(begins(r)), "[0s 2s 4s 6s 8s 10s]"; got != want {
				t.Errorf("jobs %d: %s, expected %s", jobs, got, want)
			}
		})
	}
}

// What waits for its turn ends with the run.
func TestStopWhileDelayed(t *testing.T) {
	f := newFaultServer(t)
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(background)
		defer cancel()
		time.AfterFunc(time.Minute, cancel)
		p := compile(t, fmt.Sprintf("source: {base_url: %s}\nqueries:\n  - {name: q, get: \"/${row}\", each: [1, 2, 3]}\n", f.url))
		began := time.Now()
		r := p.Run(ctx, runner.RunOptions{Delay: time.Hour}, discard{})
		wantStatuses(t, r, "q [0]: passed, q [1]: skipped, q [2]: skipped")
		if took := time.Since(began); took != time.Minute {
			t.Errorf("it took %v", took)
		}
	})
}

func TestFailFastAfterSeveral(t *testing.T) {
	f := newFaultServer(t)
	r := run(t, fmt.Sprintf(`
source: {base_url: %s}
queries:
  - {name: q, each: "${lists.range(50)}", get: "/${row}/404"}
`, f.url), runner.RunOptions{FailFast: 3, Jobs: 1})
	if r.Counts.Failed != 3 || r.Counts.Skipped != 47 || r.Stopped != runner.StopFailFast {
		t.Errorf("%q with %+v", r.Stopped, r.Counts)
	}
	if got := find(r, "q [3]").Reason; got != "3 earlier queries failed (fail-fast)" {
		t.Errorf("skipped since %s", got)
	}
}
