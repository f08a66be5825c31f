package expr

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// What is said where a key of the body is read and the body has none.
const (
	noBodyHint = "the answer has no body"
	noJSONHint = "the body of the answer is not a JSON object or array"
)

// bodyHint is a hint about the body with what is known when the answer is: that
// it is a null and not empty, or where its JSON breaks off.
func bodyHint(a *Activation, hint string) string {
	if a.Response == nil {
		return hint
	}
	text := a.Text()
	start := strings.TrimLeft(text, jsonSpace)
	switch {
	case hint == noBodyHint && start != "":
		return "the body of the answer is the JSON value null"
	case hint != noJSONHint:
		return hint
	case start == "":
		return "the body of the answer is only white space"
	case start[0] == '{' || start[0] == '[':
		if err := CheckJSON(text); err != nil {
			return fmt.Sprintf("the body of the answer is not JSON: %v", err)
		}
	}
	return hint
}

// pathHint says at which part a gjson path stops finding something, and what
// there is instead. Of a path with more than keys and indices it knows no parts.
func pathHint(v ref.Val, path string) string {
	if strings.ContainsAny(path, `\|#@*?!{[("`) {
		return keysHint(v, path)
	}
	parts := strings.Split(path, ".")
	for i, part := range parts {
		before := nonEmpty(strings.Join(parts[:i], "."), "the document")
		next, hint := pathStep(v, before, part)
		if hint != "" && i > 0 && strings.HasPrefix(hint, "it has") {
			return before + strings.TrimPrefix(hint, "it")
		}
		if next == nil {
			return hint
		}
		v = next
	}
	return ""
}

// pathStep is what one part of a path finds, or why it finds nothing.
func pathStep(v ref.Val, where, part string) (ref.Val, string) {
	switch v := v.(type) {
	case traits.Mapper:
		if next, ok := v.Find(types.String(part)); ok {
			return next, ""
		}
		return nil, keysHint(v, part)
	case traits.Lister:
		i, err := strconv.Atoi(part)
		n := size(v)
		switch {
		case err != nil:
			return nil, fmt.Sprintf("%s is a list: write # for all of its elements, or a number for one, before %s", where, part)
		case n == 0:
			return nil, fmt.Sprintf("%s is an empty list", where)
		case i < 0 || i >= n:
			return nil, fmt.Sprintf("%s has %s, the last one is %d", where, count(n, "element"), n-1)
		}
		return v.Get(types.Int(i)), ""
	}
	return nil, fmt.Sprintf("%s is %s, which has no parts", where, article(valueType(v)))
}

// sortInput begins the name under which sortBy() keeps the list that it sorts.
const sortInput = "@__sortBy_input__"

// sortedElement names the element of a list that sortBy() sorts in which a
// look-up failed, or returns "". What other loops fail at is shown by their values.
func (e *Expr) sortedElement(p *probe, o origin) string {
	element := lookedInto(p.nodes[o.id])
	if element == nil || element.Kind() != ast.IdentKind || o.in == nil {
		return ""
	}
	var list traits.Lister
	source := ""
	for _, n := range p.nodes {
		if n.Kind() != ast.ComprehensionKind {
			continue
		}
		c := n.AsComprehension()
		if c.AccuVar() == sortInput {
			source = unparse(c.AccuInit(), e.unit.ast.SourceInfo())
		}
		if c.IterVar() == element.AsIdent() && c.IterRange().Kind() == ast.IdentKind && c.IterRange().AsIdent() == sortInput {
			list, _ = asSpelled(p.value(c.IterRange())).(traits.Lister)
		}
	}
	if list == nil || source == "" {
		return ""
	}
	for i, it := 0, list.Iterator(); it.HasNext() == types.True; i++ {
		if isSame(asSpelled(it.Next()), asSpelled(o.in)) {
			return fmt.Sprintf("%s[%d]", source, i)
		}
	}
	return ""
}

// isSame tells whether two values are one map or list.
func isSame(a, b ref.Val) bool {
	x, y := reflect.ValueOf(a), reflect.ValueOf(b)
	return x.Kind() == reflect.Pointer && y.Kind() == reflect.Pointer && x.Pointer() == y.Pointer()
}
