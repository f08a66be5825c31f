package demo

import (
	"crypto/rand"
	"fmt"
	"net/http"
)

// handler answers one route. An error that is a *problem is sent as it is.
type handler func(r *http.Request) (*reply, error)

// route is a pattern of net/http.ServeMux and what answers it.
type route struct {
	Pattern string `json:"route"`
	Doc     string `json:"doc"`
	serve   handler
}

// routes are all routes but the index and proofs.
func (d *desk) routes() []route {
	return []route{
		{"GET /health", "is the desk open", d.health},
		{"GET /products", "the catalogue by page; ?category (several), ?q, ?page, ?per_page", d.listProducts},
		{"GET /products/{sku}", "one product", d.getProduct},
		{"GET /warehouses", "the warehouses", d.listWarehouses},
		{"GET /catalogue.xml", "the catalogue as XML, in a namespace", d.showCatalogue},
		{"GET /price-list", "all prices as text: 920 bytes, fewer under gzip", d.priceList},
		{"GET /warehouses/{code}", "one warehouse and its scanners", d.getWarehouse},
		{"GET /warehouses/{code}/label", "its label as text in ISO-8859-1", d.label},

		{"GET /preferences", "what the desk makes of your language, region and currency", d.preferences},
		{"GET /preferences/cookies", "the cookies that were sent", d.showCookies},
		{"PUT /preferences/cookies", "sets cookies by {region, theme}, each with other attributes", d.keepChoices},
		{"DELETE /preferences/cookies", "takes these cookies away", d.forgetChoices},
		{"GET /regions/{region}", "sets the cookie region (ch, eu, uk), redirects (303) to /preferences", d.chooseRegion},

		{"GET /customers", "the customers by page", d.listCustomers},
		{"POST /customers", "a new customer", d.createCustomer},
		{"GET /customers/{id}", "one customer, with an ETag", d.getCustomer},
		{"PUT /customers/{id}", "creates or replaces a customer; If-Match", d.putCustomer},
		{"PATCH /customers/{id}", "changes a customer (JSON Merge Patch); If-Match", d.patchCustomer},
		{"DELETE /customers/{id}", "removes a customer and their orders", d.deleteCustomer},
		{"GET /customers/{id}/latest-order", "redirects (302) to the customer's latest order", d.latestOrder},

		{"GET /orders", "the orders by page; ?customer, ?state", d.listOrders},
		{"POST /orders", "a new order; Idempotency-Key", d.createOrder},
		{"POST /orders/search", "finds orders: {customer, states, min_total}", d.searchOrders},
		{"POST /orders/import", "a new order as XML, in a namespace; answers XML", d.importOrder},
		{"GET /orders/{id}", "one order, with an ETag; its state moves on", d.getOrder},
		{"PATCH /orders/{id}", "changes note or hold; If-Match", d.patchOrder},
		{"POST /orders/{id}/cancel", "cancels an order that is not yet shipped", d.cancelOrder},
		{"DELETE /orders/{id}", "removes an order", d.deleteOrder},
		{"GET /orders/{id}/invoice.xml", "the order as XML, in a namespace", d.xmlInvoice},
		{"GET /orders/{id}/invoice.html", "the order as a page", d.htmlInvoice},
		{"GET /orders/{id}/attachments", "the files that belong to the order", d.listFiles},
		{"POST /orders/{id}/attachments", "takes files and fields as multipart/form-data", d.uploadFiles},
		{"GET /orders/{id}/attachments/{name}", "the content of a file, with an ETag", d.getFile},
		{"PUT /orders/{id}/attachments/{name}", "takes the body as the content of a file; If-Match", d.putFile},
		{"DELETE /orders/{id}/attachments/{name}", "removes a file", d.deleteFile},

		{"POST /graphql", "GraphQL: order, orders, product, products, and the mutation placeOrder", d.graphql},

		{"POST /session", "logs in by JSON or form, sets a cookie", d.login},
		{"GET /session", "who is logged in", d.showSession},
		{"DELETE /session", "logs out", d.logout},
		{"GET /basket", "the basket of the session", d.showBasket},
		{"POST /basket", "puts {sku, qty} into it", d.fillBasket},
		{"POST /basket/checkout", "orders what is in it for {customer}, redirects (303) to the order", d.checkout},

		{"POST /token", "gives a bearer token for {username, password}", d.issueToken},
		{"GET /admin/whoami", "whose token it is", d.bearer("", d.whoAmI)},
		{"GET /admin/stats", "how much the desk holds; managers only", d.bearer("manager", d.stats)},
		{"POST /badge", "gives a badge, a signed JWT, for {username, password}", d.issueBadge},
		{"GET /badge", "what the badge says that was sent as a bearer token", d.showBadge},
		{"GET /reports/daily", "sales by category; basic auth", d.basic(d.dailyReport)},
		{"GET /reports/stock.csv", "the stock as CSV; basic auth", d.basic(d.stockReport)},
		{"GET /reports/yearly", "a report that takes two seconds; basic auth", d.basic(d.yearlyReport)},
		{"GET /partner/stock/{sku}", "stock for partners; api_key in a header, parameter or cookie", d.partner(d.partnerStock)},
		{"POST /webhooks/payments", "takes signed events: X-Signature", d.takePayment},

		{"GET /articles/{sku}", "redirects (301) to the product", d.article},
		{"POST /purchase-orders", "redirects (307) to /orders", d.purchaseOrder},
		{"/v1/{path...}", "redirects (308) any request to the path without /v1", d.firstVersion},
		{"GET /forward/{times}", "redirects (302) so many times before it answers", d.forward},
		{"GET /offices/{number}", "redirects (302) from 1 to 2 and from 2 to 1, without end", d.office},
		{"/elsewhere", "redirects (307) any request to /preferences at the other origin: TLS or not", d.elsewhere},

		{"/carrier/{parcel}", "refuses the first ?busy (1) requests for a parcel with ?status (503) and ?retry_after seconds (?as=date), then says where it is", d.askCarrier},
		{"GET /vault", "opens for a client certificate, over TLS", d.vault},
		{"GET /vars.json", "what the example suites need to know of this server, for --vars-file", d.showInputs},
	}
}

// proofs are the routes that somebody gets to who has shown who it is: the
// authorization server, what its tokens open, and what takes digests and signatures.
func (d *desk) proofs() []route {
	return []route{
		{"POST /oauth/token", "gives access tokens (OAuth 2.0); expires_in", authorizing(d.giveToken)},
		{"GET /oauth/authorize", "redirects (302) with an authorization code, approved at once", d.authorize},
		{"POST /oauth/device", "gives a device code (RFC 8628)", authorizing(d.startDevice)},
		{"GET /oauth/device", "the page for ?user_code, which approves at once", d.enterCode},
		{"GET /.well-known/oauth-authorization-server", "the discovery document (RFC 8414)", d.discover},
		{"/login", "a page for people, whatever is asked", d.loginPage},
		{"GET /api/token", "what the access token that was sent is good for", d.scoped("", d.showPermit)},
		{"DELETE /api/token", "makes it no longer good", d.scoped("", d.dropPermit)},
		{"GET /api/orders", "as /orders; scope orders.read", d.permitted(scopeRead, d.listOrders)},
		{"GET /api/orders/{id}", "as /orders/{id}; scope orders.read", d.permitted(scopeRead, d.getOrder)},
		{"POST /api/orders", "as /orders; scope orders.write", d.permitted(scopeWrite, d.createOrder)},
		{"DELETE /api/orders/{id}", "as /orders/{id}; scope orders.write", d.permitted(scopeWrite, d.deleteOrder)},
		{"/ledger/{month}", "how many orders there are; digest auth", d.digested(d.showLedger)},
		{"/exports/{path...}", "what was signed; AWS Signature Version 4", d.signed(d.showExport)},
	}
}

// router returns the handler of all routes.
func (d *desk) router() http.Handler {
	mux := http.NewServeMux()
	routes := append(d.routes(), d.proofs()...)
	for _, rt := range routes {
		mux.Handle(rt.Pattern, rt.serve)
	}
	mux.Handle("GET /{$}", handler(func(*http.Request) (*reply, error) {
		return answer(http.StatusOK, map[string]any{"name": "order desk", "routes": routes}), nil
	}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Request-Id", requestID(r))
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		if h, pattern := mux.Handler(r); pattern == "" {
			unrouted(h, w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// ServeHTTP answers the request with what the handler returns.
func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rep, err := h(r)
	if err != nil {
		rep = replyTo(err)
	}
	rep.send(w, r)
}

// unrouted answers a request that no route takes. The mux knows whether that
// is a 404 or a 405 and which methods there are; only its plain text is not ours.
func unrouted(h http.Handler, w http.ResponseWriter, r *http.Request) {
	probe := &statusProbe{header: http.Header{}}
	h.ServeHTTP(probe, r)
	allow := probe.header.Get("Allow")
	switch {
	case probe.status != http.StatusMethodNotAllowed:
		replyTo(fail(http.StatusNotFound, "not_found", "there is nothing at %s", r.URL.Path)).send(w, r)
	case r.Method == http.MethodOptions:
		answer(http.StatusNoContent, nil).with("Allow", allow).send(w, r)
	default:
		replyTo(fail(http.StatusMethodNotAllowed, "method_not_allowed", "%s does not work here, %s does",
			r.Method, allow).with("Allow", allow)).send(w, r)
	}
}

// statusProbe takes an answer and keeps its status and header.
type statusProbe struct {
	header http.Header
	status int
}

// Header returns the header to fill in.
func (p *statusProbe) Header() http.Header { return p.header }

// Write drops the body.
func (p *statusProbe) Write(b []byte) (int, error) { return len(b), nil }

// WriteHeader keeps the status.
func (p *statusProbe) WriteHeader(status int) { p.status = status }

// requestID returns the client's own request id, or a new one.
func requestID(r *http.Request) string {
	if id := r.Header.Get("X-Request-Id"); id != "" && len(id) <= maxText {
		return id
	}
	return newUUID()
}

// newUUID returns a random UUID (RFC 9562, version 4).
func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	return formatUUID(b)
}

// formatUUID marks 16 bytes as a UUID of version 4 and spells it.
func formatUUID(b [16]byte) string {
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// health answers whether the desk is open.
func (d *desk) health(*http.Request) (*reply, error) {
	return answer(http.StatusOK, map[string]any{"status": "ok", "time": stamp(d.now())}), nil
}
