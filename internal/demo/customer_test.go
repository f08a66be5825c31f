package demo

import "testing"

func TestCustomerLife(t *testing.T) {
	h := Handler(newClock().Now)

	w := call(t, h, "PUT /customers/zoe", `{"name":"Zoë","address":{"city":"Bern","zip":"3011"}}`)
	wantStatus(t, w, 201)
	want(t, w, "tier", "standard")
	if got := w.Header().Get("Location"); got != "/customers/zoe" {
		t.Errorf("Location is %q", got)
	}
	tag := w.Header().Get("ETag")

	wantStatus(t, call(t, h, "GET /customers/zoe", "", "If-None-Match", "W/"+tag), 304)
	wantStatus(t, call(t, h, "GET /customers/zoe", "", "If-None-Match", `"other"`), 200)
	wantStatus(t, call(t, h, "PUT /customers/zoe", `{"name":"Zoe"}`, "If-Match", `"other", "else"`), 412)
	wantStatus(t, call(t, h, "PUT /customers/zoe", `{"name":"Zoe"}`, "If-None-Match", "*"), 412)

	w = call(t, h, "PATCH /customers/zoe", `{"address":{"zip":"3012"},"email":"zoe@zoe.example","tier":null}`,
		"If-Match", tag, "Content-Type", mimePatch)
	wantStatus(t, w, 200)
	want(t, w, "address.city", "Bern")
	want(t, w, "address.zip", "3012")
	want(t, w, "tier", "standard")
	wantStatus(t, call(t, h, "PATCH /customers/zoe", `{"email":null}`, "If-Match", tag), 412)
	w = call(t, h, "PATCH /customers/zoe", `{"email":null}`, "If-Match", w.Header().Get("ETag"))
	want(t, w, "email", "")

	wantStatus(t, call(t, h, "POST /orders", `{"customer":"zoe","sku":"A1","qty":1}`), 201)
	wantStatus(t, call(t, h, "DELETE /customers/zoe", ""), 204)
	wantStatus(t, call(t, h, "DELETE /customers/zoe", ""), 404)
	want(t, call(t, h, "GET /orders?customer=zoe", ""), "total", "0")
	wantStatus(t, call(t, h, "PUT /customers/zoe", `{"name":"Zoe"}`, "If-Match", "*"), 412)
}

func TestPatchLeavesTheSharedDefaultAlone(t *testing.T) {
	h := Handler(nil)
	wantStatus(t, call(t, h, "PUT /customers/one", `{"name":"One"}`), 201)
	wantStatus(t, call(t, h, "PATCH /customers/one", `{"tier":"gold"}`), 200)
	want(t, call(t, h, "PUT /customers/two", `{"name":"Two"}`), "tier", "standard")
	wantStatus(t, call(t, h, "PATCH /customers/one", `{"address":{"city":"Rome"},"tier":"lead"}`), 422)
	want(t, call(t, h, "GET /customers/one", ""), "tier", "gold")
}

func TestNewCustomers(t *testing.T) {
	h := Handler(nil)
	w := call(t, h, "POST /customers", `{"name":"Own id","id":"own"}`)
	wantStatus(t, w, 201)
	want(t, w, "id", "own")
	wantStatus(t, call(t, h, "POST /customers", `{"name":"Own id","id":"own"}`), 409)
	a := call(t, h, "POST /customers", `{"name":"No id"}`)
	b := call(t, h, "POST /customers", `{"name":"No id"}`)
	if a.Header().Get("Location") == b.Header().Get("Location") {
		t.Errorf("two customers at %s", a.Header().Get("Location"))
	}
}

func TestRefusedCustomers(t *testing.T) {
	h := Handler(nil)
	cases := map[string]string{ // body → field
		`{}`:                          "name",
		`{"name":" "}`:                "name",
		`{"name":"x","tier":"lead"}`:  "tier",
		`{"name":"x","email":"x"}`:    "email",
		`{"name":"x","id":"A B"}`:     "id",
		`{"name":"x","phone":"1"}`:    "phone",
		`{"name":7}`:                  "name",
		`{"name":"` + longText + `"}`: "name",
		`{"name":"x","address":{"city":"` + longText + `"}}`: "address.city",
	}
	for body, field := range cases {
		w := call(t, h, "POST /customers", body)
		wantStatus(t, w, 422)
		want(t, w, "error.field", field)
	}
}
