package expr

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"cel.dev/cel-go/cel"
	"github.com/tidwall/gjson"

	"github.com/apicel/apicel/internal/exchange"
	"github.com/apicel/apicel/spec"
)

// orders makes a body of about the given size: a head, lines, and a field behind them.
func orders(size int) []byte {
	var b bytes.Buffer
	b.WriteString(`{"id": "o-1", "state": "shipped", "lines": [`)
	for i := 0; b.Len() < size-100; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"sku": "A%d", "qty": %d, "price": %d.5, "note": "a line of an order"}`, i, i%5+1, i)
	}
	b.WriteString(`], "total": 12}`)
	return b.Bytes()
}

var sizes = []struct {
	name string
	size int
}{{"1KB", 1 << 10}, {"1MB", 1 << 20}, {"10MB", 10 << 20}}

// A check of one field behind everything else, on an answer not seen before.
func BenchmarkFieldCheck(b *testing.B) {
	c := newTestCompiler(b)
	e, _ := c.Expr(plain(`body.total == 12`), spec.ScopeCheck, cel.BoolType)
	header := http.Header{"Content-Type": {"application/json"}}
	for _, s := range sizes {
		body := orders(s.size)
		b.Run(s.name+"/cel", func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				a := &Activation{Response: &exchange.Response{Header: header, Body: body}}
				if ok, err := e.EvalBool(background, a); !ok {
					b.Fatal(err)
				}
			}
		})
		b.Run(s.name+"/gjson", func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if !gjson.ValidBytes(body) || gjson.GetBytes(body, "total").Int() != 12 {
					b.Fatal("wrong total")
				}
			}
		})
		b.Run(s.name+"/decoded", func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				var v map[string]any
				if err := json.Unmarshal(body, &v); err != nil || v["total"].(float64) != 12 {
					b.Fatal("wrong total")
				}
			}
		})
	}
}

// Ten checks on one answer share what was decoded.
func BenchmarkTenChecks(b *testing.B) {
	c := newTestCompiler(b)
	var checks []*Expr
	for i := range 10 {
		e, _ := c.Expr(plain(fmt.Sprintf(`body.lines[%d].qty > 0 && body.total == 12`, i)), spec.ScopeCheck, cel.BoolType)
		checks = append(checks, e)
	}
	for _, s := range sizes {
		body := orders(s.size)
		b.Run(s.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				a := &Activation{Response: &exchange.Response{Body: body}}
				for _, e := range checks {
					if ok, err := e.EvalBool(background, a); !ok {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

func BenchmarkAllLines(b *testing.B) {
	e, _ := newTestCompiler(b).Expr(plain(`body.lines.all(l, l.qty > 0)`), spec.ScopeCheck, cel.BoolType)
	for _, s := range sizes {
		body := orders(s.size)
		b.Run(s.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if ok, err := e.EvalBool(background, &Activation{Response: &exchange.Response{Body: body}}); !ok {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkNewCompiler(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		c := newTestCompiler(b)
		if e, _ := c.Expr(plain(`true`), spec.ScopeCheck, cel.BoolType); e == nil {
			b.Fatal("true does not compile")
		}
	}
}

func BenchmarkCompile(b *testing.B) {
	c := newTestCompiler(b)
	src := plain(`body.lines.all(l, l.qty > 0) && vars.customer == "acme"`)
	b.Run("new", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			compile(c, unitKey{text: src.Value, scope: spec.ScopeCheck})
		}
	})
	b.Run("again", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			c.Expr(src, spec.ScopeCheck, cel.BoolType)
		}
	})
}

func BenchmarkTemplate(b *testing.B) {
	tmpl, _ := newTestCompiler(b).Template(plain(`/orders/${captures.order_id}/lines/${vars.n + 1}`), spec.ScopeQuery, EscapePath)
	a := testActivation()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := tmpl.Text(background, a); err != nil {
			b.Fatal(err)
		}
	}
}
