package runner_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/apicel/apicel/runner"
)

// TestNobodyAnswers sends 10,000 queries, 1,000 at once, to a server that takes
// them and never answers: the run ends at its timeout, and each query has its
// place in the report.
func TestNobodyAnswers(t *testing.T) {
	const queries, jobs = 10_000, 1_000
	closing := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-closing:
		}
	}))
	defer server.Close()
	defer close(closing)
	var suite strings.Builder
	fmt.Fprintf(&suite, "source: {base_url: %s}\nqueries:\n", server.URL)
	for i := range queries {
		fmt.Fprintf(&suite, "  - {name: q%d, get: /%d}\n", i, i)
	}
	suite.WriteString("teardown:\n  - {name: clean up, delete: /, timeout: 1s}\n")
	r := run(t, suite.String(), runner.RunOptions{Jobs: jobs, Timeout: 2 * time.Second, TeardownTimeout: 2 * time.Second})
	if r.Stopped != runner.StopTimeout || r.Counts.Queries != queries+1 || r.Counts.Errored+r.Counts.Skipped != queries+1 {
		t.Errorf("stopped by %q with %+v", r.Stopped, r.Counts)
	}
	for i, q := range r.Suites[0].Queries[:queries] {
		if q.Name != fmt.Sprint("q", i) || (q.Error == nil) == (q.Reason == "") {
			t.Fatalf("query %d is %s, error %v, reason %q", i, q.Name, q.Error, q.Reason)
		}
	}
}
