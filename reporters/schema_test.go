package reporters_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/apicel/apicel/reporters"
	"github.com/apicel/apicel/runner"
)

// modelFile holds the types of the report, whose comments explain the fields.
const modelFile = "../runner/report.go"

// model is the report as its source tells of it.
type model struct {
	structs map[string]*ast.StructType
	docs    map[string]string   // of types
	words   map[string][]string // the constants of a type of strings
	order   []string            // structs as they come
}

func readModel(t *testing.T) *model {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), modelFile, nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	m := &model{structs: map[string]*ast.StructType{}, docs: map[string]string{}, words: map[string][]string{}}
	for _, d := range file.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, s := range g.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				m.docs[s.Name.Name] = sentence(g.Doc)
				if st, ok := s.Type.(*ast.StructType); ok {
					m.structs[s.Name.Name] = st
					m.order = append(m.order, s.Name.Name)
				}
			case *ast.ValueSpec:
				if name, ok := s.Type.(*ast.Ident); ok && len(s.Values) == 1 {
					if word, err := strconv.Unquote(s.Values[0].(*ast.BasicLit).Value); err == nil {
						m.words[name.Name] = append(m.words[name.Name], word)
					}
				}
			}
		}
	}
	return m
}

func sentence(doc *ast.CommentGroup) string {
	return strings.Join(strings.Fields(doc.Text()), " ")
}

// property is a field as JSON has it.
type property struct {
	name, doc string
	required  bool
	schema    map[string]any
	kind      string // for people
}

func (m *model) properties(t *testing.T, of string) []property {
	t.Helper()
	var list []property
	names := map[string]string{}
	for _, f := range m.structs[of].Fields.List {
		tag, _ := strconv.Unquote(f.Tag.Value) // checked below
		names[f.Names[0].Name], _, _ = strings.Cut(reflect.StructTag(tag).Get("json"), ",")
	}
	for _, f := range m.structs[of].Fields.List {
		tag, err := strconv.Unquote(f.Tag.Value)
		if err != nil {
			t.Fatal(err)
		}
		name, options, _ := strings.Cut(reflect.StructTag(tag).Get("json"), ",")
		p := property{name: name, doc: sentence(f.Doc), required: options == ""}
		if p.doc == "" {
			p.doc = sentence(f.Comment)
		}
		if p.doc == "" {
			t.Errorf("%s: %s.%s has no comment, which would explain it to readers of the schema", modelFile, of, f.Names[0].Name)
		}
		p.doc = forReaders(p.doc, f.Names[0].Name, names)
		p.schema, p.kind = m.schemaOf(t, f.Type)
		p.schema["description"] = p.doc
		list = append(list, p)
	}
	return list
}

// forReaders words a comment for those who see JSON, not Go: without the name it
// begins with, and with the names that fields have there.
func forReaders(doc, field string, names map[string]string) string {
	doc = strings.NewReplacer("RunOptions.KeepExchanges", "--verbose", ", or nil", "",
		"nil for all of them", "left out where it had all", ", nil where", ", left out where").Replace(doc)
	doc = strings.TrimPrefix(doc, field+" ")
	for _, verb := range []string{"is ", "are "} {
		doc = strings.TrimPrefix(doc, verb)
	}
	for field, name := range names {
		if strings.ToUpper(field) != field { // TLS is a word of its own
			doc = regexp.MustCompile(`([a-z,] )`+field+`\b`).ReplaceAllString(doc, "${1}"+name)
		}
	}
	return doc
}

func (m *model) schemaOf(t *testing.T, e ast.Expr) (schema map[string]any, kind string) {
	t.Helper()
	switch e := e.(type) {
	case *ast.StarExpr:
		return m.schemaOf(t, e.X)
	case *ast.ArrayType:
		items, kind := m.schemaOf(t, e.Elt)
		return map[string]any{"type": "array", "items": items}, "list of " + kind
	case *ast.SelectorExpr: // time.Time
		return map[string]any{"type": "string", "format": "date-time"}, "time"
	case *ast.Ident:
		switch name := e.Name; {
		case m.structs[name] != nil:
			return map[string]any{"$ref": "#/$defs/" + name}, "[" + name + "](#" + strings.ToLower(name) + ")"
		case m.words[name] != nil:
			return map[string]any{"type": "string", "enum": m.words[name]}, "`" + strings.Join(m.words[name], "`, `") + "`"
		case name == "string":
			return map[string]any{"type": "string"}, "text"
		case name == "bool":
			return map[string]any{"type": "boolean"}, "true or false"
		case name == "int":
			return map[string]any{"type": "integer"}, "whole number"
		case name == "uint64":
			return map[string]any{"type": "integer", "minimum": 0}, "whole number"
		case name == "Millis":
			return map[string]any{"type": "number"}, "number"
		}
	}
	t.Fatalf("no schema for %T %v: teach this test", e, e)
	return nil, ""
}

func (m *model) schema(t *testing.T) []byte {
	t.Helper()
	defs := map[string]any{}
	for _, name := range m.order {
		properties, required := map[string]any{}, []string{}
		for _, p := range m.properties(t, name) {
			properties[p.name] = p.schema
			if p.required {
				required = append(required, p.name)
			}
		}
		if name == "Report" {
			properties["version"].(map[string]any)["const"] = runner.ReportVersion
		}
		defs[name] = map[string]any{"type": "object", "description": m.docs[name], "properties": properties, "required": required}
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(map[string]any{
		"$schema": "https://json-schema.org/draft/2020-12/schema",
		"title":   fmt.Sprintf("Report of apicel, version %d", runner.ReportVersion),
		"$ref":    "#/$defs/Report", "$defs": defs,
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestReportSchema keeps the schema in step with the types.
func TestReportSchema(t *testing.T) {
	const file = "report.schema.json"
	want := readModel(t).schema(t)
	if *update {
		if err := os.WriteFile(file, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(want), string(reporters.ReportJSONSchema())); diff != "" {
		t.Errorf("%s is not in step with %s; run this test with -update (-want +got):\n%s", file, modelFile, diff)
	}
}

// What is written is what the schema says, and the schema says no to what is not a report.
func TestReportSchemaHolds(t *testing.T) {
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(reporters.ReportJSONSchema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("report.json", v); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("report.json")
	if err != nil {
		t.Fatal(err)
	}
	repeated := record().report
	repeated.Stopped, repeated.Suites[0].Repetition = runner.StopInterrupted, 2
	for _, r := range []*runner.Report{record().report, repeated, {Version: runner.ReportVersion}} {
		validate(t, schema, jsonOf(t, r))
	}
	golden, err := os.ReadFile("testdata/report.json")
	if err != nil {
		t.Fatal(err)
	}
	validate(t, schema, golden)
	for _, change := range []struct{ from, to string }{
		{`"version": 1`, `"version": 2`}, {`"status": "errored"`, `"status": "broken"`}, {`"duration_ms": 2.04`, `"duration_ms": "2 ms"`},
		{`"hostname"`, `"host"`}, {`"started": "2026`, `"started": "on 2026`},
	} {
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(bytes.Replace(golden, []byte(change.from), []byte(change.to), 1)))
		if err != nil {
			t.Fatal(err)
		}
		if schema.Validate(v) == nil {
			t.Errorf("%s instead of %s passes", change.to, change.from)
		}
	}
}

// TestReportReference keeps the tables of docs/reports/json.md in step with the types.
func TestReportReference(t *testing.T) {
	const path = "../docs/reports/json.md"
	m := readModel(t)
	var b strings.Builder
	for _, name := range m.order {
		fmt.Fprintf(&b, "\n## %s\n\n| field | | |\n| --- | --- | --- |\n", name)
		for _, p := range m.properties(t, name) {
			optional := ""
			if !p.required {
				optional = ", optional"
			}
			fmt.Fprintf(&b, "| `%s` | %s%s | %s |\n", p.name, p.kind, optional, strings.ReplaceAll(p.doc, "|", `\|`))
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	section := regexp.MustCompile(`(?s)(<!-- fields -->\n).*?(\n<!-- end of fields -->)`)
	if !section.Match(text) {
		t.Fatalf("%s has no section for the fields", path)
	}
	want := section.ReplaceAllFunc(text, func([]byte) []byte { return []byte("<!-- fields -->\n" + b.String() + "\n<!-- end of fields -->") })
	if bytes.Equal(want, text) {
		return
	}
	if !*update {
		t.Fatalf("%s is not in step with %s; run this test with -update", path, modelFile)
	}
	if err := os.WriteFile(path, want, 0o644); err != nil {
		t.Fatal(err)
	}
}
