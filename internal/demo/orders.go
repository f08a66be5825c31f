package demo

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// The bounds of one order.
const (
	maxLines = 20
	maxQty   = 999
)

// orderInput is what a client orders. An order of one product may give sku and
// qty in place of lines.
type orderInput struct {
	Customer string      `json:"customer"`
	Lines    []lineInput `json:"lines"`
	SKU      *string     `json:"sku"`
	Qty      *int        `json:"qty"`
	Note     string      `json:"note"`
	Hold     bool        `json:"hold"`
}

// lineInput is one product that a client orders.
type lineInput struct {
	SKU string `json:"sku"`
	Qty int    `json:"qty"`
}

// order returns the order that the input asks for.
func (in *orderInput) order() (*order, error) {
	prefix := func(i int) string { return fmt.Sprintf("lines.%d.", i) }
	if in.SKU != nil || in.Qty != nil {
		if in.Lines != nil {
			return nil, invalid("lines", "give lines, or sku and qty, not both")
		}
		prefix = func(int) string { return "" }
		in.Lines = []lineInput{{}}
		if in.SKU != nil {
			in.Lines[0].SKU = *in.SKU
		}
		if in.Qty != nil {
			in.Lines[0].Qty = *in.Qty
		}
	}
	if len(in.Lines) == 0 || len(in.Lines) > maxLines {
		return nil, invalid("lines", "an order has from 1 to %d lines", maxLines)
	}
	if err := checkText("note", in.Note); err != nil {
		return nil, err
	}
	o := &order{customer: in.Customer, note: in.Note, hold: in.Hold}
	for i, line := range in.Lines {
		if err := line.check(prefix(i)); err != nil {
			return nil, err
		}
		o.lines = append(o.lines, orderLine{SKU: line.SKU, Qty: line.Qty})
	}
	o.price()
	return o, nil
}

// check refuses a line that cannot be delivered.
func (l lineInput) check(prefix string) error {
	if l.Qty < 1 || l.Qty > maxQty {
		return invalid(prefix+"qty", "qty must be from 1 to %d", maxQty)
	}
	p := findProduct(l.SKU)
	if p == nil {
		return invalid(prefix+"sku", "there is no product %q", clip(l.SKU))
	}
	if l.Qty > p.Stock {
		return fail(http.StatusConflict, "out_of_stock", "there are %d of %s, not %d", p.Stock, p.SKU, l.Qty)
	}
	return nil
}

// clip shortens a text of a client's that a message repeats.
func clip(text string) string {
	if len(text) > 40 {
		return strings.ToValidUTF8(text[:40], "") + "…"
	}
	return text
}

// createOrder takes an order. With an Idempotency-Key that was seen before, the
// same order is answered again, and another body is refused.
func (d *desk) createOrder(r *http.Request) (*reply, error) {
	var in orderInput
	data, err := readJSON(r, &in)
	if err != nil {
		return nil, err
	}
	key, fingerprint := r.Header.Get("Idempotency-Key"), sha256.Sum256(data)
	if err := checkText("Idempotency-Key", key); err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if seen := d.orders.get(d.replays[key]); key != "" && seen != nil {
		return replay(seen, fingerprint)
	}
	o, err := d.newOrder(&in)
	if err != nil {
		return nil, err
	}
	o.replayKey, o.fingerprint = key, fingerprint
	d.saveOrder(o)
	return o.createdReply(), nil
}

// newOrder returns the order that a customer asks for, which is yet to be
// saved. The lock is held.
func (d *desk) newOrder(in *orderInput) (*order, error) {
	if d.customers.get(in.Customer) == nil {
		return nil, invalid("customer", "there is no customer %q", clip(in.Customer))
	}
	o, err := in.order()
	if err != nil {
		return nil, err
	}
	now := d.now()
	o.created, o.updated, o.released = now, now, now
	return o, nil
}

// createdReply is the answer to the order's creation: the order as it was then.
func (o *order) createdReply() *reply {
	return answer(http.StatusCreated, o.view(o.created)).
		with("Location", "/orders/"+o.id).with("ETag", o.etag(o.created))
}

// replay answers a creation that was asked for before.
func replay(o *order, fingerprint [32]byte) (*reply, error) {
	if o.fingerprint != fingerprint {
		p := invalid("Idempotency-Key", "this key was used for another order")
		p.Detail.Code = "idempotency_key_reused"
		return nil, p
	}
	return o.createdReply().with("Idempotent-Replayed", "true"), nil
}

// getOrder answers with one order.
func (d *desk) getOrder(r *http.Request) (*reply, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	o, err := d.findOrder(r)
	if err != nil {
		return nil, err
	}
	now := d.now()
	return entity(r, o.etag(now), o.view(now)), nil
}

// patchOrder changes an order's note, or lets it go on its way.
func (d *desk) patchOrder(r *http.Request) (*reply, error) {
	var in struct {
		Note *string `json:"note"`
		Hold *bool   `json:"hold"`
	}
	if _, err := readJSON(r, &in, mimeJSON, mimePatch); err != nil {
		return nil, err
	}
	if in.Note != nil {
		if err := checkText("note", *in.Note); err != nil {
			return nil, err
		}
	}
	return d.changeOrder(r, func(o *order) error {
		if in.Hold != nil && *in.Hold && !o.hold {
			return fail(http.StatusConflict, "moving", "the order is on its way already")
		}
		if in.Hold != nil && !*in.Hold && o.hold {
			o.hold, o.released = false, d.now()
		}
		if in.Note != nil {
			o.note = *in.Note
		}
		return nil
	})
}

// cancelOrder cancels an order that has not left the house.
func (d *desk) cancelOrder(r *http.Request) (*reply, error) {
	return d.changeOrder(r, func(o *order) error {
		state := o.state(d.now())
		if state != "pending" && state != "packed" {
			return fail(http.StatusConflict, "too_late", "the order is %s already", state)
		}
		o.final, o.hold = "cancelled", false
		return nil
	})
}

// changeOrder applies a change to the order the path names, unless a
// precondition forbids it, and answers with the order.
func (d *desk) changeOrder(r *http.Request, change func(*order) error) (*reply, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	o, err := d.findOrder(r)
	if err != nil {
		return nil, err
	}
	now := d.now()
	if err := precondition(r, o.etag(now)); err != nil {
		return nil, err
	}
	if err := change(o); err != nil {
		return nil, err
	}
	o.updated = now
	d.saveOrder(o)
	return answer(http.StatusOK, o.view(now)).with("ETag", o.etag(now)), nil
}

// deleteOrder removes an order.
func (d *desk) deleteOrder(r *http.Request) (*reply, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	o, err := d.findOrder(r)
	if err != nil {
		return nil, err
	}
	if err := precondition(r, o.etag(d.now())); err != nil {
		return nil, err
	}
	d.dropOrder(o)
	return answer(http.StatusNoContent, nil), nil
}

// search says which orders are looked for; what is empty excludes none.
type search struct {
	Customer string   `json:"customer"`
	States   []string `json:"states"`
	MinTotal int      `json:"min_total"` // in cents
}

// listOrders answers with the orders of a customer or in a state.
func (d *desk) listOrders(r *http.Request) (*reply, error) {
	query := r.URL.Query()
	return d.findOrders(r, search{Customer: query.Get("customer"), States: query["state"]})
}

// searchOrders answers with the orders that the body looks for.
func (d *desk) searchOrders(r *http.Request) (*reply, error) {
	var s search
	if _, err := readJSON(r, &s); err != nil {
		return nil, err
	}
	return d.findOrders(r, s)
}

// findOrders answers with a page of the orders looked for.
func (d *desk) findOrders(r *http.Request, s search) (*reply, error) {
	known := append([]string{"cancelled"}, states...)
	for _, state := range s.States {
		if !slices.Contains(known, state) {
			return nil, invalid("states", "there is no state %q", clip(state))
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.now()
	var found []orderView
	d.orders.each(func(o *order) {
		ofCustomer := s.Customer == "" || s.Customer == o.customer
		inState := len(s.States) == 0 || slices.Contains(s.States, o.state(now))
		if ofCustomer && inState && o.total >= s.MinTotal {
			found = append(found, o.view(now))
		}
	})
	return paged(r, found)
}
