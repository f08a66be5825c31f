package demo

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// categories are those of the catalogue, in its order.
var categories = []string{"desk", "light", "paper", "tool"}

// stats answers with how much the desk holds.
func (d *desk) stats(*http.Request, string) (*reply, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return answer(http.StatusOK, map[string]any{
		"customers": d.customers.len(), "orders": d.orders.len(), "sessions": d.sessions.len(), "events": d.events,
	}), nil
}

// dailyReport answers with what is in stock, by category.
func (d *desk) dailyReport(*http.Request) (*reply, error) {
	type row struct {
		Category string `json:"category"`
		Products int    `json:"products"`
		Value    int    `json:"value"` // of the stock, in cents
	}
	rows := make([]row, len(categories))
	for i, category := range categories {
		rows[i].Category = category
		for _, p := range catalogue {
			if p.Category == category {
				rows[i].Products++
				rows[i].Value += p.Price * p.Stock
			}
		}
	}
	return answer(http.StatusOK, map[string]any{"currency": "EUR", "rows": rows}), nil
}

// stockReport answers with the stock as CSV (RFC 4180).
func (d *desk) stockReport(*http.Request) (*reply, error) {
	var out strings.Builder
	out.WriteString("sku,name,stock\r\n")
	for _, p := range catalogue {
		fmt.Fprintf(&out, "%s,%s,%d\r\n", p.SKU, p.Name, p.Stock)
	}
	return content(http.StatusOK, "text/csv; charset=utf-8", out.String()).
		with("Content-Disposition", `attachment; filename="stock.csv"`), nil
}

// yearlyReport answers after a while, or not at all where the client gives up.
func (d *desk) yearlyReport(r *http.Request) (*reply, error) {
	timer := time.NewTimer(yearlyDelay)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
		return nil, fail(http.StatusServiceUnavailable, "given_up", "nobody waits for the report")
	}
	return answer(http.StatusOK, map[string]any{"year": 2025, "orders": 48213, "revenue": 912340050}), nil
}

// partnerStock answers with the stock of one product.
func (d *desk) partnerStock(r *http.Request) (*reply, error) {
	p := findProduct(r.PathValue("sku"))
	if p == nil {
		return nil, notFound("product", clip(r.PathValue("sku")))
	}
	return answer(http.StatusOK, map[string]any{"sku": p.SKU, "stock": p.Stock, "available": p.Stock > 0}), nil
}
