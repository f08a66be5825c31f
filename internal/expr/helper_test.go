package expr

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types/ref"

	"github.com/apicel/apicel/internal/exchange"
	"github.com/apicel/apicel/spec"
)

var background = context.Background()

// testDecls is the suite that most tests compile for.
var testDecls = Decls{
	Vars: []VarDecl{
		{"api", cel.StringType},
		{"customer", cel.StringType},
		{"n", cel.IntType},
		{"big", cel.UintType},
		{"price", cel.DoubleType},
		{"order", cel.MapType(cel.StringType, cel.DynType)},
		{"any", nil},
	},
	Secrets:  []string{"signing_key"},
	Captures: []string{"order_id", "etag", "ids", "order", "empty"},
}

func newTestCompiler(t testing.TB) *Compiler {
	t.Helper()
	c, err := NewCompiler(testDecls)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// newStrictCompiler allows a twentieth of the steps, for tests that exhaust them
// again and again.
func newStrictCompiler(t testing.TB) *Compiler {
	t.Helper()
	c := newTestCompiler(t)
	c.steps = MaxSteps / 20
	return c
}

// text returns a plain scalar that stands at the beginning of a file.
func plain(s string) spec.String {
	return spec.String{Value: s, Pos: spec.Pos{File: spec.NewFile("a.yaml", []byte(s)), Line: 1, Col: 1}}
}

const testBody = `{
  "state": "shipped", "count": 3, "big": 12345678901234567890, "exact": 1.10, "none": null,
  "lines": [{"sku": "A1", "qty": 2, "price": 2.5}, {"sku": "B2", "qty": 1, "price": 3}, {"sku": "C3", "price": 1}],
  "tags": ["a", "b"], "nested": {"deep": {"deeper": [1, [2, 3]]}}, "esc\"aped": "tab\t\u00e9", "empty": {}, "nil": []
}`

// testActivation has a value for everything but captures.empty and vars.any.
func testActivation() *Activation {
	return &Activation{
		Env: map[string]string{"HOME": "/root"},
		Vars: map[string]ref.Val{
			"api": FromJSON([]byte(`"http://localhost"`)), "customer": FromJSON([]byte(`"acme"`)), "n": FromJSON([]byte(`7`)),
			"price": FromJSON([]byte(`1.10`)), "order": FromJSON([]byte(`{"sku": "A1", "qty": 2, "price": 1.10, "id": 123456789012345678901234567890}`)),
		},
		Secrets: map[string]string{"signing_key": "s3cret"},
		Captures: map[string]ref.Val{
			"order_id": FromJSON([]byte(`12345678901234567890`)), "etag": FromJSON([]byte(`"\"v1\""`)),
			"ids": FromJSON([]byte(`[1, 2.50, "c/d"]`)), "order": FromJSON([]byte(`{"price": 12345678.9, "n": 1e3}`)),
		},
		Row: FromJSON([]byte(`{"field": "qty", "value": 0, "odd": 1.0}`)), RowIndex: 4, Attempt: 2,
		Request: &exchange.Request{Method: "POST", URL: "http://localhost/orders", Body: []byte(`{"a":1}`)},
		Response: &exchange.Response{
			Received: time.Date(2022, 11, 28, 9, 0, 0, 0, time.UTC),
			Status:   201, Duration: 1500 * time.Millisecond, Body: []byte(testBody),
			Header: http.Header{"Content-Type": {"application/json; charset=utf-8"}, "Set-Cookie": {"a=1", "b=2"}},
			URL:    "https://localhost/v1/orders?page=1", Redirects: []string{"https://localhost/orders"}, Proto: "HTTP/2", Size: 512,
			Timing: exchange.Timing{DNS: time.Millisecond, Connect: 2 * time.Millisecond, TLS: 3 * time.Millisecond, FirstByte: 4 * time.Millisecond, Transfer: 5 * time.Millisecond},
			TLS: &exchange.TLS{
				Version: "1.3", Cipher: "TLS_AES_128_GCM_SHA256", Subject: "CN=localhost", Issuer: "CN=ca",
				DNSNames: []string{"localhost", "example.test"}, NotAfter: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC),
			},
			Cookies: []*http.Cookie{
				{Name: "sid", Value: "old", Path: "/a"},
				{Name: "sid", Value: "new", Path: "/", Domain: "localhost", HttpOnly: true, Secure: true, SameSite: http.SameSiteLaxMode, MaxAge: 60},
				{Name: "theme", Value: "dark"},
				{Name: "dated", Value: "d", Expires: time.Date(2023, 1, 1, 0, 0, 0, 0, time.UTC)},
			},
		},
		Now:  func() time.Time { return time.Date(2022, 11, 28, 9, 0, 0, 0, time.UTC) },
		Rand: Stream(1, "suite", "query", 0),
	}
}

// problems writes problems as line:col message [hint].
func problemLines(ps spec.Problems) string {
	var b strings.Builder
	for i, p := range ps {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(strings.TrimPrefix(p.Error(), p.Pos.File.Name+":"))
		if p.Hint != "" {
			b.WriteString(" [" + p.Hint + "]")
		}
	}
	return b.String()
}

// errorLine writes an evaluation error in the manner of problemLines.
func errorLine(t *testing.T, err error) string {
	t.Helper()
	var e *EvalError
	if !errors.As(err, &e) {
		t.Fatalf("got %T %v, expected an *EvalError", err, err)
	}
	return problemLines(spec.Problems{{Pos: e.Pos, Message: e.Message, Hint: e.Hint}})
}

func mustExpr(t testing.TB, c *Compiler, text string, scope spec.Scope) *Expr {
	t.Helper()
	e, ps := c.Expr(plain(text), scope, cel.DynType)
	if e == nil {
		t.Fatalf("%s: %s", text, problemLines(ps))
	}
	return e
}
