package runner_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/apicel/apicel/runner"
)

func serve(t *testing.T, h http.HandlerFunc) string {
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}

func TestPoll(t *testing.T) {
	var asked atomic.Int32
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		state := "pending"
		if asked.Add(1) >= 3 && r.URL.Path == "/done" {
			state = "done"
		}
		reply(w, 200, map[string]any{"state": state, "attempt": r.Header.Get("X-Attempt"), "key": r.Header.Get("Key")})
	})
	suite := fmt.Sprintf(`
source: {base_url: %s}
vars: {long: 1h}
order: file
queries:
  - name: done
    get: /done
    headers: {X-Attempt: "${attempt}", Key: "${uuid()}"}
    poll: {interval: 1ms, timeout: 1h}
    expect: {gjson: {state: done, attempt: "3"}}
    capture: {key: key}
  - name: hopeless
    get: /never
    poll: {interval: 1ms, timeout: 1h, give_up: body.state == "pending" && attempt > 4}
    expect: {gjson: {state: done}}
  - name: too late
    get: /never
    poll: {interval: "${vars.long}", timeout: 30m}
    expect: {gjson: {state: done}}
`, url)
	r := run(t, suite, runner.RunOptions{})
	wantStatuses(t, r, "done: passed, hopeless: failed, too late: failed")
	if q := find(r, "done"); q.AttemptCount != 3 || len(q.Failures) != 0 {
		t.Errorf("done took %d attempts with failures %v", q.AttemptCount, q.Failures)
	}
	q := find(r, "hopeless")
	if q.AttemptCount != 5 || len(q.Attempts) != 2 || q.Attempts[0].Number != 1 || q.Attempts[1].Number != 5 {
		t.Errorf("hopeless kept %d of %d attempts", len(q.Attempts), q.AttemptCount)
	}
	if first, last := q.Attempts[0], q.Attempts[1]; len(first.Failures) != 1 || len(last.Failures) != 1 {
		t.Errorf("hopeless lost failures: %v, %v", first.Failures, last.Failures)
	}
	if q.Message != `gave up after 5 attempts, as body.state == "pending" && attempt > 4` {
		t.Errorf("message %q", q.Message)
	}
	if q := find(r, "too late"); q.Message != "its checks did not pass within 30m0s (1 attempt)" {
		t.Errorf("message %q", q.Message)
	}
}

func TestPollIsBoundedByItsTimeout(t *testing.T) {
	url := serve(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	r := run(t, fmt.Sprintf(`
source: {base_url: %s}
queries:
  - {name: hangs, get: /, poll: {interval: 1ms, timeout: 50ms}}
`, url), runner.RunOptions{})
	wantStatuses(t, r, "hangs: errored")
}

func TestConditions(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) { reply(w, 200, map[string]any{"id": 1, "on": false}) })
	r := run(t, fmt.Sprintf(`
source: {base_url: %s}
vars: {why: maintenance}
queries:
  - {name: look, get: /, capture: {on: on}}
  - {name: only when on, if: captures.on, get: /}
  - {name: depends, after: [only when on], get: /}
  - {name: off, skip: "for ${vars.why}", get: /}
  - {name: on odd rows, each: [1, 2, 3], if: row %% 2 == 1, get: /}
  - {name: follows rows, after: [on odd rows], get: /}
`, url), runner.RunOptions{})
	wantStatuses(t, r, "look: passed, only when on: skipped, depends: skipped, off: skipped, "+
		"on odd rows [0]: passed, on odd rows [1]: skipped, on odd rows [2]: passed, follows rows: passed")
	for name, want := range map[string]string{
		"only when on": "if is false: captures.on",
		"depends":      `needs "only when on", which was skipped`,
		"off":          "for maintenance",
	} {
		if got := find(r, name).Reason; got != want {
			t.Errorf("%s was skipped since %q, expected %q", name, got, want)
		}
	}
}

// cookieServer sets the cookie that the path names and says which it was sent.
func cookieServer(w http.ResponseWriter, r *http.Request) {
	if name, value, ok := strings.Cut(strings.TrimPrefix(r.URL.Path, "/set/"), "="); ok {
		http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: "/"})
	}
	got := map[string]string{}
	for _, c := range r.Cookies() {
		got[c.Name] = c.Value
	}
	reply(w, 200, map[string]any{"cookies": got})
}

func TestCookiesFlowAlongOrder(t *testing.T) {
	url := serve(t, cookieServer)
	for _, jobs := range []int{1, 16} {
		r := run(t, fmt.Sprintf(`
source: {base_url: %s, cookies: {region: eu}}
setup:
  - {name: setup, post: /set/a=setup}
queries:
  - {name: reader before, get: /, expect: {json: {cookies: {a: setup, region: eu}}}}
  - {name: side by side, get: /set/c=read, expect: {json: {cookies: {a: setup, region: eu}}}}
  - {name: writer, post: /set/b=1, expect: {json: {cookies: {a: setup, region: eu, c: read}}}}
  - {name: later writer, post: /set/b=2}
  - {name: reader after, get: /, expect: {json: {cookies: {a: setup, region: eu, b: "2", c: read}}}}
  - {name: own, get: /, cookies: {region: us}, expect: {gjson: {cookies.region: us}}}
  - {name: somebody else, get: /, auth: {type: bearer, token: another-token}, expect: {json: {cookies: {region: eu}}}}
teardown:
  - {name: teardown, delete: /, expect: {gjson: {cookies.b: "2"}}}
`, url), runner.RunOptions{Jobs: jobs})
		wantStatuses(t, r, "setup: passed, reader before: passed, side by side: passed, writer: passed, later writer: passed, "+
			"reader after: passed, own: passed, somebody else: passed, teardown: passed")
	}
}

// The source's headers and params are the query's to override and to remove.
func TestInheritance(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		reply(w, 200, map[string]any{"a": r.Header.Values("A"), "b": r.Header.Values("B"), "query": r.URL.RawQuery})
	})
	r := run(t, fmt.Sprintf(`
source:
  base_url: %s/base/
  headers: {A: source, B: source}
  params: {x: source, y: source}
queries:
  - {name: inherits, get: one, expect: {json: {a: [source], b: [source], query: x=source&y=source}}}
  - name: overrides
    get: /one?z=0
    headers: {a: [1, 2], b: null}
    params: {x: null, y: 0042}
    expect: {json: {a: ["1", "2"], b: null, query: z=0&y=0042}}
  - name: lists
    get: /one
    headers: {a: "${['p', 'q']}"}
    expect: {gjson: {a: [p, q]}}
`, url), runner.RunOptions{})
	wantStatuses(t, r, "inherits: passed, overrides: passed, lists: passed")
}

func TestRandomFollowsTheSeed(t *testing.T) {
	var mu sync.Mutex
	seen := map[string]string{}
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		seen[r.URL.Path] = r.Header.Get("Key")
		mu.Unlock()
		reply(w, 200, nil)
	})
	suite := fmt.Sprintf(`
source: {base_url: %s}
vars: {order: "${uuid()}"}
queries:
  - {name: one, get: /one, headers: {Key: "${uuid()} ${vars.order}"}}
  - {name: two, get: /two, headers: {Key: "${random_int(1, 1000000)}"}}
  - {name: rows, each: [0, 0], get: "/row/${row_index}", headers: {Key: "${uuid()}"}}
`, url)
	var first string
	for i, jobs := range []int{1, 16, 4} {
		run(t, suite, runner.RunOptions{Jobs: jobs})
		now, _ := json.Marshal(seen)
		if i > 0 && string(now) != first {
			t.Errorf("with the same seed\n%s\nbefore\n%s", now, first)
		}
		first = string(now)
	}
	if seen["/row/0"] == seen["/row/1"] {
		t.Error("two rows drew the same value")
	}
	compileWith(t, runner.CompileOptions{Seed: 2}, suite).Run(background, runner.RunOptions{}, discard{})
	if now, _ := json.Marshal(seen); string(now) == first {
		t.Error("another seed drew the same values")
	}
}

// TestSameReport runs random suites with one job and with 64: but for times the
// reports are the same.
func TestSameReport(t *testing.T) {
	var polled sync.Map
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Value", "v")
		if strings.HasSuffix(r.URL.Path, "3/0") {
			w.WriteHeader(http.StatusTeapot)
		}
		polled.Store(r.URL.Path, true)
	})
	rapid.Check(t, func(rt *rapid.T) {
		s := drawSuite(rt, 60)
		for i := range s.queries {
			if s.queries[i].polls >= 0 {
				s.queries[i].polls = -1
			}
		}
		yaml := s.yaml(url)
		var texts []string
		for _, jobs := range []int{1, 64} {
			r := compile(rt, yaml).Run(background, runner.RunOptions{Jobs: jobs}, discard{})
			texts = append(texts, timeless(r))
		}
		if texts[0] != texts[1] {
			rt.Fatalf("reports differ\n%s\n%s", texts[0], texts[1])
		}
	})
}

// timeless is the report as JSON without what depends on the clock.
func timeless(r *runner.Report) string {
	r.Started, r.Duration, r.Jobs = time.Time{}, 0, 0
	for _, s := range r.Suites {
		s.Started, s.Duration = time.Time{}, 0
		for _, q := range s.Queries {
			q.Started, q.Duration = time.Time{}, 0
			for i := range q.Attempts {
				a := &q.Attempts[i]
				a.Started, a.Duration, a.Timing = time.Time{}, 0, nil
				if a.Response != nil {
					for j := range a.Response.Header {
						if a.Response.Header[j].Name == "Date" {
							a.Response.Header[j].Value = ""
						}
					}
				}
			}
		}
	}
	data, _ := json.MarshalIndent(r, "", " ")
	return string(data)
}
