package expr

import (
	"slices"
	"strings"
	"testing"

	"cel.dev/cel-go/common/types"

	"github.com/apicel/apicel/spec"
)

func TestTemplateText(t *testing.T) {
	c := newTestCompiler(t)
	for _, tt := range []struct{ text, want string }{
		{``, ``},
		{`plain $ {x} $$`, `plain $ {x} $$`},
		{`$${vars.n} is ${vars.n}`, `${vars.n} is 7`},
		{`$$${vars.n}`, `$${vars.n}`},
		{`a ${vars.customer} b ${vars.n}c`, `a acme b 7c`},
		{`${vars.price}|${vars.order.id}|${captures.order_id}`, `1.10|123456789012345678901234567890|12345678901234567890`},
		{`${vars.price + 0.05}`, `1.1500000000000001`},
		{`is ${body.none}, ${true}, ${2.0}, ${1e30}, ${captures.ids}`, `is null, true, 2, 1e+30, [1, 2.50, "c/d"]`},
		{`${{"b": [1], "a": {"}": "${x}"}}}`, `{"a":{"}":"${x}"},"b":[1]}`},
		{`${"}" + '}' + """ } " } """ + r"\" + '\''}!`, `}} } " } \'!`},
		{`${string(b"}")}${br"\}" == b"\\}"}`, `}true`},
		{"${1 + // one } two\n 2}", `3`},
		{`at ${now()} for ${duration}`, `at 2022-11-28T09:00:00Z for 1.5s`},
		{`sha256=${hex(hmac_sha256(secrets.signing_key, request.body))}`, `sha256=5910e62016ef5034272c926c27071992a465c2335cecf41851bda071577f4f6d`},
	} {
		tmpl, ps := c.Template(plain(tt.text), spec.ScopeCheck, EscapeNone)
		if tmpl == nil {
			t.Errorf("%s: %s", tt.text, problemLines(ps))
			continue
		}
		got, err := tmpl.Text(background, testActivation())
		if err != nil || got != tt.want {
			t.Errorf("%s\n got %s %v\nwant %s", tt.text, got, err, tt.want)
		}
	}
}

func TestTemplateProblems(t *testing.T) {
	c := newTestCompiler(t)
	for _, tt := range []struct{ text, want string }{
		{`ab ${vars.n`, `1:4: ${ has no closing } [close it with }, or write $${ for the two characters]`},
		{`ab ${{"a": 1}`, `1:4: ${ has no closing } [close it with }, or write $${ for the two characters]`},
		{`ab ${"x}`, `1:6: the string that begins here has no end, so ${ has none either [close it with the quote it begins with]`},
		{`ab ${vars.n // x}`, `1:4: ${ has no closing } [the comment that begins with // goes on to the end of the line]`},
		{`ab ${}`, `1:6: there is no expression in ${ } [write one, or $${ for the two characters]`},
		{`ab ${ }`, `1:6: there is no expression in ${ } [write one, or $${ for the two characters]`},
		{`é ${vars.custmer} ${vrs.x}`, "1:10: unknown name \"vars.custmer\" [did you mean vars.customer?]\n1:21: unknown name \"vrs\" [did you mean vars?]"},
		{`x${sha256("a")}`, `1:4: the expression gives bytes, which cannot stand in text [write hex(…) or base64.encode(…) around it]`},
		{`${captures.?etag}`, `1:3: the expression gives optional(dyn), which may be empty [add .orValue(…)]`},
		{`${int}`, `1:3: the expression gives the type type(int), expected a value`},
	} {
		tmpl, ps := c.Template(plain(tt.text), spec.ScopeQuery, EscapeNone)
		if tmpl != nil {
			t.Errorf("%s: compiled, expected %s", tt.text, tt.want)
		} else if got := problemLines(ps); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.text, got, tt.want)
		}
	}
}

func TestTemplateErrors(t *testing.T) {
	c := newTestCompiler(t)
	for _, tt := range []struct{ text, want string }{
		{`/a/${body.stat}`, `1:11: body has no key "stat" [did you mean "state"? it has state, count, big, exact, none, lines, tags, nested and 3 more]`},
		{`x ${[b"a"]}`, `1:5: the value is bytes, which text and JSON cannot hold [write hex(…) or base64.encode(…) around it]`},
		{`x ${dyn(b"a")}`, `1:5: the value is bytes, which text and JSON cannot hold [write hex(…) or base64.encode(…) around it]`},
		{`x ${double("inf")}`, `1:5: the number is +Inf, which JSON cannot hold`},
	} {
		tmpl, ps := c.Template(plain(tt.text), spec.ScopeCheck, EscapeNone)
		if tmpl == nil {
			t.Errorf("%s: %s", tt.text, problemLines(ps))
			continue
		}
		_, err := tmpl.Text(background, testActivation())
		if got := errorLine(t, err); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.text, got, tt.want)
		}
	}
}

func TestTemplatePath(t *testing.T) {
	c := newTestCompiler(t)
	c.vars = append(c.vars, "s") // untyped, so that every row can set it
	for _, tt := range []struct{ text, value, want string }{
		{`/orders/${row.s}`, `"a/b c?d#é"`, `/orders/a%2Fb%20c%3Fd%23%C3%A9`},
		{`/orders/${row.s}/lines`, `12345678901234567890`, `/orders/12345678901234567890/lines`},
		{`/orders/${row.s}`, `1.10`, `/orders/1.10`},
		{`/orders/${row.s}`, `true`, `/orders/true`},
		{`/orders/x${row.s}`, `""`, `/orders/x`},
		{`/orders/${row.s}.json`, `"."`, `/orders/..json`},
		{`/find?q=${row.s}&r=${row.s}`, `"a&b=c d+/?"`, `/find?q=a%26b%3Dc%20d%2B%2F%3F&r=a%26b%3Dc%20d%2B%2F%3F`},
		{`/find?q=${row.s}`, `".."`, `/find?q=..`},
		{`/find?q=${row.s}`, `""`, `/find?q=`},
		{`/a#${row.s}`, `"b c"`, `/a#b%20c`},
		{`${row.s}`, `"https://x/y?z=1"`, `https://x/y?z=1`},
		{`${row.s}/lines/${row.s}`, `"/a/b"`, `/a/b/lines/%2Fa%2Fb`},
		{`${row.s}&q=${row.s}`, `"/a?b=1"`, `/a?b=1&q=%2Fa%3Fb%3D1`},
		{`/orders/${row.s}`, `""`, `error 1:11: the value inserted into the path is empty, which would ask for another path`},
		{`/orders/${row.s}?x=1`, `""`, `error 1:11: the value inserted into the path is empty, which would ask for another path`},
		{`/orders/${row.s}`, `".."`, `error 1:11: the value inserted into the path makes the segment "..", which would ask for another path`},
		{`/orders/${row.s}/x`, `"."`, `error 1:11: the value inserted into the path makes the segment ".", which would ask for another path`},
		{`/orders/.${row.s}/x`, `"."`, `error 1:12: the value inserted into the path makes the segment "..", which would ask for another path`},
		{`/orders/%2E${row.s}/x`, `"."`, `error 1:14: the value inserted into the path makes the segment "%2E.", which would ask for another path`},
		{`/orders/${row.s}`, `null`, `error 1:11: the value inserted into the URL is null`},
		{`/orders?x=${row.s}`, `[1]`, `error 1:13: the value inserted into the URL is a list`},
	} {
		tmpl, ps := c.Template(plain(tt.text), spec.ScopeQuery, EscapePath)
		if tmpl == nil {
			t.Errorf("%s: %s", tt.text, problemLines(ps))
			continue
		}
		a := &Activation{Row: FromJSON([]byte(`{"s": ` + tt.value + `}`))}
		got, err := tmpl.Text(background, a)
		if err != nil {
			line, _, _ := strings.Cut(errorLine(t, err), " [")
			got = "error " + line
		}
		if got != tt.want {
			t.Errorf("%s with %s\n got %s\nwant %s", tt.text, tt.value, got, tt.want)
		}
	}
}

func TestTemplateAccessors(t *testing.T) {
	c := newTestCompiler(t)
	whole, _ := c.Template(plain(`${vars.n}`), spec.ScopeQuery, EscapeNone)
	if whole.Whole() == nil || whole.Whole().Source().Value != "vars.n" || whole.Source().Value != `${vars.n}` {
		t.Error("one whole ${…} has no expression")
	}
	if v, err := whole.Value(background, testActivation()); err != nil || v != types.Int(7) {
		t.Errorf("got %v %v, expected the int 7", v, err)
	}
	part, _ := c.Template(plain(`${vars.n} ${secrets.signing_key}`), spec.ScopeQuery, EscapeNone)
	if _, ok := part.Constant(); ok || part.Whole() != nil {
		t.Error("text with expressions is neither constant nor whole")
	}
	if v, err := part.Value(background, testActivation()); err != nil || v != types.String("7 s3cret") {
		t.Errorf("got %v %v", v, err)
	}
	if r := part.Refs(); !slices.Equal(r.Vars, []string{"n"}) || !slices.Equal(r.Secrets, []string{"signing_key"}) {
		t.Errorf("got %+v", r)
	}
}

// Places inside ${ … } of scalars in files.
func TestTemplatePositionsInFiles(t *testing.T) {
	const file = `name: positions
source: {base_url: "http://x"}
queries:
  - name: q
    get: /a/${vrs.x}
    headers:
      A: 'it''s ${vrs.x}'
      B: "\u00e9 ${"x" + vrs.x}"
      C: "\u00e9 ${\"x\" + vrs.x}"
      D: >-
        some
        text ${vrs.x}
    body:
      text: |
        one
          é ${1 +
            vrs.x}
`
	c := newTestCompiler(t)
	suite := spec.Parse(spec.NewFile("a.yaml", []byte(strings.Replace(file, `      B: "\u00e9 ${"x" + vrs.x}"`+"\n", "", 1))))
	if suite.Problems.HasErrors() {
		t.Fatal(problemLines(suite.Problems))
	}
	q := suite.Queries[0]
	sources := []spec.String{q.Path}
	for _, h := range q.Headers {
		sources = append(sources, h.Values...)
	}
	sources = append(sources, q.Body.Text)
	var got []string
	for _, s := range sources {
		_, ps := c.Template(s, spec.ScopeHeaders, EscapeNone)
		got = append(got, strings.Fields(problemLines(ps))[0])
	}
	want := []string{"5:15:", "7:19:", "8:28:", "11:16:", "16:13:"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
