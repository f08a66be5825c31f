package demo

import (
	"net/http"
	"strconv"
	"strings"
)

// maxForward is how often a letter can be forwarded.
const maxForward = 50

// redirect returns an answer that sends the client elsewhere (RFC 9110, 15.4).
func redirect(status int, target string) *reply {
	return answer(status, nil).with("Location", target)
}

// article sends on to the product, as articles are called now: 301.
func (d *desk) article(r *http.Request) (*reply, error) {
	p := findProduct(r.PathValue("sku"))
	if p == nil {
		return nil, notFound("article", clip(r.PathValue("sku")))
	}
	return redirect(http.StatusMovedPermanently, "/products/"+p.SKU), nil
}

// purchaseOrder sends the same request on to the orders: 307.
func (d *desk) purchaseOrder(*http.Request) (*reply, error) {
	return redirect(http.StatusTemporaryRedirect, "/orders"), nil
}

// firstVersion sends any request on to the path without /v1, for good: 308.
func (d *desk) firstVersion(r *http.Request) (*reply, error) {
	target := "/" + strings.TrimLeft(strings.TrimPrefix(r.URL.EscapedPath(), "/v1"), "/")
	if r.URL.RawQuery != "" {
		target += "?" + r.URL.RawQuery
	}
	return redirect(http.StatusPermanentRedirect, target), nil
}

// forward sends on to one number less, until the letter arrives at 0: 302.
func (d *desk) forward(r *http.Request) (*reply, error) {
	n, err := strconv.Atoi(r.PathValue("times"))
	if err != nil || n < 0 || n > maxForward {
		return nil, invalid("times", "times must be a number from 0 to %d", maxForward)
	}
	if n > 0 {
		return redirect(http.StatusFound, "/forward/"+strconv.Itoa(n-1)), nil
	}
	return answer(http.StatusOK, map[string]any{"arrived": true}), nil
}

// office sends from the first office to the second and from the second to the
// first, without end: 302.
func (d *desk) office(r *http.Request) (*reply, error) {
	other := map[string]string{"1": "2", "2": "1"}[r.PathValue("number")]
	if other == "" {
		return nil, notFound("office", clip(r.PathValue("number")))
	}
	return redirect(http.StatusFound, "/offices/"+other), nil
}

// elsewhere sends the same request on to the preferences of the desk's other
// origin, which is that with TLS where this is that without: 307.
func (d *desk) elsewhere(r *http.Request) (*reply, error) {
	origin := d.inputs["demo_tls_url"]
	if r.TLS != nil {
		origin = d.inputs["demo_url"]
	}
	if origin == "" {
		return nil, fail(http.StatusNotFound, "not_found", "the desk has one origin only")
	}
	return redirect(http.StatusTemporaryRedirect, origin+"/preferences"), nil
}

// checkout places an order of what is in the basket and sends on to it: 303.
func (d *desk) checkout(r *http.Request) (*reply, error) {
	var in struct {
		Customer string `json:"customer"`
		Hold     bool   `json:"hold"`
	}
	if _, err := readJSON(r, &in); err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	s, err := d.findSession(r)
	if err != nil {
		return nil, err
	}
	if len(s.basket) == 0 {
		return nil, fail(http.StatusConflict, "basket_empty", "there is nothing in the basket")
	}
	o, err := d.newOrder(&orderInput{Customer: in.Customer, Hold: in.Hold, Lines: s.basket})
	if err != nil {
		return nil, err
	}
	d.saveOrder(o)
	s.basket = nil
	return redirect(http.StatusSeeOther, "/orders/"+o.id), nil
}
