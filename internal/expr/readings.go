package expr

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/common/types/ref"
	"github.com/tidwall/gjson"
)

// DoubleKey is a key that stands twice in an object, with different values.
type DoubleKey struct {
	Key string
	// Line and Col are where it stands again, from 1 and in characters.
	Line, Col int
}

// String says what is wrong.
func (k DoubleKey) String() string {
	return fmt.Sprintf("the key %q stands twice in its object, with different values (again at line %d, column %d), and readers take one or the other", shortened(k.Key), k.Line, k.Col)
}

// maxDoubleKeys is how many keys Readings names.
const maxDoubleKeys = 100

// Readings returns valid JSON as those read it who take the first of the equal
// keys of an object, and as those do who take the last. RFC 8259 (section 4)
// allows both, and RFC 7493 allows no such object. Keys that have the same value
// twice are no difference. twice names those that are one, up to a hundred of them.
func Readings(text string) (first, last string, twice []DoubleKey) {
	r := readings{text: text}
	r.value(nextPart(text, 0))
	slices.SortFunc(r.twice, func(a, b DoubleKey) int { return cmp.Or(a.Line-b.Line, a.Col-b.Col) })
	return without(text, r.later), without(text, r.earlier), r.twice
}

// HasUniqueKeys tells whether a body, or a part of one, is known to have no object
// with a key twice.
func HasUniqueKeys(v ref.Val) bool {
	switch v := asSpelled(v).(type) {
	case *jsonMap:
		return v.unique
	case *jsonList:
		return v.unique
	case jsonValue:
		return true // a number
	}
	return false
}

// readTwice is what a path finds in a document, or the error that its readers do
// not agree on that.
func readTwice(doc, path string) (gjson.Result, error) {
	if _, unique := scanJSON(doc); unique {
		return Lookup(gjson.Parse(doc), path), nil
	}
	first, last, twice := Readings(doc)
	found := Lookup(gjson.Parse(first), path)
	if Agree(found, Lookup(gjson.Parse(last), path)) {
		return found, nil
	}
	return found, &EvalError{Message: Blame(twice, path)}
}

// Agree tells whether two readers found the same.
func Agree(a, b gjson.Result) bool {
	return a.Type == b.Type && a.Str == b.Str && a.Num == b.Num && sameSpelling(a.Raw, b.Raw)
}

// Blame says which key makes readers disagree on what a path finds: one that the
// path names, else the first.
func Blame(twice []DoubleKey, path string) string {
	for _, k := range twice {
		if strings.Contains(path, k.Key) {
			return k.String()
		}
	}
	if len(twice) == 0 { // too many to name
		return "an object has a key twice, with different values, and readers take one or the other"
	}
	return twice[0].String()
}

// readings collects the members that one reader or the other does not see.
type readings struct {
	text           string
	later, earlier []span
	twice          []DoubleKey
}

// span is where something begins and ends.
type span struct{ from, to int }

// member is where the key and the value of a member begin, and where it ends.
type member struct{ from, value, to int }

// value looks into the value that begins at i and returns where it ends. It is
// nested no deeper than CheckJSON allows.
func (r *readings) value(i int) int {
	if i >= len(r.text) {
		return i
	}
	switch r.text[i] {
	case '{':
		return r.object(i)
	case '[':
		for i = nextPart(r.text, i+1); i < len(r.text) && r.text[i] != ']'; {
			i = nextPart(r.text, r.value(i))
		}
		return i + 1
	}
	return skipValue(r.text, i)
}

func (r *readings) object(i int) int {
	s := r.text
	var members []member
	first := map[string]int{}
	last := map[int]int{} // of the members that stand again, by the first
	for i = nextPart(s, i+1); i < len(s) && s[i] == '"'; i = nextPart(s, i) {
		end := skipString(s, i)
		m := member{from: i, value: nextPart(s, end)}
		m.to = r.value(m.value)
		key := unquote(s[i:end])
		if n, again := first[key]; again {
			last[n] = len(members)
			r.later = append(r.later, span{members[len(members)-1].to, m.to}) // with the comma before it
		} else {
			first[key] = len(members)
		}
		members = append(members, m)
		i = m.to
	}
	if len(last) > 0 {
		r.compare(members, first, last)
	}
	return i + 1
}

// compare finds the members that stand before the last one of their key.
func (r *readings) compare(members []member, first map[string]int, last map[int]int) {
	for i, m := range members {
		end := skipString(r.text, m.from)
		key := unquote(r.text[m.from:end])
		a := first[key]
		b, twice := last[a]
		switch {
		case twice && i != b: // with the comma behind it
			r.earlier = append(r.earlier, span{m.from, members[i+1].from})
		case twice && len(r.twice) < maxDoubleKeys && !r.same(members[a], m):
			line, col := place(r.text, m.from)
			r.twice = append(r.twice, DoubleKey{key, line, col})
		}
	}
}

func (r *readings) same(a, b member) bool {
	return sameSpelling(r.text[a.value:a.to], r.text[b.value:b.to])
}

// sameSpelling tells whether JSON is the same but for white space. It looks no
// further than where there is a difference.
func sameSpelling(a, b string) bool {
	if a == b {
		return true
	}
	i, j := skipSpace(a, 0), skipSpace(b, 0)
	for i < len(a) && j < len(b) {
		n, m := i+1, j+1
		if a[i] == '"' {
			n = skipString(a, i)
			m = min(j+n-i, len(b))
		}
		if a[i:n] != b[j:m] {
			return false
		}
		i, j = skipSpace(a, n), skipSpace(b, m)
	}
	return i == len(a) && j == len(b)
}

// skipSpace returns the offset of what follows white space.
func skipSpace(s string, i int) int {
	for i < len(s) && strings.IndexByte(jsonSpace, s[i]) >= 0 {
		i++
	}
	return i
}

// without returns text without what the spans hold, some of which may lie in others.
func without(text string, spans []span) string {
	if len(spans) == 0 {
		return text
	}
	slices.SortFunc(spans, func(a, b span) int { return a.from - b.from })
	var out strings.Builder
	end := 0
	for _, s := range spans {
		if s.from > end {
			out.WriteString(text[end:s.from])
		}
		end = max(end, s.to)
	}
	out.WriteString(text[end:])
	return out.String()
}
