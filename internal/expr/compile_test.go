package expr

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"cel.dev/cel-go/cel"

	"github.com/apicel/apicel/spec"
)

func TestExprProblems(t *testing.T) {
	c := newTestCompiler(t)
	for _, tt := range []struct {
		text  string
		scope spec.Scope
		want  string
	}{
		// names
		{`vrs.api`, spec.ScopeCheck, `1:1: unknown name "vrs" [did you mean vars?]`},
		{`.now() > now()`, spec.ScopeCheck, "1:2: the name of the function now begins with a dot [write now(…)]"},
		{`.file(captures.p) == raw`, spec.ScopeCheck, "1:2: the name of the function file begins with a dot [write file(…)]"},
		{`.math.abs(status) == 200`, spec.ScopeCheck, "1:7: the name of the function math.abs begins with a dot [write math.abs(…)]"},
		{`statsu == 200`, spec.ScopeCheck, `1:1: unknown name "statsu" [did you mean status?]`},
		{`customer == "acme"`, spec.ScopeCheck, `1:1: unknown name "customer" [did you mean vars.customer?]`},
		{`1 == 1 && vars.custmer == "acme"`, spec.ScopeCheck, `1:16: unknown name "vars.custmer" [did you mean vars.customer?]`},
		{`secrets.key`, spec.ScopeQuery, `1:9: unknown name "secrets.key" [there is secrets.signing_key]`},
		{`captures.ordr_id`, spec.ScopeQuery, `1:10: no query captures "ordr_id" [did you mean captures.order_id?]`},
		{`captures.?ordr_id.orValue(1)`, spec.ScopeQuery, `1:11: no query captures "ordr_id" [did you mean captures.order_id?]`},
		{`has(captures.ordr_id)`, spec.ScopeQuery, `1:14: no query captures "ordr_id" [did you mean captures.order_id?]`},
		{`request.bdy`, spec.ScopeHeaders, `1:9: unknown name "request.bdy" [did you mean request.body?]`},
		{`captures["etag"]`, spec.ScopeQuery, `1:1: captures is read with brackets, expected captures.etag [write captures.etag]`},
		{`captures[row.field]`, spec.ScopeQuery, `1:1: captures[…] is read by a computed name, but names are static: the plan of the run is made from them [write captures.NAME]`},
		{`vars[?row.field]`, spec.ScopeQuery, `1:1: vars[…] is read by a computed name, but names are static: the plan of the run is made from them [write vars.NAME]`},
		{`captures`, spec.ScopeQuery, `1:1: captures is read as a whole, expected one of its names [write captures.empty, captures.etag, captures.ids, captures.order, captures.order_id]`},
		{`size(secrets)`, spec.ScopeQuery, `1:6: secrets is read as a whole, expected one of its names [write secrets.signing_key]`},
		{`env`, spec.ScopeVars, `1:1: env is read as a whole, expected one of its names [write env.NAME]`},
		{`vars.a + vars.b`, spec.ScopeQuery, "1:6: unknown name \"vars.a\" [there are vars.api, vars.customer, vars.n, vars.big, vars.price, vars.order, vars.any]\n1:15: unknown name \"vars.b\" [there are vars.api, vars.customer, vars.n, vars.big, vars.price, vars.order, vars.any]"},
		{`body.all(x, x > ys)`, spec.ScopeVars, "1:1: body is not known yet here: vars are evaluated before anything is sent [known here: env, vars]\n1:17: unknown name \"ys\" [known here: env, vars; text stands in quotes]"},

		// scopes
		{`status`, spec.ScopeQuery, `1:1: status is not known yet here: the request is built before it is sent [known here: vars, secrets, captures, row, row_index, attempt]`},
		{`request.url`, spec.ScopeQuery, `1:1: request is not known yet here: the request is built before it is sent [known here: vars, secrets, captures, row, row_index, attempt]`},
		{`env.HOME`, spec.ScopeQuery, `1:1: env can only be read in vars, so that a suite's inputs stand in one place [declare a var that reads it, and read the var here]`},
		{`captures.etag`, spec.ScopeVars, `1:1: captures is not known yet here: vars are evaluated before anything is sent [known here: env, vars]`},
		{`secrets.signing_key`, spec.ScopeName, `1:1: secrets is not known yet here: names are made before anything is sent [known here: vars, row, row_index]`},
		{`row.x`, spec.ScopeSource, `1:1: row is not known yet here: the source is evaluated before a request is built [known here: vars, secrets, captures]`},

		// types
		{`status == "200"`, spec.ScopeCheck, `1:8: status == "200" compares int with string [write 200 without quotes]`},
		{`vars.api != 1`, spec.ScopeQuery, `1:10: vars.api != 1 compares string with int [write string(…) around the number, or int(…) around the string]`},
		{`vars.n * 1.5`, spec.ScopeQuery, `1:8: vars.n * 1.5 cannot take int and double [write double(vars.n)]`},
		{`vars.price * 2`, spec.ScopeQuery, `1:12: vars.price * 2 cannot take double and int [write 2.0]`},
		{`"n" + 1`, spec.ScopeQuery, `1:5: "n" + 1 cannot take string and int [write string(…) around the number to join texts]`},
		{`"日本" + 1`, spec.ScopeQuery, `1:6: "日本" + 1 cannot take string and int [write string(…) around the number to join texts]`},
		{`duration > 2`, spec.ScopeCheck, `1:10: duration > 2 cannot order duration and int [a duration has a unit: write duration("2ms") or duration("2s")]`},
		{`duration < vars.n`, spec.ScopeCheck, `1:10: duration < vars.n cannot order duration and int [a duration has a unit: write duration("2s")]`},
		{`duration < 500.5`, spec.ScopeCheck, `1:10: duration < 500.5 cannot order duration and double [a duration has a unit: write duration("500.5ms") or duration("500.5s")]`},
		{`duration < 2s`, spec.ScopeCheck, `1:13: unexpected "s" [a duration is written duration("2s")]`},
		{`vars.big == 1`, spec.ScopeQuery, `1:10: vars.big == 1 compares uint with int [write 1u]`},
		{`vars.n + vars.big`, spec.ScopeQuery, `1:8: vars.n + vars.big cannot take int and uint [write uint(vars.n)]`},
		{`status in 200`, spec.ScopeCheck, `1:8: status in 200 looks into int, expected a list or a map`},
		{`status in ["200"]`, spec.ScopeCheck, `1:8: status in ["200"] looks for int among string [write string(…) around the number, or int(…) around the string]`},
		{`!status`, spec.ScopeCheck, `1:1: !status cannot take int`},
		{`status && true`, spec.ScopeCheck, `1:1: status is int, expected bool`},
		{`status ? 1 : 2`, spec.ScopeCheck, `1:8: the condition before ? is int, expected bool`},
		{`true ? 1 : "b"`, spec.ScopeCheck, `1:6: the results of ? : have different types, int and string [write dyn(…) around one of them if that is meant]`},
		{`vars.api.host`, spec.ScopeQuery, `1:10: a string has no fields [vars.api is the value itself: leave out .host]`},
		{`status.code == 200`, spec.ScopeCheck, `1:8: an int has no fields [status is the value itself: leave out .code]`},
		{`[1].id`, spec.ScopeCheck, `1:5: a list(int) has no fields [take an element first, as in [0], or look at all of them with all() or exists()]`},
		{`[1]["a"]`, spec.ScopeQuery, `1:4: list(int) cannot be indexed with string [the elements of a list are numbered from 0]`},
		{`status.all(x, x)`, spec.ScopeCheck, `1:1: an int has no elements, expected a list or a map`},

		{`nope`, spec.ScopeCheck, `1:1: unknown name "nope" [known here: status, headers, body, text, raw, size, cookies, links, url, redirects, proto, timing, tls, duration, vars, secrets, captures, row, row_index, attempt, request; text stands in quotes]`},

		// text in strings that looks like an insertion
		{`'${vars.api}' == '1'`, spec.ScopeCheck, `1:2: ${ in a string is text: nothing is inserted here [write vars.api, without quotes and ${ }]`},
		{`text == "a ${vars.api}" && vrs.x`, spec.ScopeCheck, "1:12: ${ in a string is text: nothing is inserted here [write vars.api without ${ } and join it with +, or \"$\" + \"{\" for the two characters]\n1:28: unknown name \"vrs\" [did you mean vars?]"},
		{`text == "a ${"`, spec.ScopeCheck, `1:12: ${ in a string is text: nothing is inserted here [write "$" + "{" for the two characters]`},
		{`[body].all(x, x == "${row}")`, spec.ScopeCheck, `1:21: ${ in a string is text: nothing is inserted here [write row, without quotes and ${ }]`},

		// functions
		{`now > timestamp("2022-11-28T09:00:00Z")`, spec.ScopeCheck, `1:1: unknown name "now" [now is a function: write now()]`},
		{`uuid`, spec.ScopeQuery, `1:1: unknown name "uuid" [uuid is a function: write uuid()]`},
		{`sha256 == ""`, spec.ScopeQuery, `1:1: unknown name "sha256" [sha256 is a function: write sha256(…)]`},
		{`startsWith`, spec.ScopeQuery, `1:1: unknown name "startsWith" [startsWith is a function: write ….startsWith(…)]`},
		{`len(body.lines) == 1`, spec.ScopeCheck, `1:1: unknown function "len" [write size(…)]`},
		{`body.name.toLowerCase()`, spec.ScopeCheck, `1:11: unknown function "toLowerCase" [write ….lowerAscii()]`},
		{`round(1.5)`, spec.ScopeCheck, `1:1: unknown function "round" [did you mean math.round(…)?]`},
		{`sha25("x")`, spec.ScopeQuery, `1:1: unknown function "sha25" [did you mean sha256(…)?]`},
		{`body.title.startWith("x")`, spec.ScopeCheck, `1:12: unknown function "startWith" [did you mean startsWith(…)?]`},
		{`hex("x")`, spec.ScopeQuery, `1:1: no such call: hex(string) [there is hex(bytes)]`},
		{`uuid()`, spec.ScopeName, `1:1: uuid() gives another value in every run, but names stay the same [use vars, row or row_index]`},
		{`uuid(1)`, spec.ScopeQuery, `1:1: no such call: uuid(int) [there is uuid()]`},
		{`"a".charAt("b")`, spec.ScopeQuery, `1:5: no such call: string.charAt(string) [there is string.charAt(int)]`},
		{`math.flor(1.5)`, spec.ScopeQuery, `1:1: unknown function "math.flor" [did you mean math.floor(…)?]`},
		{`lists.rang(2)`, spec.ScopeQuery, `1:1: unknown function "lists.rang" [did you mean lists.range(…)?]`},
		{`body.all(x)`, spec.ScopeCheck, `1:6: all() cannot be called with 1 argument [write items.all(x, x > 0)]`},
		{`body.all(x.y, true)`, spec.ScopeCheck, `1:11: argument must be a simple name [the first argument names the element, as in items.all(x, x > 0)]`},
		{`has(body)`, spec.ScopeCheck, `1:5: invalid argument to has() macro [has() takes a field, as in has(body.id)]`},
		{`text.matches("(")`, spec.ScopeCheck, `1:14: "(" is not a regular expression (RE2): missing closing )`},
		{`duration > duration("2")`, spec.ScopeCheck, `1:21: "2" is not a valid duration [write a number and a unit, as in duration("1m30s")]`},
		{`timestamp("yesterday")`, spec.ScopeCheck, `1:11: "yesterday" is not a valid timestamp [write it as in timestamp("2022-11-28T09:00:00Z")]`},

		// syntax
		{``, spec.ScopeCheck, `1:1: the expression is empty`},
		{"  // nothing\n", spec.ScopeCheck, `1:1: the expression is empty`},
		{`1 +`, spec.ScopeCheck, `1:4: the expression ends too early [something is missing after +]`},
		{`body.`, spec.ScopeCheck, `1:6: the expression ends too early [something is missing after .]`},
		{`size(body`, spec.ScopeCheck, `1:10: ) is missing before the end`},
		{`[1, 2`, spec.ScopeCheck, `1:6: the expression ends too early [expected ']' or ',']`},
		{`"abc`, spec.ScopeCheck, `1:1: the string that begins here has no end [close it with the quote it begins with]`},
		{`"a\q"`, spec.ScopeCheck, `1:3: unknown escape \q [write \\ for a backslash, or put r before the string]`},
		{`status = 200`, spec.ScopeCheck, `1:8: "=" is no operator of CEL [compare with ==]`},
		{`status === 200`, spec.ScopeCheck, `1:10: "===" is no operator of CEL [write ==]`},
		{`status == 200 and true`, spec.ScopeCheck, `1:15: unexpected "and" [write &&]`},
		{`status & 1`, spec.ScopeCheck, `1:8: "&" is no operator of CEL [write && for and]`},
		{`${status}`, spec.ScopeCheck, `1:1: "${" has no meaning inside an expression [this is CEL already: leave out ${ }]`},
		{`"a" "b"`, spec.ScopeCheck, `1:5: unexpected "\"b\"" [an operator is missing before the string]`},
		{`if`, spec.ScopeCheck, `1:1: "if" is a reserved word of CEL and cannot be a name`},
		{`99999999999999999999`, spec.ScopeCheck, `1:1: invalid int literal [an int has 64 bits; write u behind the number for a uint, or a decimal point for a double]`},
	} {
		e, ps := c.Expr(plain(tt.text), tt.scope, cel.DynType)
		if e != nil {
			t.Errorf("%s: compiled, expected %s", tt.text, tt.want)
		} else if got := problemLines(ps); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.text, got, tt.want)
		}
	}
}

func TestExprWantedType(t *testing.T) {
	c := newTestCompiler(t)
	for _, tt := range []struct{ text, want string }{
		{`status`, `1:1: the expression gives int, expected bool [compare it with something, as in status == 200]`},
		{`text`, `1:1: the expression gives string, expected bool [compare it with something, as in status == 200]`},
		{`captures.?etag`, `1:1: the expression gives optional(dyn), expected bool [add .orValue(…) or .hasValue()]`},
		{`status == 200`, ``},
		{`body.ok`, ``},
		{`body.items.all(x, x > 0)`, ``},
	} {
		_, ps := c.Expr(plain(tt.text), spec.ScopeCheck, cel.BoolType)
		if got := problemLines(ps); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.text, got, tt.want)
		}
	}
}

func TestRefs(t *testing.T) {
	c := newTestCompiler(t)
	e := mustExpr(t, c, `vars.n > 0 && vars.api != secrets.signing_key && vars.n < 9 && captures.etag == "" && captures.?ids.hasValue() && has(captures.order)
 && row.x == row_index && attempt > 1 && request.method == "GET" && status == 200 && {"a": [vars.price]}.a[0] > 1.0`, spec.ScopeCheck)
	r := e.Refs()
	if got := strings.Join(r.Vars, " "); got != "n api price" {
		t.Errorf("vars are %s", got)
	}
	if !slices.Equal(r.Secrets, []string{"signing_key"}) {
		t.Errorf("secrets are %v", r.Secrets)
	}
	var captures []string
	for _, cr := range r.Captures {
		captures = append(captures, fmt.Sprint(cr.Name, cr.Optional))
		if at := e.Source().Value[cr.Pos.Col-1:]; !strings.HasPrefix(at, cr.Name) {
			t.Errorf("%s stands at %q", cr.Name, at)
		}
	}
	if got := strings.Join(captures, " "); got != "etagfalse idstrue ordertrue" {
		t.Errorf("captures are %s", got)
	}
	if want := strings.Index(e.Source().Value, "row.x") + 1; r.RowPos != (e.Source().At(want-1)) || r.RowPos.IsZero() {
		t.Errorf("row is read at %v", r.RowPos)
	}
	if !r.Row || !r.RowIndex || !r.Attempt || !r.Request || !r.Response || !r.Status || r.Env {
		t.Errorf("flags are %+v", r)
	}
}

// Names that a loop introduces hide variables.
func TestRefsLocalNames(t *testing.T) {
	c := newTestCompiler(t)
	for _, text := range []string{
		`[1].all(status, status == 1)`,
		`[{"x": 1}].map(vars, vars.x)`,
		`[1].map(secrets, secrets)`,
		`[1].transformList(status, captures, captures + status)`,
		`optional.of(1).optMap(body, body + 1).orValue(2)`,
		`[3, 1].sortBy(body, -body)`,
	} {
		e := mustExpr(t, c, text, spec.ScopeVars)
		if r := e.Refs(); r.Response || len(r.Vars)+len(r.Secrets)+len(r.Captures) > 0 {
			t.Errorf("%s reads %+v", text, r)
		}
	}
	_, ps := c.Expr(plain(`[1].all(x, x > 0) && x > 0`), spec.ScopeVars, cel.BoolType)
	if got := problemLines(ps); !strings.HasPrefix(got, `1:22: unknown name "x"`) {
		t.Errorf("got %s", got)
	}
}

func TestCompilerConcurrent(t *testing.T) {
	c := newTestCompiler(t)
	done := make(chan *Expr)
	for range 8 {
		go func() {
			e, _ := c.Expr(plain(`status == 200 && body.count == vars.n`), spec.ScopeCheck, cel.BoolType)
			done <- e
		}()
	}
	var units []*unit
	for range 8 {
		units = append(units, (<-done).unit)
	}
	if len(slices.Compact(units)) != 1 {
		t.Error("the same text was compiled more than once")
	}
}

// Texts in files: CEL's line and column are those of the decoded text, problems
// stand where the reader sees them.
func TestPositionsInFiles(t *testing.T) {
	const file = `name: positions
source: {base_url: "http://x"}
queries:
  - name: q
    get: /a
    expect:
      cel:
        - status == "200"
        - 'status == "200" && "it''s" == 1'
        - "text == \"\\u00e9\" && \"\u00e9\" == 1"
        - |
          status > 1 &&
            status == "200"
        - >-
          status > 1 &&
          status == "200"
        - status > 1 &&
          status == "200"
        - that: body.x == vras.y
          message: m
`
	c := newTestCompiler(t)
	suite := spec.Parse(spec.NewFile("a.yaml", []byte(file)))
	if suite.Problems.HasErrors() {
		t.Fatal(problemLines(suite.Problems))
	}
	var got []string
	for _, check := range suite.Queries[0].Expect.CEL {
		_, ps := c.Expr(check.That, spec.ScopeCheck, cel.BoolType)
		for _, p := range ps {
			got = append(got, strings.TrimPrefix(p.Pos.String(), "a.yaml:")+" "+strings.Fields(p.Message)[0])
		}
	}
	want := []string{
		"8:18 status",
		"9:19 status", "9:39 \"it's\"",
		"10:46 \"é\"",
		"13:20 status",
		"16:18 status",
		"18:18 status",
		"19:27 unknown",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestRowPos(t *testing.T) {
	c := newTestCompiler(t)
	for _, tt := range []struct {
		text string
		col  int // of the first reading of row, 0 where there is none
	}{
		{`${vars.n} ${row_index} ${row.x}`, 13},
		{`${captures.etag} and ${vars.n + row.n}`, 33},
		{`${[1].map(row, row)}`, 0},
		{`${{"b": row.b, "a": row_index}}`, 9},
	} {
		tmpl, ps := c.Template(plain(tt.text), spec.ScopeQuery, EscapeNone)
		if tmpl == nil {
			t.Fatalf("%s: %s", tt.text, problemLines(ps))
		}
		if got := tmpl.Refs().RowPos.Col; got != tt.col {
			t.Errorf("%s: row is read at column %d, want %d", tt.text, got, tt.col)
		}
	}
	j, _ := c.JSON(listOf(`x`, `x ${row.a}`, `${row.b}`), spec.ScopeQuery)
	var all Refs
	all.Add(Refs{})
	all.Add(j.Refs())
	all.Add(mustExpr(t, c, `row.z`, spec.ScopeQuery).Refs())
	if got := all.RowPos.Col; got != 5 || all.IsZero() || !(Refs{}).IsZero() {
		t.Errorf("row is read at column %d, want 5", got)
	}
}

// A ${ in a string of an insertion is a warning: the template stands.
func TestInsertInInsertion(t *testing.T) {
	c := newTestCompiler(t)
	tmpl, ps := c.Template(plain(`a ${"b ${vars.api}"}`), spec.ScopeQuery, EscapeNone)
	if tmpl == nil || len(ps) != 1 || ps.HasErrors() || ps[0].Pos.Col != 8 {
		t.Errorf("got %v", ps)
	}
	j, ps := c.JSON(listOf(`${"${vars.api}"}`), spec.ScopeQuery)
	if j == nil || len(ps) != 1 || ps.HasErrors() {
		t.Errorf("got %v", ps)
	}
	for _, text := range []string{`$${x} ${"$" + "{"}`, `${"\u0024{"}`} {
		if _, ps := c.Template(plain(text), spec.ScopeQuery, EscapeNone); len(ps) > 0 {
			t.Errorf("%s: %s", text, problemLines(ps))
		}
	}
}
