package expr

import (
	"strings"
	"testing"

	"github.com/apicel/apicel/spec"
)

// value builds a spec.Value from a list of text scalars.
func listOf(texts ...string) spec.Value {
	v := spec.Value{Kind: spec.List}
	for _, s := range texts {
		v.Items = append(v.Items, spec.Value{Kind: spec.Text, Scalar: plain(s)})
	}
	return v
}

func TestJSONTemplates(t *testing.T) {
	c := newTestCompiler(t)
	for _, tt := range []struct{ text, want string }{
		{`plain <&> "q" é`, `"plain <&> \"q\" é"`},
		{`$${x}`, `"${x}"`},
		{`${vars.n}`, `7`},
		{`n=${vars.n}`, `"n=7"`},
		{`${vars.price}`, `1.10`},
		{`${vars.order}`, `{"sku":"A1","qty":2,"price":1.10,"id":123456789012345678901234567890}`},
		{`${vars.order.id}`, `123456789012345678901234567890`},
		{`${vars.order["price"]}`, `1.10`},
		{`${captures.order_id}`, `12345678901234567890`},
		{`${captures.order.price}`, `12345678.9`},
		{`${captures.order.n}`, `1e3`},
		{`${captures.ids[1]}`, `2.50`},
		{`${row.odd}`, `1.0`},
		{`${row}`, `{"field":"qty","value":0,"odd":1.0}`},
		{`${body.exact}`, `1.10`},
		{`${merge(vars.order, {"qty": 3})}`, `{"sku":"A1","qty":3,"price":1.10,"id":123456789012345678901234567890}`},
		{`${[vars.n, vars.customer, null, true, 1u, 2.5]}`, `[7,"acme",null,true,1,2.5]`},
		{`${{"b": 1, "a": [{}], 3: 4}}`, `{"3":4,"a":[{}],"b":1}`},
		{`${now()}`, `"2022-11-28T09:00:00Z"`},
		{`${duration}`, `"1.5s"`},
		{`${ip("10.0.0.1")}`, `"10.0.0.1"`},
		{`${body.lines[0].price * 2.0}`, `5`},
		{`${captures.?empty.orValue(null)}`, `null`},
		{`${dyn(sha256("a"))}`, `error 1:3: the value is bytes, which text and JSON cannot hold [write hex(…) or base64.encode(…) around it]`},
		{`${body.nope}`, `error 1:8: body has no key "nope" [did you mean "none"? it has state, count, big, exact, none, lines, tags, nested and 3 more]`},
	} {
		j, ps := c.JSON(listOf(tt.text, "x"), spec.ScopeCheck)
		if j == nil {
			t.Errorf("%s: %s", tt.text, problemLines(ps))
			continue
		}
		out, err := j.Bytes(background, testActivation())
		got := strings.TrimSuffix(strings.TrimPrefix(string(out), "["), `,"x"]`)
		if err != nil {
			got = "error " + errorLine(t, err)
		}
		if got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.text, got, tt.want)
		}
	}
}

func TestJSONFromFile(t *testing.T) {
	const file = `name: json
source: {base_url: "http://x"}
queries:
  - name: q
    post: /a
    body:
      json:
        z: 12345678901234567890
        a: [1.10, true, null, "1.10", 'x ${vars.n}', "${vars.order.price}"]
        "k\"ey": {e: {}, l: []}
  - name: r
    post: /a
    body: {json: {a: ["${vrs.x}", {b: "${vars.custmer}"}]}}
`
	suite := spec.Parse(spec.NewFile("a.yaml", []byte(file)))
	if suite.Problems.HasErrors() {
		t.Fatal(problemLines(suite.Problems))
	}
	c := newTestCompiler(t)
	j, _ := c.JSON(*suite.Queries[0].Body.JSON, spec.ScopeQuery)
	if _, ok := j.Constant(); ok {
		t.Error("a value with expressions is not constant")
	}
	out, err := j.Bytes(background, testActivation())
	want := `{"z":12345678901234567890,"a":[1.10,true,null,"1.10","x 7",1.10],"k\"ey":{"e":{},"l":[]}}`
	if err != nil || string(out) != want {
		t.Errorf("got %s %v\nwant %s", out, err, want)
	}
	if got := strings.Join(j.Refs().Vars, " "); got != "n order" {
		t.Errorf("vars are %s", got)
	}
	bad, ps := c.JSON(*suite.Queries[1].Body.JSON, spec.ScopeQuery)
	if got := problemLines(ps); bad != nil || got != "13:26: unknown name \"vrs\" [did you mean vars?]\n13:47: unknown name \"vars.custmer\" [did you mean vars.customer?]" {
		t.Errorf("got %s", got)
	}
}

func TestJSONConstant(t *testing.T) {
	j, _ := newTestCompiler(t).JSON(listOf("a", "$${b}"), spec.ScopeVars)
	if out, ok := j.Constant(); !ok || string(out) != `["a","${b}"]` {
		t.Errorf("got %s %v", out, ok)
	}
}

func TestJSONRefusesBytes(t *testing.T) {
	_, ps := newTestCompiler(t).JSON(listOf(`a`, `${sha256('x')}`), spec.ScopeQuery)
	const want = `1:3: the expression gives bytes, which cannot stand in JSON [write hex(…) or base64.encode(…) around it]`
	if got := problemLines(ps); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
