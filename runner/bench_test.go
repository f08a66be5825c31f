package runner_test

import (
	"bytes"
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

// BenchmarkRun measures loading, compiling and running suites, against a bare
// net/http and gjson loop that does the same requests and checks, in turns. x-bare
// is the ratio of the two.
func BenchmarkRun(b *testing.B) {
	for _, kind := range []string{"gjson", "cel"} {
		for _, queries := range []int{1, 1000, 10_000} {
			b.Run(fmt.Sprintf("%s/%d", kind, queries), func(b *testing.B) {
				url := benchServer(b, item)
				yaml := benchSuite(url, kind, 0, queries)
				benchmark(b, benchJobs, queries, yaml, func() { bareLoop(b, benchJobs, url+"/item/%d", queries, checkItem) })
			})
		}
	}
}

// BenchmarkBody measures ten checks of a body of 10 MB, parsed once by each.
func BenchmarkBody(b *testing.B) {
	const objects = 10
	body := largeBody()
	for _, kind := range []string{"gjson", "cel"} {
		b.Run(kind, func(b *testing.B) {
			url := benchServer(b, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(body) })
			var yaml strings.Builder
			fmt.Fprintf(&yaml, "source: {base_url: %q}\nqueries:\n  - name: large\n    get: /\n    expect:\n      %s:\n", url, kind)
			for i := range objects {
				n := i * (largeObjects / objects)
				if kind == "gjson" {
					fmt.Fprintf(&yaml, "        %d.id: %d\n", n, n)
				} else {
					fmt.Fprintf(&yaml, "        - body[%d].id == %d\n", n, n)
				}
			}
			benchmark(b, 1, 1, []byte(yaml.String()), func() {
				bareLoop(b, 1, url+"/%d", 1, func(_ int, body []byte) bool {
					for i := range objects {
						n := i * (largeObjects / objects)
						if gjson.GetBytes(body, fmt.Sprintf("%d.id", n)).Int() != int64(n) {
							return false
						}
					}
					return true
				})
			})
		})
	}
}

// BenchmarkSlow measures how well waiting for answers of 20 ms is shared by 20 jobs.
func BenchmarkSlow(b *testing.B) {
	const queries, jobs = 200, 20
	url := benchServer(b, func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(20 * time.Millisecond) // what is measured is the waiting
		item(w, r)
	})
	yaml := benchSuite(url, "gjson", 0, queries)
	benchmark(b, jobs, queries, yaml, func() { bareLoop(b, jobs, url+"/item/%d", queries, checkItem) })
}

// BenchmarkSuites measures 1,000 queries in 50 suites. x-one is the ratio to the
// same queries in one suite.
func BenchmarkSuites(b *testing.B) {
	const queries, suites = 1000, 50
	url := benchServer(b, item)
	one := benchSuite(url, "gjson", 0, queries)
	var many [][]byte
	for i := range suites {
		many = append(many, benchSuite(url, "gjson", i*queries/suites, queries/suites))
	}
	var split, whole time.Duration
	for b.Loop() {
		split += runSuites(b, benchJobs, queries, many...)
		whole += runSuites(b, benchJobs, queries, one)
	}
	b.ReportMetric(float64(split)/float64(whole), "x-one")
}

// benchmark runs a suite and the bare loop in turns.
func benchmark(b *testing.B, jobs, queries int, yaml []byte, bareLoop func()) {
	var ours, bare time.Duration
	for b.Loop() {
		ours += runSuites(b, jobs, queries, yaml)
		start := time.Now()
		bareLoop()
		bare += time.Since(start)
	}
	b.ReportMetric(float64(ours)/float64(bare), "x-bare")
	b.ReportMetric(float64(ours.Nanoseconds())/float64(b.N*queries), "ns/query")
}

// runSuites returns how long it takes to load, compile and run suites.
func runSuites(b *testing.B, jobs, queries int, yaml ...[]byte) time.Duration {
	b.Helper()
	start := time.Now()
	suites := make([]*spec.Suite, len(yaml))
	var loads sync.WaitGroup
	for i, text := range yaml {
		loads.Go(func() { suites[i] = spec.Parse(spec.NewFile(fmt.Sprintf("bench%d.apicel.yaml", i), text)) })
	}
	loads.Wait()
	plan := runner.Compile(suites, runner.CompileOptions{})
	r := plan.Run(background, runner.RunOptions{Jobs: jobs}, discard{})
	if r.Counts.Passed != queries {
		b.Fatalf("%d of %d passed", r.Counts.Passed, queries)
	}
	return time.Since(start)
}

func benchServer(b *testing.B, handler http.HandlerFunc) string {
	server := httptest.NewServer(handler)
	b.Cleanup(server.Close)
	return server.URL
}

func item(w http.ResponseWriter, r *http.Request) {
	id := strings.TrimPrefix(r.URL.Path, "/item/")
	w.Header().Set("Content-Type", "application/json")
	_, _ = fmt.Fprintf(w, `{"id":%s,"name":"item %s","nested":{"ok":true,"list":[1,2,3]}}`, id, id)
}

func checkItem(i int, body []byte) bool {
	return gjson.GetBytes(body, "id").Int() == int64(i) && gjson.GetBytes(body, "nested.ok").Bool()
}

// largeObjects is the number of objects in a body of about 10 MB.
const largeObjects = 130_000

func largeBody() []byte {
	var body bytes.Buffer
	for i := range largeObjects {
		fmt.Fprintf(&body, `,{"id":%d,"name":"object %d","nested":{"ok":true,"list":[1,2,3]}}`, i, i)
	}
	body.Bytes()[0] = '['
	body.WriteByte(']')
	return body.Bytes()
}

func benchSuite(url, kind string, first, queries int) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "source:\n  base_url: %s\nqueries:\n", url)
	for i := first; i < first+queries; i++ {
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
func bareLoop(b *testing.B, jobs int, url string, queries int, check func(i int, body []byte) bool) {
	transport := &http.Transport{MaxIdleConnsPerHost: jobs}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	next := make(chan int)
	var wg sync.WaitGroup
	for range min(jobs, queries) {
		wg.Go(func() {
			for i := range next {
				res, err := client.Get(fmt.Sprintf(url, i))
				if err != nil {
					b.Error(err)
					continue
				}
				body, err := io.ReadAll(res.Body)
				_ = res.Body.Close()
				if err != nil || res.StatusCode != http.StatusOK || !check(i, body) {
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
