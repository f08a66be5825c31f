package expr

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	"github.com/apicel/apicel/spec"
)

// explain turns an error of CEL's into one that says where it came from, on
// which values and what to do. It evaluates a second time, watched, so that
// evaluations that succeed do not pay for it.
func (e *Expr) explain(ctx context.Context, a *Activation, err error) error {
	if s := e.stopped(ctx, err); s != nil {
		return s
	}
	o, ok := e.trace(ctx, a, err)
	var celErr *types.Err
	if !ok && errors.As(err, &celErr) {
		o.id = celErr.NodeID()
	}
	out := e.describe(o, err)
	out.Hint = bodyHint(a, out.Hint)
	if node := e.node(o.id); node != nil && o.in == nil {
		o.id = rootOf(node) // it is the variable that cannot be read
	}
	out.Pos = e.posOf(o.id)
	return out
}

func (e *Expr) posOf(id int64) spec.Pos {
	if id == 0 {
		return e.src.At(0)
	}
	return e.src.At(e.unit.nodeOffset(e.unit.ast.SourceInfo(), id))
}

// trace evaluates once more and returns where the error came from. The random
// stream is left alone.
func (e *Expr) trace(ctx context.Context, a *Activation, err error) (origin, bool) {
	if ctx.Err() != nil {
		return origin{}, false
	}
	p := newProbe(e.unit.ast)
	prog, planErr := e.unit.env.PlanProgram(e.unit.ast,
		cel.CostLimit(e.unit.steps), cel.CostTracking(operatorCosts{}), cel.InterruptCheckFrequency(interruptEvery),
		nativeArguments(e.unit.ast), cel.CustomDecoratorV2(ownCalls), cel.CustomDecoratorV2(p.watch))
	if planErr != nil {
		return origin{}, false
	}
	again := *a
	if again.Rand != nil {
		again.Rand = rand.New(rand.NewPCG(0, 0))
	}
	_, _, _ = prog.ContextEval(ctx, e.unit.activation((*frame)(&again)))
	o, ok := p.found[err.Error()]
	if ok {
		o.element = e.sortedElement(p, o)
	}
	return o, ok
}

// describe says what went wrong in words of our own (see failures).
func (e *Expr) describe(o origin, err error) *EvalError {
	node := e.node(o.id)
	var own *EvalError
	if errors.As(err, &own) {
		return e.ownFault(*own, node)
	}
	info := e.unit.ast.SourceInfo()
	message := err.Error()
	switch {
	case noSuchAttribute.MatchString(message):
		return noValue(noSuchAttribute.FindStringSubmatch(message)[1])
	case wrongKey.MatchString(message):
		return noKey(unparse(lookedInto(node), info), o.key)
	case (noSuchKey.MatchString(message) || wrongIndex.MatchString(message)) && o.in != nil:
		where := unparse(lookedInto(node), info)
		if o.element != "" {
			where = fmt.Sprintf("%s, which is %s,", where, o.element)
		}
		return missingKey(where, e.hideKey(o, node))
	case noSuchKey.MatchString(message):
		return &EvalError{Message: "the map has no such key", Missing: true}
	case outOfRange.MatchString(message):
		return badIndex(unparse(lookedInto(node), info), e.hideKey(o, node))
	case noSuchOverload.MatchString(message):
		return e.badOperands(node, o)
	case message == "optional.none() dereference":
		return &EvalError{Message: "there is no value: the optional is empty", Hint: "add .orValue(…), or ask with .hasValue() first", Missing: true}
	case strings.HasPrefix(message, "illegal base64 data"):
		return &EvalError{Message: "base64.decode() got text that is not base64", Hint: "base64.decodeUrl() takes base64url, with - and _"}
	case noElements.MatchString(message) && node != nil && node.Kind() == ast.ComprehensionKind:
		return noRange(node.AsComprehension(), unparse(node.AsComprehension().IterRange(), info), o)
	}
	if node == nil || node.Kind() != ast.CallKind {
		return told(message, unparse(node, info))
	}
	if m := badPattern.FindStringSubmatch(message); m != nil {
		return patternError(node.AsCall(), m[1])
	}
	if conversionError.MatchString(message) {
		return e.badConversion(node.AsCall(), o)
	}
	return told(message, unparse(node, info))
}

// ownFault is an error of our own functions. A path that is computed is not
// shown: it may be part of a secret.
func (e *Expr) ownFault(own EvalError, node ast.Expr) *EvalError {
	if node == nil || node.Kind() != ast.CallKind || node.AsCall().FunctionName() != "gjson" || e.quotable(node.AsCall().Args()[1]) {
		return &own
	}
	out := &EvalError{Message: "the path given to gjson() cannot be looked up", Missing: own.Missing}
	if own.Missing {
		out.Message = "the path given to gjson() finds nothing"
	}
	return out
}

// hiddenKey stands for a key that no message may show.
const hiddenKey = types.String("…")

// hideKey replaces a key that no message may show.
func (e *Expr) hideKey(o origin, node ast.Expr) origin {
	if o.key == nil && len(o.operands) == 2 {
		o.key = o.operands[1]
	}
	index := indexOf(node)
	if index == nil || e.quotable(index) {
		return o
	}
	o.key = hiddenKey
	return o
}

func (e *Expr) node(id int64) ast.Expr {
	return index(e.unit.ast)[id]
}

// rootOf returns the id of the variable that a chain of look-ups begins with.
func rootOf(node ast.Expr) int64 {
	for in := lookedInto(node); in != nil; in = lookedInto(node) {
		node = in
	}
	return node.ID()
}

// noValue says why a variable has no value.
func noValue(name string) *EvalError {
	out := &EvalError{Message: fmt.Sprintf("%s has no value here", name)}
	switch root, member, _ := strings.Cut(name, "."); root {
	case varsVar:
		out.Hint = fmt.Sprintf("give it with --var %s=…", member)
	case "row", "row_index":
		out.Hint = "only queries with each have rows"
	}
	return out
}

// missingKey says what there is instead of a key in where.
func missingKey(where string, o origin) *EvalError {
	key := keyText(o.key)
	if s, ok := o.in.(scopeMap); ok {
		return missingName(s.name, key)
	}
	switch v := o.in.(type) {
	case *foldedMap:
		return &EvalError{Message: fmt.Sprintf("the answer has no %s %q", v.what, key), Hint: entriesHint(v, key), Missing: true}
	case cookieMap:
		return &EvalError{Message: fmt.Sprintf("the answer set no cookie %q", key), Hint: entriesHint(v, key), Missing: true}
	case traits.Mapper:
		return &EvalError{Message: fmt.Sprintf("%s has no key %q", nonEmpty(where, "the map"), key), Hint: keysHint(v, key), Missing: true}
	case traits.Lister:
		return &EvalError{
			Message: fmt.Sprintf("%s is a list, which has no key %q", nonEmpty(where, "the value"), key),
			Hint:    listHint,
		}
	}
	out := &EvalError{
		Message: fmt.Sprintf("%s is %s, which has no key %q", nonEmpty(where, "the value"), valueType(o.in), key),
		Missing: o.in == types.NullValue,
	}
	switch {
	case where == "body" && o.in == types.NullValue:
		out.Hint = noBodyHint
	case where == "body":
		out.Hint = noJSONHint
	case o.in == types.NullValue:
		out.Hint = fmt.Sprintf("write .?%s.orValue(…) where it may be missing", key)
	}
	return out
}

// listHint says what to do where a field of a list is read.
const listHint = "take an element first, as in [0], or look at all of them with all() or exists()"

func nonEmpty(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func keyText(key ref.Val) string {
	if s, ok := key.(types.String); ok {
		return string(s)
	}
	if key == nil {
		return "…"
	}
	return fmt.Sprint(key.Value())
}

// missingName says why a variable with members has not the member.
func missingName(root, name string) *EvalError {
	switch root {
	case envVar:
		cause := &MissingEnvError{Name: name}
		return &EvalError{Message: cause.Error(), Hint: fmt.Sprintf("set it, or give a default: env.?%s.orValue(\"…\")", name), cause: cause}
	case capturesVar:
		return &EvalError{
			Message: fmt.Sprintf("captures.%s has no value: the query that captures it gave none", name),
			Hint:    fmt.Sprintf("write captures.?%s.orValue(…) where it may be missing", name),
		}
	}
	return noValue(root + "." + name)
}

// entriesHint is keysHint for a part of the answer.
func entriesHint(v ref.Val, key string) string {
	if hint := keysHint(v, key); hint != emptyHint {
		return hint
	}
	return "it has none"
}

const emptyHint = "it is empty"

// keysHint names the key that was probably meant, or the keys there are.
func keysHint(v ref.Val, key string) string {
	m, ok := v.(traits.Mapper)
	if !ok {
		return ""
	}
	keys := mapKeys(m)
	if len(keys) == 0 {
		return emptyHint
	}
	if best := closestKey(key, keys); best != "" && key != string(hiddenKey) {
		return fmt.Sprintf("did you mean %q? it has %s", best, list(keys))
	}
	return "it has " + list(keys)
}

// Among so many keys of an object, and such long ones in bytes, is the one looked
// for that was probably meant: an answer may have millions of them.
const (
	maxHintKeys   = 500
	maxHintLength = 100
)

func closestKey(key string, keys []string) string {
	if len(key) > maxHintLength {
		return ""
	}
	var short []string
	for _, k := range keys[:min(len(keys), maxHintKeys)] {
		if len(k) <= maxHintLength {
			short = append(short, k)
		}
	}
	return spec.Closest(key, short)
}

func badIndex(where string, o origin) *EvalError {
	l, ok := o.in.(traits.Lister)
	if !ok && len(o.operands) > 0 {
		l, ok = o.operands[0].(traits.Lister)
	}
	if !ok {
		return &EvalError{Message: "the index is out of range", Missing: true}
	}
	where = nonEmpty(where, "the list")
	index := keyText(o.key)
	n, _ := l.Size().(types.Int)
	if n == 0 {
		return &EvalError{Message: fmt.Sprintf("index %s is out of range: %s is empty", index, where), Missing: true}
	}
	return &EvalError{
		Message: fmt.Sprintf("index %s is out of range: %s has %s", index, where, count(int(n), "element")),
		Hint:    fmt.Sprintf("the last one is [%d]", n-1),
		Missing: true,
	}
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// badOperands says which types a call was given.
func (e *Expr) badOperands(node ast.Expr, o origin) *EvalError {
	unknown := &EvalError{Message: "a value has a type that does not fit here"}
	if node == nil || node.Kind() != ast.CallKind {
		return unknown
	}
	call := node.AsCall()
	info := e.unit.ast.SourceInfo()
	m := mismatch{
		env: e.unit.env, function: call.FunctionName(), member: call.IsMemberFunction(), args: operands(call),
		info: info, source: unparse(node, info),
	}
	for _, v := range o.operands {
		if v == nil {
			return unknown
		}
		m.types = append(m.types, valueType(v))
	}
	if len(m.types) != len(m.args) {
		return unknown
	}
	if message, ok := notBool(call.FunctionName(), o.operands); ok {
		return &EvalError{Message: message}
	}
	f := m.fault(0)
	return &EvalError{Message: f.message, Hint: f.hint}
}

// notBool speaks of && and ||, whose operands must be bool.
func notBool(function string, operands []ref.Val) (string, bool) {
	op, ok := map[string]string{"_&&_": "&&", "_||_": "||"}[function]
	if !ok {
		return "", false
	}
	for _, v := range operands {
		if _, isBool := v.(types.Bool); !isBool {
			return fmt.Sprintf("an operand of %s is %s, expected bool", op, valueType(v)), true
		}
	}
	return "", false
}

// badConversion speaks of int("x") and the like.
func (e *Expr) badConversion(call ast.CallExpr, o origin) *EvalError {
	if len(o.operands) != 1 || o.operands[0] == nil {
		return told("", unparse(e.node(o.id), e.unit.ast.SourceInfo()))
	}
	v := o.operands[0]
	text, err := ToText(v)
	if err != nil || len(text) > maxQuoted || !e.quotable(operands(call)[0]) {
		text = article(valueType(v))
	} else if _, ok := v.(types.String); ok {
		text = fmt.Sprintf("%q", text)
	}
	return &EvalError{Message: fmt.Sprintf("%s cannot be made %s", text, article(call.FunctionName())), Hint: literalHints[call.FunctionName()]}
}

// valueType returns the name of the type of a value as messages spell it.
func valueType(v ref.Val) string {
	if v == nil {
		return "nothing"
	}
	return prettyTypes(v.Type().TypeName())
}
