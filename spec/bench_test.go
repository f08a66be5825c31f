package spec

import (
	"fmt"
	"strings"
	"testing"
)

// manyQueries is a suite of n queries as users write them.
func manyQueries(n int) []byte {
	var b strings.Builder
	b.WriteString("name: many\nsource: {base_url: \"http://127.0.0.1\"}\nqueries:\n")
	for i := range n {
		fmt.Fprintf(&b, `  - name: query %d
    post: /orders/${captures.id%d}/lines
    headers: {X-Request: "${uuid()}", Accept: application/json}
    body: {json: {customer: acme, lines: [{sku: A1, qty: 2}, {sku: B2, qty: 3}]}}
    expect:
      status: 201
      gjson: {state: pending, lines.#: 2, "lines.#.price": {each: {gt: 0}}}
      cel:
        - body.lines.all(l, l.qty > 0)
    capture: {id%d: id}
`, i, max(i-1, 0), i)
	}
	return []byte(b.String())
}

func BenchmarkParse(b *testing.B) {
	for _, n := range []int{1, 100, 10000} {
		b.Run(fmt.Sprintf("queries=%d", n), func(b *testing.B) {
			data := manyQueries(n)
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				if s := Parse(NewFile("many.yaml", data)); len(s.Problems) > 0 {
					b.Fatal(s.Problems[0])
				}
			}
		})
	}
}
