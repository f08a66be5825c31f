package runner_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/apicel/apicel/runner"
)

// faultServer answers the n-th request to a path with the n-th of the faults
// that the path lists after its first segment, and 200 when they are used up. It
// closes each connection, so that under a fake clock nothing waits for one.
type faultServer struct {
	url string

	mu   sync.Mutex
	seen map[string]int
}

func newFaultServer(t *testing.T) *faultServer {
	f := &faultServer{seen: map[string]int{}}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	f.url = server.URL
	return f
}

func (f *faultServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	key := r.Method + r.URL.String()
	f.mu.Lock()
	n := f.seen[key]
	f.seen[key]++
	f.mu.Unlock()
	w.Header().Set("Connection", "close")
	faults := strings.Split(r.URL.Path, "/")[2:]
	if n >= len(faults) {
		reply(w, 200, map[string]any{"id": n + 1})
		return
	}
	fault, more, _ := strings.Cut(faults[n], "=")
	switch fault {
	case "reset":
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		_ = conn.(*net.TCPConn).SetLinger(0)
		_ = conn.Close()
	case "cut":
		w.Header().Set("Content-Length", "100")
		_, _ = w.Write([]byte("{"))
	case "hang":
		<-r.Context().Done()
	default:
		for name, values := range r.URL.Query() {
			w.Header()[http.CanonicalHeaderKey(name)] = values
		}
		if more != "" {
			w.Header().Set("Retry-After", more)
		}
		code, err := strconv.Atoi(fault)
		if err != nil {
			panic(err)
		}
		reply(w, code, map[string]any{"id": n + 1})
	}
}

// waits are the times between the end of an attempt and the begin of the next.
func waits(q *runner.QueryReport) []time.Duration {
	var out []time.Duration
	for i, a := range q.Attempts[1:] {
		before := q.Attempts[i]
		out = append(out, a.Started.Sub(before.Started.Add(before.Duration.Duration())))
	}
	return out
}

func TestRetryCauses(t *testing.T) {
	f := newFaultServer(t)
	const soon = "{attempts: 3, backoff: constant, interval: 1ms}"
	for _, tt := range []struct {
		name, query string
		status      runner.Status
		attempts    int
		first       string // how the first attempt failed
	}{
		{"reset", "get: /1/reset, retry: " + soon, runner.StatusPassed, 2, "broke the connection off"},
		{"cut", "get: /2/cut, retry: " + soon, runner.StatusPassed, 2, "the connection ended after 1 of the 100 bytes"},
		{"timeout", `get: /3/hang, timeout: "${attempt == 1 ? '50ms' : '30s'}", retry: ` + soon, runner.StatusPassed, 2, "no answer within the timeout of 50ms"},
		{"429", "get: /4/429, retry: " + soon, runner.StatusPassed, 2, "429 Too Many Requests"},
		{"503 twice", "get: /5/503/503, retry: " + soon, runner.StatusPassed, 3, "503 Service Unavailable"},
		{"too often", "get: /6/503/502/500, retry: " + soon, runner.StatusFailed, 3, "503 Service Unavailable"},
		{"PUT", "put: /7/503, retry: " + soon, runner.StatusPassed, 2, "503 Service Unavailable"},
		{"a POST that says so", "post: /8/503, retry: " + soon, runner.StatusPassed, 2, "503 Service Unavailable"},
		{"no cause", "get: /9/404, retry: " + soon, runner.StatusFailed, 1, "404 Not Found"},
		{"a check failed", "get: /10, retry: " + soon + ", expect: {gjson: {id: 2}}", runner.StatusFailed, 1, "1"},
		{"not among its causes", "get: /11/503, retry: {on: [network, 429]}", runner.StatusFailed, 1, "503 Service Unavailable"},
		{"a cause of its own", "get: /12/404, retry: {on: [404], interval: 1ms}", runner.StatusPassed, 2, "404 Not Found"},
		{"expected", "get: /13/503, retry: " + soon + ", expect: {status: [200, 503]}", runner.StatusPassed, 1, ""},
		{"expected, but something else failed", "get: /14/503, retry: " + soon + ", expect: {status: 503, gjson: {id: 2}}", runner.StatusFailed, 1, "1"},
		{"expected by cel", "get: /15/503, retry: " + soon + ", expect: {cel: [status == 503, body.id == 2]}", runner.StatusFailed, 1, "body.id"},
		{"not expected by cel", "get: /16/503, retry: " + soon + ", expect: {cel: [status == 200]}", runner.StatusPassed, 2, ""},
		{"not expected", "get: /17/503, retry: " + soon + ", expect: {status: 200}", runner.StatusPassed, 2, "503 Service Unavailable"},
		{"no retry", "get: /18/503", runner.StatusFailed, 1, "503 Service Unavailable"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := run(t, fmt.Sprintf("source: {base_url: %s}\nqueries:\n  - {name: q, %s}\n", f.url, tt.query), runner.RunOptions{})
			q := find(r, "q")
			if q.Status != tt.status || q.AttemptCount != tt.attempts {
				t.Fatalf("%s after %d attempts, expected %s after %d: %+v", q.Status, q.AttemptCount, tt.status, tt.attempts, q)
			}
			flaky := tt.status == runner.StatusPassed && tt.attempts > 1
			if q.Flaky != flaky || (r.Counts.Flaky == 1) != flaky {
				t.Errorf("flaky is %v, counts are %+v", q.Flaky, r.Counts)
			}
			if tt.first == "" {
				return
			}
			if len(q.Attempts) != tt.attempts {
				t.Fatalf("the report has %d attempts, expected %d", len(q.Attempts), tt.attempts)
			}
			first := q.Attempts[0]
			got := fmt.Sprint(first.Failures)
			if first.Error != nil {
				got = first.Error.Message
			}
			if !strings.Contains(got, tt.first) {
				t.Errorf("the first attempt says %s", got)
			}
			for i, a := range q.Attempts {
				if a.Number != i+1 || a.Request == nil || a.Request.URL == "" {
					t.Errorf("attempt %d is %+v", i, a)
				}
			}
		})
	}
}

// The port answers only after the first attempt was refused.
func TestRetryAfterRefusal(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	_ = l.Close()
	p := compile(t, fmt.Sprintf("source: {base_url: \"http://%s\"}\nqueries:\n  - {name: q, get: /, retry: {attempts: 20, backoff: constant, interval: 20ms}}\n", address))
	var server http.Server
	defer func() { _ = server.Close() }()
	var up sync.Once
	r := p.Run(background, runner.RunOptions{}, handleFunc(func(e runner.Event) {
		if _, ok := e.(runner.AttemptFinished); ok {
			up.Do(func() {
				l, err := net.Listen("tcp", address)
				if err != nil {
					t.Error(err)
					return
				}
				go func() { _ = server.Serve(l) }()
			})
		}
	}))
	q := find(r, "q")
	if q.AttemptCount < 2 || !strings.HasPrefix(q.Attempts[0].Error.Message, "connection refused by ") {
		t.Errorf("%+v", q)
	}
	if q.Status != runner.StatusFailed || q.StatusCode != http.StatusNotFound { // the server knows no path
		t.Errorf("%s with %d", q.Status, q.StatusCode)
	}
}

type handleFunc func(runner.Event)

func (f handleFunc) Handle(e runner.Event) { f(e) }

func TestRetryOfSource(t *testing.T) {
	f := newFaultServer(t)
	r := run(t, fmt.Sprintf(`
vars: {pause: 1ms}
source:
  base_url: %s
  retry: {interval: "${vars.pause}", backoff: constant}
setup:
  - {name: setup, put: /s/503}
queries:
  - {name: get, get: /a/503/503}
  - {name: delete, delete: /b/503}
  - {name: post, post: /c/503}
  - {name: patch, patch: /d/503}
  - {name: search, post: /e/503, safe: true}
  - {name: counts up, get: /f/503, safe: false}
  - {name: asks in GraphQL, post: /g/503, body: {graphql: {query: "{ a }"}}}
  - {name: changes in GraphQL, post: /h/503, body: {graphql: {query: "mutation { a }"}}}
  - {name: own, get: /i/503/503, retry: {attempts: 2, interval: 1ms}}
  - {name: none, get: /j/503, retry: null}
  - {name: own on a POST, post: /k/503, retry: {interval: 1ms}}
  - {name: polls, get: /l/404/503, poll: {interval: 1ms, timeout: 30s}}
teardown:
  - {name: teardown, delete: /t/503}
`, f.url), runner.RunOptions{})
	wantStatuses(t, r, "setup: passed, get: passed, delete: passed, post: failed, patch: failed, search: passed, counts up: failed, "+
		"asks in GraphQL: passed, changes in GraphQL: failed, own: failed, none: failed, own on a POST: passed, polls: passed, teardown: passed")
	if r.Counts.Flaky != 7 || find(r, "polls").Flaky {
		t.Errorf("%d are flaky", r.Counts.Flaky)
	}
}

// Random values are the same on each attempt, so that an idempotency key is;
// captures are those of the last attempt.
func TestRetryRepeatsRandomValues(t *testing.T) {
	f := newFaultServer(t)
	r := run(t, fmt.Sprintf(`
source: {base_url: %s}
queries:
  - {name: q, post: /a/503/503, headers: {Idempotency-Key: "${uuid()}", X-Attempt: "${attempt}"}, retry: {interval: 1ms}, capture: {id: id}}
  - {name: reads, get: /id, params: {id: "${captures.id}"}}
`, f.url), runner.RunOptions{KeepExchanges: true})
	var keys, numbers []string
	for _, a := range find(r, "q").Attempts {
		for _, h := range a.Request.Header {
			switch h.Name {
			case "Idempotency-Key":
				keys = append(keys, h.Value)
			case "X-Attempt":
				numbers = append(numbers, h.Value)
			}
		}
	}
	if len(slices.Compact(keys)) != 1 || strings.Join(numbers, "") != "123" {
		t.Errorf("keys %v, attempts %v", keys, numbers)
	}
	if got := find(r, "reads").Path; got != "/id?id=3" {
		t.Errorf("read as %s", got)
	}
}

func TestRetryBackoff(t *testing.T) {
	f := newFaultServer(t)
	faults := strings.Repeat("/503", 12)
	suite := fmt.Sprintf(`
source: {base_url: %s}
queries:
  - {name: constant, get: /c%[2]s, retry: {attempts: 12, backoff: constant, interval: 3s}}
  - {name: exponential, get: "/%%s-${row}%[2]s", each: [a, b], retry: {attempts: 12, interval: 1s}}
  - {name: long, get: "/%%s%[2]s", retry: {attempts: 4, interval: 2m}}
  - {name: template, get: "/t%%s/503/503/503", retry: {attempts: 4, backoff: constant, interval: "${attempt}s"}}
`, f.url, faults)
	report := func(seed uint64, n int) (r *runner.Report) {
		synctest.Test(t, func(t *testing.T) {
			p := compileWith(t, runner.CompileOptions{Seed: seed}, fmt.Sprintf(suite, fmt.Sprint(n), fmt.Sprint(n), fmt.Sprint(n)))
			r = p.Run(background, runner.RunOptions{}, discard{})
		})
		return r
	}
	first, again, other := report(1, 1), report(1, 2), report(2, 3)
	for _, w := range waits(find(first, "constant")) {
		if w != 3*time.Second {
			t.Errorf("constant waits %v", w)
		}
	}
	if got := waits(find(first, "template")); !slices.Equal(got, []time.Duration{time.Second, 2 * time.Second, 3 * time.Second}) {
		t.Errorf("template waits %v", got)
	}
	for i, w := range waits(find(first, "exponential [0]")) {
		if most := min(time.Second<<i, runner.MaxBackoff); w < 0 || w > most {
			t.Errorf("wait %d is %v, expected at most %v", i, w, most)
		}
	}
	for _, w := range waits(find(first, "long")) {
		if w < 0 || w > 2*time.Minute {
			t.Errorf("long waits %v", w)
		}
	}
	one := waits(find(first, "exponential [0]"))
	if got := waits(find(again, "exponential [0]")); !slices.Equal(got, one) {
		t.Errorf("the waits are %v, with the same seed %v", one, got)
	}
	if got := waits(find(first, "exponential [1]")); slices.Equal(got, one) {
		t.Errorf("the waits of two rows are %v", got)
	}
	if got := waits(find(other, "exponential [0]")); slices.Equal(got, one) {
		t.Errorf("the waits with another seed are %v, too", got)
	}
}

func TestRetryAfter(t *testing.T) {
	f := newFaultServer(t)
	for i, tt := range []struct {
		fault, params string
		want          time.Duration
	}{
		{"429=7", "", 7 * time.Second},
		{"503=60", "", time.Minute},
		{"503", "?date=Mon,+07+Nov+1994+08:49:30+GMT&retry-after=Mon,+07+Nov+1994+08:49:37+GMT", 7 * time.Second},
		{"503", "?date=Monday&retry-after=Monday,+07-Nov-94+08:49:37+GMT", time.Second}, // past
		{"503", "?date=&retry-after=Sat,+01+Jan+2000+00:00:20+GMT", 20 * time.Second},   // when a bubble begins
		{"503=0", "", time.Second},
		{"503=soon", "", time.Second},
		{"503=-5", "", time.Second},
		{"503=1.5", "", time.Second},
	} {
		t.Run(tt.fault+tt.params, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := run(t, fmt.Sprintf("source: {base_url: %s}\nqueries:\n  - {name: q, get: \"/%d/%s%s\", retry: {backoff: constant, interval: 1s}}\n", f.url, i, tt.fault, tt.params), runner.RunOptions{})
				if q := find(r, "q"); !q.Flaky || !slices.Equal(waits(q), []time.Duration{tt.want}) {
					t.Errorf("%s after waits of %v, expected %v", q.Status, waits(q), tt.want)
				}
			})
		})
	}
	for _, asked := range []string{"61", "99999999999999999999"} {
		r := run(t, fmt.Sprintf("source: {base_url: %s}\nqueries:\n  - {name: q, get: \"/503=%s\", retry: {}}\n", f.url+"/x", asked), runner.RunOptions{})
		if q := find(r, "q"); q.AttemptCount != 1 || !strings.HasPrefix(q.Message, "not sent again: Retry-After asks to wait ") {
			t.Errorf("%d attempts, %q", q.AttemptCount, q.Message)
		}
	}
}

// A run that is stopped while a retry waits ends at once with what the last
// attempt found.
func TestStopWhileRetryWaits(t *testing.T) {
	f := newFaultServer(t)
	for _, tt := range []struct {
		name  string
		extra string
		o     runner.RunOptions
		why   string
	}{
		{"interrupt", "", runner.RunOptions{}, "the run was interrupted"},
		{"timeout", "", runner.RunOptions{Timeout: 10 * time.Second}, "the run's timeout was up"},
		{"fail-fast", "\n  - {name: fails, get: /x/404/404, retry: {on: [404], attempts: 2, backoff: constant, interval: 2s}}", runner.RunOptions{FailFast: 1}, "an earlier query failed (fail-fast)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(background)
				defer cancel()
				p := compile(t, fmt.Sprintf("source: {base_url: %s}\nqueries:\n  - {name: q, get: \"/%s/503/503/503\", retry: {attempts: 4, backoff: constant, interval: 1h}}%s\nteardown:\n  - {name: clean up, delete: /x}\n",
					f.url, tt.name, tt.extra))
				if tt.name == "interrupt" {
					time.AfterFunc(time.Minute, cancel)
				}
				began := time.Now()
				r := p.Run(ctx, tt.o, discard{})
				q := find(r, "q")
				if q.Status != runner.StatusFailed || q.Message != "retrying ended after 1 attempt: "+tt.why || len(q.Attempts) != 1 || q.Flaky {
					t.Errorf("%s: %q, %d attempts", q.Status, q.Message, len(q.Attempts))
				}
				if find(r, "clean up").Status != runner.StatusPassed {
					t.Error("not torn down")
				}
				if took := time.Since(began); took > time.Minute {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
}

// A wait holds no worker, and each attempt counts in the lane of its source.
func TestRetryHoldsNoWorker(t *testing.T) {
	f := newFaultServer(t)
	synctest.Test(t, func(t *testing.T) {
		p := compile(t, fmt.Sprintf(`
source: {base_url: %s, max_concurrency: 1, rate_limit: 1/s}
queries:
  - {name: again, get: /a/503, retry: {backoff: constant, interval: 1h}}
  - {name: other, get: /b, each: [1, 2, 3]}
`, f.url))
		r := p.Run(background, runner.RunOptions{Jobs: 1}, discard{})
		again, last := find(r, "again"), find(r, "other [2]")
		if !again.Flaky || !last.Started.Before(again.Attempts[1].Started) {
			t.Errorf("the last of the others began %v, the second attempt %v", last.Started, again.Attempts[1].Started)
		}
		if got := again.Attempts[1].Started.Sub(again.Attempts[0].Started); got != time.Hour {
			t.Errorf("it waited %v", got)
		}
	})
}

func TestRetryWarnings(t *testing.T) {
	p := compile(t, `
source: {base_url: "http://127.0.0.1:1"}
queries:
  - {name: q, get: /, retry: {on: [503, 429, 5xx]}, expect: {status: [200, 503]}}
  - {name: r, get: /, retry: {interval: "${vars.x}"}}
vars: {x: 1s}
`)
	wantProblem(t, p, "503 is never a cause here, because expect allows this status")
	if n := len(p.Problems()); n != 2 { // and that 503 is among 5xx
		t.Errorf("%d problems", n)
	}
	wantProblem(t, compileAll(t, runner.CompileOptions{}, `
source: {base_url: "http://127.0.0.1:1", retry: {interval: "${vars.x}"}}
queries: [{name: q, get: /}]
vars: {x: soon}
`), `"soon" is not a duration, write one like 500ms, 2s or 1m30s`)
}
