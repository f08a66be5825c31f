package assert

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"io"
	"net/http"
	"testing"
	"time"

	"cel.dev/cel-go/common/types/ref"

	"github.com/apicel/apicel/internal/exchange"
	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/spec"
)

var update = flag.Bool("update", false, "write the goldens anew")

// bench is a suite with its first query's checks, as the tests use them.
type bench struct {
	suite    *spec.Suite
	compiler *expr.Compiler
	vars     map[string]ref.Val
}

// load reads a suite that must be right.
func load(t testing.TB, name, yaml string) *bench {
	t.Helper()
	b := &bench{suite: spec.Parse(spec.NewFile(name, []byte(yaml))), vars: map[string]ref.Val{}}
	if b.suite.Problems.HasErrors() {
		t.Fatalf("%v: %s", b.suite.Problems[0], b.suite.Problems[0].Hint)
	}
	decls := expr.Decls{Captures: []string{"earlier"}, Secrets: []string{"token"}}
	for _, v := range b.suite.Vars {
		decls.Vars = append(decls.Vars, expr.VarDecl{Name: v.Name.Value, Type: expr.TypeOf(v.Value)})
	}
	var err error
	if b.compiler, err = expr.NewCompiler(decls); err != nil {
		t.Fatal(err)
	}
	for _, v := range b.suite.Vars {
		j, problems := b.compiler.JSON(v.Value, spec.ScopeVars)
		if len(problems) > 0 {
			t.Fatal(problems[0])
		}
		raw, err := j.Bytes(context.Background(), &expr.Activation{})
		if err != nil {
			t.Fatal(err)
		}
		b.vars[v.Name.Value] = expr.FromJSON(raw)
	}
	return b
}

func (b *bench) query() *spec.Query { return b.suite.Queries[0] }

func (b *bench) activation(r *exchange.Response) *expr.Activation {
	return &expr.Activation{
		Vars:     b.vars,
		Secrets:  map[string]string{"token": "s3cr3t"},
		Captures: map[string]ref.Val{"earlier": expr.FromJSON([]byte(`7`))},
		Attempt:  1,
		Request:  &exchange.Request{Method: "GET", URL: "http://127.0.0.1/orders"},
		Response: r,
	}
}

// compile compiles the checks of the first query, which must be right.
func (b *bench) compile(t testing.TB, opts ...Option) *Checks {
	t.Helper()
	checks, problems := Compile(b.compiler, b.suite.Expect, b.query().Expect, opts...)
	if len(problems) > 0 {
		t.Fatalf("%v: %s", problems[0], problems[0].Hint)
	}
	return checks
}

// answer reads a response as it stands on the wire, line endings aside.
func answer(t testing.TB, wire string) *exchange.Response {
	t.Helper()
	head, body, _ := bytes.Cut([]byte(wire), []byte("\n\n"))
	head = append(bytes.ReplaceAll(head, []byte("\n"), []byte("\r\n")), "\r\n\r\n"...)
	r, err := http.ReadResponse(bufio.NewReader(io.MultiReader(bytes.NewReader(head))), &http.Request{Method: http.MethodHead})
	if err != nil {
		t.Fatal(err)
	}
	return &exchange.Response{
		Status: r.StatusCode, Proto: r.Proto, Header: r.Header, Body: body,
		URL: "http://127.0.0.1/orders", Duration: 2314 * time.Millisecond, Size: int64(len(body)), Cookies: r.Cookies(),
	}
}
