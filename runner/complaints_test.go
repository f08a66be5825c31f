package runner_test

import (
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/apicel/apicel/runner"
)

// Lists are sent as parameters that repeat, and never as JSON text; numbers are sent
// as they are spelled, also in headers and cookies. A map as a parameter is refused.
func TestListsAndNumbersAreSentAsTheyAre(t *testing.T) {
	var got *http.Request
	url := serve(t, func(_ http.ResponseWriter, r *http.Request) { got = r })
	r := run(t, fmt.Sprintf(`
source: {base_url: %s, params: {v: 1.10}}
vars: {ids: [7, 8], n: 12}
queries:
  - name: q
    get: /
    params: {a: [1, 2, x], b: "${vars.ids}", c: 12345678901234567890}
    headers: {X-Number: 42, X-Float: 1.50, X-Computed: "${vars.n + 1}", X-List: [1, 2]}
    cookies: {count: 3}
`, url), runner.RunOptions{})
	wantStatuses(t, r, "q: passed")
	for name, want := range map[string][]string{"a": {"1", "2", "x"}, "b": {"7", "8"}, "c": {"12345678901234567890"}, "v": {"1.10"}} {
		if sent := got.URL.Query()[name]; !slices.Equal(sent, want) {
			t.Errorf("%s is sent as %q, expected %q", name, sent, want)
		}
	}
	for name, want := range map[string][]string{"X-Number": {"42"}, "X-Float": {"1.50"}, "X-Computed": {"13"}, "X-List": {"1", "2"}, "Cookie": {"count=3"}} {
		if sent := got.Header[name]; !slices.Equal(sent, want) {
			t.Errorf("%s is sent as %q, expected %q", name, sent, want)
		}
	}
	for _, bad := range []string{"params: {a: {b: 1}}", "headers: {X-A: {b: 1}}"} {
		p := compileAll(t, runner.CompileOptions{}, "source: {base_url: \"http://127.0.0.1:1\"}\nqueries:\n  - {name: q, get: /, "+bad+"}\n")
		if !p.Problems().HasErrors() {
			t.Errorf("%s is taken", bad)
		}
	}
}

// What a run costs grows with the number of queries and not with its square. It is
// measured in allocations, which are the same on every machine.
func TestCostGrowsWithTheQueries(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request) { reply(w, 200, map[string]any{"path": r.URL.Path}) })
	cost := func(n int) float64 {
		var b strings.Builder
		fmt.Fprintf(&b, "source: {base_url: %s}\nqueries:\n", url)
		for i := range n {
			fmt.Fprintf(&b, "  - {name: q%d, get: /%d, expect: {gjson: {path: /%d}}}\n", i, i, i)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if r := run(t, b.String(), runner.RunOptions{Jobs: 4}); r.Counts.Passed != n {
			t.Fatalf("counts are %+v", r.Counts)
		}
		runtime.ReadMemStats(&after)
		return float64(after.TotalAlloc - before.TotalAlloc)
	}
	cost(10)
	if few, many := cost(200), cost(1600); many > 8*few*2 {
		t.Errorf("8 times the queries cost %.1f times as much", many/few)
	}
}
