package runner_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/apicel/apicel/runner"
)

// shop is a server with a JSON login and things that can be created, read,
// updated and deleted.
type shop struct {
	mu     sync.Mutex
	things map[string]string
	last   int
	log    []string
}

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = append(s.log, r.Method+" "+r.URL.Path)
	if r.URL.Path == "/login" {
		if r.Header.Get("Authorization") != "" {
			http.Error(w, "a login needs no token", http.StatusBadRequest)
			return
		}
		reply(w, 200, map[string]any{"token": "token-of-the-day"})
		return
	}
	if r.Header.Get("Authorization") != "Bearer token-of-the-day" {
		http.Error(w, "who are you", http.StatusUnauthorized)
		return
	}
	id := strings.TrimPrefix(r.URL.Path, "/things/")
	switch _, there := s.things[id]; {
	case r.Method == http.MethodPost:
		s.last++
		id = fmt.Sprint(s.last)
		s.things[id] = "new"
		reply(w, 201, map[string]any{"id": id, "state": "new"})
	case !there:
		reply(w, 404, map[string]any{"error": "no such thing"})
	case r.Method == http.MethodPut:
		s.things[id] = "changed"
		reply(w, 200, map[string]any{"id": id, "state": "changed"})
	case r.Method == http.MethodDelete:
		delete(s.things, id)
		w.WriteHeader(http.StatusNoContent)
	default:
		reply(w, 200, map[string]any{"id": id, "state": s.things[id]})
	}
}

func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

func newShop(t *testing.T) (*shop, string) {
	s := &shop{things: map[string]string{}}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return s, server.URL
}

const loginSource = `
source:
  base_url: %s
  auth: {type: bearer, token: "${captures.token}"}
setup:
  - name: log in
    post: /login
    auth: {type: none}
    body: {json: {user: ann}}
    capture: {token: {gjson: token, secret: true}}
`

// A create-read-update-delete chain without a single after, all of it reading
// one capture, with a JSON login that feeds the source.
const crud = loginSource + `
queries:
  - {name: create, post: /things, expect: {status: 201}, capture: {id: id}}
  - {name: read, get: "/things/${captures.id}", expect: {gjson: {state: new}}}
  - {name: read again, get: "/things/${captures.id}", expect: {gjson: {state: new}}}
  - {name: update, put: "/things/${captures.id}", expect: {status: 200}}
  - {name: read changed, get: "/things/${captures.id}", expect: {gjson: {state: changed}}}
  - {name: delete, delete: "/things/${captures.id}", expect: {status: 204}}
  - {name: read deleted, get: "/things/${captures.id}", expect: {status: 404}}
`

func TestCRUDWithoutAfter(t *testing.T) {
	for _, jobs := range []int{1, 2, 16} {
		for range 20 {
			_, url := newShop(t)
			r := run(t, fmt.Sprintf(crud, url), runner.RunOptions{Jobs: jobs})
			wantStatuses(t, r, "log in: passed, create: passed, read: passed, read again: passed, update: passed, read changed: passed, delete: passed, read deleted: passed")
		}
	}
}

func TestFailedCreateIsTornDown(t *testing.T) {
	s, url := newShop(t)
	r := run(t, fmt.Sprintf(loginSource, url)+`
queries:
  - {name: create, post: /things, expect: {status: 200}, capture: {id: id}}
  - {name: read, get: "/things/${captures.id}"}
teardown:
  - {name: clean up, delete: "/things/${captures.id}"}
`, runner.RunOptions{})
	wantStatuses(t, r, "log in: passed, create: failed, read: skipped, clean up: passed")
	if len(s.things) != 0 {
		t.Errorf("%d things are left, expected none", len(s.things))
	}
	if got := find(r, "read").Reason; got != `needs "create", which failed` {
		t.Errorf("read was skipped since %s", got)
	}
}

func TestTeardownSkipsWhatWasNeverCreated(t *testing.T) {
	_, url := newShop(t)
	r := run(t, fmt.Sprintf(loginSource, url)+`
queries:
  - {name: create, get: /things/none, capture: {id: id}}
teardown:
  - {name: clean up, delete: "/things/${captures.id}"}
`, runner.RunOptions{})
	wantStatuses(t, r, "log in: passed, create: failed, clean up: skipped")
	if got := find(r, "clean up").Reason; got != "nothing was captured as id" {
		t.Errorf("clean up was skipped since %s", got)
	}
}

func TestFailedSetupSkipsQueries(t *testing.T) {
	s, url := newShop(t)
	r := run(t, fmt.Sprintf(`
source: {base_url: %s}
setup:
  - {name: prepare, get: /things/1}
queries:
  - {name: read, get: /things/1}
teardown:
  - {name: clean up, post: /login}
`, url), runner.RunOptions{})
	wantStatuses(t, r, "prepare: failed, read: skipped, clean up: passed")
	if got := find(r, "read").Reason; got != `setup failed: "prepare"` {
		t.Errorf("read was skipped since %s", got)
	}
	if len(s.log) != 2 {
		t.Errorf("sent %v, expected two requests", s.log)
	}
}

// What a source reads of setup must not be made with what it reads.
func TestSourceCircleIsRefused(t *testing.T) {
	p := compileAll(t, runner.CompileOptions{}, `
source: {base_url: "http://127.0.0.1:1", auth: {type: bearer, token: "${captures.token}"}}
setup:
  - {name: log in, post: /login, capture: {token: token}}
queries:
  - {name: read, get: /}
`)
	wantProblem(t, p, `the source reads captures.token, which query "log in" makes with that same source`)

	p = compileAll(t, runner.CompileOptions{}, `
source: {base_url: "http://127.0.0.1:1", auth: {type: bearer, token: "${captures.token}"}}
queries:
  - {name: log in, post: /login, capture: {token: token}}
  - {name: read, get: /}
`)
	wantProblem(t, p, `the source reads captures.token, which "log in" makes in queries; a source reads captures of setup`)
	if n := len(p.Problems()); n != 1 {
		t.Errorf("%d problems, expected 1: %v", n, p.Problems())
	}
}

func TestCirclesAreNamedAsPaths(t *testing.T) {
	p := compileAll(t, runner.CompileOptions{}, `
source: {base_url: "http://127.0.0.1:1"}
order: free
queries:
  - {name: a, get: "/${captures.c}", capture: {a: id}}
  - {name: b, get: "/${captures.a}", capture: {b: id}}
  - {name: c, get: /, after: [b], capture: {c: id}}
`)
	wantProblem(t, p, `queries wait for each other in a circle: "a" reads captures.c of "c", "c" is after "b", "b" reads captures.a of "a"`)

	p = compileAll(t, runner.CompileOptions{}, `
source: {base_url: "http://127.0.0.1:1"}
queries:
  - {name: read, get: "/${captures.id}"}
  - {name: create, post: /, capture: {id: id}}
`)
	wantProblem(t, p, `queries wait for each other in a circle: "read" reads captures.id of "create", "create" stands after "read" (order: safe)`)
}

func TestCaptureRules(t *testing.T) {
	p := compileAll(t, runner.CompileOptions{}, `
source: {base_url: "http://127.0.0.1:1"}
setup:
  - {name: early, get: "/${captures.late}"}
queries:
  - {name: one, get: /, capture: {id: id, late: id}}
  - {name: two, get: /, capture: {id: id}}
  - {name: self, get: /, capture: {own: id}, expect: {cel: ["captures.own == 1"]}}
  - {name: row, get: "/${row.x}"}
`)
	wantProblem(t, p, `captures.late is made by "one" in queries, which runs after setup`)
	if n := len(p.Problems()); n != 4 {
		t.Errorf("%d problems, expected 4: %v", n, p.Problems())
	}
	wantProblem(t, p, `query "self" reads captures.own, which it captures itself`)
	wantProblem(t, p, `query "row" reads row but has no each`)
}

func TestCaptureOfRows(t *testing.T) {
	_, url := newShop(t)
	r := run(t, fmt.Sprintf(loginSource, url)+`
queries:
  - name: create
    each: [a, b, c]
    post: /things
    body: {json: {name: "${row}"}}
    expect: {status: 201}
    capture: {ids: id}
  - {name: "read ${row}", each: "${captures.ids}", get: "/things/${row}", expect: {gjson: {id: "${row}"}}}
`, runner.RunOptions{Jobs: 1})
	wantStatuses(t, r, "log in: passed, create [0]: passed, create [1]: passed, create [2]: passed, read 1: passed, read 2: passed, read 3: passed")
}

func TestNoRowsIsSkipped(t *testing.T) {
	_, url := newShop(t)
	r := run(t, fmt.Sprintf(loginSource, url)+`
queries:
  - {name: nothing, each: "${[]}", get: /}
`, runner.RunOptions{})
	wantStatuses(t, r, "log in: passed, nothing: skipped")
	if got := find(r, "nothing").Reason; got != "each has no rows" {
		t.Errorf("skipped since %s", got)
	}
}

func TestSmallMistakesAreFoundBeforeTheRun(t *testing.T) {
	p := compileAll(t, runner.CompileOptions{}, `
vars: {slow: fast}
source: {base_url: "http://127.0.0.1:1", headers: {X: "${row}"}}
queries:
  - {name: "n ${uuid()}", get: /}
  - {name: off, each: [1], skip: "not ${row}", get: /}
  - {name: late, get: /, timeout: "${vars.slow}"}
`)
	wantProblem(t, p, "the source reads row, which only queries with each have")
	wantProblem(t, p, "uuid() gives another value in every run, but names stay the same")
	wantProblem(t, p, "skip reads row, but it skips all rows of the query")
	if n := len(p.Problems()); n != 3 {
		t.Errorf("%d problems, expected 3: %v", n, p.Problems())
	}
	p = compileAll(t, runner.CompileOptions{}, `
vars: {map: {a: 1}}
source: {base_url: "http://127.0.0.1:1"}
queries:
  - {name: fragment, get: "/#x"}
  - {name: percent, get: "/a%zz"}
  - {name: length, get: /, headers: {Content-Length: 5}}
  - {name: asks once, get: /, poll: {interval: 5s, timeout: 1s}}
`)
	if n := len(p.Problems()); n != 4 {
		t.Errorf("%d problems, expected 4: %v", n, p.Problems())
	}
	p = compileAll(t, runner.CompileOptions{}, `
vars: {map: {a: 1}}
source: {base_url: "http://127.0.0.1:1"}
queries:
  - {name: rows of a map, each: "${vars.map}", get: /}
`)
	wantProblem(t, p, "each gives a map, expected a list of rows")
	p = compileAll(t, runner.CompileOptions{}, `
vars: {slow: fast}
source: {base_url: "http://127.0.0.1:1"}
queries:
  - {name: late, get: /, timeout: "${vars.slow}"}
`)
	if ps := p.Problems(); len(ps) != 1 || !strings.Contains(ps[0].Message, "fast") {
		t.Errorf("problems %v, expected one that names fast", ps)
	}
}

// Rows may be random, too, and a name that cannot be made is an error.
func TestRowsDrawFromTheStream(t *testing.T) {
	_, url := newShop(t)
	suite := fmt.Sprintf(loginSource, url) + `
queries:
  - {name: "made ${row.id}", each: [{id: "${uuid()}"}, {id: "${random_int(1, 9)}"}], post: /things}
  - {name: "odd ${row.nope}", each: [{id: 1}], post: /things}
`
	first, second := run(t, suite, runner.RunOptions{Jobs: 1}), run(t, suite, runner.RunOptions{})
	for i, q := range first.Suites[0].Queries {
		if again := second.Suites[0].Queries[i]; again.Name != q.Name || again.Status != q.Status {
			t.Errorf("%s is %s, then %s is %s", q.Name, q.Status, again.Name, again.Status)
		}
	}
	if q := find(first, "odd ${row.nope}"); q.Status != runner.StatusErrored {
		t.Errorf("%s: %s", q.Name, q.Status)
	}
}

// What is declared wrongly is reported once, not again wherever it is read.
func TestOneMistakeIsOneProblem(t *testing.T) {
	p := compileAll(t, runner.CompileOptions{}, `
vars: {when: 2026-01-02}
secrets: {s: {}}
source: {base_url: "http://127.0.0.1:1", headers: {A: "${vars.when}", B: "${secrets.s}"}}
queries:
  - {name: one, get: /, capture: {id: {}}}
  - {name: two, get: "/${captures.id}"}
`)
	if n := len(p.Problems()); n != 3 {
		t.Errorf("%d problems, expected 3: %v", n, p.Problems())
	}
}

// Rows that are called like each other, or like another query, are told apart.
func TestNamesOfRows(t *testing.T) {
	_, url := newShop(t)
	r := run(t, fmt.Sprintf(loginSource, url)+`
queries:
  - {name: x, post: /things}
  - {name: x (3), post: /things}
  - {name: "${row}", each: [x, x, y, x, y], post: /things}
`, runner.RunOptions{})
	wantStatuses(t, r, "log in: passed, x: passed, x (3): passed, "+
		"x (2): passed, x (4): passed, y: passed, x (5): passed, y (2): passed")
}
