package demo

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tidwall/gjson"
)

// clock is a clock that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: seedTime} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// call is one request of a test: "METHOD path", a body, and headers in pairs.
func call(t *testing.T, h http.Handler, line, body string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	method, path, _ := strings.Cut(line, " ")
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", mimeJSON)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// wantStatus fails the test where the answer has another status.
func wantStatus(t *testing.T, w *httptest.ResponseRecorder, status int) {
	t.Helper()
	if w.Code != status {
		t.Fatalf("status %d, want %d: %s", w.Code, status, w.Body)
	}
}

// want fails the test where a gjson path of the body gives another text.
func want(t *testing.T, w *httptest.ResponseRecorder, path, value string) {
	t.Helper()
	if got := gjson.Get(w.Body.String(), path).String(); got != value {
		t.Errorf("%s is %q, want %q in %s", path, got, value, w.Body)
	}
}

func TestAnswers(t *testing.T) {
	type answerCase struct {
		line, body string
		headers    []string
		status     int
		path, want string // what a gjson path of the body gives
	}
	run := func(t *testing.T, c answerCase) {
		w := call(t, Handler(newClock().Now), c.line, c.body, c.headers...)
		wantStatus(t, w, c.status)
		if c.path != "" {
			want(t, w, c.path, c.want)
		}
	}
	basic := []string{"Authorization", "Basic Y2xlcms6b3Blbi1zZXNhbWU="}
	cases := map[string]answerCase{
		"index":               {line: "GET /", status: 200, path: "routes.0.route", want: "GET /health"},
		"health":              {line: "GET /health", status: 200, path: "status", want: "ok"},
		"23 products":         {line: "GET /products", status: 200, path: "total", want: "23"},
		"categories":          {line: "GET /products?category=desk&category=tool", status: 200, path: "total", want: "11"},
		"search":              {line: "GET /products?q=LAMP", status: 200, path: "items.#.sku", want: `["B1","B2","B3"]`},
		"page past the end":   {line: "GET /products?page=9", status: 200, path: "items", want: "[]"},
		"page 0":              {line: "GET /products?page=0", status: 422, path: "error.field", want: "page"},
		"per_page too much":   {line: "GET /products?per_page=1000", status: 422, path: "error.field", want: "per_page"},
		"product":             {line: "GET /products/D5", status: 200, path: "stock", want: "0"},
		"no product":          {line: "GET /products/Z9", status: 404, path: "error.code", want: "not_found"},
		"big number":          {line: "GET /warehouses", status: 200, path: "0.shipments", want: "12345678901234567890"},
		"warehouse":           {line: "GET /warehouses/south", status: 200, path: "scanners", want: "[]"},
		"no warehouse":        {line: "GET /warehouses/west", status: 404},
		"preferences":         {line: "GET /preferences?currency=EUR&label=a&label=b", headers: []string{"Cookie", "region=eu"}, status: 200, path: "[region,currency,language,labels]", want: `["eu","EUR",null,["a","b"]]`},
		"seeded customer":     {line: "GET /customers/acme", status: 200, path: "address.zip", want: "0420"},
		"no customer":         {line: "GET /customers/nobody", status: 404, path: "error.message", want: `there is no customer "nobody"`},
		"customers":           {line: "GET /customers?per_page=2", status: 200, path: "next", want: "/customers?page=2&per_page=2"},
		"seeded order":        {line: "GET /orders/ord-1", status: 200, path: "total", want: "33780"},
		"orders of":           {line: "GET /orders?customer=acme", status: 200, path: "items.#.id", want: `["ord-1","ord-2"]`},
		"orders in a state":   {line: "GET /orders?state=cancelled", status: 200, path: "total", want: "1"},
		"orders in no state":  {line: "GET /orders?state=lost", status: 422, path: "error.field", want: "states"},
		"order search":        {line: "POST /orders/search", body: `{"min_total":30000}`, status: 200, path: "items.#.id", want: `["ord-1"]`},
		"search, unknown":     {line: "POST /orders/search", body: `{"min":3}`, status: 422, path: "error.field", want: "min"},
		"latest order":        {line: "GET /customers/acme/latest-order", status: 302},
		"no latest order":     {line: "GET /customers/tonic/latest-order", status: 404},
		"unknown path":        {line: "GET /nothing/here", status: 404, path: "error.message", want: "there is nothing at /nothing/here"},
		"wrong method":        {line: "DELETE /products", status: 405, path: "error.code", want: "method_not_allowed"},
		"options":             {line: "OPTIONS /products", status: 204},
		"options of nothing":  {line: "OPTIONS /nothing", status: 404},
		"head":                {line: "HEAD /products/A1", status: 200},
		"wrong media type":    {line: "POST /orders", body: "a=b", headers: []string{"Content-Type", mimeForm}, status: 415, path: "error.code", want: "unsupported_media_type"},
		"no JSON":             {line: "POST /orders", body: `{"a`, status: 400, path: "error.code", want: "invalid_json"},
		"two values":          {line: "POST /orders/search", body: `{} {}`, status: 400, path: "error.code", want: "invalid_json"},
		"wrong type":          {line: "POST /orders", body: `{"customer":"acme","sku":"A1","qty":"two"}`, status: 422, path: "error.field", want: "qty"},
		"a list":              {line: "POST /orders", body: `[]`, status: 422, path: "error.message", want: "the body cannot be a JSON array"},
		"too large":           {line: "POST /orders", body: strings.Repeat(" ", maxBody+1), status: 413, path: "error.code", want: "too_large"},
		"charset":             {line: "POST /orders/search", body: `{}`, headers: []string{"Content-Type", "application/json; charset=utf-8"}, status: 200},
		"basic":               {line: "GET /reports/daily", headers: basic, status: 200, path: "rows.#.products", want: "[6,6,6,5]"},
		"no basic":            {line: "GET /reports/daily", status: 401, path: "error.code", want: "wrong_credentials"},
		"no token":            {line: "GET /admin/whoami", status: 401, path: "error.code", want: "token_missing"},
		"a wrong token":       {line: "GET /admin/whoami", headers: []string{"Authorization", "Bearer x"}, status: 401, path: "error.code", want: "token_invalid"},
		"no key":              {line: "GET /partner/stock/A1", status: 401, path: "error.code", want: "api_key_missing"},
		"key in a header":     {line: "GET /partner/stock/A1", headers: []string{"X-Api-Key", APIKey}, status: 200, path: "available", want: "true"},
		"key in a parameter":  {line: "GET /partner/stock/D5?api_key=" + APIKey, status: 200, path: "available", want: "false"},
		"key in a cookie":     {line: "GET /partner/stock/Z9", headers: []string{"Cookie", "api_key=" + APIKey}, status: 404},
		"no session":          {line: "GET /session", status: 401, path: "error.code", want: "session_missing"},
		"an unknown session":  {line: "GET /basket", headers: []string{"Cookie", cookieName + "=x"}, status: 401, path: "error.code", want: "session_ended"},
		"login without name":  {line: "POST /session", body: `{}`, status: 422, path: "error.field", want: "username"},
		"login of nobody":     {line: "POST /token", body: `{"username":"nobody","password":"` + Password + `"}`, status: 401},
		"login, bad password": {line: "POST /token", body: `{"username":"clerk","password":"x"}`, status: 401, path: "error.code", want: "wrong_credentials"},
		"no signature":        {line: "POST /webhooks/payments", body: `{}`, status: 401, path: "error.code", want: "signature_missing"},
		"a wrong signature":   {line: "POST /webhooks/payments", body: `{}`, headers: []string{"X-Signature", "sha256=00"}, status: 401, path: "error.code", want: "signature_invalid"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) { run(t, c) })
	}
}

func TestEveryErrorHasOneShape(t *testing.T) {
	h := Handler(nil)
	for _, line := range []string{"GET /x", "PUT /orders", "POST /orders", "GET /admin/stats", "GET /products?page=x"} {
		w := call(t, h, line, "")
		var body struct {
			Error detail `json:"error"`
		}
		if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || body.Error.Code == "" || body.Error.Message == "" {
			t.Errorf("%s: %d %s", line, w.Code, w.Body)
		}
		if got := w.Header().Get("Content-Type"); got != "application/json; charset=utf-8" {
			t.Errorf("%s: content type %q", line, got)
		}
	}
}

func TestAllowedMethods(t *testing.T) {
	for _, line := range []string{"TRACE /customers/acme", "OPTIONS /customers/acme"} {
		w := call(t, Handler(nil), line, "")
		if got := w.Header().Get("Allow"); got != "DELETE, GET, HEAD, PATCH, PUT" {
			t.Errorf("%s: Allow is %q", line, got)
		}
	}
}

func TestRequestIDs(t *testing.T) {
	h := Handler(nil)
	if got := call(t, h, "GET /health", "", "X-Request-Id", "mine").Header().Get("X-Request-Id"); got != "mine" {
		t.Errorf("own id became %q", got)
	}
	if got := call(t, h, "GET /x", "").Header().Get("X-Request-Id"); len(got) != 36 {
		t.Errorf("new id is %q", got)
	}
}

func TestPages(t *testing.T) {
	h := Handler(nil)
	var skus []string
	next := "/products?category=desk&category=light&per_page=5"
	for range 10 {
		w := call(t, h, "GET "+next, "")
		wantStatus(t, w, 200)
		for _, sku := range gjson.Get(w.Body.String(), "items.#.sku").Array() {
			skus = append(skus, sku.String())
		}
		if next = gjson.Get(w.Body.String(), "next").String(); next == "" {
			break
		}
		if !strings.HasPrefix(w.Header().Get("Link"), "<"+next+`>; rel="next"`) {
			t.Errorf("Link is %q, next is %q", w.Header().Get("Link"), next)
		}
	}
	if got := strings.Join(skus, " "); got != "A1 A2 A3 A4 A5 A6 B1 B2 B3 B4 B5 B6" {
		t.Errorf("pages held %s", got)
	}
	w := call(t, h, "GET /products?page=2&per_page=10", "")
	link := `</products?page=3&per_page=10>; rel="next", </products?page=1&per_page=10>; rel="prev", ` +
		`</products?page=1&per_page=10>; rel="first", </products?page=3&per_page=10>; rel="last"`
	if got := w.Header().Get("Link"); got != link {
		t.Errorf("Link is %s, want %s", got, link)
	}
}

func TestCompression(t *testing.T) {
	cases := map[string]string{
		"": "", "gzip": "gzip", "br, GZIP;q=0.5": "gzip", "gzip;q=0": "", "gzip; q=x": "", "identity": "",
	}
	for accept, coding := range cases {
		w := call(t, Handler(nil), "GET /products", "", "Accept-Encoding", accept)
		if got := w.Header().Get("Content-Encoding"); got != coding {
			t.Errorf("Accept-Encoding %q gave %q, want %q", accept, got, coding)
		}
		if w.Header().Get("Vary") != "Accept-Encoding" {
			t.Errorf("Accept-Encoding %q: no Vary", accept)
		}
	}
	if w := call(t, Handler(nil), "GET /orders/ord-3", "", "Accept-Encoding", "gzip"); w.Header().Get("Content-Encoding") != "" {
		t.Error("an answer with an ETag was compressed")
	}
}
