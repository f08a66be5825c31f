package demo

import (
	"fmt"
	"html/template"
	"net/http"
	"strings"

	"golang.org/x/text/encoding/charmap"
)

// invoicePage is an order as a page for people. It takes an invoice.
var invoicePage = template.Must(template.New("invoice").Funcs(template.FuncMap{"money": money}).Parse(`<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <title>Invoice {{.ID}}</title>
</head>
<body>
  <h1>Invoice <span id="number">{{.ID}}</span></h1>
  <p class="customer">{{.Name}}</p>
  <p class="state {{.State}}">{{.State}}</p>
  <table id="lines">
    <thead>
      <tr><th>Product</th><th>Quantity</th><th>Amount</th></tr>
    </thead>
    <tbody>
      {{- range .Lines}}
      <tr data-sku="{{.SKU}}"><td class="name">{{.Name}}</td><td class="qty">{{.Qty}}</td><td class="amount">{{money .Amount}}</td></tr>
      {{- end}}
    </tbody>
    <tfoot>
      <tr><td colspan="2">Total in euros</td><td id="total">{{money .Total}}</td></tr>
    </tfoot>
  </table>
  <hr>
  <ul class="links">
    <li><a href="/orders/{{.ID}}">as JSON</a></li>
    <li><a href="/orders/{{.ID}}/invoice.xml">as XML</a></li>
  </ul>
</body>
</html>
`))

// invoice is what the page shows: an order and the name of its customer.
type invoice struct {
	orderView
	Name string
}

// htmlInvoice answers with an order as a page.
func (d *desk) htmlInvoice(r *http.Request) (*reply, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	o, err := d.findOrder(r)
	if err != nil {
		return nil, err
	}
	page := invoice{orderView: o.view(d.now())}
	if c := d.customers.get(o.customer); c != nil {
		page.Name = *c.Name
	}
	var out strings.Builder
	if err := invoicePage.Execute(&out, page); err != nil {
		return nil, fmt.Errorf("write the page: %w", err)
	}
	return content(http.StatusOK, "text/html; charset=utf-8", out.String()), nil
}

// label answers with the address of a warehouse in ISO-8859-1, for an old printer.
func (d *desk) label(r *http.Request) (*reply, error) {
	for _, w := range warehouses {
		if w.Code != r.PathValue("code") {
			continue
		}
		text, err := charmap.ISO8859_1.NewEncoder().String("Order Desk, " + w.City + "\nTür " + w.Code + "\n")
		if err != nil {
			return nil, fmt.Errorf("write the label: %w", err)
		}
		return content(http.StatusOK, "text/plain; charset=iso-8859-1", text), nil
	}
	return nil, notFound("warehouse", clip(r.PathValue("code")))
}

// priceListWidth is the number of bytes of each line of the price list. With
// one line for each of the 23 products, its size is known: 920 bytes.
const priceListWidth = 40

// priceList answers with all prices as text, which is worth compressing.
func (d *desk) priceList(*http.Request) (*reply, error) {
	var out strings.Builder
	for _, p := range catalogue {
		fmt.Fprintf(&out, "%-4s%-*s%10s\n", p.SKU, priceListWidth-15, p.Name, money(p.Price))
	}
	return content(http.StatusOK, "text/plain; charset=utf-8", out.String()), nil
}
