package demo

import (
	"encoding/json"
	"slices"
	"strconv"
)

// maxListed is how many things a list of GraphQL holds.
const maxListed = 100

// gqlTypes are the types of the schema and their fields; a field's type is ""
// where it is a scalar.
var gqlTypes = map[string]map[string]string{
	"Query":    {"order": "Order", "orders": "Order", "product": "Product", "products": "Product"},
	"Mutation": {"placeOrder": "Order"},
	"Order": {"id": "", "customer": "", "state": "", "hold": "", "note": "", "total": "",
		"created_at": "", "updated_at": "", "lines": "Line", "tracking": "Tracking"},
	"Line":     {"sku": "", "name": "", "qty": "", "price": "", "amount": ""},
	"Tracking": {"carrier": "", "number": ""},
	"Product": {"sku": "", "name": "", "category": "", "price": "", "weight_kg": "",
		"stock": "", "tags": ""},
}

// gqlArg is an argument of a field.
type gqlArg struct {
	name     string
	number   bool // else text
	required bool
}

// gqlArgs are the arguments of the fields that have any.
var gqlArgs = map[string][]gqlArg{
	"order":      {{"id", false, true}},
	"orders":     {{"customer", false, false}, {"state", false, false}},
	"product":    {{"sku", false, true}},
	"products":   {{"category", false, false}},
	"placeOrder": {{"customer", false, true}, {"sku", false, true}, {"qty", true, true}},
}

// checkSelection refuses what the schema does not have.
func checkSelection(fields []*selected, of string) error {
	keys := map[string]bool{}
	for _, f := range fields {
		if keys[f.key] {
			return wrongAt(f.at, "two fields are called %q: give one an alias", clip(f.key))
		}
		keys[f.key] = true
		if err := f.check(of); err != nil {
			return err
		}
	}
	return nil
}

// check refuses a field that the type does not have in this way.
func (f *selected) check(of string) error {
	kind, known := gqlTypes[of][f.name]
	switch {
	case f.name == "__typename":
		kind = ""
	case !known:
		return wrongAt(f.at, "there is no field %q on type %q", clip(f.name), of)
	}
	if kind == "" && f.fields != nil {
		return wrongAt(f.at, "%q is a scalar and has no fields", f.name)
	}
	if kind != "" && f.fields == nil {
		return wrongAt(f.at, "%q is of type %q: say which of its fields", f.name, kind)
	}
	for name, arg := range f.args {
		if !slices.ContainsFunc(gqlArgs[f.name], func(a gqlArg) bool { return a.name == name }) {
			return wrongAt(arg.at, "%q has no argument %q", f.name, clip(name))
		}
	}
	return checkSelection(f.fields, kind)
}

// arguments are the values of a field's arguments: texts and whole numbers.
type arguments struct {
	texts   map[string]string
	numbers map[string]int
}

// arguments works out the arguments of a field.
func (f *selected) arguments(variables map[string]any) (arguments, error) {
	found := arguments{map[string]string{}, map[string]int{}}
	for _, want := range gqlArgs[f.name] {
		given := f.args[want.name]
		value, err := given.value(variables)
		if err != nil {
			return found, err
		}
		if value == nil && want.required {
			return found, wrongAt(f.at, "%q needs the argument %q", f.name, want.name)
		}
		if value != nil && !found.set(want, value) {
			return found, wrongAt(given.at, "argument %q of %q is of another type", want.name, f.name)
		}
	}
	return found, nil
}

// value returns what is given: a scalar, or the value of a variable.
func (a argument) value(variables map[string]any) (any, error) {
	if a.variable == "" {
		return a.literal, nil
	}
	value, declared := variables[a.variable]
	if !declared {
		return nil, wrongAt(a.at, "variable $%s is not declared", clip(a.variable))
	}
	return value, nil
}

// set keeps the value of an argument and tells whether it has the right type.
func (a *arguments) set(want gqlArg, value any) bool {
	switch value := value.(type) {
	case string:
		a.texts[want.name] = value
		return !want.number
	case json.Number:
		n, err := strconv.Atoi(value.String())
		a.numbers[want.name] = n
		return want.number && err == nil
	}
	return false
}

// resolve returns what a field of an operation stands for. The lock is held.
func (d *desk) resolve(name string, args arguments) (any, error) {
	switch name {
	case "order":
		if o := d.orders.get(args.texts["id"]); o != nil {
			return o.view(d.now()), nil
		}
	case "orders":
		return d.someOrders(args.texts["customer"], args.texts["state"]), nil
	case "product":
		if p := findProduct(args.texts["sku"]); p != nil {
			return p, nil
		}
	case "products":
		return slices.DeleteFunc(slices.Clone(catalogue), func(p product) bool {
			return args.texts["category"] != "" && args.texts["category"] != p.Category
		}), nil
	case "placeOrder":
		return d.placeOrder(args)
	}
	return nil, nil
}

// someOrders returns the first orders of a customer and in a state; what is ""
// excludes none. The lock is held.
func (d *desk) someOrders(customer, state string) []orderView {
	found := []orderView{}
	now := d.now()
	d.orders.each(func(o *order) {
		ofCustomer := customer == "" || customer == o.customer
		if ofCustomer && (state == "" || state == o.state(now)) && len(found) < maxListed {
			found = append(found, o.view(now))
		}
	})
	return found
}

// placeOrder takes an order of one product. The lock is held.
func (d *desk) placeOrder(args arguments) (any, error) {
	sku, qty := args.texts["sku"], args.numbers["qty"]
	o, err := d.newOrder(&orderInput{Customer: args.texts["customer"], SKU: &sku, Qty: &qty})
	if err != nil {
		return nil, err
	}
	d.saveOrder(o)
	return o.view(o.created), nil
}

// rootType is the type whose fields an operation asks for.
func (op *operation) rootType() string {
	if op.kind == "mutation" {
		return "Mutation"
	}
	return "Query"
}
