package spec

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

const (
	schemaDialect = "https://json-schema.org/draft/2020-12/schema"
	schemaHome    = "https://github.com/apicel/apicel/"
	definitionsAt = "#/$defs/"
)

// JSONSchema returns the JSON Schema (draft 2020-12) of a suite, for editors and
// for other programs. It is made from the tables of this package.
//
// It is more lenient than Load: what depends on how a scalar is spelled, on
// other places of the file or on other files is not said in it.
func JSONSchema() []byte {
	return schemaOf("suite", "apicel suite", "A suite of apicel: a source and the queries that are sent to it.",
		Table{"a suite", SuiteKeys})
}

// SourceJSONSchema returns the JSON Schema of a source file, to which the
// `source` of a suite may point.
func SourceJSONSchema() []byte {
	return schemaOf("source", "apicel source file", "A source of apicel that several suites share.",
		Table{"a source file", SourceFileKeys})
}

// schemaOf writes the schema of a file, indented.
func schemaOf(kind, title, doc string, t Table) []byte {
	m := &schemaMaker{map[string]*schemaNode{}, schemaTypes(), schemaPlaces()}
	root := m.table(t)
	root.Dialect, root.ID = schemaDialect, schemaHome+kind+".schema.json"
	root.Title, root.Doc = title, doc
	root.Defs = m.definitions()
	var out bytes.Buffer
	data, err := encode(root)
	if err == nil {
		err = json.Indent(&out, data, "", "  ")
	}
	if err != nil {
		panic(err) // the tables hold nothing that JSON does not know
	}
	out.WriteByte('\n')
	return out.Bytes()
}

// schemaMaker makes the parts of a schema and keeps those that are used in
// several places, or in themselves, as definitions.
type schemaMaker struct {
	made          map[string]*schemaNode
	types, places map[string]schemaPart
}

// definitions returns what refs refer to, by name.
func (m *schemaMaker) definitions() properties {
	var all properties
	for name, n := range m.made {
		all = append(all, property{name, n})
	}
	slices.SortFunc(all, func(a, b property) int { return strings.Compare(a.name, b.name) })
	return all
}

// ref returns a reference to the definition of the name, which is made on first use.
func (m *schemaMaker) ref(name string, make func() *schemaNode) *schemaNode {
	if _, ok := m.made[name]; !ok {
		m.made[name] = nil // so that making it may refer to it
		m.made[name] = make()
	}
	return &schemaNode{Ref: definitionsAt + name}
}

// resolve returns the definition that n refers to.
func (m *schemaMaker) resolve(n *schemaNode) *schemaNode {
	return m.made[strings.TrimPrefix(n.Ref, definitionsAt)]
}

// table returns the schema of a map with the keys of a table.
func (m *schemaMaker) table(t Table) *schemaNode {
	n := &schemaNode{Title: withoutArticle(t.Of), Type: typeList{"object"}, Additional: nothing}
	for _, k := range t.Keys {
		n.Properties = append(n.Properties, property{k.Name, m.key(t.Of, k)})
		if k.Required {
			n.Required = append(n.Required, k.Name)
		}
	}
	return n
}

func withoutArticle(of string) string {
	return strings.TrimPrefix(strings.TrimPrefix(of, "an "), "a ")
}

// key returns the schema of what stands under a key, with what editors show of it.
func (m *schemaMaker) key(of string, k Key) *schemaNode {
	n := *m.place(of, k)
	n.Title = k.Type
	n.doc(k.Doc)
	place := of + "." + k.Name
	if d, ok := schemaDefaults[place]; ok {
		n.Default = d
	}
	if e, ok := schemaExamples[place]; ok {
		n.Examples = e
	}
	return &n
}

// place returns the schema of what stands under a key: of its type, unless the
// place says more than the type.
func (m *schemaMaker) place(of string, k Key) *schemaNode {
	if how, ok := m.places[of+"."+k.Name]; ok {
		return how(m)
	}
	if choices, ok := Choices[k.Type]; ok {
		return choiceSchema(choices)
	}
	if how, ok := m.types[k.Type]; ok {
		return how(m)
	}
	return valueSchema(m) // of a type that nobody knows, which a test looks for
}

// ways are keys of a map of which exactly one is given. A way of two keys needs both.
type ways struct {
	keys [][]string
	// needed is the key that is asked for where there is none of them.
	needed string
	// missing says what to do there.
	missing string
}

// oneWay returns ways of one key each, of which the first is asked for.
func oneWay(missing string, names ...string) ways {
	w := ways{needed: names[0], missing: missing}
	for _, name := range names {
		w.keys = append(w.keys, []string{name})
	}
	return w
}

// exactlyOne takes the keys of ways out of n's properties and puts them where an
// editor offers them only as long as none of them is given. Each forbids the
// keys of the other ways.
func (n *schemaNode) exactlyOne(w ways) *schemaNode {
	var all properties
	given := &schemaNode{Type: typeList{"object"}}
	for i, p := range n.Properties {
		if slices.Contains(slices.Concat(w.keys...), p.name) {
			all = append(all, p)
			given.AnyOf = append(given.AnyOf, &schemaNode{Required: []string{p.name}})
			n.Properties[i].schema = anything
		}
	}
	for _, way := range w.keys {
		for _, name := range way {
			n.Dependent = append(n.Dependent, property{name, n.only(name, way, all)})
		}
	}
	n.If, n.Else = given, &schemaNode{Properties: all, Required: []string{w.needed}, ErrorMessage: w.missing}
	return n
}

// only is what holds where the key name is given, which makes a way with the
// other keys of way.
func (n *schemaNode) only(name string, way []string, all properties) *schemaNode {
	alone := &schemaNode{ErrorMessage: fmt.Sprintf("%q stands here already; remove one of the two", name)}
	others := &schemaNode{}
	for _, p := range all {
		if !slices.Contains(way, p.name) {
			p.schema = nothing
			others.AnyOf = append(others.AnyOf, &schemaNode{Required: []string{p.name}})
		}
		alone.Properties = append(alone.Properties, p)
	}
	if len(way) > 1 {
		alone.If, alone.Else = others, &schemaNode{Required: way}
	}
	return alone
}
