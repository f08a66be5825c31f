package demo

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/tidwall/gjson"
)

// ask sends a GraphQL request: its document, its variables as JSON, and the
// name of its operation.
func ask(t *testing.T, h http.Handler, document, variables, operation string) *httptest.ResponseRecorder {
	t.Helper()
	if variables == "" {
		variables = "null"
	}
	body, err := json.Marshal(gqlRequest{Query: document, OperationName: operation})
	if err != nil {
		t.Fatal(err)
	}
	return call(t, h, "POST /graphql", strings.Replace(string(body), `"variables":null`, `"variables":`+variables, 1))
}

func TestGraphQL(t *testing.T) {
	type gqlCase struct{ document, variables, operation, want string }
	two := "query A { product(sku: \"A1\") { name } }\nquery B($s: ID = \"B1\") { product(sku: $s) { name } }"
	cases := map[string]gqlCase{
		"shorthand":      {`{ order(id: "ord-1") { total id } }`, "", "", `{"order":{"total":33780,"id":"ord-1"}}`},
		"variable":       {"query Q($id: ID!) { order(id: $id) { lines { sku, qty } } }", `{"id":"ord-2"}`, "", `{"order":{"lines":[{"sku":"C1","qty":40}]}}`},
		"alias":          {`{ a: product(sku: "A1") { n: name } b: product(sku: "A2") { name } }`, "", "", `{"a":{"n":"Folding desk"},"b":{"name":"Standing desk"}}`},
		"nothing there":  {`{ order(id: "none") { id } product(sku: "none") { sku } }`, "", "", `{"order":null,"product":null}`},
		"null inside":    {`{ orders(customer: "acme", state: cancelled) { id tracking { number } } }`, "", "", `{"orders":[{"id":"ord-2","tracking":null}]}`},
		"list of scalar": {`{ products(category: "tool") { tags } }`, "", "", `{"products":[{"tags":["ink"]},{"tags":["wood"]},{"tags":["steel"]},{"tags":["steel"]},{"tags":["steel"]}]}`},
		"first of two":   {two, "", "A", `{"product":{"name":"Folding desk"}}`},
		"a default":      {two, "", "B", `{"product":{"name":"Desk lamp"}}`},
		"null default":   {two, `{"s":null}`, "B", `{"product":{"name":"Desk lamp"}}`},
		"no default":     {"query ($c: String) { orders(customer: $c, state: \"cancelled\") { id } }", "", "", `{"orders":[{"id":"ord-2"}]}`},
		"type names":     {"{ __typename order(id: \"ord-2\") { __typename lines { t: __typename } } }", "", "", `{"__typename":"Query","order":{"__typename":"Order","lines":[{"t":"Line"}]}}`},
		"comments":       {"# who\n{ order(id: \"ord-1\") # which\n { id, } }", "", "", `{"order":{"id":"ord-1"}}`},
		"escapes":        {`{ product(sku: "\u00411") { sku } }`, "", "", `{"product":{"sku":"A1"}}`},
		"types":          {"query Q($a: [ID!]!, $b: ID) { product(sku: $b) { sku } }", `{"a":[],"b":"A1"}`, "", `{"product":{"sku":"A1"}}`},
	}
	h := Handler(nil)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := ask(t, h, c.document, c.variables, c.operation)
			wantStatus(t, w, 200)
			want(t, w, "data", c.want)
			want(t, w, "errors", "")
		})
	}
}

func TestGraphQLErrors(t *testing.T) {
	type gqlCase struct {
		document, variables, operation string
		message, at                    string // a part of the message, line:column
	}
	two := `query A { __typename } query B { __typename }`
	cases := map[string]gqlCase{
		"nothing":          {"", "", "", "the document has no operation", "1:1"},
		"no GraphQL":       {"\n  ?", "", "", `unexpected '?'`, "2:3"},
		"open string":      {`{ order(id: "ord`, "", "", "a string does not end on its line", "1:13"},
		"open selection":   {"{ order", "", "", "found the end", "1:8"},
		"empty selection":  {"{ }", "", "", "a selection needs a field", "1:4"},
		"subscription":     {"subscription S { order }", "", "", "the desk knows no subscription", "1:14"},
		"fragment":         {"{ ...F }", "", "", "no fragments or directives", "1:3"},
		"directive":        {"{ order @skip }", "", "", "no fragments or directives", "1:9"},
		"list as literal":  {`{ order(id: ["a"]) { id } }`, "", "", "expected a scalar or a variable", "1:13"},
		"bad escape":       {`{ order(id: "\q") { id } }`, "", "", "is no value", "1:13"},
		"bad number":       {`{ order(id: 1-2) { id } }`, "", "", "is no value", "1:13"},
		"no field":         {"{ order(id: 1) { colour } }", "", "", `there is no field "colour" on type "Order"`, "1:18"},
		"no mutation":      {"mutation { order { id } }", "", "", `there is no field "order" on type "Mutation"`, "1:12"},
		"no selection":     {`{ order(id: "ord-1") }`, "", "", "say which of its fields", "1:3"},
		"scalar selected":  {`{ order(id: "ord-1") { id { x } } }`, "", "", `"id" is a scalar`, "1:24"},
		"type of type":     {`{ __typename { x } }`, "", "", `"__typename" is a scalar`, "1:3"},
		"one key twice":    {`{ order(id: 1) { id id } }`, "", "", "two fields are called", "1:21"},
		"unknown argument": {`{ order(id: "ord-1", at: 1) { id } }`, "", "", `"order" has no argument "at"`, "1:26"},
		"missing argument": {`{ order { id } }`, "", "", `"order" needs the argument "id"`, "1:3"},
		"type of argument": {`{ order(id: 1) { id } }`, "", "", "is of another type", "1:13"},
		"type of variable": {`query ($i: ID) { order(id: $i) { id } }`, `{"i":[1]}`, "", "is of another type", "1:28"},
		"undeclared":       {`{ order(id: $i) { id } }`, `{"i":"ord-1"}`, "", "variable $i is not declared", "1:13"},
		"no value":         {`query ($i: ID!) { order(id: $i) { id } }`, "", "", "variable $i needs a value", "1:1"},
		"which operation":  {two, "", "", "the document has 2 operations", "1:24"},
		"no operation":     {two, "", "C", `the document has no operation "C"`, "1:1"},
		"too deep":         {strings.Repeat("{a", maxNesting+2), "", "", "nested more than 10 deep", "1:23"},
		"too many":         {"{" + strings.Repeat(" a", maxSelected+1) + "}", "", "", "more than 200 fields", "1:403"},
		"too many, deep":   {strings.Repeat("{a", 20000), "", "", "nested more than", "1:23"},
	}
	h := Handler(nil)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := ask(t, h, c.document, c.variables, c.operation)
			wantStatus(t, w, 200)
			first := gjson.Get(w.Body.String(), "errors.0")
			at := fmt.Sprintf("%s:%s", first.Get("locations.0.line"), first.Get("locations.0.column"))
			if !strings.Contains(first.Get("message").String(), c.message) || at != c.at {
				t.Errorf("%s, want %s: %s", w.Body, c.at, c.message)
			}
		})
	}
	wantStatus(t, call(t, h, "POST /graphql", `{"query":7}`), 422)
	wantStatus(t, call(t, h, "POST /graphql", `{`), 400)
	wantStatus(t, call(t, h, "POST /graphql", `{}`, "Content-Type", "text/plain"), 415)
	wantStatus(t, call(t, h, "GET /graphql", ""), 405)
}

func TestGraphQLMutation(t *testing.T) {
	h := Handler(nil)
	document := `mutation Place($q: Int!) {
		good: placeOrder(customer: "acme", sku: "C1", qty: $q) { id state lines { qty } }
		bad: placeOrder(customer: "acme", sku: "D5", qty: $q) { id }
	}`
	w := ask(t, h, document, `{"q":3}`, "Place")
	wantStatus(t, w, 200)
	want(t, w, "data.good.lines", `[{"qty":3}]`)
	want(t, w, "data.bad", "")
	want(t, w, "errors.#.path", `[["bad"]]`)
	want(t, w, "errors.0.extensions.code", "out_of_stock")
	wantStatus(t, call(t, h, "GET /orders/"+gjson.Get(w.Body.String(), "data.good.id").String(), ""), 200)

	w = ask(t, h, document, `{"q":3.5}`, "Place")
	want(t, w, "data", `{"good":null,"bad":null}`)
	want(t, call(t, h, "GET /orders?customer=acme", ""), "total", "3")
}
