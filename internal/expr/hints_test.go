package expr

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/apicel/apicel/internal/exchange"
	"github.com/apicel/apicel/spec"
)

// What failed is named, and one thing to do about it.
func TestHints(t *testing.T) {
	c := newTestCompiler(t)
	for _, tt := range []struct{ text, want string }{
		{`body.lines.sortBy(l, l.zz)`, `1:24: l, which is body.lines[0], has no key "zz" [it has sku, qty, price]`},
		{`body.lines.sortBy(l, l.qty)`, `1:24: l, which is body.lines[2], has no key "qty" [it has sku, price]`},
		{`[{"a": 1}, {"b": 2}].sortBy(l, l.a)`, `1:34: l, which is [{"a": 1}, {"b": 2}][1], has no key "a" [it has b]`},
		{`[b"x", b"y"].sortBy(l, dyn(l).a)`, `1:31: dyn(l) is bytes, which has no key "a"`},
		{`math.round(body.count)`, `1:6: no such call: math.round(int) [write math.round(double(body.count))]`},
		{`math.round(1)`, `1:6: no such call: math.round(int) [write math.round(double(1))]`},
		{`body.none.size()`, `1:11: body.none is null, which size() does not take [ask for body.none != null first]`},
		{`size(body.none)`, `1:1: body.none is null, which size() does not take [ask for body.none != null first]`},
		{`body.tags.sum()`, `1:11: unknown function "sum" [` + sumHint + `]`},
		{`math.sum(body.tags)`, `1:1: unknown function "math.sum" [` + sumHint + `]`},
		{`gjson(body, "lines.9")`, `1:1: the gjson path "lines.9" finds nothing [lines has 3 elements, the last one is 2]`},
		{`gjson(body, "lines.0.skuu")`, `1:1: the gjson path "lines.0.skuu" finds nothing [did you mean "sku"? it has sku, qty, price]`},
		{`gjson(body, "lines.0.zzzzz")`, `1:1: the gjson path "lines.0.zzzzz" finds nothing [lines.0 has sku, qty, price]`},
		{`gjson(body, "nil.0")`, `1:1: the gjson path "nil.0" finds nothing [nil is an empty list]`},
		{`gjson(body, "lines.sku")`, `1:1: the gjson path "lines.sku" finds nothing [lines is a list: write # for all of its elements, or a number for one, before sku]`},
		{`gjson(body, "state.x")`, `1:1: the gjson path "state.x" finds nothing [state is a string, which has no parts]`},
		{`gjson(body, "empty.x")`, `1:1: the gjson path "empty.x" finds nothing [it is empty]`},
	} {
		if got := outcome(t, c, testActivation(), spec.ScopeCheck, tt.text); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.text, got, tt.want)
		}
	}
}

// A null is not an empty body, and JSON that breaks off is not text.
func TestBodyHints(t *testing.T) {
	c := newTestCompiler(t)
	for _, tt := range []struct{ contentType, body, want string }{
		{"application/json", "null", `1:6: body is null, which has no key "a" [the body of the answer is the JSON value null]`},
		{"application/json", "", `1:6: body is null, which has no key "a" [the answer has no body]`},
		{"application/json", " \n", `1:1: the body is not JSON, though its content type is application/json: it is only white space [read text for the body as it is]`},
		{"text/plain", `{"a": 1,, "b"`, `1:6: body is string, which has no key "a" [the body of the answer is not JSON: line 1, column 9: invalid character ',' looking for beginning of object key string]`},
		{"text/plain", "  \n", `1:6: body is string, which has no key "a" [the body of the answer is only white space]`},
		{"text/plain", "x", `1:6: body is string, which has no key "a" [the body of the answer is not a JSON object or array]`},
	} {
		a := &Activation{Response: &exchange.Response{Header: http.Header{"Content-Type": {tt.contentType}}, Body: []byte(tt.body)}}
		if got := outcome(t, c, a, spec.ScopeCheck, `body.a`); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.body, got, tt.want)
		}
	}
}

// An answer may have millions of keys, and long ones: what a hint looks at and says
// is bounded.
func TestHintsAreBounded(t *testing.T) {
	var many strings.Builder
	for i := range maxHintKeys {
		fmt.Fprintf(&many, `"%c%d": 1, `, 'a'+i%26, i*7919)
	}
	long := strings.Repeat("é", 1<<20)
	for body, want := range map[string]string{
		`{"` + long + `": 1, "stat": 1}`:   "did you mean \"stat\"? it has " + strings.Repeat("é", maxQuoted) + "…, stat",
		`{` + many.String() + `"stat": 1}`: "it has a0, b7919",
	} {
		_, err := mustExpr(t, newTestCompiler(t), `body.state`, spec.ScopeCheck).Eval(background, &Activation{Response: &exchange.Response{Body: []byte(body)}})
		var bad *EvalError
		if !errors.As(err, &bad) || !strings.HasPrefix(bad.Hint, want) || len(bad.Hint) > 2000 {
			t.Errorf("%.40s: %.200v", body, err)
		}
	}
}
