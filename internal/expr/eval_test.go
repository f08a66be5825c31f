package expr

import (
	"context"
	"errors"
	"strings"
	"testing"

	"cel.dev/cel-go/cel"

	"github.com/apicel/apicel/spec"
)

func TestEval(t *testing.T) {
	c := newTestCompiler(t)
	for _, tt := range []struct{ text, want string }{
		// variables
		{`status`, `201`},
		{`headers["content-TYPE"]`, `application/json; charset=utf-8`},
		{`headers["Set-Cookie"]`, `a=1, b=2`},
		{`"set-cookie" in headers && !("x-none" in headers) && has(headers.Set_Cookie) == false`, `true`},
		{`headers.exists(h, h == "Set-Cookie")`, `true`},
		{`headers.?etag.orValue("none")`, `none`},
		{`size(headers)`, `2`},
		{`text.startsWith("{")`, `true`},
		{`duration`, `1.5s`},
		{`duration < duration("2s")`, `true`},
		{`request.method + " " + request.url`, `POST http://localhost/orders`},
		{`hex(sha256(request.body))`, `015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862`},
		{`row.field + string(row_index) + string(attempt)`, `qty42`},
		{`vars.api + secrets.signing_key`, `http://localhosts3cret`},
		{`captures.?empty.orValue("none")`, `none`},
		{`has(captures.empty) || has(captures.etag)`, `true`},

		// JSON as CEL sees it
		{`body.state in ["shipped", "delivered"]`, `true`},
		{`body.count + 1`, `4`},
		{`body.count > 2.5 && body.exact < 2`, `true`},
		{`body.big == 12345678901234567890u`, `true`},
		{`body.lines.filter(l, has(l.qty)).all(l, l.qty > 0)`, `true`},
		{`body.lines.map(l, l.sku)`, `["A1","B2","C3"]`},
		{`body.lines.exists_one(l, l.?qty.orValue(0) == 2)`, `true`},
		{`body.lines[0] == {"sku": "A1", "qty": 2, "price": 2.5} && {"sku": "A1", "qty": 2, "price": 2.5} == body.lines[0]`, `true`},
		{`body.tags == ["a", "b"] && ["a", "b"] == body.tags && body.tags != ["b", "a"]`, `true`},
		{`"a" in body.tags && "state" in body && !("x" in body)`, `true`},
		{`body.tags + ["c"] + body.tags`, `["a","b","c","a","b"]`},
		{`(["c"] + body.tags).size()`, `3`},
		{`body.nested.deep.deeper[1][0]`, `2`},
		{`body[?"nope"].orValue(5)`, `5`},
		{`body.?nested.?none.hasValue()`, `false`},
		{`body["esc\"aped"]`, "tab\té"},
		{`body.none == null && type(body.none) == null_type`, `true`},
		{`body.lines.sortBy(l, double(l.price)).map(l, l.sku)`, `["C3","A1","B2"]`},
		{`body.nested.deep.deeper.flatten()`, `[1,2,3]`},
		{`body.lines[0].transformMap(k, v, k + "!")`, `{"price":"price!","qty":"qty!","sku":"sku!"}`},
		{`body.tags.transformList(i, v, string(i) + v)`, `["0a","1b"]`},
		{`optional.ofNonZeroValue(body.empty).hasValue() || optional.ofNonZeroValue(body.nil).hasValue()`, `false`},
		{`body.tags.reverse() + body.tags.slice(0, 1)`, `["b","a","a"]`},
		{`sets.equivalent(body.tags, ["b", "a"])`, `true`},
		{`"%s".format([body.tags])`, `[a, b]`},
		{`type(body) == map && type(body.tags) == list`, `true`},
		{`body.lines[2].?qty.optMap(q, q + 1).orValue(0)`, `0`},
		{`dyn(body.lines).map(l, {"id": l.sku})[0]`, `{"id":"A1"}`},

		// libraries
		{`cidr("10.0.0.0/8").containsIP("10.1.2.3")`, `true`},
		{`ip("10.0.0.1")`, `10.0.0.1`},
		{`math.greatest(1, 3, 2)`, `3`},
		{`base64.encode(b"hi")`, `aGk=`},
		{`regex.extract("id=42", "id=(\\d+)").orValue("")`, `42`},
		{`"a,b".split(",").join("-")`, `a-b`},

		// functions
		{`now()`, `2022-11-28T09:00:00Z`},
		{`now() - duration("1h")`, `2022-11-28T08:00:00Z`},
		{`uuid().matches("^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")`, `true`},
		{`random_int(3, 3)`, `3`},
		{`lists.range(100).map(i, random_int(-2, 2)).all(i, i >= -2 && i <= 2)`, `true`},
		{`hex(sha256("abc")) == hex(sha256(b"abc"))`, `true`},
		{`hex(sha256("abc"))`, `ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad`},
		{`hex(hmac_sha256("key", "The quick brown fox jumps over the lazy dog"))`, `f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8`},
		{`hmac_sha256(b"k", "v") == hmac_sha256("k", b"v")`, `true`},
		{`url_encode("a b/ü&=+?#.~_-")`, `a%20b%2F%C3%BC%26%3D%2B%3F%23.~_-`},
		{`gjson(body, "lines.#.price")`, `[2.5,3,1]`},
		{`gjson(body, "lines.#(qty>1).sku")`, `A1`},
		{`gjson(body, "lines.#")`, `3`},
		{`gjson({"a": [1, {"b": "c"}]}, "a.1.b")`, `c`},
		{`gjson("{\"a\": 5}", "a") + 1`, `6`},
		{`gjson(request.body, "a")`, `1`},
		{`merge({"a": "b", "c": {"d": "e", "f": "g"}}, {"a": "z", "c": {"f": null}})`, `{"a":"z","c":{"d":"e"}}`},
		{`merge(vars.order, {row.field: row.value})`, `{"sku":"A1","qty":0,"price":1.10,"id":123456789012345678901234567890}`},
	} {
		v, err := mustExpr(t, c, tt.text, spec.ScopeCheck).Eval(background, testActivation())
		if err != nil {
			t.Errorf("%s: %s", tt.text, errorLine(t, err))
			continue
		}
		if got, err := ToText(v); err != nil || got != tt.want {
			t.Errorf("%s\n got %s %v\nwant %s", tt.text, got, err, tt.want)
		}
	}
}

func TestEvalErrors(t *testing.T) {
	c := newTestCompiler(t)
	for _, tt := range []struct{ text, want string }{
		{`body.stat`, `1:6: body has no key "stat" [did you mean "state"? it has state, count, big, exact, none, lines, tags, nested and 3 more]`},
		{`body.lines[2].qty > 0`, `1:15: body.lines[2] has no key "qty" [it has sku, price]`},
		{`body.lines.all(l, l.qty > 0)`, `1:21: l has no key "qty" [it has sku, price]`},
		{`body.empty.x`, `1:12: body.empty has no key "x" [it is empty]`},
		{`body.none.x`, `1:11: body.none is null, which has no key "x" [write .?x.orValue(…) where it may be missing]`},
		{`body.state.x`, `1:12: body.state is string, which has no key "x"`},
		{`body.lines.sku`, `1:12: body.lines is a list, which has no key "sku" [take an element first, as in [0], or look at all of them with all() or exists()]`},
		{`body.lines[7]`, `1:11: index 7 is out of range: body.lines has 3 elements [the last one is [2]]`},
		{`body.nil[0]`, `1:9: index 0 is out of range: body.nil is empty`},
		{`headers.etag`, `1:9: the answer has no header "etag" [it has Content-Type, Set-Cookie]`},
		{`headers["content-typ"]`, `1:8: the answer has no header "content-typ" [did you mean "Content-Type"? it has Content-Type, Set-Cookie]`},
		{`captures.empty`, `1:10: captures.empty has no value: the query that captures it gave none [write captures.?empty.orValue(…) where it may be missing]`},
		{`vars.any`, `1:6: vars.any has no value here [give it with --var any=…]`},
		{`body.lines[0].price * 2`, `1:21: body.lines[0].price * 2 cannot take double and int [write 2.0]`},
		{`body.lines[0].price * body.count`, `1:21: body.lines[0].price * body.count cannot take double and int [write double(body.count)]`},
		{`body.lines.map(l, l.price * l.qty)`, `1:27: l.price * l.qty cannot take double and int [write double(l.qty)]`},
		{`body.state < 3`, `1:12: body.state < 3 cannot order string and int [write string(…) around the number, or int(…) around the string]`},
		{`body.none + 1`, `1:11: body.none + 1 cannot take null and int [one of them is null; give a default with .?name.orValue(…)]`},
		{`body.state && true`, `1:12: an operand of && is string, expected bool`},
		{`body.state ? 1 : 2`, `1:12: the condition before ? is string, expected bool`},
		{`size(body.count)`, `1:1: no such call: size(int) [there is size(bytes), bytes.size(), size(list(A)), list(A).size(), …]`},
		{`body.count.startsWith("a")`, `1:12: no such call: int.startsWith(string) [there is string.startsWith(string)]`},
		{`int(body.state)`, `1:1: "shipped" cannot be made an int`},
		{`body.lines.sortBy(l, l.price)`, `1:12: list elements must have the same type [JSON numbers are int or double as they are spelled; write double(…) around them]`},
		{`1 / (body.count - 3)`, `1:3: division by zero`},
		{`body.?nope.value()`, `1:12: there is no value: the optional is empty [add .orValue(…), or ask with .hasValue() first]`},
		{`gjson(body, "lines.9.sku")`, `1:1: the gjson path "lines.9.sku" finds nothing [lines has 3 elements, the last one is 2]`},
		{`gjson(text + "}", "a")`, `1:1: gjson() cannot look into the value: the text is not JSON: line 5, column 2: invalid character '}' after top-level value`},
		{`random_int(3, 1)`, `1:1: random_int got a lower end that is above the upper end [write the smaller number first]`},
		{`merge(body, b"x")`, `1:1: merge() takes JSON values: the value is bytes, which text and JSON cannot hold; write hex(…) or base64.encode(…) around it`},
	} {
		e := mustExpr(t, c, tt.text, spec.ScopeCheck)
		v, err := e.Eval(background, testActivation())
		if err == nil {
			t.Errorf("%s gives %v, expected %s", tt.text, v, tt.want)
		} else if got := errorLine(t, err); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.text, got, tt.want)
		}
	}
}

func TestEvalBool(t *testing.T) {
	e := mustExpr(t, newTestCompiler(t), `body.count`, spec.ScopeCheck)
	_, err := e.EvalBool(background, testActivation())
	if got := errorLine(t, err); got != `1:1: the expression gives int, expected bool` {
		t.Error(got)
	}
	e = mustExpr(t, newTestCompiler(t), `body.count == 3`, spec.ScopeCheck)
	if ok, err := e.EvalBool(background, testActivation()); !ok || err != nil {
		t.Errorf("got %v %v", ok, err)
	}
}

func TestMissingEnv(t *testing.T) {
	c := newTestCompiler(t)
	_, err := mustExpr(t, c, `env.API_URL + "/v1"`, spec.ScopeVars).Eval(background, testActivation())
	if got := errorLine(t, err); got != `1:5: the environment variable API_URL is not set [set it, or give a default: env.?API_URL.orValue("…")]` {
		t.Error(got)
	}
	var missing *MissingEnvError
	if !errors.As(err, &missing) || missing.Name != "API_URL" {
		t.Errorf("got %v, expected a MissingEnvError", err)
	}
	for _, text := range []string{`env.?API_URL.orValue("/root")`, `env.HOME`, `env["HOME"]`, `env["HO" + "ME"]`} {
		v, err := mustExpr(t, c, text, spec.ScopeVars).Eval(background, testActivation())
		if err != nil || v.Value() != "/root" {
			t.Errorf("%s gives %v %v", text, v, err)
		}
	}
}

func TestEvalWithoutValues(t *testing.T) {
	c := newTestCompiler(t)
	for _, tt := range []struct{ text, want string }{
		{`row.x`, `1:1: row has no value here [only queries with each have rows]`},
		{`row_index`, `1:1: row_index has no value here [only queries with each have rows]`},
		{`status`, `1:1: status has no value here`},
		{`request.url`, `1:9: request.url has no value here`},
		{`vars.n`, `1:6: vars.n has no value here [give it with --var n=…]`},
		{`secrets.signing_key`, `1:9: secrets.signing_key has no value here`},
		{`uuid()`, `1:1: uuid() cannot be used here: there is no query whose random numbers it could draw [use it in a var, a query or a check]`},
	} {
		_, err := mustExpr(t, c, tt.text, spec.ScopeCheck).Eval(background, &Activation{})
		if got := errorLine(t, err); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.text, got, tt.want)
		}
	}
}

func TestEvalIsBounded(t *testing.T) {
	c, strict := newTestCompiler(t), newStrictCompiler(t)
	a := testActivation()
	a.Row = FromJSON([]byte(`"` + strings.Repeat("x", 2000) + `"`))
	for _, tt := range []struct {
		c          *Compiler
		text, want string
	}{
		{strict, `lists.range(100000).all(x, lists.range(1000).all(y, x + y >= 0))`, "stopped after 1 million steps"},
		{strict, `lists.range(100000).map(x, lists.range(1000)).size()`, "stopped after 1 million steps"},
		{c, `lists.range(100000).map(x, lists.range(100000)).size()`, "stopped after 20 million steps"},
		{c, `lists.range(1000).map(x, lists.range(1000)).map(x, lists.range(1000)).map(x, lists.range(1000000)).flatten()`, "stopped after 20 million steps"},
		{c, `lists.range(2000000)`, "lists.range() makes lists of up to 1000000 elements"},
		{c, `lists.range(100000).distinct()`, "distinct() would be too much work"},
		{c, `sets.contains(lists.range(100000), lists.range(100000))`, "sets.contains() would be too much work"},
		{c, `lists.range(10000).map(x, "aaaaaaaaaa").join("").replace("a", lists.range(10000).map(x, "bbbb").join("")).size()`, "replace() would be too much work"},
		{c, `lists.range(100000).map(x, row).join("").size()`, "join() would be too much work"},
	} {
		v, err := mustExpr(t, tt.c, tt.text, spec.ScopeCheck).Eval(background, a)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s gives %v, %v, expected %s", tt.text, v, err, tt.want)
		}
	}
}

func TestEvalStops(t *testing.T) {
	c := newTestCompiler(t)
	e := mustExpr(t, c, `lists.range(100000).all(x, gjson(body, "lines.#.price") != [x])`, spec.ScopeCheck)
	stop := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(background)
	cancel(stop)
	_, err := e.Eval(ctx, testActivation())
	if !errors.Is(err, stop) {
		t.Errorf("got %v, expected it to wrap the cause of the context", err)
	}
	if got := errorLine(t, err); got != `1:1: the evaluation was stopped: interrupted` {
		t.Error(got)
	}
	late, cancelLate := context.WithTimeoutCause(background, 0, errTooLong)
	defer cancelLate()
	_, err = e.Eval(late, testActivation())
	if got := errorLine(t, err); got != `1:1: the expression takes longer than 5s [loop over fewer elements, or not over one list inside another]` {
		t.Error(got)
	}
}

func TestExprAccessors(t *testing.T) {
	c := newTestCompiler(t)
	e := mustExpr(t, c, `status == 200`, spec.ScopeCheck)
	if e.Source().Value != `status == 200` || !e.Type().IsExactType(cel.BoolType) || e.AST() == nil || e.Env() == nil {
		t.Errorf("got %v %v", e.Source(), e.Type())
	}
}

// TestMissing tells what is not there from what is there and of another kind.
func TestMissing(t *testing.T) {
	c := newTestCompiler(t)
	for text, want := range map[string]bool{
		`body.stat`: true, `body.lines[0].nope > 1`: true, `body.none.x`: true, `body.lines[7]`: true, `body.nil[0]`: true,
		`headers.etag`: true, `body.?nope.value()`: true, `gjson(body, "lines.9.sku")`: true, `body["no" + "pe"]`: true,
		`body.lines.map(l, l.qty)`: true,
		`body.state.x`:             false, `body.lines.sku`: false, `body.state + 1`: false, `1 / (body.count - 3)`: false,
		`captures.empty`: false, `vars.any`: false, `int(body.state)`: false, `gjson(body, "a" + ".")`: false,
	} {
		_, err := mustExpr(t, c, text, spec.ScopeCheck).Eval(background, testActivation())
		var bad *EvalError
		if !errors.As(err, &bad) || bad.Missing != want {
			t.Errorf("%s: %#v, want missing %t", text, err, want)
		}
	}
}

// TestArgumentsAreEvaluatedOnce says so of the functions whose work is bounded:
// a chain of them takes no more than its length, and what changes with each
// call is drawn once.
func TestArgumentsAreEvaluatedOnce(t *testing.T) {
	c := newTestCompiler(t)
	for source, want := range map[string]string{
		`"abc"` + strings.Repeat(`.replace("a", "b").replace("b", "a")`, 20):                         `"aac"`,
		`dyn("abc")` + strings.Repeat(`.replace("c", "d", 1).replace("d", "c")`, 20):                 `"abc"`,
		`[1, 1]` + strings.Repeat(`.distinct()`, 40):                                                 `[1]`,
		`dyn([[1], [2]])` + strings.Repeat(`.flatten()`, 40):                                         `[1,2]`,
		strings.Repeat(`regex.replace(`, 40) + `"abc"` + strings.Repeat(`, "b", "b")`, 40):           `"abc"`,
		strings.Repeat(`[`, 40) + `"a"` + strings.Repeat(`].join("-")`, 40):                          `"a"`,
		`[uuid().replace("-", "")].map(u, u == u.replace("-", "") && u.size() == 32)`:                `[true]`,
		`sets.contains([1, 2], [1]) && sets.intersects([1], [1, 2]) && !sets.equivalent([1], [1,2])`: `true`,
	} {
		e := compileExpr(t, c, source)
		v, err := e.Eval(background, testActivation())
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		if raw, err := ToJSON(v); err != nil || string(raw) != want {
			t.Errorf("%s: got %s %v, want %s", source, raw, err, want)
		}
	}
	for _, pair := range [][2]string{
		{`uuid()`, `uuid().replace("x", "y")`},
		{`string(random_int(1, 1000000))`, `string(random_int(1, 1000000)).replace("x", "y")`},
		{`[uuid(), uuid()]`, `[uuid(), uuid()].distinct()`},
	} {
		var drawn [2]string
		for i, source := range pair {
			a := testActivation()
			a.Rand = Stream(1, "suite", "query", 0)
			v, err := compileExpr(t, c, source).Eval(background, a)
			if err != nil {
				t.Fatal(source, err)
			}
			raw, err := ToJSON(v)
			if err != nil {
				t.Fatal(source, err)
			}
			drawn[i] = string(raw)
		}
		if drawn[0] != drawn[1] {
			t.Errorf("%s gave %s, %s %s", pair[0], drawn[0], pair[1], drawn[1])
		}
	}
}

func compileExpr(t *testing.T, c *Compiler, source string) *Expr {
	t.Helper()
	e, problems := c.Expr(plain(source), spec.ScopeCheck, nil)
	if len(problems) > 0 {
		t.Fatal(source, problems)
	}
	return e
}
