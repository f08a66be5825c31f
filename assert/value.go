package assert

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/apicel/apicel/spec"
)

// kindOf is the kind of a JSON value.
func kindOf(v gjson.Result) spec.Kind {
	switch v.Type {
	case gjson.True, gjson.False:
		return spec.Bool
	case gjson.Number:
		return spec.Number
	case gjson.String:
		return spec.Text
	case gjson.JSON:
		if strings.HasPrefix(v.Raw, "[") {
			return spec.List
		}
		return spec.Map
	}
	return spec.Null
}

// textValue is a JSON string whose text is s.
func textValue(s string) gjson.Result { return gjson.Result{Type: gjson.String, Str: s} }

// items are the elements of a list, nil for anything else. Result.Array is not
// used because it makes a list of one of a value that is none.
func items(v gjson.Result) []gjson.Result {
	if kindOf(v) != spec.List {
		return nil
	}
	return v.Array()
}

// size is the number of elements of a list or of keys of an object.
func size(v gjson.Result) int {
	n := 0
	v.ForEach(func(_, _ gjson.Result) bool {
		n++
		return true
	})
	return n
}

// member is one key of an object and its value.
type member struct {
	key   string
	value gjson.Result
}

// members are the keys of an object in alphabetical order. A key that the
// object has twice is there twice, so that the object never equals one that
// has it once.
func members(v gjson.Result) []member {
	var ms []member
	v.ForEach(func(key, value gjson.Result) bool {
		ms = append(ms, member{key.Str, value})
		return true
	})
	slices.SortStableFunc(ms, func(a, b member) int { return strings.Compare(a.key, b.key) })
	return ms
}

// equal tells whether two JSON values are the same: the order of keys and the
// spelling of numbers and strings do not matter, kinds do.
//
// It goes no deeper than the shallower of the two, which bounds what a deep
// answer can cost: gjson scans a value again at each level.
func (r *run) equal(a, b gjson.Result) bool {
	kind := kindOf(a)
	if kind != kindOf(b) || r.stopped(a) {
		return false
	}
	switch kind {
	case spec.Number:
		return equalNumbers(a.Raw, b.Raw)
	case spec.Text:
		return a.Str == b.Str
	case spec.List:
		return slices.EqualFunc(items(a), items(b), r.equal)
	case spec.Map:
		return slices.EqualFunc(members(a), members(b), func(x, y member) bool {
			return x.key == y.key && r.equal(x.value, y.value)
		})
	}
	return a.Type == b.Type
}

// key is a text that equal values share and different ones do not. What is
// nested deeper than levels is left out; a caller passes one more than the
// depth of what it compares with, so that what was left out equals nothing.
func (r *run) key(v gjson.Result, levels int) string {
	var b strings.Builder
	r.appendKey(&b, v, levels)
	return b.String()
}

func (r *run) appendKey(b *strings.Builder, v gjson.Result, levels int) {
	if r.stopped(v) {
		return
	}
	kind := kindOf(v)
	switch {
	case kind == spec.Number:
		b.WriteString(numberKey(v.Raw))
	case kind == spec.Text:
		b.WriteString(strconv.Quote(v.Str))
	case kind != spec.List && kind != spec.Map:
		b.WriteString(v.Raw)
	case levels <= 0:
		b.WriteByte('?')
	case kind == spec.List:
		b.WriteByte('[')
		for _, item := range items(v) {
			r.appendKey(b, item, levels-1)
			b.WriteByte(',')
		}
		b.WriteByte(']')
	default:
		b.WriteByte('{')
		for _, m := range members(v) {
			b.WriteString(strconv.Quote(m.key))
			b.WriteByte(':')
			r.appendKey(b, m.value, levels-1)
			b.WriteByte(',')
		}
		b.WriteByte('}')
	}
}

// depth is the number of levels of lists and objects in raw JSON.
func depth(raw string) int {
	deepest, level, inString := 0, 0, false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '[' || c == '{':
			level++
			deepest = max(deepest, level)
		case c == ']' || c == '}':
			level--
		}
	}
	return deepest
}
