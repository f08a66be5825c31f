package assert

import (
	"context"
	"strings"
	"testing"
	"time"

	"cel.dev/cel-go/common/types/ref"
	"github.com/tidwall/gjson"

	"github.com/apicel/apicel/internal/exchange"
	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/spec"
)

// FuzzMatcher judges any JSON by any matcher that a suite may hold. Nothing
// panics, work is bounded, what fails says why, not says the opposite, and what
// is refused because it never holds does not hold.
func FuzzMatcher(f *testing.F) {
	compiler, err := expr.NewCompiler(expr.Decls{Captures: []string{"earlier"}})
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range [][2]string{
		{"{gt: 5, lt: 3}", `4`},
		{"{equals: {a: [1, null]}, length: 1}", `{"a":[1.0,null]}`},
		{"{each: {any: {length: {gte: 1}, type: array}}, unordered: [[1], [[2]]]}", `[[[1]],[[2],[]]]`},
		{"{one_of: [1, \"1\", null], not: {equals: null}}", `"1"`},
		{"{matches: '^é+$', starts_with: é, format: email}", `"éé"`},
		{"{includes: {a: {b: 1}}, exists: true}", `{"a":{"b":1e0}}`},
		{"{gte: 1e400, lte: -0.0}", `1e999999999`},
		{"{equals: '${captures.earlier}', type: '${body.t}'}", `{"t":"object"}`},
		{"- 1\n- {a: ~}", `[1,{"a":null}]`},
		{"{not: {not: {exists: false}}}", `null`},
		{"{length: {one_of: [1, 2], not: 2}, contains: a}", `"aé"`},
		{"{unordered: [1, 1.0], length: {gt: 1, lt: 3}}", `[1,1]`},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, matcher, body string) {
		if _, err := parseBody(body, false); err != nil {
			return
		}
		plain, problems := fuzzedMatcher(compiler, matcher, "")
		opposite, _ := fuzzedMatcher(compiler, matcher, "not")
		if plain == nil {
			return
		}
		r := &exchange.Response{Status: 200, Body: []byte(body)}
		got := fuzzedVerdict(t, plain, r)
		if never := refused(problems); never != "" && got == holds && !strings.Contains(matcher, "not") {
			t.Fatalf("%s of %s holds, and is refused: %s", matcher, body, never)
		}
		if problems.HasErrors() || opposite == nil {
			return
		}
		if not := fuzzedVerdict(t, opposite, r); not != got.negate() {
			t.Fatalf("%s of %s: got %d, and not %d", matcher, body, got, not)
		}
	})
}

// fuzzedMatcher compiles the YAML of a matcher, below a key where one is given.
// It gives nil where that is no matcher.
func fuzzedMatcher(c *expr.Compiler, matcher, key string) (*Checks, spec.Problems) {
	by := "          "
	yaml := "source: {base_url: \"http://127.0.0.1\"}\nqueries:\n  - name: q\n    get: /\n    expect:\n      status: 200\n      gjson:\n        \"@this\":\n"
	if key != "" {
		yaml, by = yaml+by+key+":\n", by+"  "
	}
	s := spec.Parse(spec.NewFile("x", []byte(yaml+indent(matcher, by)+"\n")))
	if s.Problems.HasErrors() || len(s.Queries) != 1 || s.Queries[0].Expect == nil || len(s.Queries[0].Expect.GJSON) != 1 {
		return nil, nil
	}
	return Compile(c, nil, s.Queries[0].Expect)
}

// refused is what says that a matcher never holds.
func refused(problems spec.Problems) string {
	for _, p := range problems {
		for _, said := range []string{"so this never holds", "that is never", "nothing else can hold"} {
			if strings.Contains(p.Message, said) {
				return p.Message
			}
		}
	}
	return ""
}

// fuzzedVerdict judges the check of the matcher, and says that its failure, if
// there is one, says something.
func fuzzedVerdict(t interface {
	Fatal(...any)
	Fatalf(string, ...any)
}, checks *Checks, r *exchange.Response) verdict {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	a := func() *expr.Activation {
		return &expr.Activation{Response: r, Captures: map[string]ref.Val{"earlier": expr.FromJSON([]byte(`{"a":1}`))}, Attempt: 1}
	}
	failures := checks.Judge(ctx, a())
	if ctx.Err() != nil {
		t.Fatal("it took too long")
	}
	for _, c := range checks.list {
		check, ok := c.(*gjsonCheck)
		if !ok {
			continue
		}
		j := newJudging(ctx, a(), options{})
		bound, err := check.want.bind(j)
		if err != nil {
			if len(failures) != 1 || failures[0].Message == "" {
				t.Fatalf("%v, and failures %+v", err, failures)
			}
			return void
		}
		j.begin(check.path)
		got := bound.judge(&j.run, subject{value: gjson.ParseBytes(r.Body)})
		if (got == holds) != (len(failures) == 0) {
			t.Fatalf("verdict %d and failures %+v", got, failures)
		}
		for _, f := range failures {
			if f.Check == "" || f.Expected == "" || f.Found == "" {
				t.Fatalf("an empty failure: %+v", f)
			}
		}
		return got
	}
	return void
}
