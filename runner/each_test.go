package runner_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/apicel/apicel/runner"
	"github.com/apicel/apicel/spec"
)

func TestRowsOfFiles(t *testing.T) {
	rec, url := newRecorder(t)
	project(t, map[string]string{
		"rows.csv":   "\ufeffsku,qty\r\n\"A,1\",007\r\n\"say \"\"hi\"\"\",\r\n",
		"rows.json":  `[{"n": 12345678901234567890}, {"n": 1.10}]`,
		"rows.jsonl": "\"a ${b}\"\n\n{\"n\": null}\n",
		"rows.yaml":  "- {n: 1.10}\n- x: '${y}'\n",
		"a.apicel.yaml": fmt.Sprintf(`
source: {base_url: %s}
queries:
  - {name: csv, each: {csv: rows.csv}, post: "/csv/${row_index}", body: {json: "${row}"}}
  - {name: json, each: {json: rows.json}, post: "/json/${row_index}", body: {json: "${row.n}"}}
  - {name: jsonl, each: {jsonl: rows.jsonl}, post: "/jsonl/${row_index}", body: {json: "${row}"}}
  - {name: "yaml ${row_index}", each: {yaml: rows.yaml}, post: "/yaml/${row_index}", body: {json: "${row}"}}
`, url),
	})
	r := runFile(t, "a.apicel.yaml")
	wantStatuses(t, r, "csv [0]: passed, csv [1]: passed, json [0]: passed, json [1]: passed, "+
		"jsonl [0]: passed, jsonl [1]: passed, yaml 0: passed, yaml 1: passed")
	const kind = "application/json"
	rec.want(t, "/csv/0", kind, `{"sku":"A,1","qty":"007"}`)
	rec.want(t, "/csv/1", kind, `{"sku":"say \"hi\"","qty":""}`)
	rec.want(t, "/json/0", kind, `12345678901234567890`)
	rec.want(t, "/json/1", kind, `1.10`)
	rec.want(t, "/jsonl/0", kind, `"a ${b}"`)
	rec.want(t, "/jsonl/1", kind, `{"n":null}`)
	rec.want(t, "/yaml/0", kind, `{"n":1.10}`)
	rec.want(t, "/yaml/1", kind, `{"x":"${y}"}`)
}

func TestRowsOfFilesThatAreWrong(t *testing.T) {
	type test struct{ format, content, want string }
	for _, tt := range []test{
		{"csv", "", `rows is empty, expected a first line with the names of the columns`},
		{"csv", "a,,b\n", `rows:1: column 2 has no name`},
		{"csv", "a,b,a\n", `rows:1: two columns are called "a"`},
		{"csv", "a,b\n1,2\n1\n", `rows:3: the line does not have 2 cells as the first line has`},
		{"csv", "a,b\n\"1,2\n\n3\n", `rows:2: a quote in this line is not closed, or text follows it; a quote in a cell is written ""`},
		{"csv", "a,b\n1,2 \"x\"\n", `rows:2:5: a quote stands in a cell that does not begin with one`},
		{"csv", "a\n1\n\n3\n", `rows:3: the line is empty, expected cells; an empty cell alone on its line is written ""`},
		{"csv", "\na\n1\n", `rows:1: the line is empty`},
		{"csv", "a\n\"x\ny\"\n\n3\n", `rows:4: the line is empty`},
		{"csv", "a, b\n1,2\n", `rows:1: the name of column " b" begins or ends with a space, which would be part of it`},
		{"csv", "a,b\r1,2\r", `the lines of rows end in a carriage return alone`},
		{"csv", "a\ncaf\xe9\n", `rows:2: the byte 0xE9 is not UTF-8`},
		{"csv", "\xff\xfea\x00", `rows is in UTF-16, expected UTF-8`},
		{"csv", strings.Repeat("a,", 10_000) + "a\n", `rows has 10001 columns, at most 10000 are read`},
		{"json", `[{"b":2},{"a":1,"a":2}]`, `rows: row 1 has the key "a" twice`},
		{"jsonl", "{\"a\":1,\"a\":2}\n", `rows:1: the row has the key "a" twice`},
		{"json", "[\"\xff\"]", `rows:1: the byte 0xFF is not UTF-8`},
		{"json", "{}", `rows holds one JSON value, expected an array of rows`},
		{"json", "[1,]", `rows is not JSON: `},
		{"jsonl", "1\n\n{\n", `rows:3: the line is not JSON: `},
		{"yaml", "a: 1\n", `rows:1:1: a file of rows is a map, expected a list of rows`},
		{"yaml", "- 2022-11-28\n", `rows:1:3: 2022-11-28 is a date in YAML but not in JSON, expected a JSON value`},
	} {
		project(t, map[string]string{"rows": tt.content, "a.apicel.yaml": fmt.Sprintf(`
source: {base_url: "http://127.0.0.1:1"}
queries:
  - {name: rows, each: {%s: rows}, get: /}
`, tt.format)})
		problems := load(t, runner.CompileOptions{}, "a.apicel.yaml").Problems()
		if len(problems) != 1 || !strings.HasPrefix(problems[0].Message, tt.want) {
			t.Errorf("%s %q: %v\nexpected %s", tt.format, tt.content, problems, tt.want)
		}
	}
}

// What is no row stays none: empty lines at the end, and cells of several lines.
func TestRowsOfCSV(t *testing.T) {
	rec, url := newRecorder(t)
	project(t, map[string]string{
		"rows.csv":      "a\r\n\"x\r\ny\"\r\n\"\"\r\n\r\n\r\n",
		"a.apicel.yaml": fmt.Sprintf("source: {base_url: %s}\nqueries:\n  - {name: csv, each: {csv: rows.csv}, post: '/${row_index}', body: {json: '${row.a}'}}\n", url),
	})
	wantStatuses(t, runFile(t, "a.apicel.yaml"), "csv [0]: passed, csv [1]: passed")
	rec.want(t, "/0", "application/json", `"x\ny"`)
	rec.want(t, "/1", "application/json", `""`)
}

func TestQueriesThatAreNeverSent(t *testing.T) {
	project(t, map[string]string{"none.csv": "a,b\n", "a.apicel.yaml": `
source: {base_url: "http://127.0.0.1:1"}
queries:
  - {name: create, post: /, skip: out of order, capture: {id: id}}
  - {name: read, get: "/${captures.id}", capture: {part: part}}
  - {name: part, get: "/${captures.part}"}
  - {name: also skipped, get: "/${captures.id}", skip: too}
  - {name: rows, each: {csv: none.csv}, get: /}
  - {name: behind, get: /, after: [rows]}
teardown:
  - {name: drop, delete: "/${captures.?id.orValue('x')}"}
`})
	p := load(t, runner.CompileOptions{}, "a.apicel.yaml")
	wantProblem(t, p, `"create" is skipped, and so 2 queries that need it are never sent: "read", "part"`)
	wantProblem(t, p, `"rows" has no rows, and so one query that needs it is never sent: "behind"`)
	wantProblem(t, p, `none.csv has no rows, so that the query is never sent`)
	if p.Problems().HasErrors() {
		t.Errorf("errors among %v", p.Problems())
	}
}

// Two that share a snapshot would be compared with whichever was written last.
func TestSharedSnapshots(t *testing.T) {
	_, url := newRecorder(t)
	suite := fmt.Sprintf(`
source: {base_url: %s}
queries:
  - {name: one, get: /, expect: {snapshot: snapshots/one.json}}
  - name: rows
    each: [{k: a}, {k: b}, {k: a}]
    get: /
    expect: {snapshot: "snapshots/row-${row.k}.json"}
`, url)
	project(t, map[string]string{"a.apicel.yaml": suite, "b.apicel.yaml": suite})
	wantProblem(t, load(t, runner.CompileOptions{}, "a.apicel.yaml", "b.apicel.yaml"), "this is also the snapshot at a.apicel.yaml:4:44")
	r := load(t, runner.CompileOptions{}, "a.apicel.yaml").Run(background, runner.RunOptions{}, discard{})
	if e := find(r, "rows [2]").Error; e == nil || e.Message != "row 0 has the same snapshot, snapshots/row-a.json" {
		t.Errorf("error is %+v", e)
	}
}

// What an expression says of a row of CSV is known before anything is sent: its
// columns, and that its cells are text.
func TestRowsOfCSVAreText(t *testing.T) {
	const suite = `
source: {base_url: http://127.0.0.1:1}
queries:
  - name: one
    each: {%s: rows}
    get: /
    if: '%s'
`
	for _, tt := range []struct{ format, condition, want string }{
		{"csv", `row.id == 7`, `row.id is text, as every cell of CSV is, so it never equals 7`},
		{"csv", `1.5 != row["id"]`, `row.id is text, as every cell of CSV is, so it never equals 1.5`},
		{"csv", `row.id in ["a", true]`, `row.id is text, as every cell of CSV is, so it never equals true`},
		{"csv", `row.id == null`, `row.id is text, as every cell of CSV is, so it never equals null`},
		{"csv", `row.ids == "7"`, `the rows have no column "ids"`},
		{"csv", `row["nothing"] == "7"`, `the rows have no column "nothing"`},
		{"csv", `int(row.id) == 7 && row.name in ["a", "b"] && row.id != ""`, ""},
		{"csv", `has(row.other) || row.?other.orValue("") == "x"`, ""},
		{"csv", `[{"id": 7}].exists(row, row.id == 7) && row_index == 1`, ""},
		{"csv", `row == {"id": "7"}`, ""},
		{"jsonl", `row.id == 7 && row.other == null`, ""},
	} {
		content := "id,name\n7,a\n"
		if tt.format == "jsonl" {
			content = `{"id": 7}`
		}
		project(t, map[string]string{"rows": content, "a.apicel.yaml": fmt.Sprintf(suite, tt.format, tt.condition)})
		p := runner.Compile(spec.Load([]string{"a.apicel.yaml"}, ""), runner.CompileOptions{})
		problems := p.Problems()
		switch {
		case tt.want == "" && problems.HasErrors():
			t.Errorf("%s: %v", tt.condition, problems)
		case tt.want != "" && (len(problems) != 1 || problems[0].Message != tt.want || problems[0].Hint == ""):
			t.Errorf("%s: %v, want %s with a hint", tt.condition, problems, tt.want)
		}
	}
}
