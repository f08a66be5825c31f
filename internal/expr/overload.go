package expr

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/decls"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// mismatch is a call whose arguments have types that the function does not
// take, whether that was found by the checker or in an evaluation.
type mismatch struct {
	env      *cel.Env
	function string
	member   bool
	args     []ast.Expr // target first; may be nil where they are not known
	types    []string   // target first
	info     *ast.SourceInfo
	source   string // the call as it stands, or ""
}

// fault says what does not fit and what to do about it.
func (m mismatch) fault(at int) fault {
	op, isOp := operators.FindReverse(m.function)
	switch {
	case m.function == operators.Conditional && len(m.types) == 3:
		return m.conditional(at)
	case m.function == operators.In && len(m.types) == 2:
		return m.membership(at)
	case (m.function == operators.Index || m.function == operators.OptIndex) && len(m.types) == 2:
		return fault{at, fmt.Sprintf("%s cannot be indexed with %s", m.types[0], m.types[1]), m.indexHint()}
	case m.function == operators.Equals || m.function == operators.NotEquals:
		return fault{at, m.subject(op) + fmt.Sprintf(" compares %s with %s", m.types[0], m.types[1]), m.sameTypeHint()}
	case isOp && isComparison(m.function) && len(m.types) == 2:
		return fault{at, m.subject(op) + fmt.Sprintf(" cannot order %s and %s", m.types[0], m.types[1]), m.sameTypeHint()}
	case isOp && len(m.types) == 2:
		return fault{at, m.subject(op) + fmt.Sprintf(" cannot take %s and %s", m.types[0], m.types[1]), m.sameTypeHint()}
	case isOp && len(m.types) == 1:
		return fault{at, m.subject(op) + fmt.Sprintf(" cannot take %s", m.types[0]), ""}
	}
	return m.call(at)
}

func isComparison(f string) bool {
	return slices.Contains([]string{operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals}, f)
}

// subject is what the message talks about: the operation as it stands, or its operator.
func (m mismatch) subject(op string) string {
	if m.source != "" {
		return m.source
	}
	return strconv.Quote(op)
}

func (m mismatch) conditional(at int) fault {
	if m.types[0] != "bool" && m.types[0] != "dyn" {
		return fault{at, fmt.Sprintf("the condition before ? is %s, expected bool", m.types[0]), ""}
	}
	return fault{at, fmt.Sprintf("the results of ? : have different types, %s and %s", m.types[1], m.types[2]), "write dyn(…) around one of them if that is meant"}
}

func (m mismatch) membership(at int) fault {
	if elem, ok := strings.CutPrefix(m.types[1], "list("); ok {
		elem = strings.TrimSuffix(elem, ")")
		pair := mismatch{function: operators.Equals, types: []string{m.types[0], elem}}
		return fault{at, m.subject("in") + fmt.Sprintf(" looks for %s among %s", m.types[0], elem), pair.sameTypeHint()}
	}
	if strings.HasPrefix(m.types[1], "map(") {
		return fault{at, m.subject("in") + fmt.Sprintf(" looks for %s among the keys of %s", m.types[0], m.types[1]), ""}
	}
	f := fault{at, m.subject("in") + fmt.Sprintf(" looks into %s, expected a list or a map", m.types[1]), ""}
	if m.types[1] == "string" {
		f.hint = "write .contains(…) to look for text in text"
	}
	return f
}

func (m mismatch) indexHint() string {
	if strings.HasPrefix(m.types[0], "list") {
		return "the elements of a list are numbered from 0"
	}
	if m.types[0] == cookieType.TypeName() {
		return "write a field of it with a dot, as in .value"
	}
	return ""
}

// sameTypeHint says how to make two operands one type.
func (m mismatch) sameTypeHint() string {
	if len(m.types) != 2 {
		return ""
	}
	has := func(a, b string) bool { return slices.Contains(m.types, a) && slices.Contains(m.types, b) }
	numbers := []string{"int", "uint", "double"}
	switch {
	case has("int", "double"), has("uint", "double"):
		return m.toDouble()
	case has("int", "uint"):
		return m.toUint()
	case slices.Contains(m.types, "duration") && slices.ContainsFunc(m.types, func(t string) bool { return slices.Contains(numbers, t) }):
		return m.numberToDuration()
	case slices.Contains(m.types, "string") && slices.ContainsFunc(m.types, func(t string) bool { return slices.Contains(numbers, t) }):
		return m.stringAndNumber()
	case has("string", "bool"):
		return "true and false are written without quotes"
	case has("string", "timestamp"):
		return "write timestamp(…) around the string"
	case has("string", "duration"):
		return `write duration("2s")`
	case has("string", "cookie"):
		return "write .value behind the cookie"
	case has("string", "bytes"):
		return "write string(…) or bytes(…) around one of them"
	case slices.Contains(m.types, "null"):
		return "one of them is null; give a default with .?name.orValue(…)"
	}
	return ""
}

// toDouble names the int operand: a literal gets a point, anything else a conversion.
func (m mismatch) toDouble() string {
	for i, t := range m.types {
		if t == "double" || i >= len(m.args) {
			continue
		}
		switch e := m.args[i]; e.Kind() {
		case ast.LiteralKind:
			if n, ok := e.AsLiteral().(types.Int); ok {
				return fmt.Sprintf("write %d.0", int64(n))
			}
		default:
			if s := unparse(e, m.info); s != "" {
				return fmt.Sprintf("write double(%s)", s)
			}
		}
	}
	return "write 2.0 for a literal, or double(…) around the int"
}

// toUint names the int operand. The other way round a large uint would not fit.
func (m mismatch) toUint() string {
	for i, t := range m.types {
		if t != "int" || i >= len(m.args) {
			continue
		}
		if e := m.args[i]; e.Kind() == ast.LiteralKind {
			if n, ok := e.AsLiteral().(types.Int); ok && n >= 0 {
				return fmt.Sprintf("write %du", int64(n))
			}
		} else if s := unparse(e, m.info); s != "" {
			return fmt.Sprintf("write uint(%s)", s)
		}
	}
	return "write 1u for a literal, or uint(…) around the int"
}

// numberToDuration makes a duration of a number that has no unit yet.
func (m mismatch) numberToDuration() string {
	for i, t := range m.types {
		if t == "duration" || i >= len(m.args) || m.args[i].Kind() != ast.LiteralKind {
			continue
		}
		return fmt.Sprintf(`a duration has a unit: write duration("%[1]vms") or duration("%[1]vs")`, m.args[i].AsLiteral().Value())
	}
	return `a duration has a unit: write duration("2s")`
}

func (m mismatch) stringAndNumber() string {
	plus := m.function == operators.Add
	for _, arg := range m.args {
		if arg.Kind() != ast.LiteralKind || plus {
			continue
		}
		if f, ok := arg.AsLiteral().(types.Double); ok { // such as a version
			return fmt.Sprintf("write %q with quotes", formatDouble(float64(f)))
		}
	}
	for i, t := range m.types {
		if t != "string" || i >= len(m.args) {
			continue
		}
		if s, ok := literalString(m.args[i]); ok && !plus {
			if _, err := strconv.ParseFloat(s, 64); err == nil {
				return fmt.Sprintf("write %s without quotes", s)
			}
		}
	}
	if plus {
		return "write string(…) around the number to join texts"
	}
	return "write string(…) around the number, or int(…) around the string"
}

// call says which arguments a function takes.
func (m mismatch) call(at int) fault {
	name, args := m.function, m.types
	if m.member && len(args) > 0 {
		name, args = fmt.Sprintf("%s.%s", args[0], name), args[1:]
	}
	if f, ok := m.ofNull(at); ok {
		return f
	}
	f := fault{at: at, message: fmt.Sprintf("no such call: %s(%s)", name, strings.Join(args, ", "))}
	if f.hint = m.doubleHint(); f.hint != "" {
		return f
	}
	if d := m.env.Functions()[m.function]; d != nil {
		f.hint = "there is " + signatures(d)
	}
	return f
}

// ofNull speaks of a null that a function does not take.
func (m mismatch) ofNull(at int) (fault, bool) {
	i := slices.Index(m.types, "null")
	if i < 0 || i >= len(m.args) {
		return fault{}, false
	}
	source := unparse(m.args[i], m.info)
	if source == "" || source == "null" {
		return fault{}, false
	}
	return fault{at, fmt.Sprintf("%s is null, which %s() does not take", source, m.function),
		fmt.Sprintf("ask for %s != null first", source)}, true
}

// doubleHint says what to write where a function takes a double and no int.
func (m mismatch) doubleHint() string {
	if len(m.types) != 1 || len(m.args) != 1 || m.types[0] != "int" && m.types[0] != "uint" {
		return ""
	}
	d := m.env.Functions()[m.function]
	if d == nil || !slices.ContainsFunc(d.OverloadDecls(), func(o *decls.OverloadDecl) bool {
		return len(o.ArgTypes()) == 1 && o.ArgTypes()[0].IsExactType(types.DoubleType)
	}) {
		return ""
	}
	return fmt.Sprintf("write %s(double(%s))", m.function, nonEmpty(unparse(m.args[0], m.info), "…"))
}

// maxSignatures is the number of overloads that a hint lists.
const maxSignatures = 4

func signatures(d *decls.FunctionDecl) string {
	var out []string
	for _, o := range d.OverloadDecls() {
		var args []string
		for _, t := range o.ArgTypes() {
			args = append(args, typeName(t))
		}
		s := fmt.Sprintf("%s(%s)", d.Name(), strings.Join(args, ", "))
		if o.IsMemberFunction() && len(args) > 0 {
			s = fmt.Sprintf("%s.%s(%s)", args[0], d.Name(), strings.Join(args[1:], ", "))
		}
		out = appendNew(out, s)
	}
	if len(out) > maxSignatures {
		out = append(out[:maxSignatures], "…")
	}
	return strings.Join(out, ", ")
}
