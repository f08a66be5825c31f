package expr

import (
	"fmt"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// frame is an Activation as CEL reads it.
type frame Activation

var _ cel.Activation = (*frame)(nil)

// Parent is nil: there are no variables beside these.
func (f *frame) Parent() cel.Activation { return nil }

// ResolveName returns the value of a variable.
func (f *frame) ResolveName(name string) (any, bool) { return f.value(name) }

// value returns the value of a variable, numbers with their spelling.
func (f *frame) value(name string) (ref.Val, bool) {
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
	case requestVar, timingVar, tlsVar:
		return f.members(name)
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
	case timingVar:
		return f.timing(name)
	case tlsVar:
		return f.tls(name)
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

// members returns a variable as a whole, which only has() and .? ask for.
func (f *frame) members(root string) (ref.Val, bool) {
	if root == requestVar && f.Request == nil || root != requestVar && f.Response == nil {
		return nil, false
	}
	values := map[string]ref.Val{}
	for _, name := range membersOf(root) {
		if v, ok := f.member(root, name); ok && !types.IsError(v) {
			values[name] = v
		}
	}
	return f.names(root, values), true
}

func (f *frame) timing(name string) (ref.Val, bool) {
	if f.Response == nil {
		return nil, false
	}
	t := f.Response.Timing
	if name == "reused" {
		return types.Bool(t.Reused), true
	}
	d, ok := map[string]time.Duration{
		"dns": t.DNS, "connect": t.Connect, "tls": t.TLS, "first_byte": t.FirstByte, "transfer": t.Transfer,
	}[name]
	return types.Duration{Duration: d}, ok
}

func (f *frame) tls(name string) (ref.Val, bool) {
	if f.Response == nil {
		return nil, false
	}
	t := f.Response.TLS
	if t == nil {
		return types.WrapErr(&EvalError{
			Message: fmt.Sprintf("the answer came without TLS, so there is no %s.%s", tlsVar, name),
			Hint:    fmt.Sprintf("write %s.?%s.orValue(…) where that is allowed", tlsVar, name),
			Missing: true,
		}), true
	}
	switch name {
	case "version":
		return types.String(t.Version), true
	case "cipher":
		return types.String(t.Cipher), true
	case "subject":
		return types.String(t.Subject), true
	case "issuer":
		return types.String(t.Issuer), true
	case "dns_names":
		return types.NewStringList(types.DefaultTypeAdapter, t.DNSNames), true
	case "not_after":
		return types.Timestamp{Time: t.NotAfter}, true
	}
	return nil, false
}

func (f *frame) answer(name string) (ref.Val, bool) {
	r := f.Response
	switch name {
	case "status":
		return types.Int(r.Status), true
	case "raw":
		return types.Bytes(r.Body), true
	case "size":
		return types.Int(r.Size), true
	case "url":
		return types.String(r.URL), true
	case "redirects":
		return types.NewStringList(types.DefaultTypeAdapter, r.Redirects), true
	case "proto":
		return types.String(r.Proto), true
	case "duration":
		return types.Duration{Duration: r.Duration}, true
	}
	return f.decoded(name)
}

// decoded returns what is made of the answer once for all that read it.
func (f *frame) decoded(name string) (ref.Val, bool) {
	a := (*Activation)(f)
	a.refresh()
	switch name {
	case "headers":
		if a.headers == nil {
			a.headers = newHeaders(a.Response.Header)
		}
		return a.headers, true
	case "links":
		if a.links == nil {
			a.links = newLinks(a.Response)
		}
		return a.links, true
	case "cookies":
		if a.cookies == nil {
			m := newCookies(a.Response.Cookies, a.Response.Received)
			a.cookies = &m
		}
		return *a.cookies, true
	case "body":
		if err, ok := a.Body().(*types.Err); ok {
			// CEL notes in an error where it first came up, so each reader gets its own.
			return types.WrapErr(err.Unwrap()), true
		}
		return a.Body(), true
	case "text":
		if err := a.CheckText(); err != nil {
			return types.WrapErr(err), true
		}
		return types.String(a.Text()), true
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
			m[k] = v
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

func (f *frame) now() time.Time {
	if f.Now == nil {
		return time.Now()
	}
	return f.Now()
}
