package expr

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"

	"github.com/apicel/apicel/internal/lazyregexp"
)

// mistake is what is written for something that CEL writes in another way.
type mistake struct {
	// before and after are what stands around the place that the parser names.
	before, after *lazyregexp.Regexp
	message, hint func(before, after []string) string
}

// said is a text without places for what stands around.
func said(s string) func(before, after []string) string {
	return func(_, _ []string) string { return s }
}

// typeWords are the types that "x is string" may mean.
const typeWords = `string|int|uint|double|bool|bytes|list|map`

// mistakes are looked through in this order.
var mistakes = []mistake{
	{lazyregexp.New(`([\w.\[\]"]+)\s+$`), lazyregexp.New(`^is\s+(` + typeWords + `)\b`), said(`"is" is no operator of CEL`),
		func(b, a []string) string { return fmt.Sprintf("write type(%s) == %s", b[1], a[1]) }},
	{nil, lazyregexp.New(`^is\s+not\b`), said(`"is not" is no operator of CEL`), said("write !=")},
	{nil, lazyregexp.New(`^=~`), said(`"=~" is no operator of CEL`), said("write ….matches(…) with the regular expression")},
	{nil, lazyregexp.New(`^!~`), said(`"!~" is no operator of CEL`), said("write !….matches(…) with the regular expression")},
	{lazyregexp.New(`\b(\w+)\((\w+)\s*$`), lazyregexp.New(`^=>\s*`), said(`"=>" is no operator of CEL`),
		func(b, _ []string) string { return fmt.Sprintf("write %s(%s, …) with a comma", b[1], b[2]) }},
	{lazyregexp.New(`=$`), lazyregexp.New(`^>`), said(`"=>" is no operator of CEL`), said("write >= to compare")},
	{nil, lazyregexp.New(`^=>`), said(`"=>" is no operator of CEL`), said("write >= to compare")},
	{lazyregexp.New(`<$`), lazyregexp.New(`^>`), said(`"<>" is no operator of CEL`), said("write !=")},
	{lazyregexp.New(`\?\s*$`), lazyregexp.New(`^\?`), said(`"??" is no operator of CEL`), said("write .?name.orValue(…), as in body.?total.orValue(0)")},
	{lazyregexp.New(`\bnot\s+$`), nil, said(`"not" is no operator of CEL`), said("write ! before it, as in !has(body.id)")},
	{nil, lazyregexp.New(`^\.(in|true|false|null)\b`), reservedField, reservedFieldHint},
	{lazyregexp.New(`\.$`), lazyregexp.New(`^()(in|true|false|null)\b`), reservedField, reservedFieldHint},
	{lazyregexp.New(`(?:([\w.]+)\s+in\s+)?\b(\d+)\.$`), lazyregexp.New(`^\.(\d+)`), said(`".." is no operator of CEL`),
		func(b, a []string) string {
			return fmt.Sprintf("write %[1]s >= %[2]s && %[1]s <= %[3]s", nonEmpty(b[1], "x"), b[2], a[1])
		}},
	{lazyregexp.New(`([0-9.]+)$`), lazyregexp.New(`^([kKMG]i?)?[bB]\b`), said("a size has no unit in CEL"),
		func(b, a []string) string { return "write the number of bytes: " + sizeInBytes(b[1], a[1]) }},
	{nil, lazyregexp.New(`^[“”„‘’‚«»]`), func(_, a []string) string { return a[0] + " is no quote of CEL" }, said(`write plain quotes, " or '`)},
}

func reservedField(_, a []string) string {
	return fmt.Sprintf("%q is a word of CEL, so it cannot stand behind a dot", a[len(a)-1])
}

func reservedFieldHint(_, a []string) string {
	return fmt.Sprintf("write [%q] instead of .%s", a[len(a)-1], a[len(a)-1])
}

// sizeInBytes writes a number of units of bytes.
func sizeInBytes(number, unit string) string {
	f, err := strconv.ParseFloat(number, 64)
	factor, known := map[string]float64{"": 1, "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "ki": 1 << 10, "Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30}[unit]
	if err != nil || !known {
		return "1kB is 1000"
	}
	return strconv.FormatFloat(f*factor, 'f', 0, 64)
}

// knownMistake recognises what is written for something else at an offset.
func (u *unit) knownMistake(at int) (fault, bool) {
	for _, m := range mistakes {
		var before, after []string
		if m.before != nil {
			before = m.before.FindStringSubmatch(u.text[:at])
		}
		if m.after != nil {
			after = m.after.FindStringSubmatch(u.text[at:])
		}
		if (m.before == nil) == (before == nil) && (m.after == nil) == (after == nil) {
			return fault{at, m.message(before, after), m.hint(before, after)}, true
		}
	}
	return fault{}, false
}

// otherValues are what other languages call values that CEL has another name for.
var otherValues = map[string]string{
	"undefined": "null", "None": "null", "nil": "null", "NULL": "null", "Null": "null",
	"True": "true", "TRUE": "true", "False": "false", "FALSE": "false",
}

// dashed refuses headers.content-type, which is a subtraction, where nothing is
// named as what would be subtracted.
func (w *nameWalk) dashed(e ast.Expr) bool {
	d, ok := w.dashedName(e)
	if !ok {
		return false
	}
	of := nonEmpty(unparse(d.of, w.info), "…")
	key := d.name
	if of == "headers" {
		key = strings.ToLower(key)
	}
	w.misread = true
	w.unit.fail(d.from, fmt.Sprintf("%s.%s is read as a subtraction, because a name behind a dot has no -", of, d.name),
		fmt.Sprintf("write %s[%q]", of, key))
	return true
}

// dash is a name with - in it that begins at an offset and ends before another.
type dash struct {
	of        ast.Expr
	name      string
	from, end int
}

func (w *nameWalk) dashedName(e ast.Expr) (dash, bool) {
	if e.Kind() != ast.CallKind || e.AsCall().FunctionName() != operators.Subtract || len(e.AsCall().Args()) != 2 {
		return dash{}, false
	}
	left, right := e.AsCall().Args()[0], e.AsCall().Args()[1]
	d, ok := w.dashedName(left)
	if !ok {
		if left.Kind() != ast.SelectKind || left.AsSelect().IsTestOnly() {
			return dash{}, false
		}
		field, at := left.AsSelect().FieldName(), w.at(left)
		d = dash{left.AsSelect().Operand(), field, at, at + len(field)}
	}
	for in := lookedInto(right); in != nil; in = lookedInto(right) {
		right = in
	}
	if right.Kind() != ast.IdentKind || w.isKnown(right) || !strings.HasPrefix(w.unit.text[min(d.end, len(w.unit.text)):], "-"+right.AsIdent()) {
		return dash{}, false
	}
	d.name += "-" + right.AsIdent()
	d.end += 1 + len(right.AsIdent())
	return d, true
}

// isKnown tells whether a name stands for something.
func (w *nameWalk) isKnown(e ast.Expr) bool {
	_, isRoot := w.root(e)
	_, isVariable := variable(rootName(e))
	return isRoot || isVariable || w.isLocal(e.AsIdent())
}

// patterns refuses a literal that is no regular expression; CEL looks at those
// of matches() alone.
func (w *nameWalk) patterns(call ast.CallExpr) {
	if prefix, ok := namespace(call); !ok || prefix != "regex" || len(call.Args()) < 2 {
		return
	}
	if !slices.Contains([]string{"extract", "extractAll", "replace"}, call.FunctionName()) {
		return
	}
	pattern, ok := literalString(call.Args()[1])
	if !ok {
		return
	}
	if message := patternFault(pattern); message != "" {
		w.unit.fail(w.at(call.Args()[1]), message, "")
	}
}
