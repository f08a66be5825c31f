package expr

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	"github.com/apicel/apicel/internal/exchange"
)

// Activation holds the values of one attempt of one query, or of the vars of a
// suite. A zero field is a variable that has no value. It remembers the decoded
// body for all that read it and is for one goroutine at a time; the values in
// it may be shared.
type Activation struct {
	Env      map[string]string
	Vars     map[string]ref.Val
	Secrets  map[string]string
	Captures map[string]ref.Val // reading a name that is missing is an error
	Row      ref.Val
	RowIndex int
	Attempt  int
	Request  *exchange.Request
	Response *exchange.Response
	// Now is the clock, time.Now where nil.
	Now func() time.Time
	// Rand is what uuid and random_int draw from.
	Rand *rand.Rand

	// What was decoded of the answer decodedOf, where it is not zero.
	decodedOf *exchange.Response
	body      ref.Val
	text      *string
	headers   *headers
}

// Body returns the body of the answer as expressions see it: decoded where the
// content type says JSON or the text is a JSON object or array, else text, and
// null where it is empty. It is decoded once. A body that says it is JSON and
// is not gives an error value.
func (a *Activation) Body() ref.Val {
	a.refresh()
	if a.body == nil {
		a.body = decodeBody(a.Response, a.Text())
	}
	return a.body
}

// Text returns the body of the answer as text.
func (a *Activation) Text() string {
	a.refresh()
	if a.text == nil {
		text := ""
		if a.Response != nil {
			text = string(a.Response.Body)
		}
		a.text = &text
	}
	return *a.text
}

// refresh forgets what was decoded from another answer.
func (a *Activation) refresh() {
	if a.decodedOf != a.Response {
		a.decodedOf, a.body, a.text, a.headers = a.Response, nil, nil, nil
	}
}

// frame is an Activation as CEL reads it.
type frame Activation

var (
	_ cel.Activation         = (*frame)(nil)
	_ cel.FunctionActivation = functionActivation{}
)

// Parent is nil: there are no variables beside these.
func (f *frame) Parent() cel.Activation { return nil }

// ResolveName returns the value of a variable as CEL's own types have it.
func (f *frame) ResolveName(name string) (any, bool) {
	v, ok := f.spelled(name)
	if !ok {
		return nil, false
	}
	return Native(v), true
}

// spelled returns the value of a variable, numbers with their spelling.
func (f *frame) spelled(name string) (ref.Val, bool) {
	if root, member, ok := strings.Cut(name, "."); ok {
		return f.member(root, member)
	}
	switch name {
	case envVar:
		return f.names(envVar, texts(f.Env)), true
	case varsVar:
		return f.names(varsVar, f.Vars), true
	case secretsVar:
		return f.names(secretsVar, texts(f.Secrets)), true
	case capturesVar:
		return f.names(capturesVar, f.Captures), true
	case "row":
		return f.Row, f.Row != nil
	case "row_index":
		return types.Int(f.RowIndex), f.Row != nil
	case "attempt":
		return types.Int(f.Attempt), f.Attempt > 0
	}
	if f.Response == nil {
		return nil, false
	}
	return f.answer(name)
}

func (f *frame) member(root, name string) (ref.Val, bool) {
	switch root {
	case varsVar:
		v, ok := f.Vars[name]
		return v, ok && v != nil
	case capturesVar:
		v, ok := f.Captures[name]
		return v, ok && v != nil
	case requestVar:
		return f.request(name)
	}
	return nil, false
}

func (f *frame) request(name string) (ref.Val, bool) {
	if f.Request == nil {
		return nil, false
	}
	switch name {
	case "method":
		return types.String(f.Request.Method), true
	case "url":
		return types.String(f.Request.URL), true
	case "body":
		return types.Bytes(f.Request.Body), true
	}
	return nil, false
}

func (f *frame) answer(name string) (ref.Val, bool) {
	a := (*Activation)(f)
	switch name {
	case "status":
		return types.Int(f.Response.Status), true
	case "headers":
		a.refresh()
		if a.headers == nil {
			a.headers = newHeaders(f.Response.Header)
		}
		return a.headers, true
	case "body":
		if err, ok := a.Body().(*types.Err); ok {
			// CEL notes in an error where it first came up, so each reader gets its own.
			return types.WrapErr(err.Unwrap()), true
		}
		return a.Body(), true
	case "text":
		return types.String(a.Text()), true
	case "duration":
		return types.Duration{Duration: f.Response.Duration}, true
	}
	return nil, false
}

// scopeMap is a variable with members, which knows its name so that an error
// can say what is missing.
type scopeMap struct {
	traits.Mapper
	name string
}

func (f *frame) names(name string, values map[string]ref.Val) ref.Val {
	m := make(map[string]ref.Val, len(values))
	for k, v := range values {
		if v != nil {
			m[k] = Native(v)
		}
	}
	return scopeMap{types.NewMap(types.DefaultTypeAdapter, m), name}
}

func texts(m map[string]string) map[string]ref.Val {
	out := make(map[string]ref.Val, len(m))
	for k, v := range m {
		out[k] = types.String(v)
	}
	return out
}

// functionActivation adds the functions that draw from the activation. It is
// made only for programs, so that Activation itself has no methods of CEL's.
type functionActivation struct{ *frame }

// ResolveFunction returns the implementation of a function bound late.
func (f functionActivation) ResolveFunction(name string) (cel.LateBoundFunction, bool) {
	switch name {
	case "now":
		return func(string, ...ref.Val) ref.Val { return types.Timestamp{Time: f.now()} }, true
	case "uuid":
		return func(string, ...ref.Val) ref.Val {
			if f.Rand == nil {
				return noRandom(name)
			}
			return types.String(newUUID(f.Rand))
		}, true
	case "random_int":
		return func(_ string, args ...ref.Val) ref.Val {
			if f.Rand == nil {
				return noRandom(name)
			}
			lo, _ := args[0].(types.Int)
			hi, _ := args[1].(types.Int)
			return randomInt(f.Rand, lo, hi)
		}, true
	}
	return nil, false
}

func noRandom(name string) ref.Val {
	return types.WrapErr(&EvalError{
		Message: fmt.Sprintf("%s() cannot be used here: there is no query whose random numbers it could draw", name),
		Hint:    "use it in a var, a query or a check",
	})
}

func (f *frame) now() time.Time {
	if f.Now == nil {
		return time.Now()
	}
	return f.Now()
}

// mapKeys returns the keys of a CEL map as text, sorted unless it came from JSON.
func mapKeys(m traits.Mapper) []string {
	switch m := m.(type) {
	case *jsonMap:
		return m.keys()
	case *headers:
		return m.names()
	}
	keys := map[string]bool{}
	for it := m.Iterator(); it.HasNext() == types.True; {
		if s, ok := it.Next().(types.String); ok {
			keys[string(s)] = true
		}
	}
	return slices.Sorted(maps.Keys(keys))
}
