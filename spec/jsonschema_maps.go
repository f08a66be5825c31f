package spec

import "slices"

// The schemas of maps that are more than their table.

func queriesSchema(m *schemaMaker) *schemaNode {
	query := m.ref("query", func() *schemaNode {
		w := oneWay("say what the query sends, for example get: /path", shorthands...)
		w.keys = append(w.keys, []string{"method", "path"})
		n := m.table(Table{"a query", QueryKeys}).exactlyOne(w).doc("A request, and what is checked of its answer.")
		n.Dependent = append(n.Dependent, property{"poll", &schemaNode{Properties: properties{{"retry", nothing}}, ErrorMessage: "a query has retry or poll, not both"}})
		return n
	})
	return &schemaNode{Type: typeList{"array"}, Items: query}
}

func secretSchema(m *schemaMaker) *schemaNode {
	return m.ref("secret", func() *schemaNode {
		return m.table(Table{"a secret", SecretKeys}).
			exactlyOne(oneWay("say where the secret is: env: NAME or file: PATH", keyNames(SecretKeys)...)).
			doc("Where the secret is. It never stands in a suite.")
	})
}

func sourceSchema(m *schemaMaker) *schemaNode {
	return m.ref("source", m.source)
}

// source is a source, whose proxy excludes other ways to connect.
func (m *schemaMaker) source() *schemaNode {
	n := m.table(Table{"a source", SourceKeys})
	noProxy := &schemaNode{Pattern: "^" + NoProxy + "$" + orTemplate, ErrorMessage: "a proxy goes neither with unix_socket nor with resolve"}
	direct := &schemaNode{Properties: properties{{"proxy", noProxy}}}
	someHost := &schemaNode{Properties: properties{{"resolve", &schemaNode{MinProps: 1}}}}
	n.Dependent = properties{{"unix_socket", direct}, {"resolve", &schemaNode{If: someHost, Then: direct}}}
	return n
}

// sourceOrFileSchema is a source, or the path of the file that holds it.
func sourceOrFileSchema(m *schemaMaker) *schemaNode {
	return m.ref("source", func() *schemaNode {
		n := m.source()
		n.Type, n.Pattern = append(n.Type, "string"), noTemplate
		n.PatternMessage = constantMessage
		n.asFile().Then.ErrorMessage = "write the path of a source file; a URL is written source: {base_url: …}"
		return n
	})
}

// sslSchema pairs the certificate that is shown with its key.
func sslSchema(m *schemaMaker) *schemaNode {
	return m.ref("ssl", func() *schemaNode {
		n := m.table(Table{"ssl", SSLKeys})
		n.MinProps = 1
		n.Needs = map[string][]string{}
		for _, pair := range sslPairs {
			n.Needs[pair.key] = append(n.Needs[pair.key], pair.needs)
		}
		return n
	})
}

// variablesSchema is a map, or an expression that gives one.
func variablesSchema(*schemaMaker) *schemaNode {
	return &schemaNode{Type: typeList{"object", "string"}, Pattern: onlyTemplate, ErrorMessage: "write a map of names and values"}
}

// fileOrSchema is a JSON Schema or the path of a file that holds one. What
// stands in it is data.
func fileOrSchema(*schemaMaker) *schemaNode {
	return &schemaNode{Type: typeList{"string", "object"}, Pattern: noTemplate, MinProps: 1, ErrorMessage: "write the path of a file, or the schema as a map"}
}

func bodySchema(m *schemaMaker) *schemaNode {
	return m.ref("body", func() *schemaNode {
		return m.table(Table{"a body", BodyKeys}).
			exactlyOne(oneWay("say what kind of body it is, for example json: {…}", bodyKinds...))
	})
}

// partsSchema is a part of a multipart body, or several of one name.
func partsSchema(m *schemaMaker) *schemaNode {
	return m.ref("parts", func() *schemaNode {
		n := partNode(m)
		n.Type = append(n.Type, "array")
		n.Items, n.MinItems = m.ref("part", func() *schemaNode { return partNode(m) }), 1
		return n
	})
}

func partNode(m *schemaMaker) *schemaNode {
	n := m.table(Table{"a part", PartKeys}).
		exactlyOne(oneWay("say what the part is: text, json or file", partKinds...))
	n.Type = append(n.Type, "string", "number", "boolean")
	return n.doc("A part of the form: a text, or a map that says what it is.")
}

// rowsSchema is a list of rows, a file of them, or an expression.
func rowsSchema(m *schemaMaker) *schemaNode {
	return m.ref("rows", func() *schemaNode {
		n := m.table(Table{"rows from a file", EachKeys}).
			exactlyOne(oneWay("say which file holds the rows, for example csv: rows.csv", keyNames(EachKeys)...))
		n.Type = typeList{"array", "object", "string"}
		n.Items, n.Pattern = valueSchema(m), onlyTemplate
		n.PatternMessage = "write a list of rows, a file such as {csv: rows.csv}, or one whole ${ … } that gives a list"
		return n
	})
}

// capturesSchema is a map of captures that is not empty.
func capturesSchema(m *schemaMaker) *schemaNode {
	n := *namesOf(captureSchema)(m)
	n.MinProps = 1
	return &n
}

// captureSchema is a gjson path, or a map that says what is taken.
func captureSchema(m *schemaMaker) *schemaNode {
	return m.ref("capture", func() *schemaNode {
		w := oneWay("say what is captured: gjson, header, cookie, xpath, cel or regex", captureKinds...)
		w.needed = "regex"
		n := m.table(Table{"a capture", CaptureKeys}).exactlyOne(w)
		n.Type, n.Pattern = append(typeList{"object"}, scalarTypes...), notBlank
		n.PatternMessage = textMessage
		return n.doc("A value of the answer that later queries read as `captures`: a gjson path, or a map that says what is taken.")
	})
}

func snapshotSchema(m *schemaMaker) *schemaNode {
	return m.ref("snapshot", func() *schemaNode {
		n := m.table(Table{"a snapshot", SnapshotKeys})
		n.Type, n.Pattern = typeList{"string", "object"}, notBlank
		n.PatternMessage = textMessage
		return n.asFile()
	})
}

// snapshotPathSchema is a path that may read the row.
func snapshotPathSchema(*schemaMaker) *schemaNode {
	return (&schemaNode{Type: typeList{"string"}, Pattern: notBlank, ErrorMessage: textMessage}).asFile()
}

// celListSchema is a list of expressions and of maps with an expression.
func celListSchema(m *schemaMaker) *schemaNode {
	item := m.ref("cel-check", func() *schemaNode {
		n := m.table(Table{"a cel check", CELCheckKeys})
		n.Type, n.Pattern = typeList{"string", "object", "boolean"}, bareCEL
		n.PatternMessage = celMessage
		return n.doc("A CEL expression that must be true, or a map of one and a message.")
	})
	return &schemaNode{Type: typeList{"array"}, Items: item, MinItems: 1}
}

// expectSchema is the expect of a suite.
func expectSchema(m *schemaMaker) *schemaNode {
	return m.ref("expect", func() *schemaNode {
		n := m.table(Table{"an expect", ExpectKeys})
		n.MinProps = 1
		n.Properties = slices.DeleteFunc(n.Properties, func(p property) bool {
			return p.name == "snapshot" // would be one file for the answers of all queries
		})
		return n
	})
}

// queryExpectSchema is the expect of a query, in which null lifts what the
// suite's says.
func queryExpectSchema(m *schemaMaker) *schemaNode {
	return m.ref("query-expect", func() *schemaNode {
		n := m.table(Table{"an expect", ExpectKeys})
		n.MinProps = 1
		for i, p := range n.Properties {
			n.Properties[i].schema = m.lifting(p.schema)
		}
		return n
	})
}

// lifting returns n with null, written out where it is a reference.
func (m *schemaMaker) lifting(n *schemaNode) *schemaNode {
	if n.Ref == "" {
		return n.orNull()
	}
	c := *m.resolve(n)
	c.Title, c.Doc, c.Markdown, c.Default, c.Examples = n.Title, n.Doc, n.Markdown, n.Default, n.Examples
	return c.orNull()
}

// matchersOn is a map of names or paths and matchers on what they pick.
func matchersOn(s Subject) schemaPart {
	return func(m *schemaMaker) *schemaNode {
		value := matcherOn(s)(m)
		if s&anyAbsent != 0 { // null lifts what the suite's expect says of it
			value = m.ref(matcherDefs[s]+"-or-null", func() *schemaNode { return m.resolve(value).orNull() })
		}
		n := &schemaNode{Type: typeList{"object"}, MinProps: 1, Additional: value}
		switch s {
		case SubjectHeader:
			n.Names = tokenNode("header")
		case SubjectCookie:
			n.Names = tokenNode("cookie")
		}
		return n
	}
}

// matcherDefs are what the matchers on a subject are called among the
// definitions. On texts that may be absent they are all the same.
var matcherDefs = map[Subject]string{
	SubjectJSON: "matcher", SubjectText: "text-matcher", SubjectLength: "length-matcher",
	SubjectHeader: "named-matcher", SubjectCookie: "named-matcher", SubjectXPath: "named-matcher",
}

// matcherOn is a literal, or a map of operations.
func matcherOn(s Subject) schemaPart {
	return func(m *schemaMaker) *schemaNode {
		return m.ref(matcherDefs[s], func() *schemaNode { return m.matcher(s) })
	}
}

func (m *schemaMaker) matcher(s Subject) *schemaNode {
	n := (&schemaNode{Title: "matcher", MinProps: 1, Additional: nothing}).
		doc("What must be equal, or a map of operations that must all hold, such as `{gt: 0}`.")
	for _, def := range Matchers {
		if def.Subjects&s != 0 {
			p := *m.operand(def, s)
			p.Title = string(def.Operand)
			p.doc(def.Doc)
			n.Properties = append(n.Properties, property{def.Name, &p})
		}
	}
	switch s {
	case SubjectJSON:
		n.Type = typeList{"string", "number", "boolean", "null", "array", "object"}
	case SubjectLength:
		n.Type, n.Minimum, n.Pattern = typeList{"integer", "string", "object"}, new(int), hasTemplate
	default:
		n.Type = typeList{"string", "number", "object"}
		return &schemaNode{If: &schemaNode{Type: typeList{"boolean"}}, Else: n}
	}
	return n
}

// operand is what stands beside the name of an operation. A text that holds an
// expression may stand wherever no matcher does.
func (m *schemaMaker) operand(def MatcherDef, s Subject) *schemaNode {
	switch def.Operand {
	case OperandMatcher:
		return matcherOn(s)(m)
	case OperandLength:
		return matcherOn(SubjectLength)(m)
	case OperandBool:
		return &schemaNode{Type: typeList{"boolean", "string"}, Pattern: hasTemplate, ErrorMessage: "write true or false"}
	case OperandType:
		return wordSchema(Types)
	case OperandFormat:
		return wordSchema(Formats)
	case OperandText, OperandRegex:
		return textSchema(m)
	case OperandNumber:
		return &schemaNode{Type: typeList{"number", "string"}, Pattern: hasTemplate, ErrorMessage: "write a number, without quotes"}
	case OperandChoices:
		return &schemaNode{Type: typeList{"array", "string"}, Items: m.anythingOn(s), MinItems: 1, Pattern: hasTemplate}
	case OperandList:
		return &schemaNode{Type: typeList{"array", "string"}, Pattern: hasTemplate}
	case OperandPart:
		return &schemaNode{Type: typeList{"object", "array", "string"}, MinItems: 1, MinProps: 1, Pattern: hasTemplate}
	}
	return m.anythingOn(s)
}

// anythingOn is what a subject may be equal to.
func (m *schemaMaker) anythingOn(s Subject) *schemaNode {
	switch s {
	case SubjectJSON:
		return &schemaNode{Type: valueTypes}
	case SubjectLength:
		return &schemaNode{Type: typeList{"integer", "string"}, Pattern: hasTemplate}
	}
	return anyTextSchema(m)
}
