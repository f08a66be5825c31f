package assert

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"github.com/tidwall/gjson"

	"github.com/apicel/apicel/spec"
)

// macros are the methods whose arguments name variables and have no value.
var macros = []string{
	"all", "exists", "exists_one", "existsOne", "map", "filter", "sortBy",
	"transformList", "transformMap", "transformMapEntry", "optMap", "optFlatMap",
}

// quantifiers are the macros that ask something of every element.
var quantifiers = []string{"all", "exists", "exists_one", "existsOne"}

// whyMethod shows what a method was called on and its arguments, and of all,
// exists and exists_one the elements that decided.
func (e *explainer) whyMethod(call ast.CallExpr, got bool) {
	name, args := call.FunctionName(), call.Args()
	if name == "hasValue" && !got {
		e.whyEmpty(call.Target())
		return
	}
	if slices.Contains(quantifiers, name) && (len(args) == 2 || len(args) == 3) && e.whyElement(call, got) {
		return
	}
	e.add(call.Target())
	if !slices.Contains(macros, name) {
		e.add(args...)
	}
}

// whyEmpty says that an optional has no value, and which keys there are.
func (e *explainer) whyEmpty(optional ast.Expr) {
	line := e.text(optional) + " has no value"
	if optional.Kind() == ast.CallKind && slices.Contains([]string{operators.OptSelect, operators.OptIndex}, optional.AsCall().FunctionName()) {
		args := optional.AsCall().Args()
		if key, ok := args[1].AsLiteral().(types.String); ok {
			line += e.nearest(args[0], string(key))
		}
	}
	e.note(line)
}

// element is an element that a quantifier asked, its key or index, and what the
// predicate is for it.
type element struct {
	key    gjson.Result
	answer gjson.Result
}

// whyElement shows the elements that made a quantifier what it is. It reports
// false where no element did, as where exists found none.
func (e *explainer) whyElement(call ast.CallExpr, got bool) bool {
	elements, ok := e.elements(call)
	if !ok {
		return false
	}
	holding := elementsThat(elements, true)
	if call.FunctionName() == "all" {
		return !got && e.whyOne(call, elementsThat(elements, false), false)
	}
	switch {
	case got:
		return e.whyOne(call, holding, true)
	case len(elements) == 0:
		return false
	case len(holding) == 0:
		e.whyNone(call, elements)
		return true
	}
	e.note(fmt.Sprintf("%d of the %d elements fit", len(holding), len(elements)))
	e.showElement(call, holding[0])
	e.showElement(call, holding[1])
	return true
}

func elementsThat(list []element, are bool) []element {
	return slices.DeleteFunc(slices.Clone(list), func(x element) bool { return !isBool(x.answer, are) })
}

// whyOne shows the first of the elements that decided, and why it did.
func (e *explainer) whyOne(call ast.CallExpr, deciding []element, got bool) bool {
	if len(deciding) == 0 {
		return false
	}
	e.showElement(call, deciding[0])
	if e.hidesKey(call, deciding[0]) {
		return true
	}
	args := call.Args()
	e.why(e.bind(call, deciding[0], args[len(args)-1]), got)
	return true
}

// whyWrongElement shows the first element for which what a macro asks has no
// value, and why.
func (e *explainer) whyWrongElement(call ast.CallExpr) {
	list, ok := e.value(call.Target())
	args := call.Args()
	if !ok || slices.Contains([]string{"optMap", "optFlatMap"}, call.FunctionName()) {
		return
	}
	for _, x := range e.ask(call, list) {
		if !x.answer.Exists() {
			e.showElement(call, x)
			if e.hidesKey(call, x) {
				return
			}
			e.whyWrong(e.bind(call, x, args[len(args)-1]))
			return
		}
	}
}

// showElement shows an element as in body.lines[1] = {"qty":0}; of a map that
// is asked about its keys, the key.
func (e *explainer) showElement(call ast.CallExpr, x element) {
	at := e.at(call.Target(), x.key)
	if (variables(call) == 1 || e.hidesKey(call, x)) && kindOf(x.key) == spec.Text {
		e.note(e.text(call.Args()[0]) + " = " + e.shownKey(call.Target(), x.key))
		return
	}
	if text, ok := e.shown(at); ok {
		e.line(at, text)
	}
}

// hidesKey tells whether the key of an element must not be shown, so that
// nothing can be said of what has the key in it.
func (e *explainer) hidesKey(call ast.CallExpr, x element) bool {
	return kindOf(x.key) == spec.Text && e.hides(call.Target())
}

func (e *explainer) shownKey(target ast.Expr, key gjson.Result) string {
	if e.hides(target) {
		return hidden
	}
	return e.show(key)
}

// elements evaluates the predicate of a quantifier for each element. It takes
// one evaluation where that works, else one for each of the first elements: the
// quantifier itself forgives a predicate that fails for some of them.
func (e *explainer) elements(call ast.CallExpr) ([]element, bool) {
	args := call.Args()
	target, predicate := e.text(call.Target()), e.text(args[len(args)-1])
	list, ok := e.eval(target)
	if !ok {
		return nil, false
	}
	first := e.text(args[0])
	var form string
	switch isMap := kindOf(list) == spec.Map; {
	case len(args) == 2 && isMap:
		form = fmt.Sprintf("(%s).map(%s, [%s, %s])", target, first, first, predicate)
	case len(args) == 2:
		form = fmt.Sprintf("(%s).map(%s, %s)", target, first, predicate)
	case isMap:
		form = fmt.Sprintf("(%s).transformMap(%s, %s, %s)", target, first, e.text(args[1]), predicate)
	default:
		form = fmt.Sprintf("(%s).transformList(%s, %s, %s)", target, first, e.text(args[1]), predicate)
	}
	if answers, ok := e.eval(form); ok {
		return readElements(answers, len(args) == 2 && kindOf(list) == spec.Map), true
	}
	return e.ask(call, list), true
}

// readElements reads what the one evaluation gave.
func readElements(answers gjson.Result, pairs bool) []element {
	var list []element
	answers.ForEach(func(key, answer gjson.Result) bool {
		if pairs {
			key, answer = answer.Get("0"), answer.Get("1")
		} else if kindOf(answers) == spec.List {
			key = number(len(list))
		}
		list = append(list, element{key, answer})
		return true
	})
	return list
}

// maxAsked is the number of elements that are asked one by one.
const maxAsked = 200

func (e *explainer) ask(call ast.CallExpr, list gjson.Result) []element {
	var elements []element
	args := call.Args()
	list.ForEach(func(key, _ gjson.Result) bool {
		x := element{key: key}
		if kindOf(list) == spec.List {
			x.key = number(len(elements))
		}
		x.answer, _ = e.value(e.bind(call, x, args[len(args)-1]))
		elements = append(elements, x)
		return len(elements) < maxAsked && e.limit.Err() == nil
	})
	return elements
}

func number(n int) gjson.Result { return gjson.Parse(strconv.Itoa(n)) }

// build makes parts of expressions that are not in the source.
var build = ast.NewExprFactory()

// at is the expression for an element: target[key].
func (e *explainer) at(target ast.Expr, key gjson.Result) ast.Expr {
	return build.NewCall(0, operators.Index, target, literalOf(key))
}

func literalOf(key gjson.Result) ast.Expr {
	if kindOf(key) == spec.Number {
		return build.NewLiteral(0, types.Int(key.Int()))
	}
	return build.NewLiteral(0, types.String(key.Str))
}

// bind puts an element in the place of the variables of a quantifier.
func (e *explainer) bind(call ast.CallExpr, x element, predicate ast.Expr) ast.Expr {
	args := call.Args()
	value := e.at(call.Target(), x.key)
	put := map[string]ast.Expr{}
	switch {
	case variables(call) == 2:
		put[args[0].AsIdent()], put[args[1].AsIdent()] = literalOf(x.key), value
	case kindOf(x.key) == spec.Text:
		put[args[0].AsIdent()] = literalOf(x.key)
	default:
		put[args[0].AsIdent()] = value
	}
	bound := build.CopyExpr(predicate)
	substitute(bound, put)
	return bound
}

// substitute replaces variables in x, except where a macro inside it has
// variables of the same names.
func substitute(x ast.Expr, put map[string]ast.Expr) {
	switch x.Kind() {
	case ast.IdentKind:
		if by := put[x.AsIdent()]; by != nil {
			x.SetKindCase(build.CopyExpr(by))
		}
	case ast.SelectKind:
		substitute(x.AsSelect().Operand(), put)
	case ast.ListKind:
		for _, item := range x.AsList().Elements() {
			substitute(item, put)
		}
	case ast.MapKind:
		for _, entry := range x.AsMap().Entries() {
			substitute(entry.AsMapEntry().Key(), put)
			substitute(entry.AsMapEntry().Value(), put)
		}
	case ast.CallKind:
		substituteCall(x.AsCall(), put)
	}
}

func substituteCall(call ast.CallExpr, put map[string]ast.Expr) {
	if call.IsMemberFunction() {
		substitute(call.Target(), put)
	}
	args := call.Args()
	if n := variables(call); n > 0 {
		inner := maps.Clone(put)
		for _, arg := range args[:n] {
			delete(inner, arg.AsIdent())
		}
		put, args = inner, args[n:]
	}
	for _, arg := range args {
		substitute(arg, put)
	}
}

// variables is the number of arguments of a macro that name its variables.
func variables(call ast.CallExpr) int {
	name, n := call.FunctionName(), len(call.Args())
	switch {
	case !call.IsMemberFunction() || n < 2 || !slices.Contains(macros, name):
		return 0
	case n > 2 && (slices.Contains(quantifiers, name) || strings.HasPrefix(name, "transform")):
		return 2
	}
	return 1
}
