// Package demo is a small REST API that apicel brings along, so that the first
// command a newcomer types, and every example of the documentation, needs
// nothing but apicel itself.
//
// It is an order desk. Customers order products from a catalogue; an order
// starts out pending and, on its own, is packed, shipped and delivered within
// about a second, which is what a poll wants to see. Around this stand the
// things that APIs out there do: pages with Link headers, ETags, idempotency
// keys, a cookie session, tokens, basic and digest auth, an API key, an
// authorization server (OAuth 2.0), signed requests and webhooks, redirects,
// compressed answers, file uploads, XML, HTML, GraphQL, and one shape for every
// error (but for GraphQL and OAuth 2.0, which have their own):
//
//	{"error": {"code": "invalid", "message": "qty must be from 1 to 999", "field": "lines.0.qty"}}
//
// [Handler] gives the API to serve where one likes; [Start] serves it on a
// loopback address, and over TLS on a second port. GET / lists the routes. All
// data lives in memory, is the same at every start, and is bounded: where a store
// is full, its oldest entry makes room.
package demo

import (
	"crypto/ecdsa"
	"crypto/rand"
	"net/http"
	"sync"
	"time"
)

// What logs in where. The values are public and protect nothing.
const (
	// Password is the password of both users, "clerk" and "manager".
	Password = "open-sesame"
	// APIKey opens /partner.
	APIKey = "pk-demo-4711"
	// SigningKey signs the webhooks: X-Signature is "sha256=" and the
	// HMAC-SHA-256 of the body under it, in hexadecimal.
	SigningKey = "whsec-demo-signing-key"
	// BadgeKey signs badges, which are JSON Web Tokens (HS256).
	BadgeKey = "badge-demo-signing-key"
)

// The bounds of the desk.
const (
	maxBody      = 64 << 10 // bytes of a request body
	maxCustomers = 2000
	maxOrders    = 5000
	maxTickets   = 2000 // sessions, tokens and logins, each
	maxBasket    = 50   // lines of a basket
	maxText      = 200  // bytes of a text that a client gives
	maxFiles     = 200  // attachments of all orders
)

// yearlyDelay is how long the yearly report takes: long enough for a time-out
// to be seen.
const yearlyDelay = 2 * time.Second

// desk is the state of one order desk. The mutex guards all of it; replies are
// built from copies while it is held.
type desk struct {
	now    func() time.Time
	inputs map[string]string // what Server.Vars returns; empty without a server

	mu        sync.Mutex
	sequence  int // numbers orders and revisions, so that no ETag comes twice
	customers *store[customer]
	orders    *store[order]
	replays   map[string]string // idempotency key → order id
	sessions  *store[session]
	tokens    *store[ticket]
	files     *store[attachment] // order id, slash, file name → attachment
	askers    *store[int]        // parcel → how often the carrier was asked
	authority authority
	events    int // webhooks taken

	nonceKey string           // signs the nonces of digest authentication
	robotKey *ecdsa.PublicKey // of RobotClient; nil without a server
}

// Handler returns a fresh order desk with its own data, safe for concurrent
// use. The clock moves the orders on and stamps them; nil means time.Now.
func Handler(clock func() time.Time) http.Handler { return newDesk(clock).router() }

// newDesk returns a fresh desk; a nil clock is time.Now.
func newDesk(clock func() time.Time) *desk {
	if clock == nil {
		clock = time.Now
	}
	d := &desk{
		now:       clock,
		sequence:  1000,
		customers: newStore[customer](maxCustomers),
		orders:    newStore[order](maxOrders),
		replays:   map[string]string{},
		sessions:  newStore[session](maxTickets),
		tokens:    newStore[ticket](maxTickets),
		files:     newStore[attachment](maxFiles),
		askers:    newStore[int](maxAskers),
		authority: newAuthority(),
		nonceKey:  rand.Text(),
		inputs:    map[string]string{},
	}
	d.seed()
	return d
}

// next returns the next number of the desk's sequence. The lock is held.
func (d *desk) next() int {
	d.sequence++
	return d.sequence
}
