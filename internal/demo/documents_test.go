package demo

import (
	"encoding/xml"
	"strings"
	"testing"
	"time"

	"github.com/tidwall/gjson"
)

// importing wraps what an order holds in XML.
func importing(attrs, inside string) string {
	return `<order xmlns="` + orderSpace + `" ` + attrs + `>` + inside + `</order>`
}

func TestImport(t *testing.T) {
	h := Handler(nil)
	w := call(t, h, "POST /orders/import", `<?xml version="1.0"?><!-- by fax -->`+
		`<o:order xmlns:o="`+orderSpace+`" customer="acme" hold="true"><o:line sku="A1" qty="2"/><o:note> for &lt;Ann&gt; </o:note></o:order>`+"\n",
		"Content-Type", "text/xml; charset=utf-8")
	wantStatus(t, w, 201)
	for _, part := range []string{
		`<d:order xmlns:d="` + orderSpace + `" id="ord-`, `state="pending">`, `<d:customer>acme</d:customer>`,
		`<d:line sku="A1" qty="2">`, `<d:note>for &lt;Ann&gt;</d:note>`, `<d:total currency="EUR">258.00</d:total>`,
	} {
		if !strings.Contains(w.Body.String(), part) {
			t.Errorf("no %s in %s", part, w.Body)
		}
	}
	w = call(t, h, "GET "+w.Header().Get("Location"), "")
	want(t, w, "note", "for <Ann>")
	want(t, w, "hold", "true")
}

func TestRefusedImports(t *testing.T) {
	line := `<line sku="A1" qty="2"/>`
	cases := map[string]struct {
		body          string
		status        int
		code, field   string
		otherMimeType string
	}{
		"empty":           {"", 415, "unsupported_media_type", "", ""},
		"JSON":            {"{}", 415, "unsupported_media_type", "", mimeJSON},
		"text":            {"order", 400, "invalid_xml", "", ""},
		"not closed":      {`<order xmlns="` + orderSpace + `">`, 400, "invalid_xml", "", ""},
		"no namespace":    {"<order/>", 422, "invalid", "order", ""},
		"other root":      {`<list xmlns="` + orderSpace + `"/>`, 422, "invalid", "order", ""},
		"other encoding":  {`<?xml version="1.0" encoding="latin1"?>` + importing(`customer="acme"`, line), 400, "invalid_xml", "", ""},
		"an entity":       {`<!DOCTYPE order [<!ENTITY e SYSTEM "file:///etc/passwd">]>` + importing(`customer="acme"`, `<note>&e;</note>`), 400, "invalid_xml", "", ""},
		"two roots":       {importing(`customer="acme"`, line) + "<more/>", 400, "invalid_xml", "", ""},
		"text behind":     {importing(`customer="acme"`, line) + "more", 400, "invalid_xml", "", ""},
		"garbage behind":  {importing(`customer="acme"`, line) + "</more>", 400, "invalid_xml", "", ""},
		"no lines":        {importing(`customer="acme"`, ""), 422, "invalid", "lines", ""},
		"no customer":     {importing("", line), 422, "invalid", "customer", ""},
		"qty no number":   {importing(`customer="acme"`, line+`<line sku="A1" qty="two"/>`), 422, "invalid", "lines.1.qty", ""},
		"qty too large":   {importing(`customer="acme"`, `<line sku="A1" qty="1000"/>`), 422, "invalid", "lines.0.qty", ""},
		"hold":            {importing(`customer="acme" hold="perhaps"`, line), 422, "invalid", "hold", ""},
		"other attribute": {importing(`customer="acme" colour="red"`, line), 422, "invalid", "colour", ""},
		"other element":   {importing(`customer="acme"`, line+`<colour/>`), 422, "invalid", "colour", ""},
		"other namespace": {importing(`customer="acme"`, `<line xmlns="" sku="A1" qty="2"/>`), 422, "invalid", "line", ""},
	}
	h := Handler(nil)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			kind := mimeXML
			if c.otherMimeType != "" || c.body == "" {
				kind = c.otherMimeType
			}
			w := call(t, h, "POST /orders/import", c.body, "Content-Type", kind)
			wantStatus(t, w, c.status)
			want(t, w, "error.code", c.code)
			want(t, w, "error.field", c.field)
		})
	}
}

func TestDocuments(t *testing.T) {
	h := Handler(newClock().Now)
	wantStatus(t, call(t, h, "PUT /customers/angle", `{"name":"<Angle & Sons>"}`), 201)
	order := call(t, h, "POST /orders", `{"customer":"angle","sku":"B5","qty":3,"note":"a < b"}`).Header().Get("Location")
	cases := map[string]struct{ kind, part string }{
		order + "/invoice.html":              {"text/html; charset=utf-8", `<p class="customer">&lt;Angle &amp; Sons&gt;</p>`},
		order + "/invoice.xml":               {"application/xml; charset=utf-8", `<d:note>a &lt; b</d:note>`},
		"/orders/ord-1/invoice.html":         {"text/html; charset=utf-8", `<td id="total">337.80</td>`},
		"/catalogue.xml":                     {"application/xml; charset=utf-8", `<c:price currency="EUR">4.90</c:price>`},
		"/warehouses/north/label":            {"text/plain; charset=iso-8859-1", "Order Desk, L\xfcbeck\nT\xfcr north\n"},
		"/price-list":                        {"text/plain; charset=utf-8", "B5  Light bulb                     4.90\n"},
		"/orders/ord-1/attachments/a.png":    {"application/json; charset=utf-8", "not_found"},
		"/orders/ord-0/invoice.html":         {"application/json; charset=utf-8", "not_found"},
		"/orders/ord-0/invoice.xml":          {"application/json; charset=utf-8", "not_found"},
		"/warehouses/west/label":             {"application/json; charset=utf-8", "not_found"},
		"/regions/mars":                      {"application/json; charset=utf-8", "not_found"},
		"/articles/Z9":                       {"application/json; charset=utf-8", "not_found"},
		"/offices/3":                         {"application/json; charset=utf-8", "not_found"},
		"/forward/51":                        {"application/json; charset=utf-8", `"field":"times"`},
		"/elsewhere":                         {"application/json; charset=utf-8", "one origin"},
		"/vault":                             {"application/json; charset=utf-8", "certificate_missing"},
		"/vars.json":                         {"application/json; charset=utf-8", "{}"},
		"/orders/ord-1/attachments/" + "%2F": {"application/json; charset=utf-8", "not_found"},
	}
	for path, c := range cases {
		w := call(t, h, "GET "+path, "")
		if got := w.Header().Get("Content-Type"); got != c.kind || !strings.Contains(w.Body.String(), c.part) {
			t.Errorf("GET %s: %d %s %s, want %s", path, w.Code, got, w.Body, c.part)
		}
	}
	var x struct {
		Products []struct{} `xml:"https://orderdesk.example/ns/catalogue product"`
	}
	if err := xml.Unmarshal(call(t, h, "GET /catalogue.xml", "").Body.Bytes(), &x); err != nil || len(x.Products) != 23 {
		t.Errorf("the catalogue has %d products, %v", len(x.Products), err)
	}
}

func TestPriceList(t *testing.T) {
	h := Handler(nil)
	if got := call(t, h, "GET /price-list", "").Body.Len(); got != 920 {
		t.Errorf("%d bytes", got)
	}
	w := call(t, h, "GET /price-list", "", "Accept-Encoding", "gzip")
	if w.Header().Get("Content-Encoding") != "gzip" || w.Body.Len() >= 920 {
		t.Errorf("%d bytes under %q", w.Body.Len(), w.Header().Get("Content-Encoding"))
	}
}

func TestBadge(t *testing.T) {
	c := newClock()
	h := Handler(c.Now)
	w := call(t, h, "POST /badge", `{"username":"manager","password":"`+Password+`"}`)
	wantStatus(t, w, 201)
	badge := gjson.Get(w.Body.String(), "badge").String()
	w = call(t, h, "GET /badge", "", "Authorization", "Bearer "+badge)
	wantStatus(t, w, 200)
	want(t, w, "sub", "manager")
	want(t, w, "groups", `["desk","manager"]`)
	want(t, w, "exp", "1767607200")

	parts := strings.Split(badge, ".")
	unsigned := "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0." + parts[1] + "."
	for _, bad := range []string{"", "x", "a.b.c", parts[0], parts[0] + "." + parts[1], unsigned,
		badge[:len(badge)-4] + "AAAA", parts[0] + "." + parts[1] + "A." + parts[2], signBadge([]byte("no JSON"))} {
		w := call(t, h, "GET /badge", "", "Authorization", "Bearer "+bad)
		want(t, w, "error.code", "badge_invalid")
	}
	want(t, call(t, h, "GET /badge", "", "Authorization", "Basic "+badge), "error.code", "badge_missing")
	wantStatus(t, call(t, h, "POST /badge", `{"username":"manager","password":"x"}`), 401)
	c.Advance(tokenLife - time.Second)
	wantStatus(t, call(t, h, "GET /badge", "", "Authorization", "Bearer "+badge), 200)
	c.Advance(time.Second)
	wantStatus(t, call(t, h, "GET /badge", "", "Authorization", "Bearer "+badge), 401)
}
