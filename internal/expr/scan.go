package expr

import (
	"strings"

	"github.com/apicel/apicel/spec"
)

// part is a piece of a template: literal text, or the expression between the
// braces of an insertion.
type part struct {
	literal string
	expr    spec.String
	isExpr  bool
}

// split takes a template apart. $${ stands for a literal ${.
func split(src spec.String) ([]part, spec.Problems) {
	var parts []part
	var lit strings.Builder
	flush := func() {
		if lit.Len() > 0 {
			parts = append(parts, part{literal: lit.String()})
			lit.Reset()
		}
	}
	text := src.Value
	for i := 0; i < len(text); {
		switch {
		case strings.HasPrefix(text[i:], "$${"):
			lit.WriteString("${")
			i += len("$${")
		case strings.HasPrefix(text[i:], "${"):
			end, f := insertionEnd(text, i)
			if end < 0 {
				var ps spec.Problems
				ps.Errorf(src.At(f.at), "%s", f.message).Hint = f.hint
				return nil, ps
			}
			flush()
			parts = append(parts, part{expr: src.Slice(i+len("${"), end), isExpr: true})
			i = end + 1
		default:
			lit.WriteByte(text[i])
			i++
		}
	}
	flush()
	return parts, nil
}

// insertionEnd returns the offset of the brace that closes the insertion whose
// ${ is at from, or -1 and why there is none.
func insertionEnd(text string, from int) (int, fault) {
	depth := 0
	for i := from + len("${"); i < len(text); {
		switch c := text[i]; {
		case c == '"' || c == '\'':
			end := stringEnd(text, i)
			if end < 0 {
				return -1, fault{i, "the string that begins here has no end, so ${ has none either", "close it with the quote it begins with"}
			}
			i = end
			continue
		case c == '`':
			if n := strings.IndexByte(text[i+1:], '`'); n >= 0 {
				i += n + 1
			}
		case strings.HasPrefix(text[i:], "//"):
			n := strings.IndexByte(text[i:], '\n')
			if n < 0 {
				return -1, fault{from, "${ has no closing }", "the comment that begins with // goes on to the end of the line"}
			}
			i += n
		case c == '{':
			depth++
		case c == '}' && depth == 0:
			return i, fault{}
		case c == '}':
			depth--
		}
		i++
	}
	return -1, fault{from, "${ has no closing }", "close it with }, or write $${ for the two characters"}
}

// stringEnd returns the offset behind the CEL string whose quote is at i, or
// -1. A raw string (r before the quote, also with b) has no escapes; only one of
// three quotes goes over several lines.
func stringEnd(text string, i int) int {
	quote := text[i : i+1]
	triple := strings.Repeat(quote, 3)
	long := strings.HasPrefix(text[i:], triple)
	if long {
		quote = triple
	}
	raw := isRawString(text, i)
	for j := i + len(quote); j < len(text); j++ {
		switch {
		case text[j] == '\\' && !raw:
			j++
		case text[j] == '\n' && !long:
			return -1
		case strings.HasPrefix(text[j:], quote):
			return j + len(quote)
		}
	}
	return -1
}

// isRawString tells whether the letters before the quote at i make a raw string.
func isRawString(text string, i int) bool {
	from := i
	for from > 0 && isNameByte(text[from-1]) {
		from--
	}
	switch strings.ToLower(text[from:i]) {
	case "r", "br":
		return true
	}
	return false
}
