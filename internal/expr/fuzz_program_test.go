package expr

import (
	"context"
	"testing"
	"time"

	"cel.dev/cel-go/cel"

	"github.com/apicel/apicel/spec"
)

// FuzzProgram compiles any text as CEL, evaluates what compiles on any answer, and
// explains it: nothing panics, and a program that loops ends by its bounds.
func FuzzProgram(f *testing.F) {
	for _, seed := range []string{
		`body.lines.all(l, l.qty > 0)`, `body.lines.map(l, body.lines.map(m, l == m)).size()`, `has(body.a.b) && body.a.b`,
		`status in [200, 201] || text.matches("(a+)+$")`, `body["x"][0].?y.orValue(1) / 0`, `captures.order_id + 1u`,
		`"%s %.3f".format([body, 1.0e300])`, `json.parse("[" + text + "]")`, `jwt(text).claims`, `row.field == secrets.signing_key`,
		`lists.range(1000000).map(i, lists.range(1000000))`, `timestamp("9999-12-31T23:59:59Z") + duration("1h")`,
		`9223372036854775807 + 1`, `[1, [2, [3]]].flatten(9)`, `{}.transformMap(k, v, v)`, `gjson(body, "@tostr|@tostr")`, `"\u{1F600}".reverse()`,
		`cel.bind(x, body, x.lines.exists(l, l == x))`, `base64.decode("@")`, `optional.of(body).optMap(b, b.a).value()`,
	} {
		f.Add(seed, `{"lines":[{"qty":1},{"qty":0}],"a":{"b":true},"x":[{"y":2}]}`)
		f.Add(seed, `<p>`)
	}
	c, err := NewCompiler(testDecls)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text, body string) {
		if len(text) > 2000 || len(body) > 2000 {
			return
		}
		e, problems := c.Expr(plain(text), spec.ScopeCheck, cel.DynType)
		if (e == nil) != problems.HasErrors() {
			t.Fatalf("%q: compiled %t, problems %s", text, e != nil, problemLines(problems))
		}
		if e == nil {
			return
		}
		a := testActivation()
		a.Response.Body = []byte(body)
		ctx, cancel := context.WithTimeout(background, time.Second)
		defer cancel()
		v, err := e.Eval(ctx, a)
		if err != nil {
			errorLine(t, err) // demands that it is an *EvalError
			return
		}
		_, _ = ToText(v)
		_, _ = ToJSON(v)
	})
}
