package expr

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"github.com/apicel/apicel/internal/lazyregexp"
)

// What CEL says when an evaluation fails may quote the values, and with them a
// part of a secret, which no redactor recognises. So none of it is shown: each
// message is told by what it says besides, and put into words of our own.

// failure is a message of CEL's, by a text in it, and what is said instead.
type failure struct{ says, message, hint string }

// failures are looked through in this order.
var failures = []failure{
	{"division by zero", "division by zero", ""},
	{"modulus by zero", "division by zero", ""},
	{"integer overflow", "the number does not fit: an int and a uint have 64 bits, and a uint no sign", "double(…) takes larger numbers"},
	{"duration overflow", "the duration is longer than an int of nanoseconds can say", ""},
	{"timestamp overflow", "the timestamp is not between the years 1 and 9999", ""},
	{"NaN values cannot be ordered", "NaN has no order", ""},
	{"invalid UTF-8 in bytes", "the bytes are not valid UTF-8, so they are no text", "write hex(…) or base64.encode(…) around them"},
	{"insert failed: key", "two elements give the same key", "make the keys different"},
	{"invalid replacement string", `the replacement given to regex.replace() has a \ that stands before neither a digit nor another \`, `write \\ for a backslash`},
	{"replacement string references group", "the replacement given to regex.replace() names a group that the regular expression does not have", ""},
	{"more than one capturing group", "the regular expression has more than one group, expected one at most", "write (?:…) for a group that is not taken out"},
	{"join: invalid input", "join() got a list with more than text in it", "write items.map(x, string(x)) before it"},
	{"lists.range: size must be non-negative", "lists.range() got a number below 0", ""},
	{"lists.range: size", fmt.Sprintf("lists.range() makes lists of up to %d elements", MaxRange), "loop over fewer elements"},
	{"cannot slice(", "slice() got places that the list does not have: it takes the first and the one behind the last, counted from 0", "ask for size(…) first"},
	{"level must be non-negative", "flatten() got a depth below 0", ""},
	{"list elements must be comparable", "the elements have no order", "they may be numbers, texts, bytes, booleans, durations or timestamps"},
	{"list elements must have the same type", "list elements must have the same type", otherHints["list elements must have the same type"]},
	{"negative offset", "a number is shifted by less than 0 bits", ""},
	{"math.@min(list) argument must not be empty", "math.least() got an empty list", ""},
	{"math.@max(list) argument must not be empty", "math.greatest() got an empty list", ""},
	{"CIDR", "cidr() got text that is no range of IP addresses", `write it as in "10.0.0.0/8"`},
	{"IP Address", "ip() got text that is no IP address", `write it as in "10.0.0.1" or "::1"`},
	{"IP address", "ip() got text that is no IP address", `write it as in "10.0.0.1" or "::1"`},
	{"IPv4-mapped", "an IPv4 address is written as an IPv6 one", "write it without ::ffff:"},
	{"error during formatting", "format() got a value that does not fit its place: %s takes anything, %d numbers, %f and %e doubles, %x, %o and %b numbers too", "write one of them for each element of the list"},
	{"unknown time zone", "the time zone is not known", `write "Europe/Berlin", "UTC" or "+02:00"`},
	{"timezone offset", "the time zone is not known", `write "Europe/Berlin", "UTC" or "+02:00"`},
	{"cannot initialize optional", "? stands before a value that is no optional", "leave out the ?"},
	{"is not optional", "optional.unwrap() got a list with a value that is no optional", ""},
	{"invalid substring range", "substring() got an end before its beginning", ""},
	{"index out of range", "the text has no such place: it takes places from 0 to the length of the text", "ask for size(…) first"},
}

// told is a message of CEL's in our words. What is not known says where it went
// wrong and no more.
func told(message, source string) *EvalError {
	for _, f := range failures {
		if strings.Contains(message, f.says) {
			return &EvalError{Message: f.message, Hint: f.hint}
		}
	}
	if source == "" {
		source = "the expression"
	}
	return &EvalError{Message: source + " has no value for what it is given"}
}

// What CEL says when an evaluation fails and more is known about why.
var (
	noSuchKey       = lazyregexp.New(`^no such key: `)
	noSuchAttribute = lazyregexp.New(`^no such attribute\(s\): (.*)$`)
	noSuchOverload  = lazyregexp.New(`no such overload`)
	outOfRange      = lazyregexp.New(`^index out of bounds: |out of range in list`)
	wrongIndex      = lazyregexp.New(`unsupported index (?:type|value)`)
	wrongKey        = lazyregexp.New(`^invalid qualifier type`)
	noElements      = lazyregexp.New(`^unsupported comprehension range type|expected iterable type$`)
	conversionError = lazyregexp.New(`^(?:type conversion error|strconv\.|unsupported|invalid RFC 3339|parsing time|time: )`)
	badPattern      = lazyregexp.New("(?s)^error parsing regexp: ([^`]*?): `")
)

// patternError speaks of text that is no regular expression.
func patternError(call ast.CallExpr, reason string) *EvalError {
	return &EvalError{Message: fmt.Sprintf("%s() got text that is not a regular expression (RE2): %s", call.FunctionName(), reason)}
}

// maxPattern is how many characters of a regular expression a message quotes.
const maxPattern = 40

// patternFault says why a literal is no regular expression, or returns "".
func patternFault(pattern string) string {
	_, err := regexp.Compile(pattern)
	if err == nil {
		return ""
	}
	reason := "it is not valid"
	if bad := (*syntax.Error)(nil); errors.As(err, &bad) {
		reason = bad.Code.String()
	}
	if r := []rune(pattern); len(r) > maxPattern {
		pattern = string(r[:maxPattern]) + "…"
	}
	return fmt.Sprintf("%q is not a regular expression (RE2): %s", pattern, reason)
}

// noKey speaks of a list or a map as a key.
func noKey(where string, key ref.Val) *EvalError {
	return &EvalError{
		Message: fmt.Sprintf("%s is looked into with a key that is %s, expected text or a number", nonEmpty(where, "the value"), article(valueType(key))),
	}
}

// noRange speaks of a loop over what has no elements.
func noRange(e ast.ComprehensionExpr, source string, o origin) *EvalError {
	found := "a value of another type"
	if len(o.operands) == 1 && o.operands[0] != nil {
		found = article(valueType(o.operands[0]))
	}
	if source == "" || e.IterRange().Kind() == ast.ComprehensionKind {
		source = "the value before the loop"
	}
	return &EvalError{Message: fmt.Sprintf("%s is %s, which has no elements, expected a list or a map", source, found)}
}

// quotable tells whether a message may quote the value of an expression. What
// is looked up is masked as a whole where it is secret, also inside other text;
// what else is computed may be a part of a secret.
func (e *Expr) quotable(x ast.Expr) bool {
	noSecrets := len(e.refs.Secrets) == 0
	switch {
	case x == nil:
		return false
	case x.Kind() == ast.LiteralKind, noSecrets && isNumber(e.unit.ast.GetType(x.ID())):
		return true
	case x.Kind() == ast.CallKind && slices.Contains([]string{operators.Add, "string", "dyn"}, x.AsCall().FunctionName()):
		return !slices.ContainsFunc(operands(x.AsCall()), func(o ast.Expr) bool { return !e.quotable(o) })
	}
	for in := lookedInto(x); in != nil; in = lookedInto(x) {
		x = in
	}
	if x.Kind() != ast.IdentKind {
		return false
	}
	root, _, _ := strings.Cut(rootName(x), ".")
	_, known := variableWithMembers(root)
	if !known {
		_, known = variable(root)
	}
	return root != secretsVar && (known || noSecrets) // else a name for what may be part of a secret
}

func isNumber(t *types.Type) bool {
	return t != nil && (t.Kind() == types.IntKind || t.Kind() == types.UintKind)
}

// indexOf is the expression of the key that a look-up uses, or nil where the key
// stands in it.
func indexOf(node ast.Expr) ast.Expr {
	if lookedInto(node) == nil || node.Kind() != ast.CallKind {
		return nil
	}
	return node.AsCall().Args()[1]
}
