package assert

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	"github.com/apicel/apicel/internal/exchange"
	"github.com/apicel/apicel/internal/expr"
)

// orders makes a body of about the given size: a head, lines, and fields behind
// them.
func orders(size int) []byte {
	var b bytes.Buffer
	b.WriteString(`{"id": "o-1", "state": "shipped", "items": [`)
	for i := 0; b.Len() < size-100; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"sku": "A%d", "qty": %d, "price": %d.5, "note": "a line of an order"}`, i, i%5+1, i)
	}
	b.WriteString(`], "total": 12, "customer": {"name": "Ada", "tags": ["a", "b"]}}`)
	return b.Bytes()
}

// checksOf compiles checks, without one of the status.
func checksOf(t testing.TB, cel ...string) (*bench, *Checks) {
	var yaml strings.Builder
	yaml.WriteString("source: {base_url: \"http://127.0.0.1\"}\nqueries:\n  - name: a\n    get: /\n    expect:\n      status: 200\n      cel:\n")
	for _, one := range cel {
		fmt.Fprintf(&yaml, "        - '%s'\n", one)
	}
	b := load(t, "suite.yaml", yaml.String())
	checks := b.compile(t)
	checks.list = checks.list[1:]
	return b, checks
}

func jsonAnswer(body []byte) *exchange.Response {
	return &exchange.Response{Status: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: body}
}

// TestWorkIsBounded asks for the square of a large list, which must end soon in
// an error.
func TestWorkIsBounded(t *testing.T) {
	b, checks := checksOf(t, "body.items.map(a, body.items).size() == 0", "body.items.all(a, body.items.all(b, a.qty + b.qty > 0))")
	start := time.Now()
	failures := checks.Judge(context.Background(), b.activation(jsonAnswer(orders(1<<20))))
	if len(failures) != 2 {
		t.Fatal(failures)
	}
	if f := failures[1]; !strings.Contains(f.Message, "too much work") && !strings.Contains(f.Message, "takes longer") {
		t.Error(f)
	}
	if took := time.Since(start); took > 2*(expr.MaxTime+maxExplainTime)+5*time.Second {
		t.Errorf("took %v", took)
	}
}

// BenchmarkFieldCheck is a check of one field behind everything else, on an
// answer not seen before; x-gjson is how much longer it takes than to validate
// the body and look the field up by hand.
func BenchmarkFieldCheck(b *testing.B) {
	_, checks := checksOf(b, "body.total == 12")
	for _, size := range []int{1 << 10, 1 << 20} {
		body := orders(size)
		b.Run(fmt.Sprintf("%dKB", size>>10), func(b *testing.B) {
			byHand := timeOf(func() {
				if !gjson.ValidBytes(body) || gjson.GetBytes(body, "total").Int() != 12 {
					b.Fatal("wrong total")
				}
			})
			response := jsonAnswer(body)
			judge := func() {
				if f := checks.Judge(context.Background(), &expr.Activation{Response: response}); len(f) > 0 {
					b.Fatal(f)
				}
			}
			b.ReportAllocs()
			for b.Loop() {
				judge()
			}
			b.ReportMetric(float64(timeOf(judge))/float64(byHand), "x-gjson")
		})
	}
}

// timeOf is the time that f takes, the shortest of some runs.
func timeOf(f func()) time.Duration {
	best := time.Hour
	for range 7 {
		n := 0
		start := time.Now()
		for time.Since(start) < 20*time.Millisecond {
			f()
			n++
		}
		best = min(best, time.Since(start)/time.Duration(n))
	}
	return best
}

// tenChecks look at all ends of a large body.
var tenChecks = []string{
	`body.id == "o-1"`, `body.state == "shipped"`, `body.total == 12`, `body.customer.name == "Ada"`, `body.customer.tags.size() == 2`,
	`body.items.size() > 1000`, `body.items[0].qty == 1`, `body.items[1000].sku == "A1000"`, `"a" in body.customer.tags`, `body.items[500].price > 1.0`,
}

// BenchmarkTenChecks is ten checks of a body of 10 MB; x-decode is how much
// longer they take than to decode it once with encoding/json, and x-memory how
// many times the body they allocate at most beside it.
func BenchmarkTenChecks(b *testing.B) {
	_, checks := checksOf(b, tenChecks...)
	body := orders(10 << 20)
	decode := timeOf(func() {
		var v any
		if err := json.Unmarshal(body, &v); err != nil {
			b.Fatal(err)
		}
	})
	response := jsonAnswer(body)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	judge := func() {
		if f := checks.Judge(context.Background(), &expr.Activation{Response: response}); len(f) > 0 {
			b.Fatal(f)
		}
	}
	for b.Loop() {
		judge()
	}
	b.ReportMetric(float64(timeOf(judge))/float64(decode), "x-decode")
	b.ReportMetric(allocated(judge)/float64(len(body)), "x-memory")
}

// allocated is the number of bytes that f allocates, all of which could be in
// use at once: more than that it can never hold.
func allocated(f func()) float64 {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return float64(after.TotalAlloc - before.TotalAlloc)
}

// TestMemoryOfChecks holds ten checks of a large body to half of it, for what was
// looked up.
func TestMemoryOfChecks(t *testing.T) {
	_, checks := checksOf(t, tenChecks...)
	body := orders(10 << 20)
	response := jsonAnswer(body)
	used := allocated(func() {
		if f := checks.Judge(context.Background(), &expr.Activation{Response: response}); len(f) > 0 {
			t.Error(f)
		}
	})
	if times := used / float64(len(body)); times > 0.5 {
		t.Errorf("ten checks allocate %.2f times the body", times)
	}
}
