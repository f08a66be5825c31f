package expr

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"cel.dev/cel-go/common"

	"github.com/apicel/apicel/internal/lazyregexp"
)

// What CEL's parser says, which is written for those who know its grammar.
var (
	syntaxEnd        = lazyregexp.New(`(?s)mismatched input '<EOF>' expecting (.*)`)
	syntaxUnexpected = lazyregexp.New(`(?s)(?:mismatched|extraneous) input '(.*)' expecting`)
	syntaxNoViable   = lazyregexp.New(`(?s)no viable alternative at input '(.*)'`)
	syntaxMissing    = lazyregexp.New(`(?s)missing (.+) at '(.*)'`)
	syntaxToken      = lazyregexp.New(`(?s)token recognition error at: '(.*)'`)
	reservedWord     = lazyregexp.New(`^reserved identifier: (\w+)$`)
)

// syntaxFault returns the first thing the parser stumbled over; what it says
// after that follows from it.
func (u *unit) syntaxFault(errs []*common.Error) fault {
	first := errs[0]
	for _, e := range errs {
		if before(e.Location, first.Location) {
			first = e
		}
	}
	at := u.offset(first.Location)
	message := strings.TrimPrefix(first.Message, "Syntax error: ")
	if f, ok := tooLarge(message); ok {
		return f
	}
	if f, ok := u.knownMistake(at); ok {
		return f
	}
	if m := syntaxToken.FindStringSubmatch(message); m != nil {
		return u.badToken(at, m[1])
	}
	if m := syntaxEnd.FindStringSubmatch(message); m != nil {
		return u.endsEarly(at, m[1])
	}
	if m := syntaxNoViable.FindStringSubmatch(message); m != nil && at >= len(strings.TrimRight(u.text, jsonSpace)) {
		return u.endsEarly(at, "")
	}
	if m := syntaxUnexpected.FindStringSubmatch(message); m != nil {
		return u.unexpected(at, m[1])
	}
	if m := syntaxMissing.FindStringSubmatch(message); m != nil {
		before := strconv.Quote(m[2])
		if m[2] == "<EOF>" {
			before = "the end"
		}
		return fault{at, fmt.Sprintf("%s is missing before %s", strings.Trim(m[1], "'"), before), ""}
	}
	if m := reservedWord.FindStringSubmatch(message); m != nil {
		return fault{at, fmt.Sprintf("%q is a reserved word of CEL and cannot be a name", m[1]), ""}
	}
	return fault{at, otherMessage(message), otherHints[message]}
}

// tooLarge says what is too long or too deep for CEL.
func tooLarge(message string) (fault, bool) {
	const hint = "split it: make a var of a part, or several checks"
	switch {
	case strings.Contains(message, "recursion"):
		return fault{0, fmt.Sprintf("the expression is nested more than %d levels deep", maxNesting), hint}, true
	case strings.HasPrefix(message, "expression code point size exceeds limit"):
		return fault{0, fmt.Sprintf("the expression is longer than %d characters", maxLength), hint}, true
	}
	return fault{}, false
}

// What CEL's parser takes, as it is set by default.
const (
	maxNesting = 250
	maxLength  = 100_000
)

func before(a, b common.Location) bool {
	return a.Line() < b.Line() || a.Line() == b.Line() && a.Column() < b.Column()
}

// otherHints say what to do about messages that are clear by themselves.
var otherHints = map[string]string{
	"invalid argument to has() macro":       "has() takes a field, as in has(body.id)",
	"list elements must have the same type": "JSON numbers are int or double as they are spelled; write double(…) around them",
	"argument must be a simple name":        "the first argument names the element, as in items.all(x, x > 0)",
	"invalid int literal":                   "an int has 64 bits; write u behind the number for a uint, or a decimal point for a double",
}

// otherMessage is a message of CEL's own in our manner.
func otherMessage(message string) string {
	message = strings.ReplaceAll(message, "'", `"`)
	message = strings.TrimSuffix(message, ".")
	return prettyTypes(message)
}

// badToken names characters that CEL does not know.
func (u *unit) badToken(at int, token string) fault {
	switch c := strings.TrimSpace(token); {
	case strings.HasPrefix(c, "=") && at > 0 && u.text[at-1] == '=':
		return fault{at, `"===" is no operator of CEL`, "write =="}
	case strings.HasPrefix(c, "="):
		return fault{at, `"=" is no operator of CEL`, "compare with =="}
	case strings.HasPrefix(c, "&"):
		return fault{at, `"&" is no operator of CEL`, "write && for and"}
	case strings.HasPrefix(c, "|"):
		return fault{at, `"|" is no operator of CEL`, "write || for or"}
	case strings.HasPrefix(c, "$") && strings.HasPrefix(u.text[at:], "${"):
		return fault{at, `"${" has no meaning inside an expression`, "this is CEL already: leave out ${ }"}
	case strings.HasPrefix(c, "$"):
		return fault{at, `"$" has no meaning in CEL`, "write the name of a variable without it"}
	case strings.ContainsAny(c[:min(2, len(c))], `"'`):
		if i := strings.IndexByte(c, '\\'); i >= 0 && !strings.HasPrefix(c[i:], `\\`) {
			return fault{at + strings.IndexByte(token, '\\'), fmt.Sprintf("unknown escape %s", escape(c[i:])), `write \\ for a backslash, or put r before the string`}
		}
		return fault{at, "the string that begins here has no end", "close it with the quote it begins with"}
	default:
		return fault{at, fmt.Sprintf("unexpected %q", c), ""}
	}
}

// escape returns the backslash and the character behind it.
func escape(s string) string {
	r := []rune(s)
	return string(r[:min(2, len(r))])
}

// endsEarly says what is missing at the end.
func (u *unit) endsEarly(at int, expecting string) fault {
	hint := ""
	if expected := strings.Trim(expecting, "{}"); expected != "" && strings.Count(expected, "'") <= 4 && !strings.Contains(expected, "IDENTIFIER") {
		hint = "expected " + strings.ReplaceAll(expected, ", ", " or ")
	} else if last := lastToken(u.text); last != "" {
		hint = fmt.Sprintf("something is missing after %s", last)
	}
	return fault{at, "the expression ends too early", hint}
}

func lastToken(text string) string {
	fields := strings.Fields(text)
	if len(fields) == 0 {
		return ""
	}
	last := fields[len(fields)-1]
	i := len(last) - 1
	for i > 0 && !isNameByte(last[i]) && !isNameByte(last[i-1]) {
		i--
	}
	return last[max(i, 0):]
}

// wordOperators are what other languages write for CEL's operators.
var wordOperators = map[string]string{"and": "&&", "or": "||", "not": "!", "is": "=="}

// durationUnit is a unit of time that may stand glued to a number.
var durationUnit = lazyregexp.New(`^(?:ns|us|ms|s|m|h)$`)

// numberBefore is the number that a text ends with.
var numberBefore = lazyregexp.New(`[0-9.]+$`)

func (u *unit) unexpected(at int, token string) fault {
	f := fault{at: at, message: fmt.Sprintf("unexpected %q", token)}
	if number := numberBefore.FindString(u.text[:at]); number != "" && durationUnit.MatchString(token) {
		f.hint = fmt.Sprintf("a duration is written duration(%q)", number+token)
	} else if op := wordOperators[strings.ToLower(token)]; op != "" {
		f.hint = "write " + op
	} else if slices.Contains(functionNames(), token) {
		f.hint = fmt.Sprintf("%s is a function: write ….%s(…)", token, token)
	} else if token != "" && strings.ContainsAny(token[:1], `"'`) {
		f.hint = "an operator is missing before the string"
	}
	return f
}
