package assert

import (
	"slices"
	"testing"

	"github.com/tidwall/gjson"
)

func TestNewPath(t *testing.T) {
	for text, want := range map[string][]string{
		"a":                   {"a"},
		"a.b.0":               {"a", "b", "0"},
		`a\.b.c`:              {`a\.b`, "c"},
		"lines.#.qty":         {"lines", "#", "qty"},
		`l.#(a=="x.)").b`:     {"l", `#(a=="x.)")`, "b"},
		`l.#(t.#(a>1)).b`:     {"l", `#(t.#(a>1))`, "b"},
		"l.#(a>1)#.b":         {"l", "#(a>1)#", "b"},
		"a|b":                 nil,
		"@reverse":            nil,
		"a.@reverse.0":        nil,
		"{a,b}":               nil,
		"a.[b,c]":             nil,
		"..0.a":               nil,
		`fav\@x.user@example`: {`fav\@x`, "user@example"},
	} {
		if got := newPath(text).keys; !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

const order = `{"id": 7, "customer": {"name": "Acme", "e-mail": "a@b"}, "tags": [],
	"lines": [{"sku": "A", "qty": 1, "subs": [{"n": 1}, {}]}, {"sku": "B", "subs": []}, {"sku": "C", "qty": null}]}`

func TestFind(t *testing.T) {
	type test struct {
		path, raw string
		missing   bool
		lack      string
	}
	for _, tt := range []test{
		{path: "id", raw: "7"},
		{path: "lines.#", raw: "3"},
		{path: "lines.#.sku", raw: `["A","B","C"]`},
		{path: "lines.#.qty", raw: `[1,null]`, lack: "1 of 3 elements has no qty"},
		{path: "lines.#.price", missing: true, lack: "none of the 3 elements has price"},
		{path: `lines.#(sku>"A")#.qty`, raw: `[null]`, lack: "1 of 2 elements has no qty"},
		{path: `lines.#(sku=="C").qty`, raw: `null`},
		{path: "lines.#.subs.#.n", raw: `[[1],[]]`, lack: "2 of 3 elements have no subs.#.n"},
		{path: "tags.#.x", raw: `[]`},
		{path: "tags.#", raw: `0`},
		{path: "nope.#.x", missing: true},
		{path: "id.#.x", missing: true},
		{path: "lines.@reverse.0.sku", raw: `"C"`},
		{path: "lines.#.subs|0", raw: `[{"n": 1}, {}]`},
		{path: "nope", missing: true},
		{path: "nope.@keys", missing: true},
		{path: "{nope,nothing}", missing: true},
		{path: "{id,nope}", raw: `{"id":7}`},
	} {
		value, missing, lack := newPath(tt.path).find(gjson.Parse(order))
		if missing != tt.missing || lack != tt.lack || value.Raw != tt.raw {
			t.Errorf("%s: got %s, %t, %q", tt.path, value.Raw, missing, lack)
		}
	}
}

func TestHint(t *testing.T) {
	for text, want := range map[string]string{
		"idd":                   "did you mean id?",
		"customer.nmae":         "did you mean customer.name?",
		"customer.email":        "did you mean customer.e-mail?",
		"customr.name":          "did you mean customer?",
		"customer.zzzzzz":       "",
		"lines.qty":             "lines is an array: its elements are 0, 1, … or # for all",
		"lines.3":               "lines has 3 elements",
		"tags.0":                "tags has 0 elements",
		"lines.0.subs.9":        "lines.0.subs has 2 elements",
		`lines.#(sku=="Z").qty`: `no element of lines matches #(sku=="Z")`,
		"id.x":                  "id is a number",
		"lines.2.qty.x":         "lines.2.qty is null",
		"@reverse.nothing":      "",
	} {
		if got := (&run{}).hint(newPath(text), gjson.Parse(order)); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

func TestElement(t *testing.T) {
	for _, tt := range []struct {
		path string
		at   []int
		want string
	}{
		{"lines.#.qty", []int{2}, "lines.2.qty"},
		{"lines.#.subs.#.n", []int{2, 0}, "lines.2.subs.0.n"},
		{"lines.#.tags", []int{2, 1}, "lines.2.tags.1"},
		{"lines", []int{2}, "lines.2"},
		{"lines.#", []int{}, "lines.#"},
		{"a|b", []int{1}, "a|b.1"},
		{"l.#(a>1)#.b", []int{1}, "l.#(a>1)#.b.1"},
	} {
		if got := newPath(tt.path).element(tt.at); got != tt.want {
			t.Errorf("%s %v: got %s, want %s", tt.path, tt.at, got, tt.want)
		}
	}
}
