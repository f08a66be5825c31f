package runner_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/apicel/apicel/runner"
)

// manyRows is a CSV of n rows, of which every third has the name of the one before.
func manyRows(n int) string {
	var b strings.Builder
	b.WriteString("id,name\n")
	for i := range n {
		fmt.Fprintf(&b, "%d,n%d\n", i, i-i%3/2)
	}
	return b.String()
}

// Many rows are made and sent in parts. Names, numbers, captures and the report
// are as if they had been made at once.
func TestManyRows(t *testing.T) {
	const n = 3500
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		reply(w, 200, map[string]string{"id": strings.TrimPrefix(r.URL.Path, "/")})
	})
	project(t, map[string]string{"rows.csv": manyRows(n), "a.apicel.yaml": fmt.Sprintf(`
source: {base_url: %s}
queries:
  - {name: "${row.name}", each: {csv: rows.csv}, get: "/${row.id}", capture: {ids: id}}
  - {name: all, get: /all, expect: {cel: ["captures.ids.size() == %d", "captures.ids[1234] == '1234'", "captures.ids[%d] == '%d'"]}}
`, url, n, n-1, n-1)})
	var made []int
	for _, o := range []runner.RunOptions{{}, {Jobs: 1}, {Shuffle: new(uint64)}} {
		r := load(t, runner.CompileOptions{}, "a.apicel.yaml").Run(background, o, handleFunc(func(e runner.Event) {
			if m, ok := e.(runner.RowsMade); ok {
				made = append(made, m.Rows)
			}
		}))
		if r.Counts.Passed != n+1 {
			t.Fatalf("counts are %+v: %+v", r.Counts, find(r, "all"))
		}
		for i, q := range r.Suites[0].Queries[:n] {
			name := fmt.Sprintf("n%d", i-i%3/2)
			if i%3 == 2 {
				name += " (2)"
			}
			if q.Name != name || *q.RowIndex != i || q.Path != fmt.Sprintf("/%d", i) {
				t.Fatalf("row %d is %q (%d) at %s, expected %q", i, q.Name, *q.RowIndex, q.Path, name)
			}
		}
	}
	if fmt.Sprint(made) != fmt.Sprintf("[%d %[1]d %[1]d]", n) {
		t.Errorf("made rows: %v", made)
	}
}

// Rows that are not made yet when a run is stopped are in the report, too.
func TestStopWithManyRows(t *testing.T) {
	const n = 3500
	ctx, cancel := context.WithCancel(background)
	defer cancel()
	var sent atomic.Int32
	url := serve(t, func(http.ResponseWriter, *http.Request) {
		if sent.Add(1) == 1200 {
			cancel()
		}
	})
	project(t, map[string]string{"rows.csv": manyRows(n), "a.apicel.yaml": fmt.Sprintf(`
source: {base_url: %s}
queries:
  - {name: "${row.name}", each: {csv: rows.csv}, get: "/${row.id}"}
`, url)})
	r := load(t, runner.CompileOptions{}, "a.apicel.yaml").Run(ctx, runner.RunOptions{}, discard{})
	if c := r.Counts; c.Queries != n || c.Passed < 1200 || c.Skipped != n-c.Passed {
		t.Errorf("counts are %+v", c)
	}
}

// A file that changes between check and run is noticed.
func TestRowsThatChange(t *testing.T) {
	for content, want := range map[string]string{
		"id,name\n1,a\n":           "rows.csv was changed while the run read it",
		"id,name\n1,a\n2,b\n3\n":   "rows.csv:4: the line does not have 2 cells as the first line has",
		"id,name\n1,a\n2,b\n\xff3": "rows.csv:4: the byte 0xFF is not UTF-8",
	} {
		url := serve(t, func(http.ResponseWriter, *http.Request) {})
		project(t, map[string]string{"rows.csv": manyRows(3), "a.apicel.yaml": fmt.Sprintf(`
source: {base_url: %s}
queries:
  - {name: q, each: {csv: rows.csv}, get: "/${row.id}"}
`, url)})
		p := load(t, runner.CompileOptions{}, "a.apicel.yaml")
		if err := os.WriteFile("rows.csv", []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		r := p.Run(background, runner.RunOptions{}, discard{})
		last := r.Suites[0].Queries[len(r.Suites[0].Queries)-1]
		if r.Counts.Errored != 1 || last.Error == nil || last.Error.Message != want {
			t.Errorf("%q: %+v", content, last.Error)
		}
	}
	project(t, map[string]string{"rows.csv": manyRows(60_000) + "1\n", "a.apicel.yaml": `
source: {base_url: "http://127.0.0.1:1"}
queries:
  - {name: q, each: {csv: rows.csv}, get: "/${row.id}"}
`})
	wantProblem(t, load(t, runner.CompileOptions{}, "a.apicel.yaml"), "rows.csv:60002: the line does not have 2 cells as the first line has")
}
