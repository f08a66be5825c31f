package spec

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// schemaNode is a JSON Schema. Its fields stand in the order in which they are
// written; what is zero is left out.
//
// One node often allows several types, such as a text or a map: a keyword that
// is about one type lets values of the others pass, and editors complete and
// explain such a node better than alternatives under anyOf.
type schemaNode struct {
	Dialect string `json:"$schema,omitempty"`
	ID      string `json:"$id,omitempty"`
	Ref     string `json:"$ref,omitempty"`
	Title   string `json:"title,omitempty"`
	Doc     string `json:"description,omitempty"`
	// VS Code and yaml-language-server show Markdown and EnumDocs, and say
	// ErrorMessage or PatternMessage instead of naming a pattern. ErrorMessage
	// goes for all that can be wrong with the node itself, its keys included.
	Markdown       string     `json:"markdownDescription,omitempty"`
	Type           typeList   `json:"type,omitempty"`
	Enum           []any      `json:"enum,omitempty"`
	EnumDocs       []string   `json:"markdownEnumDescriptions,omitempty"`
	Const          string     `json:"const,omitempty"`
	Default        any        `json:"default,omitempty"`
	Examples       []any      `json:"examples,omitempty"`
	Pattern        string     `json:"pattern,omitempty"`
	ErrorMessage   string     `json:"errorMessage,omitempty"`
	PatternMessage string     `json:"patternErrorMessage,omitempty"`
	Minimum        *int       `json:"minimum,omitempty"`
	Maximum        *int       `json:"maximum,omitempty"`
	Required       []string   `json:"required,omitempty"`
	MinProps       int        `json:"minProperties,omitempty"`
	Properties     properties `json:"properties,omitempty"`
	// Names is what the names of properties are held against.
	Names      *schemaNode         `json:"propertyNames,omitempty"`
	Additional *schemaNode         `json:"additionalProperties,omitempty"`
	Dependent  properties          `json:"dependentSchemas,omitempty"`
	Needs      map[string][]string `json:"dependentRequired,omitempty"`
	MinItems   int                 `json:"minItems,omitempty"`
	Unique     bool                `json:"uniqueItems,omitempty"`
	Items      *schemaNode         `json:"items,omitempty"`
	AllOf      []*schemaNode       `json:"allOf,omitempty"`
	AnyOf      []*schemaNode       `json:"anyOf,omitempty"`
	Not        *schemaNode         `json:"not,omitempty"`
	If         *schemaNode         `json:"if,omitempty"`
	Then       *schemaNode         `json:"then,omitempty"`
	Else       *schemaNode         `json:"else,omitempty"`
	Defs       properties          `json:"$defs,omitempty"`
}

// The schemas that are written true and false.
var (
	anything = &schemaNode{}
	nothing  = &schemaNode{}
)

// MarshalJSON implements json.Marshaler.
func (n *schemaNode) MarshalJSON() ([]byte, error) {
	switch n {
	case anything:
		return []byte("true"), nil
	case nothing:
		return []byte("false"), nil
	}
	type plain schemaNode // has no MarshalJSON
	return encode((*plain)(n))
}

// doc sets what n means, in Markdown.
func (n *schemaNode) doc(text string) *schemaNode {
	n.Doc, n.Markdown = strings.ReplaceAll(text, "`", ""), text
	return n
}

// orNull returns a copy of n that allows null, too.
func (n *schemaNode) orNull() *schemaNode {
	c := *n
	switch {
	case slices.Contains(n.Type, "null"):
	case n.Type != nil:
		c.Type = append(slices.Clone(n.Type), "null")
	case n.Else != nil:
		c.Else = n.Else.orNull()
	case n.AnyOf != nil:
		c.AnyOf = slices.Clone(n.AnyOf)
		c.AnyOf[0] = n.AnyOf[0].orNull()
	}
	return &c
}

// typeList is written as one name where it is one.
type typeList []string

// MarshalJSON implements json.Marshaler.
func (t typeList) MarshalJSON() ([]byte, error) {
	if len(t) == 1 {
		return encode(t[0])
	}
	return encode([]string(t))
}

// property is a named schema.
type property struct {
	name   string
	schema *schemaNode
}

// properties is written as a map, in its own order.
type properties []property

// MarshalJSON implements json.Marshaler.
func (p properties) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range p {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := encode(m.name)
		if err != nil {
			return nil, err
		}
		value, err := encode(m.schema)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// encode is json.Marshal, but leaves < and > as they are.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(b.Bytes()), nil
}
