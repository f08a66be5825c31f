package spec

import "strings"

// This file knows just enough of expressions to tell where one ends. Package
// expr, which compiles them, is behind this package.

// HoldsTemplate tells whether the text has a ${ that is not escaped as $${.
func (s String) HoldsTemplate() bool { return holdsTemplate(s.Value) }

// holdsTemplate tells whether text has a ${ that is not escaped as $${.
func holdsTemplate(text string) bool { return nextTemplate(text, -1) >= 0 }

// nextTemplate returns where the first ${ after offset i of text begins, or -1.
func nextTemplate(text string, i int) int {
	for i++; ; {
		n := strings.Index(text[i:], "${")
		if n < 0 {
			return -1
		}
		i += n
		if i == 0 || text[i-1] != '$' {
			return i
		}
		i += len("${")
	}
}

// wholeTemplate tells whether text is one ${ … } and nothing else.
func wholeTemplate(text string) bool {
	if !strings.HasPrefix(text, "${") {
		return false
	}
	end, _ := scanCEL(text, len("${"), true)
	return end == len(text)
}

// scanCEL walks through the CEL expression that begins at offset i of text. In
// a template it ends behind the brace that closes it, and end is -1 where there
// is none. Comment is where its first comment begins, or -1.
func scanCEL(text string, i int, template bool) (end, comment int) {
	comment = -1
	depth := 0
	for i < len(text) {
		switch b := text[i]; {
		case b == '"' || b == '\'':
			i = skipString(text, i)
			continue
		case b == '/' && strings.HasPrefix(text[i:], "//") && comment < 0:
			comment = i
		case b == '{':
			depth++
		case b == '}' && depth > 0:
			depth--
		case b == '}' && template:
			return i + 1, comment
		}
		i++
	}
	return -1, comment
}

// skipString returns the offset behind the CEL string whose quote is at i. A
// string with an r before it knows no escapes; one of three quotes ends at three.
func skipString(text string, i int) int {
	raw := i > 0 && (text[i-1] == 'r' || text[i-1] == 'R')
	quote := text[i : i+1]
	if triple := strings.Repeat(quote, 3); strings.HasPrefix(text[i:], triple) {
		quote = triple
	}
	for i += len(quote); i < len(text); i++ {
		if text[i] == '\\' && !raw {
			i++
			continue
		}
		if strings.HasPrefix(text[i:], quote) {
			return i + len(quote)
		}
	}
	return len(text)
}
