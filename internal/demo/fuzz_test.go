package demo

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
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
