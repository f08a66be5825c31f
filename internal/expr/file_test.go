package expr

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types/ref"

	"github.com/apicel/apicel/spec"
)

// folder is a file system that counts what is read: a file holds the name of
// the file that names it and its own.
type folder struct{ reads atomic.Int32 }

func (f *folder) read(from, path string) ([]byte, error) {
	f.reads.Add(1)
	switch {
	case path == "large":
		return make([]byte, MaxFile+1), nil
	case path == "big":
		return make([]byte, MaxFile), nil
	case strings.HasPrefix(path, "no"):
		return nil, fmt.Errorf("cannot read %s: no such file", path)
	}
	return []byte(from + ":" + path), nil
}

func newFileCompiler(t testing.TB) (*Compiler, *folder) {
	t.Helper()
	var f folder
	d := testDecls
	d.ReadFile = f.read
	c, err := NewCompiler(d)
	if err != nil {
		t.Fatal(err)
	}
	return c, &f
}

func TestFile(t *testing.T) {
	c, _ := newFileCompiler(t)
	refused := func(at, what string) string {
		return at + `: the path given to file() reads ` + what +
			`, expected a literal or what is made of vars, env, row and row_index [name the file in the suite: what a run finds out must not decide which file is read]`
	}
	for _, tt := range []struct{ text, want string }{
		{`string(file("a.txt"))`, `a.yaml:a.txt`},
		{`string(file(vars.customer + ".txt"))`, `a.yaml:acme.txt`},
		{`string(file(row.field + string(row_index)))`, `a.yaml:qty4`},
		{`string(file(vars.order.sku))`, `a.yaml:A1`},
		{`["a", vars.customer].map(f, string(file(f)))`, `["a.yaml:a","a.yaml:acme"]`},
		{`cel.bind(f, vars.customer, string(file(f)))`, `a.yaml:acme`},
		{`vars.customer == "" ? "" : string(file(vars.customer))`, `a.yaml:acme`},
		{`body.count > 1 ? string(file("a")) : string(file("b"))`, `a.yaml:a`}, // both stand in the suite
		{`hex(sha256(file("a"))).size()`, `64`},
		{`file("a.txt")`, errBytes.Error()},

		{`file("none.txt")`, `1:6: cannot read none.txt: no such file`},
		{`true || file('no' + 'ne') == b""`, `true`},
		{`file("no" + vars.customer)`, `1:1: cannot read noacme: no such file`},
		{`file("large")`, `1:6: large is larger than 64 MiB, which is what file() reads at most`},
		{`file(1)`, `1:1: no such call: file(int) [there is file(string)]`},
		{`file`, `1:1: unknown name "file" [file is a function: write file(…)]`},

		{`file(captures.etag)`, refused("1:6", "captures")},
		{`file("a/" + body.name)`, refused("1:13", "body")},
		{`file(secrets.signing_key)`, refused("1:6", "secrets")},
		{`file(request.url)`, refused("1:6", "request")},
		{`file(headers["x"])`, refused("1:6", "headers")},
		{`file(string(attempt))`, refused("1:13", "attempt")},
		{`file(cookies.sid.value)`, refused("1:6", "cookies")},
		{`file(tls.version)`, refused("1:6", "tls")},
		{`file(uuid())`, refused("1:6", "uuid()")},
		{`file(header_values("x")[0])`, refused("1:6", "header_values()")},
		{`file(string(file("a")))`, refused("1:13", "file()")},
		{`file(vars.customer == "" ? "a" : text)`, refused("1:34", "text")},
		{`file({"a": [captures.?etag.orValue("")]}.a[0])`, refused("1:13", "captures")},
		{`body.tags.map(f, file(f))`, refused("1:23", "body")},
		{`[[text]].map(l, l.map(t, file(t)))`, refused("1:31", "text")},
		{`cel.bind(f, body.state, file(f))`, refused("1:30", "body")},
		{`file(["a"].filter(x, body.ok)[0])`, refused("1:22", "body")},
		{`file(["a"].map(x, x + text)[0])`, refused("1:23", "text")},
		{`[1, 2].transformList(i, v, file(text))`, refused("1:33", "text")},
		{`body.tags.sortBy(x, file(x))`, refused("1:26", "body")},
		{`body.?name.optMap(n, file(n)).hasValue()`, refused("1:27", "body")},
	} {
		if got := outcome(t, c, testActivation(), spec.ScopeCheck, tt.text); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.text, got, tt.want)
		}
	}
	if got := outcome(t, newTestCompiler(t), testActivation(), spec.ScopeCheck, `file("a")`); got != `1:1: file() cannot be used here: no files may be read` {
		t.Errorf("without files: %s", got)
	}
}

// The judgement of deeply nested loops takes no more than their length.
func TestFileInNestedLoops(t *testing.T) {
	c, _ := newFileCompiler(t)
	const deep = 24
	text := strings.Repeat(`["a"].map(x, `, deep) + `file(x)` + strings.Repeat(`)`, deep)
	if e, ps := c.Expr(plain(text), spec.ScopeVars, cel.DynType); e == nil {
		t.Error(problemLines(ps))
	}
}

func TestFileOfRow(t *testing.T) {
	c, _ := newFileCompiler(t)
	for text, want := range map[string]bool{
		`file(row.field)`: true, `file("a" + string(row_index))`: true, `[row.field].map(f, file(f))`: true,
		`file(vars.customer) == bytes(row.field)`: false, `file("a")`: false,
	} {
		r := mustExpr(t, c, text, spec.ScopeQuery).Refs()
		var all Refs
		all.Add(r)
		if r.RowFile != want || all.RowFile != want {
			t.Errorf("%s: row decides %v, want %v", text, r.RowFile, want)
		}
	}
}

// Equal texts in two files are relative to their own.
func TestFileIsRelativeToItsFile(t *testing.T) {
	c, f := newFileCompiler(t)
	for range 3 {
		for _, from := range []string{"suite.yaml", "sources/orders.yaml"} {
			src := spec.String{Value: `${string(file("a.txt"))}`, Pos: spec.Pos{File: spec.NewFile(from, nil), Line: 1, Col: 1}}
			tmpl, ps := c.Template(src, spec.ScopeSource, EscapeNone)
			if tmpl == nil {
				t.Fatal(problemLines(ps))
			}
			if got, err := tmpl.Text(background, &Activation{}); err != nil || got != from+":a.txt" {
				t.Errorf("in %s: got %s %v", from, got, err)
			}
		}
	}
	if n := f.reads.Load(); n != 2 {
		t.Errorf("two files were read %d times", n)
	}
}

func TestFilesAreReadOnce(t *testing.T) {
	c, f := newFileCompiler(t)
	e := mustExpr(t, c, `file(vars.customer)`, spec.ScopeQuery)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := e.Eval(background, testActivation()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := f.reads.Load(); n != 1 {
		t.Errorf("one file was read %d times", n)
	}
}

// A compiler keeps no more of files than it says.
func TestFilesAreKeptUpToALimit(t *testing.T) {
	var f folder
	cache := newFileCache(f.read)
	get := func(from string) {
		if data, err := cache.get(from, "big"); err != nil || len(data) != MaxFile {
			t.Fatalf("got %d bytes %v", len(data), err)
		}
	}
	const kept = maxCached / MaxFile
	for i := range kept + 1 {
		get(fmt.Sprint(i))
	}
	before := f.reads.Load()
	get("0")
	get(fmt.Sprint(kept))
	get(fmt.Sprint(kept))
	if n := f.reads.Load() - before; n != 2 || cache.kept != maxCached {
		t.Errorf("read %d times more, %d bytes kept", n, cache.kept)
	}
}

func TestFileErrors(t *testing.T) {
	c, _ := newFileCompiler(t)
	e := mustExpr(t, c, `file("no" + vars.customer)`, spec.ScopeQuery)
	_, err := e.Eval(background, &Activation{Vars: map[string]ref.Val{"customer": FromJSON([]byte(`"x"`))}})
	var bad *EvalError
	if !errors.As(err, &bad) || bad.Missing {
		t.Errorf("got %#v", err)
	}
}
