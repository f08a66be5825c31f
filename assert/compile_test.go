package assert

import (
	"maps"
	"slices"
	"strings"
	"testing"

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
		{"cel: [status > 1]", "cel: [body == 1]", 2},
		{"cel: [status > 1]", "cel: null\njson: 1", 2},
	} {
		b := load(t, "suite.yaml", suiteWith(tt.suite, tt.query))
		if got := b.compile(t).Len(); got != tt.want {
			t.Errorf("%s / %s: got %d checks, want %d", tt.suite, tt.query, got, tt.want)
		}
	}
}

func TestProblems(t *testing.T) {
	type test struct{ suite, query, want string }
	for _, tt := range []test{
		{"", "gjson: {a: '${vars.nope}'}", `suite.yaml:7:26: `},
		{"", "cel: [status == \"200\"]", "suite.yaml:7:20: "},
		{"", "gjson: {a: {gt: '${vars.want}', matches: '${captures.later}'}}", "captures"},
	} {
		b := load(t, "suite.yaml", suiteWith(tt.suite, tt.query))
		_, problems := Compile(b.compiler, b.suite.Expect, b.query().Expect)
		if len(problems) != 1 || !strings.Contains(problems[0].Error(), tt.want) {
			t.Errorf("%s / %s: got %v, want %s", tt.suite, tt.query, problems, tt.want)
		}
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
