package expr

import (
	"net/http"
	"testing"

	"cel.dev/cel-go/common/types"

	"github.com/apicel/apicel/internal/exchange"
	"github.com/apicel/apicel/spec"
)

func TestBody(t *testing.T) {
	c := newTestCompiler(t)
	for _, tt := range []struct{ contentType, body, expr, want string }{
		{"application/json", `{"a": 1}`, `body.a`, `1`},
		{"Application/JSON ; charset=utf-8", `{"a": 1}`, `body.a`, `1`},
		{"application/problem+json", `{"a": 1}`, `body.a`, `1`},
		{"application/vnd.api+JSON;v=2", ` [1]`, `body[0]`, `1`},
		{"application/json", `"x"`, `body`, `x`},
		{"application/json", " 1.10\n", `body`, `1.10`},
		{"application/json", `null`, `body == null`, `true`},
		{"application/json", "\uFEFF{\"a\": 1}", `body.a`, `1`},
		{"application/json", ``, `body == null && text == ""`, `true`},
		{"text/plain", ` {"a": 1}`, `body.a`, `1`},
		{"", `[1, 2]`, `body.size()`, `2`},
		{"text/plain", `{"a": 1`, `body`, `{"a": 1`},
		{"text/plain", `1`, `type(body) == string`, `true`},
		{"text/html", `<p>`, `body + text`, `<p><p>`},
		{"text/plain", ``, `body == null`, `true`},
	} {
		a := &Activation{Response: &exchange.Response{Header: http.Header{"Content-Type": {tt.contentType}}, Body: []byte(tt.body)}}
		v, err := mustExpr(t, c, tt.expr, spec.ScopeCheck).Eval(background, a)
		if err != nil {
			t.Errorf("%s %q: %s", tt.contentType, tt.body, errorLine(t, err))
			continue
		}
		if got, err := ToText(v); err != nil || got != tt.want {
			t.Errorf("%s %q: %s is %s %v, expected %s", tt.contentType, tt.body, tt.expr, got, err, tt.want)
		}
	}
}

func TestBodyErrors(t *testing.T) {
	c := newTestCompiler(t)
	for _, tt := range []struct{ contentType, body, expr, want string }{
		{
			"application/json", "{\n  \"a\": 1,\n  é}", `true && body.a == 1`,
			`1:9: the body is not JSON, though its content type is application/json: line 3, column 3: invalid character 'é' looking for beginning of object key string [read text for the body as it is]`,
		},
		{
			"application/json", `{"a": 1`, `body`,
			`1:1: the body is not JSON, though its content type is application/json: line 1, column 8: unexpected end of JSON input [read text for the body as it is]`,
		},
		{"text/html", `<p>`, `body.a`, `1:6: body is string, which has no key "a" [the body of the answer is not a JSON object or array]`},
		{"application/json", ``, `body.a`, `1:6: body is null, which has no key "a" [the answer has no body]`},
	} {
		a := &Activation{Response: &exchange.Response{Header: http.Header{"Content-Type": {tt.contentType}}, Body: []byte(tt.body)}}
		for range 2 { // the second reader finds its own place
			_, err := mustExpr(t, c, tt.expr, spec.ScopeCheck).Eval(background, a)
			if got := errorLine(t, err); got != tt.want {
				t.Errorf("%s %q\n got %s\nwant %s", tt.contentType, tt.body, got, tt.want)
			}
		}
		if _, err := mustExpr(t, c, `body == 1`, spec.ScopeCheck).Eval(background, a); err != nil && errorLine(t, err)[:3] != "1:1" {
			t.Errorf("%s stands elsewhere", errorLine(t, err))
		}
	}
}

// All readers of one answer share what was decoded; another answer is decoded anew.
func TestBodyIsShared(t *testing.T) {
	a := testActivation()
	first := a.Body()
	if a.Body() != first {
		t.Error("the body was decoded twice")
	}
	next := *a.Response
	next.Body = []byte(`{"state": "new"}`)
	a.Response = &next
	v, err := mustExpr(t, newTestCompiler(t), `body.state`, spec.ScopeCheck).Eval(background, a)
	if err != nil || v != types.String("new") {
		t.Errorf("got %v %v, expected the body of the second answer", v, err)
	}
}

func TestCheckJSON(t *testing.T) {
	deep := func(n int) string {
		b := make([]byte, 0, 2*n)
		for range n {
			b = append(b, '[')
		}
		for range n {
			b = append(b, ']')
		}
		return string(b)
	}
	for _, tt := range []struct{ text, want string }{
		{`{"a": [1, 2.5e3, "x", null, true]}`, ``},
		{` 1 `, ``},
		{``, `line 1, column 1: unexpected end of JSON input`},
		{"{\"a\": 1,\n \"b\": tru}", `line 2, column 10: invalid character '}' in literal true (expecting 'e')`},
		{`01`, `line 1, column 2: invalid character '1' after top-level value`},
		{`"é` + "\n" + `"`, `line 1, column 3: invalid character '\n' in string literal`},
		{deep(maxDepth), ``},
		{deep(maxDepth + 1), `it is nested more than 10000 levels deep`},
		{deep(5_000_000), `it is nested more than 10000 levels deep`},
	} {
		got := ""
		if err := CheckJSON(tt.text); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%.40q: got %q, want %q", tt.text, got, tt.want)
		}
	}
}
