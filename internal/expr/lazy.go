package expr

import (
	"encoding/json"
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
// tree. Scalars are CEL's own: a number is an int where it is one, else a uint
// or a double, and keeps its spelling for ToJSON and ToText. What is no JSON
// gives values that make no sense, but never a panic.
func FromJSON(raw []byte) ref.Val { return fromJSON(string(raw)) }

func fromJSON(s string) ref.Val {
	s = strings.Trim(s, jsonSpace)
	if len(s) > math.MaxUint32 {
		return types.NewErr("JSON of %d bytes is too large", len(s))
	}
	return spelled(s)
}

// spelled returns the value of trimmed JSON text with the spelling of numbers kept.
func spelled(s string) ref.Val {
	if s == "" {
		return types.NullValue
	}
	switch c := s[0]; {
	case c == '{' || c == '[':
		return newContainer(s).self
	case c == '-' || (c >= '0' && c <= '9'):
		return spelledNumber(s)
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
	l := m.members()
	i := l.find(m.raw, string(k))
	if i < 0 {
		return nil, false
	}
	return m.kid(l, i, m.value(l, i)), true
}

// findSpelled is Find for a path that keeps the spelling of numbers.
func (m *jsonMap) findSpelled(key string) (ref.Val, bool) {
	l := m.members()
	i := l.find(m.raw, key)
	if i < 0 {
		return nil, false
	}
	return m.spelledKid(l, i, m.value(l, i)), true
}

// spelledKid is kid with the spelling of numbers kept.
func (c *container) spelledKid(l *layout, i int, raw string) ref.Val {
	if raw != "" && (raw[0] == '-' || (raw[0] >= '0' && raw[0] <= '9')) {
		return spelledNumber(raw)
	}
	return c.kid(l, i, raw)
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

// native copies the members into a map of CEL's own.
func (m *jsonMap) native() traits.Mapper {
	l := m.members()
	n := l.members()
	out := make(map[ref.Val]ref.Val, n)
	for i := range n {
		out[types.String(l.key(m.raw, i))] = m.kid(l, i, m.value(l, i))
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
func (m *jsonMap) Equal(other ref.Val) ref.Val {
	o, ok := other.(traits.Mapper)
	if !ok || m.Size() != o.Size() {
		return types.False
	}
	if om, ok := o.(*jsonMap); ok && om.raw == m.raw {
		return types.True
	}
	l := m.members()
	for i := range l.members() {
		ov, found := o.Find(types.String(l.key(m.raw, i)))
		if !found || types.Equal(m.kid(l, i, m.value(l, i)), ov) != types.True {
			return types.False
		}
	}
	return types.True
}

// ConvertToNative converts as CEL's own maps do, and to json.RawMessage.
func (m *jsonMap) ConvertToNative(t reflect.Type) (any, error) {
	if t == reflect.TypeFor[json.RawMessage]() {
		return json.RawMessage(m.raw), nil
	}
	return m.native().ConvertToNative(t)
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
func (m *jsonMap) Value() any { return m.native().Value() }

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

// spelledAt is an element with the spelling of numbers kept.
func (l *jsonList) spelledAt(i int) ref.Val {
	at := l.elements()
	return l.spelledKid(at, i, l.element(at, i))
}

func (l *jsonList) nth(i int) ref.Val {
	at := l.elements()
	return l.kid(at, i, l.element(at, i))
}

// native copies the elements into a list of CEL's own, once.
func (l *jsonList) native() traits.Lister {
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
func (l *jsonList) Add(other ref.Val) ref.Val { return l.native().Add(other) }

// Contains tells whether an element equals v.
func (l *jsonList) Contains(v ref.Val) ref.Val {
	for i := range l.len() {
		if types.Equal(v, l.nth(i)) == types.True {
			return types.True
		}
	}
	return types.False
}

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
func (l *jsonList) Equal(other ref.Val) ref.Val {
	o, ok := other.(traits.Lister)
	if !ok || l.Size() != o.Size() {
		return types.False
	}
	if ol, ok := o.(*jsonList); ok && ol.raw == l.raw {
		return types.True
	}
	for i := range l.len() {
		if types.Equal(l.nth(i), o.Get(types.Int(i))) != types.True {
			return types.False
		}
	}
	return types.True
}

// ConvertToNative converts as CEL's own lists do, and to json.RawMessage.
func (l *jsonList) ConvertToNative(t reflect.Type) (any, error) {
	if t == reflect.TypeFor[json.RawMessage]() {
		return json.RawMessage(l.raw), nil
	}
	return l.native().ConvertToNative(t)
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
func (l *jsonList) Value() any { return l.native().Value() }
