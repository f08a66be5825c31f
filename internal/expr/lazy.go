package expr

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"
	"sync/atomic"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// FromJSON returns a view of raw, which must be valid JSON (see [CheckJSON]).
// Objects and arrays are looked into when asked, and what was looked up is
// remembered, so that a field of a large document costs one pass over it and no
// tree. A number is an int where it is one, else a uint or a double, and keeps
// its spelling for ToJSON and ToText (see [Native]). What is no JSON
// gives values that make no sense, but never a panic.
//
// A key that stands twice in its object, with different values, is an error to
// whoever reads it (see [Readings]).
func FromJSON(raw []byte) ref.Val { return fromJSON(string(raw)) }

func fromJSON(s string) ref.Val { return viewJSON(s, false) }

// viewJSON is fromJSON. unique tells that no object in s has a key twice.
func viewJSON(s string, unique bool) ref.Val {
	s = strings.Trim(s, jsonSpace)
	if len(s) > math.MaxUint32 {
		return types.NewErr("JSON of %d bytes is too large", len(s))
	}
	if s != "" && (s[0] == '{' || s[0] == '[') {
		return newContainer(s, unique).self
	}
	return scalar(s)
}

// jsonValue is a value that knows the JSON it was read from.
type jsonValue interface {
	ref.Val
	json() string
}

func (n *number) json() string   { return n.raw }
func (m *jsonMap) json() string  { return m.raw }
func (l *jsonList) json() string { return l.raw }

var (
	_ traits.Mapper = (*jsonMap)(nil)
	_ traits.Zeroer = (*jsonMap)(nil)
	_ traits.Lister = (*jsonList)(nil)
	_ traits.Zeroer = (*jsonList)(nil)
)

// jsonMap is a JSON object as a CEL map.
type jsonMap struct{ container }

// Find returns the value of a key, or false where there is none.
func (m *jsonMap) Find(key ref.Val) (ref.Val, bool) {
	k, ok := key.(types.String)
	if !ok {
		if types.IsUnknownOrError(key) {
			return key, false
		}
		return nil, false
	}
	return m.find(string(k))
}

func (m *jsonMap) find(key string) (ref.Val, bool) {
	l := m.members()
	i := l.find(m.raw, key)
	if i < 0 {
		return nil, false
	}
	return m.member(l, i), true
}

// member is the value of member i, or the error that there are two.
func (m *jsonMap) member(l *layout, i int) ref.Val {
	if l.twice[i] {
		return types.WrapErr(&EvalError{
			Message: fmt.Sprintf("the key %q stands twice in its object, with different values", shortened(l.key(m.raw, i))),
			Hint:    "readers take one or the other; read text for the body as it is",
		})
	}
	return m.kid(l, i, m.value(l, i))
}

// doubled is the error that a key stands twice, or nil.
func (m *jsonMap) doubled() ref.Val {
	l := m.members()
	for i := range l.members() {
		if l.twice[i] {
			return m.member(l, i)
		}
	}
	return nil
}

// keys returns the keys in the order in which they stand.
func (m *jsonMap) keys() []string {
	l := m.members()
	keys := make([]string, l.members())
	for i := range keys {
		keys[i] = l.key(m.raw, i)
	}
	return keys
}

// copy copies the members into a map of CEL's own.
func (m *jsonMap) copy() traits.Mapper {
	l := m.members()
	n := l.members()
	out := make(map[ref.Val]ref.Val, n)
	for i := range n {
		out[types.String(l.key(m.raw, i))] = m.member(l, i)
	}
	return types.NewRefValMap(types.DefaultTypeAdapter, out)
}

// Contains tells whether there is a key.
func (m *jsonMap) Contains(key ref.Val) ref.Val {
	v, found := m.Find(key)
	if !found && v != nil {
		return v
	}
	return types.Bool(found)
}

// Get returns the value of a key, or an error.
func (m *jsonMap) Get(key ref.Val) ref.Val {
	v, found := m.Find(key)
	if !found {
		return types.ValOrErr(v, "no such key: %v", key)
	}
	return v
}

// Size returns the number of different keys.
func (m *jsonMap) Size() ref.Val { return types.Int(m.members().members()) }

// IsZeroValue tells whether there are no members.
func (m *jsonMap) IsZeroValue() bool { return m.Size() == types.IntZero }

// Iterator walks the keys in the order in which they stand.
func (m *jsonMap) Iterator() traits.Iterator {
	return types.NewStringList(types.DefaultTypeAdapter, m.keys()).Iterator()
}

// Equal compares with any CEL map.
func (m *jsonMap) Equal(other ref.Val) ref.Val { return equal(m, other) }

// ConvertToNative converts as CEL's own maps do, and to json.RawMessage.
func (m *jsonMap) ConvertToNative(t reflect.Type) (any, error) {
	if t == reflect.TypeFor[json.RawMessage]() {
		return json.RawMessage(m.raw), nil
	}
	return m.copy().ConvertToNative(t)
}

// ConvertToType converts as CEL's own maps do.
func (m *jsonMap) ConvertToType(t ref.Type) ref.Val {
	switch t {
	case types.MapType:
		return m
	case types.TypeType:
		return types.MapType
	}
	return types.NewErr("type conversion error from '%s' to '%s'", types.MapType, t)
}

// Type is map.
func (m *jsonMap) Type() ref.Type { return types.MapType }

// Value is a Go map from CEL values to CEL values.
func (m *jsonMap) Value() any { return m.copy().Value() }

// jsonList is a JSON array as a CEL list.
type jsonList struct {
	container
	copied atomic.Pointer[traits.Lister]
}

// iterator walks the elements of a jsonList. It is a ref.Val by the interface
// only; nothing in CEL can get hold of it.
type iterator struct {
	ref.Val
	list *jsonList
	next int
}

var notAValue = types.NewErr("an iterator is not a value")

// HasNext tells whether there are more elements.
func (it *iterator) HasNext() ref.Val { return types.Bool(it.next < it.list.len()) }

// Next returns the next element.
func (it *iterator) Next() ref.Val {
	it.next++
	return it.list.nth(it.next - 1)
}

func (l *jsonList) len() int { return l.elements().elements() }

func (l *jsonList) nth(i int) ref.Val {
	at := l.elements()
	return l.kid(at, i, l.element(at, i))
}

// copy copies the elements into a list of CEL's own, once.
func (l *jsonList) copy() traits.Lister {
	if c := l.copied.Load(); c != nil {
		return *c
	}
	elems := make([]ref.Val, l.len())
	for i := range elems {
		elems[i] = l.nth(i)
	}
	c := types.NewRefValList(types.DefaultTypeAdapter, elems)
	l.copied.Store(&c)
	return c
}

// Add returns the two lists as one. CEL's own lists join without copying, so
// that adding in a loop copies l only once.
func (l *jsonList) Add(other ref.Val) ref.Val { return l.copy().Add(other) }

// Contains tells whether an element equals v.
func (l *jsonList) Contains(v ref.Val) ref.Val { return contains(l, v) }

// Get returns an element, or an error.
func (l *jsonList) Get(index ref.Val) ref.Val {
	i, err := types.GetOrError(index)
	if err != nil {
		return types.ValOrErr(index, "%v", err)
	}
	if i < 0 || i >= l.len() {
		return types.NewErr("index out of bounds: %d", i)
	}
	return l.nth(i)
}

// Size returns the number of elements.
func (l *jsonList) Size() ref.Val { return types.Int(l.len()) }

// IsZeroValue tells whether there are no elements.
func (l *jsonList) IsZeroValue() bool { return l.len() == 0 }

// Iterator walks the elements.
func (l *jsonList) Iterator() traits.Iterator {
	return &iterator{Val: notAValue, list: l}
}

// Equal compares with any CEL list.
func (l *jsonList) Equal(other ref.Val) ref.Val { return equal(l, other) }

// ConvertToNative converts as CEL's own lists do, and to json.RawMessage.
func (l *jsonList) ConvertToNative(t reflect.Type) (any, error) {
	if t == reflect.TypeFor[json.RawMessage]() {
		return json.RawMessage(l.raw), nil
	}
	return l.copy().ConvertToNative(t)
}

// ConvertToType converts as CEL's own lists do.
func (l *jsonList) ConvertToType(t ref.Type) ref.Val {
	switch t {
	case types.ListType:
		return l
	case types.TypeType:
		return types.ListType
	}
	return types.NewErr("type conversion error from '%s' to '%s'", types.ListType, t)
}

// Type is list.
func (l *jsonList) Type() ref.Type { return types.ListType }

// Value is a Go slice of CEL values.
func (l *jsonList) Value() any { return l.copy().Value() }
