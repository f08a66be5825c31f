package expr

import (
	"strings"
	"sync/atomic"

	"cel.dev/cel-go/common/types/ref"
)

// container is what jsonMap and jsonList share: the JSON they look at and where
// its parts begin, found in one pass when first needed. It is safe for
// concurrent use: what is computed is published atomically, and two goroutines
// that compute the same at once agree on one of the results.
type container struct {
	raw    string
	self   ref.Val // the jsonMap or jsonList that embeds this container
	unique bool    // no object in it has a key twice
	layout atomic.Pointer[layout]
}

// layout says where the parts of a container are. Offsets are 32 bits wide to
// keep the layout of a large array small; FromJSON refuses anything longer.
type layout struct {
	// at are offsets: of an array, where each element begins and behind the
	// last one; of an object, three for each member: where the key and the value
	// begin and behind the value. Of equal keys the first is there.
	at []uint32
	// twice says of the members whose key stands again whether the last value is
	// another. It is nil where there are none.
	twice map[int]bool
	// kids are the objects and arrays among the parts that were looked up
	// before. It is nil where there are none among the parts.
	kids []atomic.Pointer[container]
	// byKey finds a member of an object too large to search from the front.
	byKey map[string]int
}

// fewKeys is the size of an object up to which comparing one key after the
// other is faster than a map.
const fewKeys = 12

const jsonSpace = " \t\r\n"

// kid returns part i, which is raw, as a native CEL value.
func (c *container) kid(l *layout, i int, raw string) ref.Val {
	if raw == "" || (raw[0] != '{' && raw[0] != '[') {
		return scalar(raw)
	}
	if k := l.kids[i].Load(); k != nil {
		return k.self
	}
	k := newContainer(raw, c.unique)
	if !l.kids[i].CompareAndSwap(nil, k) {
		k = l.kids[i].Load()
	}
	return k.self
}

// newContainer returns the view of an object or an array.
func newContainer(raw string, unique bool) *container {
	if raw[0] == '{' {
		m := &jsonMap{container: container{raw: raw, unique: unique}}
		m.self = m
		return &m.container
	}
	l := &jsonList{container: container{raw: raw, unique: unique}}
	l.self = l
	return &l.container
}

func (c *container) publish(l *layout) *layout {
	if !c.layout.CompareAndSwap(nil, l) {
		return c.layout.Load()
	}
	return l
}

// elements lays out an array.
func (c *container) elements() *layout {
	if l := c.layout.Load(); l != nil {
		return l
	}
	l, nested, end := &layout{}, false, 0
	s := c.raw
	for i := nextPart(s, 1); i < len(s) && s[i] != ']'; i = nextPart(s, end) {
		l.at = append(l.at, uint32(i))
		nested = nested || s[i] == '{' || s[i] == '['
		end = skipValue(s, i)
	}
	if len(l.at) > 0 {
		l.at = append(l.at, uint32(end))
	}
	if nested {
		l.kids = make([]atomic.Pointer[container], l.elements())
	}
	return c.publish(l)
}

// elements is the number of elements of an array.
func (l *layout) elements() int { return max(len(l.at)-1, 0) }

// element returns the text of element i of an array.
func (c *container) element(l *layout, i int) string {
	s := c.raw[l.at[i]:l.at[i+1]]
	if i == l.elements()-1 {
		return s
	}
	return trimSeparator(s)
}

// members lays out an object.
func (c *container) members() *layout {
	if l := c.layout.Load(); l != nil {
		return l
	}
	// Room for eight members, which most objects do not exceed.
	l, nested, end := &layout{at: make([]uint32, 0, 3*8)}, false, 1
	s := c.raw
	for i := nextPart(s, end); i < len(s) && s[i] == '"'; i = nextPart(s, end) {
		keyEnd := skipString(s, i)
		value := nextPart(s, keyEnd)
		if value >= len(s) {
			break
		}
		end = skipValue(s, value)
		if !c.unique && l.again(s, unquote(s[i:keyEnd]), s[value:end]) {
			continue
		}
		l.at = append(l.at, uint32(i), uint32(value), uint32(end))
		l.note(s)
		nested = nested || s[value] == '{' || s[value] == '['
	}
	if nested {
		l.kids = make([]atomic.Pointer[container], l.members())
	}
	return c.publish(l)
}

// members is the number of different keys of an object.
func (l *layout) members() int { return len(l.at) / 3 }

// again tells whether the object s has a key already, and notes whether it now
// has another value.
func (l *layout) again(s, key, value string) bool {
	i := l.find(s, key)
	if i < 0 {
		return false
	}
	if l.twice == nil {
		l.twice = map[int]bool{}
	}
	l.twice[i] = !sameSpelling(s[l.at[3*i+1]:l.at[3*i+2]], value)
	return true
}

// note keeps byKey up to date with the member that was added last.
func (l *layout) note(s string) {
	n := l.members()
	if n <= fewKeys {
		return
	}
	if l.byKey == nil {
		l.byKey = make(map[string]int, 2*n)
		for i := range n {
			l.byKey[l.key(s, i)] = i
		}
	}
	l.byKey[l.key(s, n-1)] = n - 1
}

// find returns the number of the member with the given key, or -1.
func (l *layout) find(s, key string) int {
	if l.byKey != nil {
		if i, ok := l.byKey[key]; ok {
			return i
		}
		return -1
	}
	for i := range l.members() {
		if l.key(s, i) == key {
			return i
		}
	}
	return -1
}

// key returns the key of member i of the object s.
func (l *layout) key(s string, i int) string {
	from := int(l.at[3*i])
	return unquote(s[from:skipString(s, from)])
}

// value returns the text of the value of member i of an object.
func (c *container) value(l *layout, i int) string {
	return c.raw[l.at[3*i+1]:l.at[3*i+2]]
}

// trimSeparator cuts off the one comma or colon that follows a part, and the
// white space around it.
func trimSeparator(s string) string {
	s = strings.TrimRight(s, jsonSpace)
	if s != "" && (s[len(s)-1] == ',' || s[len(s)-1] == ':') {
		s = strings.TrimRight(s[:len(s)-1], jsonSpace)
	}
	return s
}

// nextPart returns the offset of the next key, value or closing bracket.
func nextPart(s string, i int) int {
	for i < len(s) {
		switch s[i] {
		case ' ', '\t', '\r', '\n', ',', ':':
			i++
		default:
			return i
		}
	}
	return i
}

// skipValue returns the offset behind the value that begins at i, at least i+1.
func skipValue(s string, i int) int {
	switch s[i] {
	case '"':
		return skipString(s, i)
	case '{', '[':
		return skipNested(s, i)
	}
	for j := i + 1; j < len(s); j++ {
		switch s[j] {
		case ',', ']', '}', ' ', '\t', '\r', '\n':
			return j
		}
	}
	return len(s)
}

// skipNested returns the offset behind the object or array that begins at i.
func skipNested(s string, i int) int {
	for depth := 0; i < len(s); {
		switch class[s[i]] {
		case 0:
			i++
			continue
		case quoteClass:
			i = skipString(s, i)
			continue
		case openClass:
			depth++
		case closeClass:
			if depth--; depth == 0 {
				return i + 1
			}
		}
		i++
	}
	return len(s)
}

// skipString returns the offset behind the string whose quote is at i.
func skipString(s string, i int) int {
	for j := i + 1; j < len(s); j++ {
		switch s[j] {
		case '"':
			return j + 1
		case '\\':
			j++
		}
	}
	return len(s)
}

// The classes of the bytes that matter to the nesting of JSON.
const (
	quoteClass = iota + 1
	openClass
	closeClass
)

var class = [256]uint8{'"': quoteClass, '{': openClass, '[': openClass, '}': closeClass, ']': closeClass}
