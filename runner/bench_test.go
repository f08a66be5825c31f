package runner_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	"github.com/apicel/apicel/runner"
	"github.com/apicel/apicel/spec"
)

const benchJobs = 8

// BenchmarkRun measures loading, compiling and running a suite of 1,000 queries
// with three checks each, against a bare net/http and gjson loop that does the
// same requests and checks, in turns. x-bare is the ratio of the two.
func BenchmarkRun(b *testing.B) {
	for _, kind := range []string{"gjson", "cel"} {
		for _, queries := range []int{1, 1000} {
			b.Run(fmt.Sprintf("%s/%d", kind, queries), func(b *testing.B) { benchmarkRun(b, kind, queries) })
		}
	}
}

func benchmarkRun(b *testing.B, kind string, queries int) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := strings.TrimPrefix(r.URL.Path, "/item/")
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"id":%s,"name":"item %s","nested":{"ok":true,"list":[1,2,3]}}`, id, id)
	}))
	defer server.Close()
	yaml := benchSuite(server.URL, kind, queries)
	var ours, bare time.Duration
	for b.Loop() {
		start := time.Now()
		plan := runner.Compile([]*spec.Suite{spec.Parse(spec.NewFile("bench.apicel.yaml", yaml))}, runner.CompileOptions{})
		r := plan.Run(background, runner.RunOptions{Jobs: benchJobs}, discard{})
		ours += time.Since(start)
		if r.Counts.Passed != queries {
			b.Fatalf("%d of %d passed", r.Counts.Passed, queries)
		}
		start = time.Now()
		bareLoop(b, server.URL, queries)
		bare += time.Since(start)
	}
	b.ReportMetric(float64(ours)/float64(bare), "x-bare")
	b.ReportMetric(float64(ours.Nanoseconds())/float64(b.N*queries), "ns/query")
}

func benchSuite(url, kind string, queries int) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "source:\n  base_url: %s\nqueries:\n", url)
	for i := range queries {
		fmt.Fprintf(&b, "  - name: q%d\n    get: /item/%d\n    expect:\n", i, i)
		if kind == "gjson" {
			fmt.Fprintf(&b, "      status: 200\n      gjson:\n        id: %d\n        nested.ok: true\n", i)
		} else {
			fmt.Fprintf(&b, "      cel:\n        - status == 200\n        - body.id == %d\n        - body.nested.ok == true\n", i)
		}
	}
	return []byte(b.String())
}

// bareLoop does the same by hand: the least a Go program can cost.
func bareLoop(b *testing.B, url string, queries int) {
	transport := &http.Transport{MaxIdleConnsPerHost: benchJobs}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	next := make(chan int)
	var wg sync.WaitGroup
	for range min(benchJobs, queries) {
		wg.Go(func() {
			for i := range next {
				res, err := client.Get(fmt.Sprintf("%s/item/%d", url, i))
				if err != nil {
					b.Error(err)
					continue
				}
				body, err := io.ReadAll(res.Body)
				_ = res.Body.Close()
				if err != nil || res.StatusCode != http.StatusOK || gjson.GetBytes(body, "id").Int() != int64(i) || !gjson.GetBytes(body, "nested.ok").Bool() {
					b.Error("wrong answer")
				}
			}
		})
	}
	for i := range queries {
		next <- i
	}
	close(next)
	wg.Wait()
}
