package assert

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/spec"
)

// path is a gjson path. Its keys are known where it is made of keys, indices,
// # and queries only, separated by dots; gjson knows more, and a path that
// uses it is looked up all the same but explained less.
type path struct {
	text string
	keys []string
}

// newPath takes a path apart.
func newPath(text string) path {
	p := path{text: text}
	start, nesting, quoted := 0, 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\':
			i++
		case c == '"' && nesting > 0:
			quoted = !quoted
		case quoted:
		case nesting == 0 && (c == '|' || i == start && strings.IndexByte("@!{[.", c) >= 0):
			return path{text: text}
		case c == '(':
			nesting++
		case c == ')':
			nesting--
		case c == '.' && nesting == 0:
			p.keys = append(p.keys, text[start:i])
			start = i + 1
		}
	}
	p.keys = append(p.keys, text[start:])
	return p
}

// find is the value that the path picks. missing tells that there is none.
// lack says where a # looks at elements of which some lack the key: gjson
// leaves these out, and a check would never see them.
func (p path) find(body gjson.Result) (value gjson.Result, missing bool, lack string) {
	return p.lacks(body, expr.Lookup(body, p.text))
}

// findIn is find in the body of a, which remembers what it has seen.
func (p path) findIn(a *expr.Activation, body gjson.Result) (value gjson.Result, missing bool, lack string) {
	if value, ok := expr.LookupPlain(a.Body(), p.keys); ok {
		return value, false, ""
	}
	return p.find(body)
}

// lacks completes find, which has found a value.
func (p path) lacks(body, value gjson.Result) (_ gjson.Result, missing bool, lack string) {
	if !value.Exists() {
		return value, true, ""
	}
	first := p.firstSpread()
	if first < 0 {
		return value, false, ""
	}
	have, total := countLeaves(body, p.keys)
	switch have {
	case total:
		return value, false, ""
	case 0:
		return gjson.Result{}, true, fmt.Sprintf("none of the %d elements has %s", total, join(p.keys[first+1:]))
	}
	verb := "have"
	if total-have == 1 {
		verb = "has"
	}
	return value, false, fmt.Sprintf("%d of %d elements %s no %s", total-have, total, verb, join(p.keys[first+1:]))
}

// value is what find finds.
func (p path) value(body gjson.Result) gjson.Result {
	value, _, _ := p.find(body)
	return value
}

// firstSpread is the index of the first # that has something behind it, -1 if
// there is none.
func (p path) firstSpread() int {
	for i := range len(p.keys) - 1 {
		if isSpread(p.keys[i]) {
			return i
		}
	}
	return -1
}

// isSpread tells whether a part of a path stands for every element of a list,
// or for every one that a query picks.
func isSpread(key string) bool {
	return key == "#" || strings.HasPrefix(key, "#(") && strings.HasSuffix(key, ")#")
}

// countLeaves counts the values that a path with # leads to, and how many it
// would lead to if no element lacked its key.
func countLeaves(v gjson.Result, keys []string) (have, total int) {
	spread := path{keys: keys}.firstSpread()
	if spread < 0 {
		if v.Get(join(keys)).Exists() {
			return 1, 1
		}
		return 0, 1
	}
	list := join(keys[:spread])
	if keys[spread] != "#" {
		list = join(keys[:spread+1])
	}
	if list != "" {
		v = v.Get(list)
	}
	if !v.Exists() {
		return 0, 1
	}
	for _, e := range items(v) {
		h, t := countLeaves(e, keys[spread+1:])
		have, total = have+h, total+t
	}
	return have, total
}

func join(keys []string) string { return strings.Join(keys, ".") }

// element is the path of an element of what p picks, by the indices that lead
// to it: those of the # in p first, then those of lists below.
func (p path) element(at []int) string {
	keys := append([]string(nil), p.keys...)
	for i := range len(keys) - 1 {
		if len(at) > 0 && keys[i] == "#" {
			keys[i], at = strconv.Itoa(at[0]), at[1:]
		}
	}
	text := join(keys)
	if p.keys == nil {
		text = p.text
	}
	for _, i := range at {
		text += "." + strconv.Itoa(i)
	}
	return text
}

// Among so many keys of an object, and such long ones in bytes, is a hint
// looked for.
const (
	maxHintKeys   = 500
	maxHintLength = 100
)

// hint says where a path that leads nowhere leaves what is there, or "".
func (r *run) hint(p path, body gjson.Result) string {
	for i, key := range p.keys {
		if !body.Get(join(p.keys[:i+1])).Exists() {
			parent := body
			if i > 0 {
				parent = body.Get(join(p.keys[:i]))
			}
			return r.hintAt(parent, p.keys[:i], key)
		}
	}
	return ""
}

func (r *run) hintAt(parent gjson.Result, keys []string, key string) string {
	name := join(keys)
	if name == "" {
		name = "the body"
	}
	switch kind := kindOf(parent); kind {
	case spec.Map:
		if near := spec.Closest(unescape(key), keysOf(parent)); near != "" {
			return fmt.Sprintf("did you mean %s?", join(append(keys[:len(keys):len(keys)], r.step(near))))
		}
		return ""
	case spec.List:
		if strings.HasPrefix(key, "#(") {
			return fmt.Sprintf("no element of %s matches %s", name, key)
		}
		if _, err := strconv.Atoi(key); err == nil {
			return fmt.Sprintf("%s has %s", name, count(size(parent), "element"))
		}
		return fmt.Sprintf("%s is an array: its elements are 0, 1, … or # for all", name)
	default:
		return fmt.Sprintf("%s is %s", name, withArticle(kind))
	}
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func keysOf(v gjson.Result) []string {
	var keys []string
	v.ForEach(func(key, _ gjson.Result) bool {
		if len(key.Str) <= maxHintLength {
			keys = append(keys, key.Str)
		}
		return len(keys) < maxHintKeys
	})
	return keys
}

func unescape(key string) string { return strings.ReplaceAll(key, `\`, "") }

// elementPath is the path of an element below the subject of the check that is
// judged.
func (r *run) elementPath(at []int) string { return printable(r.hide(r.path.element(at))) }
