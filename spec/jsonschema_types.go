package spec

import (
	"encoding/json"
	"strings"
)

// The types of what is a scalar in YAML. Where text stands, the place decides
// that 2022-11-28, 0042 and true are text, so a text admits all of them;
// booleans through orBoolean.
var (
	scalarTypes = typeList{"string", "number"}
	valueTypes  = typeList{"object", "array", "string", "number", "boolean", "null"}
)

const (
	notBlank        = `\S`
	bareCEL         = `^\s*[^\s$]`
	celMessage      = "write a CEL expression, without ${ } around it"
	textMessage     = "write a text that is not empty"
	constantMessage = "write a text that is not empty; no ${ … } is evaluated here"
	hasTemplate     = `\$\{`
	orTemplate      = `|` + hasTemplate
	noTemplate      = `^\s*([^\s$]|\$+[^{$]|\$+$)([^$]|\$+[^{$])*\$*$` // nor blank
	onlyTemplate    = `^\$\{[\s\S]*\}$`
)

// orBoolean admits true and false, too, where they are text. It does not name
// the type, since editors would offer both words wherever they complete a text.
func orBoolean(n *schemaNode) *schemaNode {
	boolean := &schemaNode{Title: "boolean", Not: &schemaNode{Type: typeList{"object", "array", "string", "number", "null"}}}
	// Where no branch has a title, yaml-language-server shows all of them.
	return &schemaNode{AnyOf: []*schemaNode{n, boolean}}
}

// textOf makes the schema of texts that match the pattern, unless it is empty.
func textOf(name, pattern, message string) schemaPart {
	return func(m *schemaMaker) *schemaNode {
		return m.ref(name, func() *schemaNode {
			return orBoolean(&schemaNode{Type: scalarTypes, Pattern: pattern, ErrorMessage: message})
		})
	}
}

// The texts: one that is not blank, one that may be empty, one in which no
// expression is evaluated, and one that is an expression.
var (
	textSchema     = textOf("text", notBlank, textMessage)
	anyTextSchema  = textOf("any-text", "", "write a text")
	constantSchema = textOf("constant", noTemplate, constantMessage)
	celSchema      = textOf("cel", bareCEL, celMessage)
)

// fileSchema is the path of a file, fileOrPEMSchema that or the content of one.
func fileSchema(m *schemaMaker) *schemaNode {
	return m.ref("file", func() *schemaNode {
		return orBoolean((&schemaNode{Type: scalarTypes, Pattern: noTemplate, ErrorMessage: constantMessage}).asFile())
	})
}

func fileOrPEMSchema(m *schemaMaker) *schemaNode {
	return m.ref("file-or-pem", func() *schemaNode {
		return (&schemaNode{Type: typeList{"string"}, Pattern: notBlank, ErrorMessage: textMessage}).asFile()
	})
}

// asFile refuses texts that are no paths of files.
func (n *schemaNode) asFile() *schemaNode {
	n.If = &schemaNode{Type: typeList{"string"}, Pattern: isURL.String() + `|^[^$]*/$`}
	n.Then = &schemaNode{Pattern: "^$", ErrorMessage: "write the path of a file, not a URL or a folder"}
	return n
}

func durationSchema(m *schemaMaker) *schemaNode {
	return m.ref("duration", func() *schemaNode {
		return &schemaNode{Type: typeList{"string"}, Pattern: durationSyntax.String() + orTemplate, ErrorMessage: "write a duration with its unit, like 500ms, 2s or 1m30s"}
	})
}

func sizeSchema(m *schemaMaker) *schemaNode {
	return m.ref("size", func() *schemaNode {
		var units []string
		for _, u := range sizeUnits {
			units = append(units, u.name)
		}
		sizeText := `^[0-9]+(\.[0-9]+)?(` + strings.Join(units, "|") + ")$"
		return &schemaNode{Type: typeList{"string"}, Pattern: sizeText + orTemplate, ErrorMessage: "write a size with its unit, like 512B, 10kB or 64MiB"}
	})
}

func methodSchema(*schemaMaker) *schemaNode {
	return &schemaNode{
		Type: typeList{"string"}, Pattern: "^[!#$%&'*+.^_`|~0-9A-Z-]+$", ErrorMessage: "write a method in capital letters, like PROPFIND",
		Examples: []any{"TRACE", "PROPFIND", "QUERY"},
	}
}

// baseURLSchema is what requests can be sent to; a template may say anything.
func baseURLSchema(*schemaMaker) *schemaNode {
	return &schemaNode{
		Type: typeList{"string"}, Pattern: `^[Hh][Tt][Tt][Pp][Ss]?://[^\s/?#@]+(/[^?#]*)?$` + orTemplate,
		ErrorMessage: "write a URL that begins with http:// or https:// and has no user, query or fragment",
	}
}

// reasonSchema is why a query is skipped. Skip: false would skip, so it is refused.
func reasonSchema(*schemaMaker) *schemaNode {
	return &schemaNode{Type: scalarTypes, Pattern: notBlank, ErrorMessage: "write the reason as text; for a condition there is if"}
}

func countSchema(*schemaMaker) *schemaNode {
	return &schemaNode{Type: typeList{"integer"}, Minimum: number(0)}
}

// valueSchema is any JSON value, in which texts may hold expressions.
func valueSchema(*schemaMaker) *schemaNode { return &schemaNode{Type: valueTypes} }

// statusSchema is a status, a class of them, an expression, or a list of those.
func statusSchema(m *schemaMaker) *schemaNode {
	one := schemaNode{
		Type: typeList{"integer", "string"}, Minimum: number(100), Maximum: number(599),
		Pattern: statusSyntax.String() + orTemplate, ErrorMessage: "write a status such as 200, a class such as 2xx, or a list of those",
	}
	item := one
	one.Type, one.Items, one.MinItems = typeList{"integer", "string", "array"}, &item, 1
	return &one
}

// atLeastOne is a list that is not empty.
func atLeastOne(list schemaPart) schemaPart {
	return func(m *schemaMaker) *schemaNode {
		n := *list(m)
		n.MinItems = 1
		return &n
	}
}

func number(n int) *int { return &n }

// choiceSchema is one of a few words. What YAML reads as a number may stand
// without quotes, but editors offer it with them.
func choiceSchema(choices []string) *schemaNode {
	words, numbers := &schemaNode{}, &schemaNode{}
	for _, c := range choices {
		words.Enum = append(words.Enum, c)
		if jsonNumber.MatchString(c) {
			numbers.Enum = append(numbers.Enum, json.Number(c))
		}
	}
	switch {
	case choices[0] == "true":
		return &schemaNode{Type: typeList{"boolean"}}
	case len(numbers.Enum) == 0:
		return words
	}
	isNumber := &schemaNode{Title: "number", If: &schemaNode{Type: typeList{"number"}}, Then: numbers, Else: nothing}
	return &schemaNode{AnyOf: []*schemaNode{words, isNumber}}
}

// wordSchema is one of a few words, or a template. The word null is offered as
// YAML reads it without quotes.
func wordSchema(words []string) *schemaNode {
	choice, other := &schemaNode{}, &schemaNode{Title: "expression", Type: typeList{"string"}, Pattern: hasTemplate}
	for _, w := range words {
		if w == "null" {
			choice.Enum = append(choice.Enum, nil)
			other.Pattern += "|^null$"
			continue
		}
		choice.Enum = append(choice.Enum, w)
	}
	return &schemaNode{AnyOf: []*schemaNode{choice, other}}
}

// listOf is a list in which nothing stands twice.
func listOf(item schemaPart) schemaPart {
	return func(m *schemaMaker) *schemaNode {
		return &schemaNode{Type: typeList{"array"}, Items: item(m), Unique: true}
	}
}

// mapOf is a map with any keys.
func mapOf(value schemaPart) schemaPart {
	return func(m *schemaMaker) *schemaNode {
		return &schemaNode{Type: typeList{"object"}, Additional: value(m)}
	}
}

// tokensOf is a map whose keys are tokens, as names of headers and cookies are.
func tokensOf(what string, value schemaPart) schemaPart {
	return func(m *schemaMaker) *schemaNode {
		n := mapOf(value)(m)
		n.Names = tokenNode(what)
		return n
	}
}

func tokenNode(what string) *schemaNode {
	return &schemaNode{Title: what, Pattern: token.String() + orTemplate, ErrorMessage: "the name of a " + what + " has letters, digits and hyphens, and no spaces or colons"}
}

// namesOf is a map whose keys expressions read.
func namesOf(value schemaPart) schemaPart {
	return func(m *schemaMaker) *schemaNode {
		names := m.ref("name", func() *schemaNode {
			return &schemaNode{
				Title:   "name",
				Pattern: identifier.String(), ErrorMessage: "a name consists of letters, digits and underscores, and does not begin with a digit",
				If:   &schemaNode{Pattern: "^(" + strings.Join(celWords, "|") + ")$"},
				Then: &schemaNode{Pattern: "^$", ErrorMessage: "this cannot be a name, because CEL keeps the word for itself"},
			}
		})
		return &schemaNode{Type: typeList{"object"}, Names: names, Additional: value(m)}
	}
}

// fieldSchema is a text, or a list of texts.
func fieldSchema(m *schemaMaker) *schemaNode {
	return m.ref("field", func() *schemaNode { return orBoolean(fieldNode(m)) })
}

func fieldNode(m *schemaMaker) *schemaNode {
	return &schemaNode{
		Type: append(typeList{"array"}, scalarTypes...), Items: anyTextSchema(m), MinItems: 1,
		ErrorMessage: "write a text, or a list of texts to send the name several times",
	}
}

// removableSchema is a field of a query, which null takes away.
func removableSchema(m *schemaMaker) *schemaNode {
	return m.ref("field-or-null", func() *schemaNode { return orBoolean(fieldNode(m).orNull()) })
}

// tableOf is a map with the keys of a table.
func tableOf(t Table) schemaPart {
	return func(m *schemaMaker) *schemaNode {
		return m.ref(withoutArticle(t.Of), func() *schemaNode { return m.table(t) })
	}
}
