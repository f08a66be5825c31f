package demo

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

func FuzzGraphQL(f *testing.F) {
	f.Add(`{ order(id: "ord-1") { id lines { sku } } }`, `{}`)
	f.Add(`query A($i: ID! = "x", $n: [Int!]) { a: order(id: $i) { __typename } } # end`, `{"i": "ord-1"}`)
	f.Add(`mutation { placeOrder(customer: "acme", sku: "A1", qty: 1) { id } }`, `null`)
	h := newDesk(newClock().Now)
	f.Fuzz(func(t *testing.T, document, variables string) {
		if !json.Valid([]byte(variables)) {
			return
		}
		in := gqlRequest{Query: document}
		if err := unmarshalNumbers([]byte(variables), &in.Variables); err != nil {
			return
		}
		op, values, err := in.prepare()
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without a message")
			}
			return
		}
		if data, err := json.Marshal(h.execute(op, values)); err != nil || !json.Valid(data) {
			t.Errorf("%s, %v", data, err)
		}
	})
}

func FuzzImport(f *testing.F) {
	f.Add(importing(`customer="acme" hold="true"`, `<line sku="A1" qty="2"/><note>n</note>`))
	f.Add(`<?xml version="1.0"?><!DOCTYPE x><o:order xmlns:o="` + orderSpace + `"/>`)
	f.Fuzz(func(t *testing.T, text string) {
		in, err := decodeOrder(text)
		if (in == nil) == (err == nil) {
			t.Errorf("%v, %v", in, err)
		}
	})
}

func FuzzBadge(f *testing.F) {
	f.Add(signBadge([]byte(`{"exp":4000000000}`)))
	f.Add("a.b.c")
	f.Fuzz(func(t *testing.T, token string) {
		if c := readBadge(token, time.Unix(0, 0)); c != nil && !strings.HasPrefix(token, badgeHeader) {
			t.Errorf("%q is a badge", token)
		}
	})
}

func FuzzForm(f *testing.F) {
	f.Add("--b\r\nContent-Disposition: form-data; name=f; filename=a\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--", "b")
	f.Add("--b\r\nContent-Disposition: form-data; name=f\r\nContent-Type: application/json\r\n\r\n{}\r\n--b--", "b")
	h := Handler(newClock().Now)
	f.Fuzz(func(t *testing.T, body, boundary string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/orders/ord-1/attachments", strings.NewReader(body))
		r.Header.Set("Content-Type", mimeParts+"; boundary="+boundary)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code >= 500 || !json.Valid(w.Body.Bytes()) {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})
}

// FuzzAuthorization gives the readers of the header Authorization any text.
func FuzzAuthorization(f *testing.F) {
	f.Add(`Digest username="clerk", realm="order desk", nonce="1-x", uri="/ledger/1", response="00", qop=auth, nc=00000001, cnonce="x", algorithm=SHA-256`)
	f.Add("AWS4-HMAC-SHA256 Credential=DESKEXAMPLEKEY/20260105/eu-central-1/s3/aws4_request, SignedHeaders=host;x-amz-date;;\n, Signature=00")
	f.Add("Bearer x")
	f.Add("Basic JToleA==")
	h := Handler(newClock().Now)
	f.Fuzz(func(t *testing.T, text string) {
		for _, line := range []string{"GET /ledger/1", "GET /exports/a", "GET /api/token", "POST /oauth/token"} {
			w := call(t, h, line, "", "Authorization", text, "X-Amz-Date", newClock().Now().Format("20060102T150405Z"), "Content-Type", mimeForm)
			if w.Code < 400 || w.Code >= 500 || !json.Valid(w.Body.Bytes()) {
				t.Errorf("%s: %d %s", line, w.Code, w.Body)
			}
		}
	})
}

// FuzzTokenRequest gives the endpoints of the authorization server any form.
func FuzzTokenRequest(f *testing.F) {
	f.Add("grant_type=client_credentials&client_id=desk-service&client_secret=desk-service-secret&expires_in=9")
	f.Add("grant_type=" + assertionGrant + "&assertion=eyJhbGciOiJFUzI1NiJ9.e30.AA")
	f.Add("client_id=desk-app&response_type=code&redirect_uri=http://[::1]:9/callback&scope=orders.read")
	d := newDesk(newClock().Now)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	d.robotKey = &key.PublicKey
	h := d.router()
	f.Fuzz(func(t *testing.T, text string) {
		for _, path := range []string{"/oauth/token", "/oauth/device"} {
			w := call(t, h, "POST "+path, text, "Content-Type", mimeForm)
			if w.Code >= 500 || !json.Valid(w.Body.Bytes()) {
				t.Errorf("%s: %d %s", path, w.Code, w.Body)
			}
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/oauth/authorize", http.NoBody)
		r.URL.RawQuery = text
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		back, err := url.Parse(w.Header().Get("Location"))
		if w.Code >= 500 || err != nil || w.Code == http.StatusFound && !isHere(back.Hostname()) {
			t.Errorf("%d to %q", w.Code, w.Header().Get("Location"))
		}
	})
}
