package assert

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/spec"
)

// TestMatchersAreThoseOfTheLanguage says that what is implemented is what the
// tables of package spec name.
func TestMatchersAreThoseOfTheLanguage(t *testing.T) {
	var names []string
	for _, m := range spec.Matchers {
		names = append(names, m.Name)
	}
	slices.Sort(names)
	if got := slices.Sorted(maps.Keys(operations)); !slices.Equal(got, names) {
		t.Errorf("operations\n%v\nand the table\n%v", got, names)
	}
	known := slices.Sorted(slices.Values(spec.Formats))
	if got := slices.Sorted(maps.Keys(formats)); !slices.Equal(got, known) {
		t.Errorf("formats %v and the table %v", got, known)
	}
}

// TestEveryExpectKeyIsMerged says that no key of the language is left out.
func TestEveryExpectKeyIsMerged(t *testing.T) {
	for _, key := range spec.ExpectKeys {
		e := expectWith([]string{key.Name}, "x")
		if len(saidBy(*e, key.Name)) == 0 {
			t.Errorf("the tests do not know %s", key.Name)
		}
		lift(e, key.Name)
		if left := saidBy(*e, key.Name); len(left) > 0 {
			t.Errorf("%s is not lifted", key.Name)
		}
	}
}

func suiteWith(expect, query string) string {
	yaml := "vars: {want: 3}\nsource: {base_url: \"http://127.0.0.1\"}\n"
	if expect != "" {
		yaml += "expect:\n" + indent(expect, "  ")
	}
	yaml += "queries:\n  - name: q\n    get: /\n"
	if query != "" {
		yaml += "    expect:\n" + indent(query, "      ")
	}
	return yaml
}

func indent(text, by string) string {
	var b strings.Builder
	for line := range strings.Lines(strings.TrimSuffix(text, "\n") + "\n") {
		b.WriteString(by + line)
	}
	return b.String()
}

func TestLen(t *testing.T) {
	type test struct {
		suite, query string
		want         int
	}
	for _, tt := range []test{
		{"", "", 1},
		{"", "status: 200", 1},
		{"", "cel: [status == 200]", 1},
		{"", "cel: ['body.exists(status, status == 1)']", 2},
		{"", "cel: [body == 1, text == \"\"]", 3},
		{"max_duration: 1s", "max_duration: null", 1},
		{"status: 200", "status: null", 1},
		{"max_duration: 1s\nheaders: {a: b, c: d}", "gjson: {a: 1, b: {gt: 1, lt: 2}}\njson: 1\ntext: x", 8},
		{"gjson: {a: 1, b: 2}", "gjson: {a: null, c: null}", 3},
		{"cel: [status > 200]", "cel: [body == 1]", 3},
		{"cel: [status > 200]", "cel: null\njson: 1", 2},
	} {
		b := load(t, "suite.yaml", suiteWith(tt.suite, tt.query))
		if got := b.compile(t).Len(); got != tt.want {
			t.Errorf("%s / %s: got %d checks, want %d", tt.suite, tt.query, got, tt.want)
		}
	}
}

// TestDefaultStatus says what takes the place of the check that the status is
// below 400: a status wherever it stands, and the query's own cel, but no cel of
// the suite, which is about every query.
func TestDefaultStatus(t *testing.T) {
	for _, tt := range []struct {
		suite, query string
		passes       bool // of a 500
	}{
		{"", "", false},
		{"cel: ['status != 418']", "", false},
		{"cel: ['status != 418']", "gjson: {a: 1}", false},
		{"cel: ['status != 418']", "cel: [body.a == 1]", false},
		{"cel: ['status != 418']", "cel: [status >= 500]", true},
		{"cel: ['status != 418']", "cel: null", false},
		{"cel: ['status != 418']", "status: 5xx", true},
		{"status: 5xx", "", true},
		{"status: 5xx", "gjson: {a: 1}", true},
		{"status: 5xx", "status: null", false},
		{"", "cel: ['status != 418']", true},
	} {
		b := load(t, "suite.yaml", suiteWith(tt.suite, tt.query))
		failures := b.compile(t).Judge(context.Background(), b.activation(answer(t, "HTTP/1.1 500 Oops\n\n{\"a\": 1}")))
		if (len(failures) == 0) != tt.passes {
			t.Errorf("%s / %s: got %+v", tt.suite, tt.query, failures)
		}
	}
}

func TestProblems(t *testing.T) {
	type test struct{ suite, query, want string }
	for _, tt := range []test{
		{"", "gjson: {a: '${vars.nope}'}", `suite.yaml:7:26: `},
		{"", "cel: [status == \"200\"]", "suite.yaml:7:20: "},
		{"", "gjson: {a: {gt: '${vars.want}', matches: '${captures.later}'}}", "captures"},
		{"", "gjson: {items.: {exists: false}}", "suite.yaml:7:20: the gjson path has an empty part"},
		{"", "gjson: {'it\\''s.#(a==1': {exists: false}}", "suite.yaml:7:24: the ( of the gjson path is not closed"},
		{"gjson: {a.@revers: 1}", "status: 200", `suite.yaml:4:13: unknown gjson modifier "@revers"`},
		{"", "gjson: {$.total: {exists: false}}", "suite.yaml:7:15: a gjson path does not begin with $"},
		{"", "gjson: {'!5': 5}", "suite.yaml:7:16: the gjson path gives the same whatever the body is"},
		{"", "cel: ['true']", "suite.yaml:7:13: this check looks at nothing"},
		{"", "cel: [{that: 1 == 1, message: m}]", "suite.yaml:7:20: this check looks at nothing"},
		{"cel: [now() > timestamp('2022-11-28T09:00:00Z')]", "status: 200", "suite.yaml:4:9: this check looks at nothing"},
		{"", "cel: [\"'${vars.want}' == '1'\"]", "suite.yaml:7:15: ${ in a string is text"},
	} {
		b := load(t, "suite.yaml", suiteWith(tt.suite, tt.query))
		_, problems := Compile(b.compiler, b.suite.Expect, b.query().Expect)
		if len(problems) != 1 || !strings.Contains(problems[0].Error(), tt.want) {
			t.Errorf("%s / %s: got %v, want %s", tt.suite, tt.query, problems, tt.want)
		}
	}
}

// TestTemplateInPath says that what the loader reports is not judged as a path.
func TestTemplateInPath(t *testing.T) {
	text := suiteWith("", `gjson: {"${vars.want}": 1}`)
	s := spec.Parse(spec.NewFile("suite.yaml", []byte(text)))
	if len(s.Problems) != 1 || !strings.Contains(s.Problems[0].Message, "not evaluated in keys") {
		t.Fatal(s.Problems)
	}
	c, err := expr.NewCompiler(expr.Decls{})
	if err != nil {
		t.Fatal(err)
	}
	if _, problems := Compile(c, nil, s.Queries[0].Expect); len(problems) > 0 {
		t.Error(problems)
	}
}

// TestChecksOfOneVariable says that any variable is something to look at.
func TestChecksOfOneVariable(t *testing.T) {
	for _, that := range []string{"vars.want == 3", "attempt < 5", "request.method == 'GET'", "secrets.token != ''", "captures.?earlier.hasValue()", "row == 1", "row_index == 0", "text == ''"} {
		b := load(t, "suite.yaml", suiteWith("", "cel: [\""+that+"\"]"))
		b.compile(t)
	}
}

// TestPathsOfTheExamples says that no path that is in use is refused.
func TestPathsOfTheExamples(t *testing.T) {
	var files []string
	for _, pattern := range []string{"../examples/*.yaml", "../examples/*/*.yaml", "testdata/*/*.yaml"} {
		more, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, more...)
	}
	n := 0
	check := func(p spec.String) {
		n++
		if f := expr.CheckPath(p.Value); f != nil {
			t.Errorf("%s: %s", p.At(f.At), f.Message)
		}
	}
	for _, s := range spec.Load(files, "") {
		for _, q := range slices.Concat(s.Setup, s.Queries, s.Teardown) {
			for _, c := range q.Capture {
				if c.GJSON.IsSet() {
					check(c.GJSON)
				}
			}
			if q.Expect != nil {
				for _, e := range q.Expect.GJSON {
					check(e.Subject)
				}
			}
		}
	}
	if n < 50 {
		t.Errorf("only %d paths", n)
	}
}

func TestCapturePaths(t *testing.T) {
	const query = "source: {base_url: \"http://127.0.0.1\"}\nvars: {end: \".\", key: id}\nqueries:\n  - name: q\n    get: /\n    capture:\n"
	b := load(t, "suite.yaml", query+"      a: items.\n      b: {gjson: 'x.#(y==1', default: 0}\n      c: id\n")
	_, problems := CompileCaptures(b.compiler, b.query().Capture)
	if len(problems) != 2 || problems[0].Pos.String() != "suite.yaml:7:15" || problems[1].Pos.String() != "suite.yaml:8:22" {
		t.Errorf("got %v", problems)
	}
	b = load(t, "suite.yaml", query+"      a: {gjson: 'id${vars.end}', default: 0}\n      b: {gjson: '${vars.key}'}\n")
	captures, problems := CompileCaptures(b.compiler, b.query().Capture)
	if len(problems) > 0 {
		t.Fatal(problems[0])
	}
	values, failures := captures.Take(context.Background(), b.activation(answer(t, "HTTP/1.1 200 OK\n\n{\"id\": 7}")))
	if len(values) != 1 || len(failures) != 1 || failures[0].Pos.String() != "suite.yaml:7:18" ||
		!strings.HasPrefix(failures[0].Message, "the gjson path has an empty part, which finds nothing; ") {
		t.Errorf("got %v and %+v", values, failures)
	}
}

func TestRefs(t *testing.T) {
	b := load(t, "suite.yaml", suiteWith("", `
gjson: {a: {not: {equals: {x: "${captures.earlier}"}}}}
headers: {b: "${vars.want}"}
cel: [{that: attempt > 0, message: "${request.url}"}]
`))
	refs := b.compile(t).Refs()
	if len(refs.Captures) != 1 || refs.Captures[0].Name != "earlier" || !slices.Equal(refs.Vars, []string{"want"}) || !refs.Attempt || !refs.Request {
		t.Errorf("got %+v", refs)
	}
}
