package demo

import (
	"encoding/json"
	"time"
)

// catalogue is what the desk sells: 23 products, three pages of ten.
var catalogue = []product{
	{"A1", "Folding desk", "desk", 12900, 14.5, 40, []string{"wood", "folding"}},
	{"A2", "Standing desk", "desk", 34900, 31.2, 12, []string{"steel", "electric"}},
	{"A3", "Corner desk", "desk", 18900, 22.75, 8, []string{"wood"}},
	{"A4", "Lap desk", "desk", 2490, 1.1, 120, []string{"wood", "travel"}},
	{"A5", "Drawer unit", "desk", 7900, 11.4, 33, []string{"steel"}},
	{"A6", "Monitor stand", "desk", 3290, 2.6, 75, []string{"wood"}},
	{"B1", "Desk lamp", "light", 3990, 1.35, 90, []string{"led"}},
	{"B2", "Floor lamp", "light", 8490, 5.2, 21, []string{"led", "dimmable"}},
	{"B3", "Clip lamp", "light", 1990, 0.45, 150, []string{"led", "travel"}},
	{"B4", "Book light", "light", 1290, 0.08, 300, []string{"led", "travel"}},
	{"B5", "Light bulb", "light", 490, 0.06, 900, []string{"led"}},
	{"B6", "Extension lead", "light", 1590, 0.7, 64, []string{"cable"}},
	{"C1", "Notebook", "paper", 650, 0.31, 500, []string{"ruled"}},
	{"C2", "Sketch pad", "paper", 890, 0.42, 220, []string{"plain"}},
	{"C3", "Index cards", "paper", 290, 0.15, 800, []string{"ruled"}},
	{"C4", "Envelopes", "paper", 340, 0.24, 650, []string{"plain"}},
	{"C5", "Printer paper", "paper", 590, 2.5, 410, []string{"plain"}},
	{"C6", "Sticky notes", "paper", 310, 0.09, 1000, []string{"plain"}},
	{"D1", "Fountain pen", "tool", 4590, 0.03, 55, []string{"ink"}},
	{"D2", "Pencil set", "tool", 1190, 0.12, 340, []string{"wood"}},
	{"D3", "Stapler", "tool", 1450, 0.36, 180, []string{"steel"}},
	{"D4", "Scissors", "tool", 990, 0.14, 260, []string{"steel"}},
	{"D5", "Letter opener", "tool", 1790, 0.11, 0, []string{"steel"}}, // sold out
}

// warehouse is a place that goods are sent from.
type warehouse struct {
	ID        string      `json:"id"`
	Code      string      `json:"code"`
	City      string      `json:"city"`
	Contact   string      `json:"contact"`
	Site      string      `json:"site"`
	Opened    time.Time   `json:"opened_at"`
	Closed    *time.Time  `json:"closed_at"`
	Shipments json.Number `json:"shipments"` // more than 64 bits hold
	Load      float64     `json:"load"`      // from 0 to 1
	Scanners  []scanner   `json:"scanners"`
}

// scanner is a hand-held device of a warehouse.
type scanner struct {
	Serial  string `json:"serial"`
	Online  bool   `json:"online"`
	Battery int    `json:"battery"` // in percent
	IPv4    string `json:"ipv4"`
	IPv6    string `json:"ipv6"`
}

// warehouses are those there are. They never change.
var warehouses = []warehouse{
	{
		ID: "5b0c7a52-6f3e-4d19-9c86-2f3f1f6f0b11", Code: "north", City: "Lübeck",
		Contact: "north@orderdesk.example", Site: "https://north.orderdesk.example/plan",
		Opened: seedTime, Shipments: "12345678901234567890", Load: 0.75,
		Scanners: []scanner{
			{"0042", true, 88, "192.0.2.11", "2001:db8::11"},
			{"0043", true, 61, "192.0.2.12", "2001:db8::12"},
			{"0107", false, 4, "192.0.2.13", "2001:db8::13"},
		},
	},
	{
		ID: "c1a4d3f0-8a57-4a0e-b7f4-0d1d5d0c9e22", Code: "south", City: "Trieste",
		Contact: "south@orderdesk.example", Site: "https://south.orderdesk.example/plan",
		Opened: seedTime.AddDate(0, 2, 0), Shipments: "48213", Load: 0.4, Scanners: []scanner{},
	},
}

// seedTime stamps what the desk starts with.
var seedTime = time.Date(2026, time.January, 5, 9, 0, 0, 0, time.UTC)

// stampPNG is a picture of one white pixel: bytes that are no text.
const stampPNG = "\x89\x50\x4e\x47\x0d\x0a\x1a\x0a\x00\x00\x00\x0d\x49\x48\x44\x52\x00\x00\x00\x01\x00\x00\x00\x01" +
	"\x08\x00\x00\x00\x00\x3a\x7e\x9b\x55\x00\x00\x00\x0a\x49\x44\x41\x54\x78\x9c\x63\xf8\x0f\x00\x01" +
	"\x01\x01\x00\xb1\x38\xf6\x14\x00\x00\x00\x00\x49\x45\x4e\x44\xae\x42\x60\x82"

// seed fills a fresh desk: three customers, three orders, one attachment.
func (d *desk) seed() {
	people := []struct {
		id, name, email, tier string
		address               address
	}{
		{"acme", "Acme Hardware", "orders@acme.example", "gold", address{"12 Anvil Road", "Leeds", "0420", "GB"}},
		{"globex", "Globex Logistics", "desk@globex.example", "standard", address{"Kaistraße 8", "Kiel", "24103", "DE"}},
		{"tonic", "Tonic Music School", "hello@tonic.example", "standard", address{"3 Rue des Gammes", "Lyon", "69002", "FR"}},
	}
	for _, p := range people {
		d.saveCustomer(&customer{id: p.id, created: seedTime, updated: seedTime,
			customerInput: customerInput{Name: &p.name, Email: &p.email, Tier: &p.tier, Address: &p.address}})
	}
	d.seedOrder("ord-1", "acme", "delivered", orderLine{SKU: "A1", Qty: 2}, orderLine{SKU: "B1", Qty: 2})
	d.seedOrder("ord-2", "acme", "cancelled", orderLine{SKU: "C1", Qty: 40})
	d.seedOrder("ord-3", "globex", "delivered", orderLine{SKU: "C5", Qty: 25}, orderLine{SKU: "D3", Qty: 1}, orderLine{SKU: "C6", Qty: 10})
	d.files.add("ord-1/stamp.png", &attachment{order: "ord-1", name: "stamp.png", kind: "image/png", data: []byte(stampPNG)})
	d.customers.pin()
	d.orders.pin()
	d.files.pin()
}

// seedOrder adds an order that has come to its end.
func (d *desk) seedOrder(id, customerID, state string, lines ...orderLine) {
	o := &order{id: id, customer: customerID, lines: lines, final: state, created: seedTime, updated: seedTime}
	o.price()
	d.saveOrder(o)
}
