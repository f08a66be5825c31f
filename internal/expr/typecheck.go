package expr

import (
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/common"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/decls"
	"cel.dev/cel-go/parser"

	"github.com/apicel/apicel/internal/lazyregexp"
	"github.com/apicel/apicel/spec"
)

// What CEL's checker says.
var (
	checkUndeclared = lazyregexp.New(`(?s)^undeclared reference to '(.*?)'`)
	checkOverload   = lazyregexp.New(`(?s)^found no matching overload for '(.*)' applied to '(.*)'$`)
	checkExpected   = lazyregexp.New(`^expected type '(.*)' but found '(.*)'$`)
	checkSelection  = lazyregexp.New(`^type '(.*)' does not support field selection$`)
	checkRange      = lazyregexp.New(`^expression of type '(.*)' cannot be range of a comprehension`)
	checkField      = lazyregexp.New(`^undefined field '(.*)'$`)
	checkLiteral    = lazyregexp.New(`^invalid (\w+) argument$`)
)

// translator turns what the checker says of one expression into faults.
type translator struct {
	unit     *unit
	compiler *Compiler
	scope    spec.Scope
	nodes    map[int64]ast.Expr
	info     *ast.SourceInfo
	// done are the nodes about which enough is said.
	done map[int64]bool
}

func (w *nameWalk) typeFaults(nodes map[int64]ast.Expr, errs []*common.Error) []fault {
	t := &translator{unit: w.unit, compiler: w.compiler, scope: w.scope, nodes: nodes, info: w.info, done: map[int64]bool{}}
	t.skipNamespaces(errs)
	var out []fault
	for _, e := range errs {
		if t.done[e.ExprID] || len(errs) > 1 && strings.Contains(e.Message, "!error!") { // follows from another
			continue
		}
		out = append(out, t.fault(e))
	}
	return out
}

// skipNamespaces finds calls such as math.foo(x) and all(x): CEL complains
// about math and about x, where only the call is wrong.
func (t *translator) skipNamespaces(errs []*common.Error) {
	for _, e := range errs {
		n, ok := t.nodes[e.ExprID]
		if !ok || n.Kind() != ast.CallKind || !checkUndeclared.MatchString(e.Message) {
			continue
		}
		call := n.AsCall()
		prefix, ok := namespace(call)
		if ok && isNamespacePrefix(prefix) {
			t.done[call.Target().ID()] = true
		}
		// What follows the name of a macro may be names that it introduces.
		if isMacro(call.FunctionName()) || prefix == "cel" || call.FunctionName() == "bind" {
			for _, a := range call.Args() {
				ast.PostOrderVisit(a, ast.NewExprVisitor(func(e ast.Expr) { t.done[e.ID()] = true }))
			}
		}
	}
}

func namespace(call ast.CallExpr) (string, bool) {
	if !call.IsMemberFunction() || call.Target().Kind() != ast.IdentKind {
		return "", false
	}
	return call.Target().AsIdent(), true
}

func isNamespacePrefix(prefix string) bool {
	return slices.ContainsFunc(functionNames(), func(f string) bool { return strings.HasPrefix(f, prefix+".") })
}

func isMacro(name string) bool {
	return slices.Contains([]string{"all", "exists", "exists_one", "existsOne", "map", "filter", "has", "sortBy", "optMap", "optFlatMap",
		"transformList", "transformMap", "transformMapEntry", "cel.bind"}, name)
}

func (t *translator) fault(e *common.Error) fault {
	at := t.at(e)
	node := t.nodes[e.ExprID]
	if m := checkUndeclared.FindStringSubmatch(e.Message); m != nil {
		if node != nil && node.Kind() == ast.CallKind {
			return t.unknownFunction(at, node.AsCall(), m[1])
		}
		return t.unknownName(at, m[1])
	}
	if m := checkOverload.FindStringSubmatch(e.Message); m != nil {
		return t.mismatch(node, m[1], m[2]).fault(at)
	}
	if m := checkExpected.FindStringSubmatch(e.Message); m != nil {
		return fault{at, fmt.Sprintf("%s is %s, expected %s", t.what(node), prettyTypes(m[2]), prettyTypes(m[1])), ""}
	}
	if m := checkSelection.FindStringSubmatch(e.Message); m != nil {
		return fault{at, fmt.Sprintf("%s has no fields", article(prettyTypes(m[1]))), t.fieldHint(node, m[1])}
	}
	if m := checkField.FindStringSubmatch(e.Message); m != nil {
		return fault{t.fieldAt(at, node), fmt.Sprintf("a cookie has no field %q", m[1]), cookieFieldHint(m[1])}
	}
	if m := checkRange.FindStringSubmatch(e.Message); m != nil {
		return fault{at, fmt.Sprintf("%s has no elements, expected a list or a map", article(prettyTypes(m[1]))), ""}
	}
	if m := checkLiteral.FindStringSubmatch(e.Message); m != nil {
		if pattern, ok := literalText(node); ok && m[1] == "matches" {
			return fault{at, patternFault(pattern), ""}
		}
		return fault{at, fmt.Sprintf("%s is not a valid %s", t.what(node), literalKinds[m[1]]), literalHints[m[1]]}
	}
	return fault{at, otherMessage(e.Message), otherHints[e.Message]}
}

// What the arguments of these functions are called, and an example of one.
var (
	literalKinds = map[string]string{"matches": "regular expression (RE2)", "duration": "duration", "timestamp": "timestamp"}
	literalHints = map[string]string{"duration": `write a number and a unit, as in duration("1m30s")`, "timestamp": `write it as in timestamp("2022-11-28T09:00:00Z")`}
)

// literalText is literalString for a node that may be missing.
func literalText(node ast.Expr) (string, bool) {
	if node == nil {
		return "", false
	}
	return literalString(node)
}

func (t *translator) at(e *common.Error) int {
	at := t.unit.offset(e.Location)
	if n := t.nodes[e.ExprID]; n != nil && n.Kind() == ast.StructKind {
		return t.unit.nameBefore(at)
	}
	return t.unit.named(at)
}

// fieldAt returns the place of a field; has(x.y) has the place of the macro.
func (t *translator) fieldAt(at int, node ast.Expr) int {
	if node == nil {
		return at
	}
	written, ok := t.info.GetMacroCall(node.ID())
	if !ok || len(written.AsCall().Args()) != 1 {
		return at
	}
	return t.unit.nodeOffset(t.info, written.AsCall().Args()[0].ID())
}

// what names a node in a message.
func (t *translator) what(node ast.Expr) string {
	if s := unparse(node, t.info); s != "" {
		return s
	}
	return "the operand"
}

func (t *translator) mismatch(node ast.Expr, function, signature string) mismatch {
	m := mismatch{env: t.compiler.env, function: function, info: t.info, source: unparse(node, t.info)}
	target, args, found := strings.Cut(signature, ".(")
	if found && !strings.HasPrefix(signature, "(") {
		m.member = true
		m.types = append([]string{prettyTypes(target)}, splitTypes(strings.TrimSuffix(args, ")"))...)
	} else {
		m.types = splitTypes(strings.TrimSuffix(strings.TrimPrefix(signature, "("), ")"))
	}
	if node != nil && node.Kind() == ast.CallKind {
		m.args = operands(node.AsCall())
	}
	return m
}

// operands are the target of a call, where it has one, and its arguments.
func operands(call ast.CallExpr) []ast.Expr {
	if call.IsMemberFunction() {
		return append([]ast.Expr{call.Target()}, call.Args()...)
	}
	return call.Args()
}

// splitTypes splits at the commas that are not inside a type.
func splitTypes(s string) []string {
	var out []string
	depth, from := 0, 0
	for i := range len(s) {
		switch s[i] {
		case '(':
			depth++
		case ')':
			depth--
		case ',':
			if depth == 0 {
				out = append(out, prettyTypes(strings.TrimSpace(s[from:i])))
				from = i + 1
			}
		}
	}
	if rest := strings.TrimSpace(s[from:]); rest != "" {
		out = append(out, prettyTypes(rest))
	}
	return out
}

// maxQuoted is the number of characters up to which a message quotes an expression.
const maxQuoted = 60

// unparse writes an expression as it may have stood in the text, or returns ""
// where that is not possible or too long.
func unparse(e ast.Expr, info *ast.SourceInfo) string {
	if e == nil {
		return ""
	}
	s, err := parser.Unparse(e, info, parser.WrapOnColumn(1000))
	if err != nil || len(s) > maxQuoted || strings.ContainsAny(s, "@\n") {
		return ""
	}
	return s
}

func (t *translator) unknownName(at int, name string) fault {
	f := fault{at: at, message: fmt.Sprintf("unknown name %q", name)}
	for _, d := range []struct {
		root  string
		names []string
	}{{varsVar, t.compiler.vars}, {secretsVar, t.compiler.secrets}, {capturesVar, t.compiler.captures}} {
		if slices.Contains(d.names, name) {
			f.hint = fmt.Sprintf("did you mean %s.%s?", d.root, name)
			return f
		}
	}
	known := t.compiler.readableIn(t.scope)
	if value := otherValues[name]; value != "" {
		f.hint = "write " + value
	} else if call := t.compiler.callOf(name); call != "" {
		f.hint = fmt.Sprintf("%s is a function: write %s", name, call)
	} else if best := spec.Closest(name, known); best != "" {
		f.hint = fmt.Sprintf("did you mean %s?", best)
	} else {
		f.hint = fmt.Sprintf("known here: %s; text stands in quotes", strings.Join(known, ", "))
	}
	return f
}

// callOf shows how a function is called, or returns "" where there is none.
func (c *Compiler) callOf(name string) string {
	if !slices.Contains(functionNames(), name) {
		return ""
	}
	d := c.env.Functions()[name]
	switch {
	case d == nil: // a macro
		return macroHints[name]
	case slices.ContainsFunc(d.OverloadDecls(), func(o *decls.OverloadDecl) bool { return len(o.ArgTypes()) == 0 }):
		return name + "()"
	case slices.ContainsFunc(d.OverloadDecls(), func(o *decls.OverloadDecl) bool { return !o.IsMemberFunction() }):
		return name + "(…)"
	}
	return "…." + name + "(…)"
}

// fieldHint says what to do about a field of a value that has none.
func (t *translator) fieldHint(node ast.Expr, of string) string {
	switch {
	case strings.HasPrefix(of, "list("):
		return listHint
	case node == nil || node.Kind() != ast.SelectKind:
		return ""
	}
	sel := node.AsSelect()
	return fmt.Sprintf("%s is the value itself: leave out .%s", t.what(sel.Operand()), sel.FieldName())
}

func (t *translator) unknownFunction(at int, call ast.CallExpr, name string) fault {
	prefix, ok := namespace(call)
	if ok && isNamespacePrefix(prefix) {
		name = prefix + "." + name
		at = t.unit.nodeOffsetOf(at, prefix)
	}
	if isMacro(name) {
		return fault{at, fmt.Sprintf("%s() cannot be called with %s", name, count(len(call.Args()), "argument")), macroHints[name]}
	}
	f := fault{at: at, message: fmt.Sprintf("unknown function %q", name)}
	if other := otherFunctions[strings.ToLower(name)]; other != "" {
		f.hint = "write " + other
	} else if slices.Contains(sums, strings.ToLower(name[strings.LastIndexByte(name, '.')+1:])) {
		f.hint = sumHint
	} else if i := slices.IndexFunc(functionNames(), func(f string) bool { return strings.HasSuffix(f, "."+name) }); i >= 0 {
		f.hint = fmt.Sprintf("did you mean %s(…)?", functionNames()[i])
	} else if best := spec.Closest(name, functionNames()); best != "" {
		f.hint = fmt.Sprintf("did you mean %s(…)?", best)
	}
	return f
}

// otherFunctions are functions of other languages and how the same is written here.
var otherFunctions = map[string]string{
	"len": "size(…)", "length": "size(…)", "count": "size(…)", "isempty": "size(…) == 0", "empty": "size(…) == 0",
	"lower": "….lowerAscii()", "tolower": "….lowerAscii()", "tolowercase": "….lowerAscii()",
	"upper": "….upperAscii()", "toupper": "….upperAscii()", "touppercase": "….upperAscii()",
	"includes": "….contains(…) for text, or x in … for a list", "match": "….matches(…)", "test": "….matches(…)",
	"parseint": "int(…)", "float": "double(…)", "number": "double(…)", "str": "string(…)", "tostring": "string(…)",
	"every": "items.all(x, x > 0)", "any": "items.exists(x, x > 0)", "some": "items.exists(x, x > 0)",
	"min": "math.least(…)", "max": "math.greatest(…)", "date": "timestamp(…)",
	"guid": "uuid()", "rand": "random_int(…, …)", "random": "random_int(…, …)",
}

// sums are functions of other languages that CEL has nothing for.
var sums = []string{"sum", "avg", "average", "mean", "reduce", "fold"}

const sumHint = "CEL cannot add up a list: add elements that are named, as in body.lines[0].qty + body.lines[1].qty"

// nodeOffsetOf returns where prefix begins, which stands with a dot before at.
func (u *unit) nodeOffsetOf(at int, prefix string) int {
	if i := strings.LastIndex(u.text[:at], prefix); i >= 0 {
		return i
	}
	return at
}

// macroHints show how the macros are called.
var macroHints = map[string]string{
	"all":        "write items.all(x, x > 0)",
	"exists":     "write items.exists(x, x > 0)",
	"exists_one": "write items.exists_one(x, x > 0)",
	"existsOne":  "write items.existsOne(i, x, x > 0)",
	"map":        "write items.map(x, x.id)",
	"filter":     "write items.filter(x, x > 0)",
	"has":        "write has(body.id)",
	"sortBy":     "write items.sortBy(x, x.id)",
	"optMap":     "write body.?id.optMap(x, x + 1)",
	"cel.bind":   "write cel.bind(x, body.total, x * x)",
}
