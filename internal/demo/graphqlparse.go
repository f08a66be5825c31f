package demo

import (
	"encoding/json"
	"fmt"
	"strings"
)

// The bounds of a GraphQL document.
const (
	maxSelected = 200 // fields
	maxNesting  = 10  // selections inside each other
)

// operation is one operation of a GraphQL document.
type operation struct {
	kind      string // query or mutation
	name      string
	variables []variable
	fields    []*selected
	at        position
}

// variable is a declared variable. Without a default, fallback is nil.
type variable struct {
	name     string
	required bool
	fallback any
}

// selected is a field that an operation asks for.
type selected struct {
	key, name string // key is the alias, or the name
	args      map[string]argument
	fields    []*selected
	at        position
}

// argument is a scalar, or a variable.
type argument struct {
	variable string
	literal  any
	at       position
}

// position is a place in a document, from 1.
type position struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

// gqlError is an error in the shape of GraphQL (its specification, 7.1.2).
type gqlError struct {
	Message    string     `json:"message"`
	Locations  []position `json:"locations,omitempty"`
	Path       []string   `json:"path,omitempty"`
	Extensions *detail    `json:"extensions,omitempty"`
}

// Error returns the message.
func (e *gqlError) Error() string { return e.Message }

// wrongAt returns the error of a place in a document.
func wrongAt(at position, format string, args ...any) *gqlError {
	return &gqlError{Message: fmt.Sprintf(format, args...), Locations: []position{at}}
}

// lexeme is a word of a document: a name 'n', number 'i' or string 's', whose
// text is JSON for the last two; a punctuator, which is its own kind; or 0, the end.
type lexeme struct {
	kind byte
	text string
	at   position
}

// String spells the token for messages.
func (t lexeme) String() string {
	if t.kind == 0 {
		return "the end"
	}
	return clip(t.text)
}

const (
	gqlNames       = "_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	gqlNumbers     = "+-.0123456789Ee"
	gqlPunctuators = "!$&()[]{}:=@|."
)

// scan splits a document into its tokens.
func scan(text string) ([]lexeme, error) {
	var tokens []lexeme
	var end position
	for line, row := range strings.Split(text, "\n") {
		end = position{line + 1, len(row) + 1}
		for rest := row; rest != ""; {
			at := position{line + 1, len(row) - len(rest) + 1}
			kind, size := scanOne(rest)
			if size < 0 {
				return nil, wrongAt(at, "a string does not end on its line")
			}
			if kind == '?' {
				return nil, wrongAt(at, "unexpected %q", []rune(rest)[0])
			}
			if kind != ' ' {
				tokens = append(tokens, lexeme{kind, rest[:size], at})
			}
			rest = rest[size:]
		}
	}
	return append(tokens, lexeme{at: end}), nil
}

// scanOne returns the kind and the length of the first token of a line: ' ' for
// what is ignored, '?' for what is not GraphQL, a negative length for a string
// without an end.
func scanOne(rest string) (kind byte, size int) {
	span := func(set string) int { return len(rest) - len(strings.TrimLeft(rest, set)) }
	switch c := rest[0]; {
	case c == '#':
		return ' ', len(rest)
	case strings.IndexByte(" \t\r,", c) >= 0:
		return ' ', span(" \t\r,")
	case c == '"':
		return 's', stringSize(rest)
	case c == '-' || '0' <= c && c <= '9':
		return 'i', span(gqlNumbers)
	case strings.IndexByte(gqlNames, c) >= 0:
		return 'n', span(gqlNames)
	case strings.IndexByte(gqlPunctuators, c) >= 0:
		return c, 1
	}
	return '?', 0
}

// stringSize returns the length of the string that the text begins with, or -1.
func stringSize(text string) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return -1
}

// parser reads tokens. Once it has failed, it reads no further.
type parser struct {
	tokens []lexeme
	count  int // of fields
	err    error
}

// parseGraphQL reads the operations of a document. The desk knows neither
// fragments nor directives, and lists and objects only as variables.
func parseGraphQL(text string) ([]operation, error) {
	tokens, err := scan(text)
	if err != nil {
		return nil, err
	}
	p := &parser{tokens: tokens}
	var all []operation
	for p.err == nil && p.peek().kind != 0 {
		all = append(all, p.operation())
	}
	if p.err == nil && len(all) == 0 {
		p.fail("the document has no operation")
	}
	return all, p.err
}

// peek returns the next token: the end, where the parser has failed.
func (p *parser) peek() lexeme {
	if p.err != nil {
		return lexeme{}
	}
	return p.tokens[0]
}

// next takes the next token. The end stays.
func (p *parser) next() lexeme {
	t := p.peek()
	if t.kind != 0 {
		p.tokens = p.tokens[1:]
	}
	return t
}

// fail keeps the first error, which stands at the next token.
func (p *parser) fail(format string, args ...any) {
	if p.err == nil {
		p.err = wrongAt(p.peek().at, format, args...)
	}
}

// take takes the next token if it is of the kind.
func (p *parser) take(kind byte) bool {
	if p.peek().kind != kind {
		return false
	}
	p.next()
	return true
}

// need takes the next token, which must be of the kind.
func (p *parser) need(kind byte, what string) lexeme {
	if p.peek().kind != kind {
		p.fail("expected %s, found %s", what, p.peek())
	}
	return p.next()
}

// operation reads one operation. A selection without a word is a query.
func (p *parser) operation() operation {
	op := operation{kind: "query", at: p.peek().at}
	if p.peek().kind == 'n' {
		if op.kind = p.next().text; op.kind != "query" && op.kind != "mutation" {
			p.fail("expected query or mutation: the desk knows no %s", clip(op.kind))
		}
		if p.peek().kind == 'n' {
			op.name = p.next().text
		}
		for open := p.take('('); open && !p.take(')') && p.err == nil; {
			op.variables = append(op.variables, p.variable())
		}
	}
	op.fields = p.selection(0)
	return op
}

// variable reads a declaration: $name: Type = default.
func (p *parser) variable() variable {
	p.need('$', "a variable")
	v := variable{name: p.need('n', "the name of a variable").text}
	p.need(':', "a colon and a type")
	for p.take('[') {
	}
	p.need('n', "a type")
	for p.peek().kind == '!' || p.peek().kind == ']' {
		v.required = p.next().kind == '!'
	}
	if p.take('=') {
		v.required, v.fallback = false, p.literal()
	}
	return v
}

// selection reads the fields between braces.
func (p *parser) selection(depth int) []*selected {
	if depth > maxNesting {
		p.fail("selections are nested more than %d deep", maxNesting)
	}
	var fields []*selected
	p.need('{', "a selection of fields")
	for p.err == nil && !p.take('}') {
		fields = append(fields, p.field(depth))
	}
	if len(fields) == 0 {
		p.fail("a selection needs a field")
	}
	return fields
}

// field reads one field: alias, name, arguments, and its own selection.
func (p *parser) field(depth int) *selected {
	if p.count++; p.count > maxSelected {
		p.fail("the document asks for more than %d fields", maxSelected)
	}
	if p.peek().kind == '.' || p.peek().kind == '@' {
		p.fail("the desk knows no fragments or directives")
	}
	f := &selected{at: p.peek().at, args: map[string]argument{}}
	f.name = p.need('n', "a field").text
	if f.key = f.name; p.take(':') {
		f.name = p.need('n', "the field of an alias").text
	}
	for open := p.take('('); open && !p.take(')') && p.err == nil; {
		name := p.need('n', "an argument").text
		p.need(':', "a colon and a value")
		f.args[name] = p.argument()
	}
	if p.peek().kind == '{' {
		f.fields = p.selection(depth + 1)
	}
	return f
}

// argument reads the value of an argument.
func (p *parser) argument() argument {
	a := argument{at: p.peek().at}
	if p.take('$') {
		a.variable = p.need('n', "the name of a variable").text
	} else {
		a.literal = p.literal()
	}
	return a
}

// literal reads a scalar. The name of an enum's value is its text.
func (p *parser) literal() any {
	t := p.peek()
	var value any
	switch {
	case t.kind == 'n' && t.text != "true" && t.text != "false" && t.text != "null":
		value = t.text
	case t.kind == 'n' || t.kind == 's' || t.kind == 'i':
		if err := unmarshalNumbers([]byte(t.text), &value); err != nil || !json.Valid([]byte(t.text)) {
			p.fail("%s is no value", t)
		}
	default:
		p.fail("expected a scalar or a variable, found %s", t)
	}
	p.next()
	return value
}

// unmarshalNumbers decodes JSON and keeps numbers as they are written.
func unmarshalNumbers(data []byte, into any) error {
	dec := json.NewDecoder(strings.NewReader(string(data)))
	dec.UseNumber()
	return dec.Decode(into)
}
