package runner_test

import (
	"net/http/httptest"
	"os"
	"testing"

	"github.com/mccutchen/go-httpbin/v2/httpbin"

	"github.com/apicel/apicel/runner"
)

// TestHTTPBin runs a suite of more than forty queries against the go-httpbin
// handler over a socket.
func TestHTTPBin(t *testing.T) {
	server := httptest.NewServer(httpbin.New())
	defer server.Close()
	yaml, err := os.ReadFile("testdata/httpbin.apicel.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, jobs := range []int{1, 16} {
		p := compileWith(t, runner.CompileOptions{Inputs: runner.Inputs{
			Vars: []runner.VarFlag{{Name: "url", Value: server.URL}},
		}}, string(yaml))
		r := p.Run(background, runner.RunOptions{Jobs: jobs}, discard{})
		if r.Counts.Queries < 40 {
			t.Errorf("%d queries, expected at least 40", r.Counts.Queries)
		}
		for _, q := range r.Suites[0].Queries {
			if q.Status != runner.StatusPassed {
				t.Errorf("jobs %d: %s is %s: %+v %v %s", jobs, q.Name, q.Status, q.Failures, q.Error, q.Reason)
			}
		}
	}
}
