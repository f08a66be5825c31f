package demo

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
)

// gqlStatus is the status of all GraphQL answers, those with errors included,
// as is the custom for application/json.
const gqlStatus = http.StatusOK

// gqlRequest is a GraphQL request as it is sent over HTTP.
type gqlRequest struct {
	Query         string          `json:"query"`
	Variables     map[string]any  `json:"variables"`
	OperationName string          `json:"operationName"`
	Extensions    json.RawMessage `json:"extensions"`
}

// gqlAnswer is the answer to it. Data is left out where nothing was executed.
type gqlAnswer struct {
	Errors []*gqlError `json:"errors,omitempty"`
	Data   object      `json:"data,omitzero"`
}

// object is a JSON object that keeps the order of its members.
type object []member

// member is a key of an object and its value.
type member struct {
	key   string
	value any
}

// MarshalJSON spells the object.
func (o object) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	for i, m := range o {
		out.WriteByte("{,"[min(i, 1)])
		key, err := json.Marshal(m.key)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&out, "%s:%s", key, value)
	}
	if len(o) == 0 {
		out.WriteByte('{')
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// graphql answers a GraphQL request. It knows a part of the language: what
// parseGraphQL and gqlTypes say.
func (d *desk) graphql(r *http.Request) (*reply, error) {
	data, err := readJSON(r, new(gqlRequest))
	if err != nil {
		return nil, err
	}
	var in gqlRequest
	if err := unmarshalNumbers(data, &in); err != nil {
		return nil, err
	}
	op, variables, err := in.prepare()
	if err != nil {
		return answer(gqlStatus, gqlAnswer{Errors: []*gqlError{asGraphQL(err, "")}}), nil
	}
	return answer(gqlStatus, d.execute(op, variables)), nil
}

// asGraphQL turns an error into the shape of GraphQL.
func asGraphQL(err error, key string) *gqlError {
	var at *gqlError
	if !errors.As(err, &at) {
		at = &gqlError{Message: err.Error()}
	}
	if p := (*problem)(nil); errors.As(err, &p) {
		at.Extensions = &p.Detail
	}
	if key != "" {
		at.Path = []string{key}
	}
	return at
}

// prepare returns the operation to execute, which fits the schema, and the
// values of its variables.
func (in *gqlRequest) prepare() (*operation, map[string]any, error) {
	all, err := parseGraphQL(in.Query)
	if err != nil {
		return nil, nil, err
	}
	op, err := in.choose(all)
	if err != nil {
		return nil, nil, err
	}
	if err := checkSelection(op.fields, op.rootType()); err != nil {
		return nil, nil, err
	}
	values := map[string]any{}
	for _, v := range op.variables {
		value := in.Variables[v.name]
		if value == nil {
			value = v.fallback
		}
		if value == nil && v.required {
			return nil, nil, wrongAt(op.at, "variable $%s needs a value", clip(v.name))
		}
		values[v.name] = value
	}
	return op, values, nil
}

// choose returns the operation that the request names, or the only one.
func (in *gqlRequest) choose(all []operation) (*operation, error) {
	if in.OperationName == "" && len(all) == 1 {
		return &all[0], nil
	}
	if in.OperationName == "" {
		return nil, wrongAt(all[1].at, "the document has %d operations: operationName must say which", len(all))
	}
	at := slices.IndexFunc(all, func(op operation) bool { return op.name == in.OperationName })
	if at < 0 {
		return nil, wrongAt(all[0].at, "the document has no operation %q", clip(in.OperationName))
	}
	return &all[at], nil
}

// execute carries an operation out. A field that fails is null, and the others
// are carried out all the same.
func (d *desk) execute(op *operation, variables map[string]any) gqlAnswer {
	d.mu.Lock()
	defer d.mu.Unlock()
	answer := gqlAnswer{Data: object{}}
	for _, f := range op.fields {
		value, err := d.field(f, op.rootType(), variables)
		if err != nil {
			answer.Errors = append(answer.Errors, asGraphQL(err, f.key))
		}
		answer.Data = append(answer.Data, member{f.key, value})
	}
	return answer
}

// field returns the value of a field of an operation. The lock is held.
func (d *desk) field(f *selected, of string, variables map[string]any) (any, error) {
	if f.name == "__typename" {
		return of, nil
	}
	args, err := f.arguments(variables)
	if err != nil {
		return nil, err
	}
	found, err := d.resolve(f.name, args)
	if err != nil {
		return nil, err
	}
	data, err := json.Marshal(found)
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", f.name, err)
	}
	var value any
	if err := unmarshalNumbers(data, &value); err != nil {
		return nil, fmt.Errorf("read %s: %w", f.name, err)
	}
	return project(value, f.fields, gqlTypes[of][f.name]), nil
}

// project returns of a JSON value what a selection asks for.
func project(value any, fields []*selected, of string) any {
	switch value := value.(type) {
	case []any:
		if of == "" {
			return value
		}
		list := make([]any, len(value))
		for i, item := range value {
			list[i] = project(item, fields, of)
		}
		return list
	case map[string]any:
		shown := object{}
		for _, f := range fields {
			one := any(of)
			if f.name != "__typename" {
				one = project(value[f.name], f.fields, gqlTypes[of][f.name])
			}
			shown = append(shown, member{f.key, one})
		}
		return shown
	}
	return value
}
