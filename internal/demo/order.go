package demo

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// step is how long an order stays in each state.
const step = 300 * time.Millisecond

// states are what an order goes through, in order. An order on hold stays in
// the first; a cancelled one leaves the row.
var states = []string{"pending", "packed", "shipped", "delivered"}

// order is an order of a customer.
type order struct {
	id, customer     string
	note             string
	hold             bool
	final            string // the state of an order that moves no more, or ""
	lines            []orderLine
	total            int
	revision         int
	created, updated time.Time
	released         time.Time // when it began to move: created, or the end of the hold
	replayKey        string    // its Idempotency-Key, or ""
	fingerprint      [32]byte  // digest of the body it was created by
}

// orderLine is so many of one product, at the price of the day.
type orderLine struct {
	SKU    string `json:"sku"`
	Name   string `json:"name"`
	Qty    int    `json:"qty"`
	Price  int    `json:"price"`  // of one, in cents
	Amount int    `json:"amount"` // in cents
}

// orderView is an order as answers show it.
type orderView struct {
	ID        string      `json:"id"`
	Customer  string      `json:"customer"`
	State     string      `json:"state"`
	Hold      bool        `json:"hold"`
	Note      *string     `json:"note"`
	Lines     []orderLine `json:"lines"`
	Total     int         `json:"total"`    // in cents
	Tracking  *tracking   `json:"tracking"` // null until it is shipped
	CreatedAt string      `json:"created_at"`
	UpdatedAt string      `json:"updated_at"`
}

// tracking says where the parcel can be looked for.
type tracking struct {
	Carrier string `json:"carrier"`
	Number  string `json:"number"`
}

// state returns the state of the order at a time.
func (o *order) state(now time.Time) string {
	if o.final != "" {
		return o.final
	}
	if o.hold {
		return states[0]
	}
	steps := max(0, int(now.Sub(o.released)/step))
	return states[min(steps, len(states)-1)]
}

// etag is the tag of the order in its present revision and state.
func (o *order) etag(now time.Time) string {
	return fmt.Sprintf(`"o%d-%s"`, o.revision, o.state(now))
}

// view returns the order as answers show it at a time.
func (o *order) view(now time.Time) orderView {
	v := orderView{ID: o.id, Customer: o.customer, State: o.state(now), Hold: o.hold, Lines: o.lines,
		Total: o.total, CreatedAt: stamp(o.created), UpdatedAt: stamp(o.updated)}
	if o.note != "" {
		v.Note = new(o.note)
	}
	if v.State == "shipped" || v.State == "delivered" {
		v.Tracking = &tracking{"Pigeon Parcel", "PP-" + strings.TrimPrefix(o.id, "ord-")}
	}
	return v
}

// price fills in the names and prices of the lines and the total.
func (o *order) price() {
	o.total = 0
	for i := range o.lines {
		line := &o.lines[i]
		p := findProduct(line.SKU)
		line.Name, line.Price = p.Name, p.Price
		line.Amount = line.Price * line.Qty
		o.total += line.Amount
	}
}

// saveOrder stores a new revision of the order, giving it an id where it has
// none. The lock is held.
func (d *desk) saveOrder(o *order) {
	o.revision = d.next()
	if o.id == "" {
		o.id = fmt.Sprintf("ord-%d", o.revision)
	}
	if gone := d.orders.add(o.id, o); gone != nil {
		d.forget(gone)
	}
	if o.replayKey != "" {
		d.replays[o.replayKey] = o.id
	}
}

// dropOrder removes an order and what is remembered of it. The lock is held.
func (d *desk) dropOrder(o *order) {
	d.orders.remove(o.id)
	d.forget(o)
}

// forget removes what belongs to an order that is gone. The lock is held.
func (d *desk) forget(o *order) {
	delete(d.replays, o.replayKey)
	for _, a := range d.filesOf(o.id) {
		d.files.remove(a.key())
	}
}

// dropOrdersOf removes the orders of a customer who is gone. The lock is held.
func (d *desk) dropOrdersOf(customerID string) {
	var theirs []*order
	d.orders.each(func(o *order) {
		if o.customer == customerID {
			theirs = append(theirs, o)
		}
	})
	for _, o := range theirs {
		d.dropOrder(o)
	}
}

// findOrder returns the order the path names. The lock is held.
func (d *desk) findOrder(r *http.Request) (*order, error) {
	id := r.PathValue("id")
	if o := d.orders.get(id); o != nil {
		return o, nil
	}
	return nil, notFound("order", id)
}
