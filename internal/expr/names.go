package expr

import (
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"github.com/apicel/apicel/spec"
)

// nameWalk judges the variables of a parsed expression: whether they may be
// read in its scope and whether the suite declares them. It collects what is
// read. Names that a comprehension introduces hide variables.
type nameWalk struct {
	compiler *Compiler
	scope    spec.Scope
	unit     *unit
	info     *ast.SourceInfo
	locals   []local
	// misread tells that the name of a type is read: what the checker says of
	// that is no help.
	misread bool
}

// local is a name that a comprehension introduces, and what its value is made of.
type local struct {
	name  string
	reads []reading
}

func (w *nameWalk) walk(e ast.Expr) {
	switch e.Kind() {
	case ast.IdentKind:
		w.ident(e)
	case ast.LiteralKind:
		w.literal(e)
	case ast.SelectKind:
		sel := e.AsSelect()
		if root, ok := w.root(sel.Operand()); ok {
			w.member(root, sel.FieldName(), sel.Operand(), w.fieldAt(e), sel.IsTestOnly())
			return
		}
		w.walk(sel.Operand())
	case ast.CallKind:
		w.call(e)
	case ast.ListKind:
		w.all(e.AsList().Elements())
	case ast.MapKind:
		for _, entry := range e.AsMap().Entries() {
			w.walk(entry.AsMapEntry().Key())
			w.walk(entry.AsMapEntry().Value())
		}
	case ast.StructKind:
		w.noCookie(e.AsStruct().TypeName(), w.unit.nameBefore(w.at(e)))
		for _, f := range e.AsStruct().Fields() {
			w.walk(f.AsStructField().Value())
		}
	case ast.ComprehensionKind:
		w.comprehension(e.AsComprehension())
	}
}

func (w *nameWalk) all(es []ast.Expr) {
	for _, e := range es {
		w.walk(e)
	}
}

func (w *nameWalk) comprehension(c ast.ComprehensionExpr) {
	w.walk(c.IterRange())
	w.walk(c.AccuInit())
	outside := len(w.locals)
	w.enter(c)
	w.walk(c.LoopCondition())
	w.walk(c.LoopStep())
	w.leaveLoop(outside)
	w.walk(c.Result())
	w.locals = w.locals[:outside]
}

// enter adds the names that the loop of a comprehension sees, and returns what
// decides its result.
func (w *nameWalk) enter(c ast.ComprehensionExpr) []reading {
	element, result := w.readings(c.IterRange()), w.readings(c.AccuInit())
	w.locals = append(w.locals, local{c.IterVar(), element}, local{c.IterVar2(), element}, local{c.AccuVar(), result})
	result = once(slices.Concat(element, result, w.readings(c.LoopCondition()), w.readings(c.LoopStep())))
	w.locals[len(w.locals)-1].reads = result
	return result
}

// leaveLoop takes away the names that were added since there were n, but for that of the result.
func (w *nameWalk) leaveLoop(n int) {
	w.locals = append(w.locals[:n], w.locals[len(w.locals)-1])
}

func (w *nameWalk) call(e ast.Expr) {
	if w.dashed(e) {
		return
	}
	call := e.AsCall()
	args := call.Args()
	if w.dotted(e) {
		return
	}
	if w.scope == spec.ScopeName && !call.IsMemberFunction() && slices.Contains(changing, call.FunctionName()) {
		w.unit.fail(w.at(e), fmt.Sprintf("%s() gives another value in every run, but names stay the same", call.FunctionName()),
			"use vars, row or row_index")
	}
	w.ownFunction(e)
	w.patterns(call)
	if len(args) == 2 {
		if root, ok := w.root(args[0]); ok {
			switch call.FunctionName() {
			case operators.OptSelect:
				if name, ok := literalString(args[1]); ok {
					w.member(root, name, args[0], w.fieldAt(e), true)
					return
				}
			case operators.Index, operators.OptIndex:
				w.indexed(root, args[0], args[1])
				return
			}
		}
	}
	if call.IsMemberFunction() && !w.isNamespace(call) {
		w.walk(call.Target())
	}
	w.all(args)
}

// dotted refuses a function whose name begins with a dot, which CEL takes for the
// same function: by another name it would escape what is judged by names.
func (w *nameWalk) dotted(e ast.Expr) bool {
	call := e.AsCall()
	name := call.FunctionName()
	if call.IsMemberFunction() && call.Target().Kind() == ast.IdentKind {
		name = call.Target().AsIdent() + "." + name
	}
	plain, dot := strings.CutPrefix(name, ".")
	if !dot || call.IsMemberFunction() && !slices.Contains(functionNames(), plain) {
		return false
	}
	w.misread = true
	w.unit.fail(w.at(e), fmt.Sprintf("the name of the function %s begins with a dot", plain), "write "+plain+"(…)")
	return true
}

// ownFunction judges calls of functions that not every place may call.
func (w *nameWalk) ownFunction(e ast.Expr) {
	call := e.AsCall()
	args := call.Args()
	switch {
	case call.IsMemberFunction():
	case call.FunctionName() == "gjson" && len(args) == 2:
		w.gjsonPath(args[1])
	case call.FunctionName() == "header_values":
		if w.readable(spec.Variable{Scopes: spec.ScopeCheck}, "header_values()", w.at(e)) {
			w.unit.refs.Response = true
		}
	case call.FunctionName() == fileFunction && len(args) == 1:
		w.file(w.at(e), args[0])
	case slices.Contains(changing, call.FunctionName()):
		w.unit.refs.Changing = true
	}
}

// changing are the functions that give another value each time. Names must not
// hold them, since reports are compared by name.
var changing = []string{"uuid", "now", "random_int"}

// isNamespace tells whether a call is one of a library function such as
// math.abs(x), whose target is no value.
func (w *nameWalk) isNamespace(call ast.CallExpr) bool {
	t := call.Target()
	return t.Kind() == ast.IdentKind && !w.isLocal(t.AsIdent()) &&
		slices.Contains(functionNames(), t.AsIdent()+"."+call.FunctionName())
}

func (w *nameWalk) isLocal(name string) bool {
	return slices.ContainsFunc(w.locals, func(l local) bool { return l.name == name })
}

// rootName is the name that stands for a variable; a dot before it says that no
// local name is meant.
func rootName(e ast.Expr) string { return strings.TrimPrefix(e.AsIdent(), ".") }

// root returns the variable with members that e names.
func (w *nameWalk) root(e ast.Expr) (string, bool) {
	if e.Kind() != ast.IdentKind || w.isLocal(e.AsIdent()) {
		return "", false
	}
	name := rootName(e)
	switch name {
	case envVar, varsVar, secretsVar, capturesVar, requestVar, timingVar, tlsVar:
		return name, true
	}
	return "", false
}

// at returns the offset of a node.
func (w *nameWalk) at(e ast.Expr) int { return w.unit.nodeOffset(w.info, e.ID()) }

// fieldAt returns the offset of the field that e selects. The selection in
// has(x.y) has the place of the macro; the one that was written is kept aside.
func (w *nameWalk) fieldAt(e ast.Expr) int {
	if written, ok := w.info.GetMacroCall(e.ID()); ok && len(written.AsCall().Args()) == 1 {
		e = written.AsCall().Args()[0]
	}
	return w.at(e)
}

// ident judges a variable that stands by itself.
func (w *nameWalk) ident(e ast.Expr) {
	if w.isLocal(e.AsIdent()) {
		return
	}
	at := w.at(e)
	name := rootName(e)
	if root, ok := w.root(e); ok {
		w.bare(root, at)
		return
	}
	w.noCookie(name, at)
	v, ok := variable(name)
	if !ok {
		v, ok = variable(name + ".*")
	}
	if !ok || !w.readable(v, name, at) {
		return
	}
	r := &w.unit.refs
	if name == "row" || name == "row_index" {
		if !r.Row && !r.RowIndex || at < w.unit.rowAt {
			w.unit.rowAt = at
		}
		r.Row, r.RowIndex = r.Row || name == "row", r.RowIndex || name == "row_index"
		return
	}
	switch name {
	case "attempt":
		r.Attempt = true
	default:
		r.Response = true
		r.Status = r.Status || name == "status"
	}
}

// noCookie refuses the name of the type cookie, which is meant for a variable.
func (w *nameWalk) noCookie(name string, at int) {
	if name == cookieType.TypeName() {
		w.misread = true
		w.unit.fail(at, fmt.Sprintf("unknown name %q", name), "did you mean cookies?")
	}
}

// bare refuses a variable with members that is read as a whole.
func (w *nameWalk) bare(root string, at int) {
	if v, ok := variableWithMembers(root); ok && !w.readable(v, root, at) {
		return
	}
	hint := fmt.Sprintf("write %s.NAME", root)
	if names := w.declared(root); len(names) > 0 {
		hint = fmt.Sprintf("write %s", list(prefixed(root, names)))
	}
	w.unit.fail(at, fmt.Sprintf("%s is read as a whole, expected one of its names", root), hint)
}

// indexed judges root[index]. Only env may be read by a computed name: nothing
// is planned from it.
func (w *nameWalk) indexed(root string, target, index ast.Expr) {
	at := w.at(target)
	name, isConst := literalString(index)
	if v, ok := variableWithMembers(root); ok && !w.readable(v, root, at) {
		return
	}
	switch {
	case root == envVar:
		w.unit.refs.Env = true
		w.walk(index)
	case isConst:
		w.unit.fail(at, fmt.Sprintf("%s is read with brackets, expected %s.%s", root, root, name), fmt.Sprintf("write %s.%s", root, name))
	default:
		w.unit.fail(at, fmt.Sprintf("%s[…] is read by a computed name, but names are static: the plan of the run is made from them", root),
			fmt.Sprintf("write %s.NAME", root))
		w.walk(index)
	}
}

// member judges root.name, where target is root and name stands at at.
func (w *nameWalk) member(root, name string, target ast.Expr, at int, optional bool) {
	full := root + "." + name
	v, ok := variable(full)
	if !ok {
		v, ok = variableWithMembers(root)
	}
	if ok && !w.readable(v, root, w.at(target)) {
		return
	}
	names := w.declared(root)
	if root != envVar && !slices.Contains(names, name) {
		w.undeclared(root, name, at, names)
		return
	}
	r := &w.unit.refs
	switch root {
	case envVar:
		r.Env = true
	case varsVar:
		r.Vars = appendNew(r.Vars, name)
	case secretsVar:
		r.Secrets = appendNew(r.Secrets, name)
	case capturesVar:
		r.Captures = append(r.Captures, CaptureRef{Name: name, Optional: optional})
		w.unit.at = append(w.unit.at, at)
	case requestVar:
		r.Request = true
	case timingVar, tlsVar:
		r.Response = true
	}
}

func (w *nameWalk) undeclared(root, name string, at int, names []string) {
	hint := ""
	switch best := spec.Closest(name, names); {
	case best != "":
		hint = fmt.Sprintf("did you mean %s.%s?", root, best)
	case len(names) > 0:
		hint = fmt.Sprintf("%s %s", thereIs(len(names)), list(prefixed(root, names)))
	case root == varsVar || root == secretsVar:
		hint = fmt.Sprintf("declare it under %s", root)
	case root == capturesVar:
		hint = "add it to the capture of a query"
	}
	message := fmt.Sprintf("unknown name %q", root+"."+name)
	if root == capturesVar {
		message = fmt.Sprintf("no query captures %q", name)
	}
	w.unit.fail(at, message, hint)
}

// declared are the names that root has in this suite.
func (w *nameWalk) declared(root string) []string {
	switch root {
	case varsVar:
		return w.compiler.vars
	case secretsVar:
		return w.compiler.secrets
	case capturesVar:
		return w.compiler.captures
	}
	return membersOf(root)
}

func literalString(e ast.Expr) (string, bool) {
	if e.Kind() != ast.LiteralKind {
		return "", false
	}
	s, ok := e.AsLiteral().(types.String)
	return string(s), ok
}

func prefixed(root string, names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = root + "." + n
	}
	return out
}

func thereIs(n int) string {
	if n == 1 {
		return "there is"
	}
	return "there are"
}

// maxListed is the number of names that a message lists.
const maxListed = 8

// list writes names for a message.
func list(names []string) string {
	shown := make([]string, min(len(names), maxListed))
	for i := range shown {
		shown[i] = shortened(names[i])
	}
	if len(names) > maxListed {
		return fmt.Sprintf("%s and %d more", strings.Join(shown, ", "), len(names)-maxListed)
	}
	return strings.Join(shown, ", ")
}
