package demo

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tidwall/gjson"
)

// longText is longer than any text the desk takes.
var longText = strings.Repeat("x", maxText+1)

// place orders one desk for acme and returns its path.
func place(t *testing.T, h http.Handler, more string) string {
	t.Helper()
	w := call(t, h, "POST /orders", `{"customer":"acme","sku":"A1","qty":2`+more+`}`)
	wantStatus(t, w, 201)
	return w.Header().Get("Location")
}

func TestOrderMovesOn(t *testing.T) {
	c := newClock()
	h := Handler(c.Now)
	path := place(t, h, "")
	tags := map[string]bool{}
	for _, state := range append(states, "delivered") {
		w := call(t, h, "GET "+path, "")
		want(t, w, "state", state)
		tags[w.Header().Get("ETag")] = true
		tracked := gjson.Get(w.Body.String(), "tracking.number").Exists()
		if tracked != (state == "shipped" || state == "delivered") {
			t.Errorf("%s: tracking is %s", state, gjson.Get(w.Body.String(), "tracking"))
		}
		c.Advance(step)
	}
	if len(tags) != len(states) {
		t.Errorf("%d ETags for %d states", len(tags), len(states))
	}
}

func TestOrderOnHold(t *testing.T) {
	c := newClock()
	h := Handler(c.Now)
	path := place(t, h, `,"hold":true`)
	c.Advance(time.Hour)
	w := call(t, h, "GET "+path, "")
	want(t, w, "state", "pending")
	tag := w.Header().Get("ETag")
	wantStatus(t, call(t, h, "PATCH "+path, `{"note":"n"}`, "If-Match", `"old"`), 412)
	w = call(t, h, "PATCH "+path, `{"hold":false,"note":"go"}`, "If-Match", tag)
	wantStatus(t, w, 200)
	want(t, w, "note", "go")
	want(t, w, "state", "pending")
	c.Advance(step)
	want(t, call(t, h, "GET "+path, ""), "state", "packed")
	wantStatus(t, call(t, h, "PATCH "+path, `{"hold":true}`), 409)
	wantStatus(t, call(t, h, "PATCH "+path, `{"note":"`+longText+`"}`), 422)
}

func TestCancel(t *testing.T) {
	c := newClock()
	h := Handler(c.Now)
	path := place(t, h, "")
	c.Advance(step)
	w := call(t, h, "POST "+path+"/cancel", "")
	wantStatus(t, w, 200)
	want(t, w, "state", "cancelled")
	c.Advance(time.Hour)
	want(t, call(t, h, "GET "+path, ""), "state", "cancelled")

	late := place(t, h, "")
	c.Advance(2 * step)
	w = call(t, h, "POST "+late+"/cancel", "")
	wantStatus(t, w, 409)
	want(t, w, "error.code", "too_late")
	wantStatus(t, call(t, h, "POST /orders/none/cancel", ""), 404)
}

func TestDeleteOrder(t *testing.T) {
	h := Handler(nil)
	path := place(t, h, "")
	wantStatus(t, call(t, h, "DELETE "+path, "", "If-Match", `"old"`), 412)
	wantStatus(t, call(t, h, "DELETE "+path, ""), 204)
	wantStatus(t, call(t, h, "DELETE "+path, ""), 404)
	wantStatus(t, call(t, h, "GET "+path, ""), 404)
}

func TestLines(t *testing.T) {
	w := call(t, Handler(nil), "POST /orders",
		`{"customer":"acme","lines":[{"sku":"C1","qty":3},{"sku":"D1","qty":1}],"note":"gift"}`)
	wantStatus(t, w, 201)
	want(t, w, "lines.#.amount", "[1950,4590]")
	want(t, w, "lines.1.name", "Fountain pen")
	want(t, w, "total", "6540")
	want(t, w, "note", "gift")
}

func TestIdempotency(t *testing.T) {
	c := newClock()
	h := Handler(c.Now)
	body := `{"customer":"acme","sku":"A1","qty":2}`
	first := call(t, h, "POST /orders", body, "Idempotency-Key", "k1")
	c.Advance(time.Minute)
	again := call(t, h, "POST /orders", body, "Idempotency-Key", "k1")
	wantStatus(t, again, 201)
	if first.Body.String() != again.Body.String() || again.Header().Get("Idempotent-Replayed") != "true" {
		t.Errorf("first %s, then %s", first.Body, again.Body)
	}
	w := call(t, h, "POST /orders", `{"customer":"acme","sku":"A1","qty":3}`, "Idempotency-Key", "k1")
	wantStatus(t, w, 422)
	want(t, w, "error.code", "idempotency_key_reused")
	wantStatus(t, call(t, h, "DELETE "+first.Header().Get("Location"), ""), 204)
	other := call(t, h, "POST /orders", body, "Idempotency-Key", "k1")
	if other.Header().Get("Location") == first.Header().Get("Location") {
		t.Error("a removed order was replayed")
	}
	wantStatus(t, call(t, h, "POST /orders", body, "Idempotency-Key", longText), 422)
}

func TestRefusedOrders(t *testing.T) {
	h := Handler(nil)
	line := func(sku string, qty int) string { return fmt.Sprintf(`{"sku":%q,"qty":%d}`, sku, qty) }
	cases := map[string]string{ // body without customer → field
		``:                           "lines",
		`,"lines":[]`:                "lines",
		`,"sku":"A1"`:                "qty",
		`,"sku":"","qty":1`:          "sku",
		`,"sku":"A1","qty":0`:        "qty",
		`,"sku":"A1","qty":1000`:     "qty",
		`,"sku":"A1","lines":[]`:     "lines",
		`,"colour":"red"`:            "colour",
		`,"note":"` + longText + `"`: "lines",
		`,"sku":"A1","qty":1,"note":"` + longText + `"`:                            "note",
		`,"lines":[` + line("A1", 1) + `,` + line("A1", -1) + `]`:                  "lines.1.qty",
		`,"lines":[` + line(longText, 1) + `]`:                                     "lines.0.sku",
		`,"lines":[` + line("A1", 1) + strings.Repeat(`,`+line("A1", 1), 20) + `]`: "lines",
		`,"customer":"nobody"`:                                                     "customer",
		`,"customer":5`:                                                            "customer",
	}
	for body, field := range cases {
		w := call(t, h, "POST /orders", `{"customer":"acme"`+body+`}`)
		wantStatus(t, w, 422)
		want(t, w, "error.field", field)
	}
	w := call(t, h, "POST /orders", `{"customer":"acme","sku":"D5","qty":1}`)
	wantStatus(t, w, 409)
	want(t, w, "error.code", "out_of_stock")
}

func TestMemoryIsBounded(t *testing.T) {
	h := Handler(nil)
	first := place(t, h, "")
	body := `{"customer":"acme","sku":"A1","qty":2}`
	for i := range maxOrders {
		call(t, h, "POST /orders", body, "Idempotency-Key", fmt.Sprint(i))
	}
	wantStatus(t, call(t, h, "GET "+first, ""), 404)
	wantStatus(t, call(t, h, "GET /orders/ord-1", ""), 200)
	want(t, call(t, h, "GET /orders?per_page=1", ""), "total", fmt.Sprint(maxOrders))

	for range maxCustomers {
		call(t, h, "POST /customers", `{"name":"one of many"}`)
	}
	want(t, call(t, h, "GET /customers?per_page=1", ""), "total", fmt.Sprint(maxCustomers))
	wantStatus(t, call(t, h, "GET /customers/acme", ""), 200)
}

func TestStore(t *testing.T) {
	s := newStore[int](3)
	s.add("a", new(1))
	s.pin()
	s.add("b", new(2))
	s.add("c", new(3))
	if gone := s.add("b", new(4)); gone != nil {
		t.Errorf("replacing put out %d", *gone)
	}
	if gone := s.add("d", new(5)); gone == nil || *gone != 4 {
		t.Error("b should have made room for d")
	}
	if !s.remove("a") || s.remove("a") || s.len() != 2 {
		t.Error("removing a")
	}
	s.add("e", new(6))
	if gone := s.add("f", new(7)); gone == nil || *gone != 3 {
		t.Error("c should have made room for f")
	}
}
