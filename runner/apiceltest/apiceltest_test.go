package apiceltest_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apicel/apicel/runner/apiceltest"
)

const inner = "APICELTEST_INNER"

// TestInner is what the tests below run in a process of its own, since it fails.
func TestInner(t *testing.T) {
	pattern := os.Getenv(inner)
	if pattern == "" {
		t.Skip("runs inside of other tests")
	}
	handler := newServer("let-me-in")
	if os.Getenv("APICELTEST_NIL") != "" {
		handler = nil
	}
	options := []apiceltest.Option{apiceltest.Handler(handler), apiceltest.Jobs(2), apiceltest.Env("UNUSED", "x")}
	if os.Getenv("APICELTEST_SECRET") != "" {
		options = append(options, apiceltest.Secret("token", os.Getenv("APICELTEST_SECRET")))
	}
	if name := os.Getenv("APICELTEST_VAR"); name != "" {
		options = append(options, apiceltest.Var(name, "1"))
	}
	apiceltest.Run(t, pattern, options...)
}

// outcome runs the suite of that text as go test would, and returns what it prints.
func outcome(t *testing.T, pattern, filter string, env ...string) string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, "-test.v", "-test.run", "^TestInner$"+filter)
	cmd.Env = append(os.Environ(), append(env, inner+"="+pattern)...)
	out, _ := cmd.CombinedOutput() // most of them fail
	return string(out)
}

func suite(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "s.apicel.yaml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func holds(t *testing.T, out string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(out, p) {
			t.Errorf("nothing says %q:\n%s", p, out)
		}
	}
}

const begin = `name: broken
vars: {api: null}
secrets: {token: {file: nowhere}}
source: {base_url: "${vars.api}", auth: {type: bearer, token: "${secrets.token}"}}
`

func TestFailure(t *testing.T) {
	out := outcome(t, suite(t, begin+`queries:
  - {name: create, post: /orders, body: {json: {qty: 2}}, expect: {gjson: {qty: 3}}, capture: {id: id}}
  - {name: needs it, get: "/orders/${captures.id}"}
  - {name: not yet, skip: for a reason, get: /}
teardown:
  - {name: drop, delete: /orders/o-1, expect: {status: 204}}
`), "", "APICELTEST_SECRET=let-me-in")
	holds(t, out, "--- FAIL: TestInner/broken/create", "--- SKIP: TestInner/broken/not_yet", "for a reason", "--- SKIP: TestInner/broken/needs_it",
		"--- PASS: TestInner/broken/drop", "s.apicel.yaml:6:76: gjson qty", "expected  3", "found     2", "curl")
	if strings.Contains(out, "let-me-in") {
		t.Errorf("the secret is shown:\n%s", out)
	}
}

func TestWrongSuite(t *testing.T) {
	out := outcome(t, suite(t, strings.Replace(begin, "nowhere}", "nowhere}, other: {env: NOT_SET_HERE}", 1)+"queries:\n  - {name: one, gett: /}\n"), "", "APICELTEST_SECRET=let-me-in")
	holds(t, out, "--- FAIL: TestInner/broken", `unknown key "gett"`, `did you mean "get"?`, "NOT_SET_HERE")
}

func TestOptionsThatNobodyUses(t *testing.T) {
	text := "source: {base_url: \"http://127.0.0.1:1\"}\nqueries:\n  - {name: one, get: /}\n"
	out := outcome(t, suite(t, text), "", "APICELTEST_SECRET=let-me-in", "APICELTEST_VAR=lmit")
	holds(t, out, "no suite declares vars.api", `Var("lmit")`, `Secret("token")`, "--- FAIL: TestInner")
	if strings.Contains(out, "TestInner/") {
		t.Errorf("something was sent:\n%s", out)
	}
	holds(t, outcome(t, "testdata/no-*.apicel.yaml", ""), "no-*.apicel.yaml", "--- FAIL: TestInner")
}

// A handler that is nil sends nothing to where the suite points without it.
func TestNilHandler(t *testing.T) {
	text := "vars: {api: \"http://127.0.0.1:1\"}\nsource: {base_url: \"${vars.api}\"}\nqueries:\n  - {name: one, get: /}\n"
	out := outcome(t, suite(t, text), "", "APICELTEST_NIL=1")
	holds(t, out, "Handler is given nothing", "--- FAIL: TestInner")
	if strings.Contains(out, "TestInner/") {
		t.Errorf("something was sent:\n%s", out)
	}
}

// TestFilter says that go test -run chooses suites.
func TestFilter(t *testing.T) {
	out := outcome(t, "testdata", "/elsewhere", "APICELTEST_SECRET=let-me-in")
	if strings.Contains(out, "TestInner/orders") || strings.Contains(out, "FAIL") {
		t.Errorf("suites that were not asked for ran:\n%s", out)
	}
}

func TestURL(t *testing.T) {
	asked := false
	server := newHTTPServer(t, func(w http.ResponseWriter, r *http.Request) { asked = r.URL.Path == "/v1/x" })
	apiceltest.Run(t, suite(t, "vars: {base: null}\nsource: {base_url: \"${vars.base}/v1\"}\nqueries:\n  - {name: one, get: /x}\n"),
		apiceltest.URL(server), apiceltest.URLVar("base"), apiceltest.Seed(7))
	if !asked {
		t.Error("the server was not asked")
	}
}

func newHTTPServer(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}
