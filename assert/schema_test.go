package assert

import (
	"context"
	"fmt"
	"io/fs"
	slashpath "path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apicel/apicel/spec"
)

// filesOf lets checks read files that are in memory, by their paths from the
// folder of the suite.
func filesOf(files map[string]string) Option {
	return WithFiles(func(from, name string) ([]byte, error) {
		shown := slashpath.Join(slashpath.Dir(from), filepath.ToSlash(name))
		if text, ok := files[shown]; ok {
			return []byte(text), nil
		}
		return nil, fmt.Errorf("cannot read %s: %w", shown, fs.ErrNotExist)
	})
}

// TestSchemaFaults shows what is said of schemas that are wrong, and where.
func TestSchemaFaults(t *testing.T) {
	type test struct {
		name, schema string
		files        map[string]string
		want         string // position: message; hint
	}
	run := func(t *testing.T, tt test) {
		yaml := "source: {base_url: \"http://127.0.0.1\"}\nqueries:\n  - name: a\n    get: /\n    expect:\n      schema: " + tt.schema + "\n"
		b := load(t, "api/suite.yaml", yaml)
		_, problems := Compile(b.compiler, nil, b.query().Expect, filesOf(tt.files))
		var got []string
		for _, p := range problems {
			got = append(got, strings.TrimSuffix(p.Error()+"; "+p.Hint, "; "))
		}
		if text := strings.Join(got, "\n"); text != tt.want {
			t.Errorf("got  %s\nwant %s", text, tt.want)
		}
	}
	const nothingAsked = "\napi/suite.yaml:6:15: this schema allows everything, so the check looks at nothing"
	for _, tt := range []test{
		{"right", "order.json", map[string]string{"api/order.json": `{"type": "object"}`}, ""},
		{"boolean that refuses all", "order.json", map[string]string{"api/order.json": `false`}, ""},
		{"allows everything", "order.json", map[string]string{"api/order.json": `{}`}, "api/suite.yaml:6:15: this schema allows everything, so the check looks at nothing"},
		{"no file", "order.json", nil, "api/suite.yaml:6:15: cannot read api/order.json: file does not exist"},
		{"no JSON", "order.json", map[string]string{"api/order.json": "{\n  type: object}"},
			"api/suite.yaml:6:15: api/order.json is not JSON: line 2, column 3: invalid character 't' looking for beginning of object key string"},
		{"wrong keyword in a file", "order.json", map[string]string{"api/order.json": `{"properties": {"a": {"type": "strng"}}}`},
			`api/suite.yaml:6:15: api/order.json#/properties/a/type: this is no JSON Schema: type: expected one of "array", "boolean", "integer", "null", "number", "object", "string", found "strng"`},
		{"wrong keyword inline", "{properties: {a: {type: strng}}}", nil,
			`api/suite.yaml:6:39: this is no JSON Schema: type: expected one of "array", "boolean", "integer", "null", "number", "object", "string", found "strng"`},
		{"wrong size inline", "{items: {minLength: -1}}", nil, `api/suite.yaml:6:35: this is no JSON Schema: minLength: expected >= 0, found -1`},
		{"wrong pattern inline", "{properties: {a: {pattern: '(?!x)y'}}}", nil,
			`api/suite.yaml:6:42: "(?!x)y" is not a regular expression (RE2): invalid or unsupported Perl syntax in "(?!"; RE2 knows no look-ahead and look-behind`},
		{"remote", `{properties: {a: {$ref: "https://example.com/a.json"}}}`, nil,
			"api/suite.yaml:6:39: the schema refers to https://example.com/a.json, which would have to be fetched, and only files are read; put it into a file, and refer to that by its path"},
		{"remote in a file", "order.json", map[string]string{"api/order.json": `{"$ref": "https://example.com/a.json#/x"}`},
			"api/suite.yaml:6:15: the schema refers to https://example.com/a.json, which would have to be fetched, and only files are read; put it into a file, and refer to that by its path"},
		{"missing file", `{items: {$ref: other.json}}`, nil, "api/suite.yaml:6:30: cannot read api/other.json: file does not exist"},
		{"missing place", `{items: {$ref: "#/$defs/a"}}`, nil, "api/suite.yaml:6:30: $ref leads nowhere: there is no #/$defs/a"},
		{"missing place in a file", "order.json", map[string]string{"api/order.json": `{"$ref": "line.json#/$defs/a"}`, "api/line.json": `{}`},
			"api/suite.yaml:6:15: $ref leads nowhere: there is no api/line.json#/$defs/a"},
		{"missing anchor", `{items: {$ref: "#a"}}`, nil, "api/suite.yaml:6:30: $ref leads nowhere: there is no #a"},
		{"unknown draft", `{$schema: "https://example.com/draft", type: object}`, nil,
			"api/suite.yaml:6:25: the schema refers to https://example.com/draft, which would have to be fetched, and only files are read; put it into a file, and refer to that by its path"},
		{"relative", "schemas/order.json", map[string]string{
			"api/schemas/order.json": `{"$ref": "parts/line.json#/$defs/line"}`, "api/schemas/parts/line.json": `{"$defs": {"line": {"$ref": "../../common.json"}}}`, "api/common.json": `{"type": "object"}`}, ""},
		{"called by ids", "schemas/order.json", map[string]string{
			"api/schemas/order.json": `{"$id": "https://example.com/v1/order.json", "$ref": "line.json"}`, "api/schemas/line.json": `{"$id": "https://example.com/v1/line.json", "type": "object"}`}, ""},
		{"misspelt keyword", "{requierd: [nope]}", nil, `api/suite.yaml:6:16: "requierd" is no keyword of JSON Schema, so it is not looked at; did you mean required?` + nothingAsked},
		{"misspelt in a part", "{properties: {a: {typ: string}}}", nil, `api/suite.yaml:6:33: "typ" is no keyword of JSON Schema, so it is not looked at; did you mean type?` + nothingAsked},
		{"misspelt beside another", "{type: object, propertys: {a: {type: string}}}", nil, `api/suite.yaml:6:30: "propertys" is no keyword of JSON Schema, so it is not looked at; did you mean properties?`},
		{"only notes", "{title: x, description: y, $comment: z, x-mine: 1, $defs: {a: {type: string}}}", nil, nothingAsked[1:]},
		{"parts that ask nothing", "{allOf: [{}, {properties: {a: true}}, {items: {title: x}}, {required: []}, {if: {type: string}}]}", nil, nothingAsked[1:]},
		{"a circle that asks nothing", `{properties: {a: {$ref: "#"}}}`, nil, nothingAsked[1:]},
		{"misspelt format", "{properties: {a: {format: emial}}}", nil, `api/suite.yaml:6:33: there is no format "emial", so it is not looked at; did you mean email?` + nothingAsked},
		{"unknown format", "{type: string, format: colour}", nil, `api/suite.yaml:6:30: there is no format "colour", so it is not looked at; one of date, date-time, duration, email, hostname, ipv4, ipv6, iri, iri-reference, json-pointer, period, regex, relative-json-pointer, semver, time, uri, uri-reference, uri-template, uuid`},
		{"words of OpenAPI", "{type: integer, format: int64, example: 5, discriminator: {propertyName: a}, nullable: true}", nil,
			`api/suite.yaml:6:92: "nullable" is no keyword of JSON Schema, so it is not looked at; write type: [string, "null"], or whatever the type is`},
		{"no keyword at all", "{type: object, colour: red}", nil, `api/suite.yaml:6:30: "colour" is no keyword of JSON Schema, so it is not looked at; a note of your own begins with x-`},
		{"keyword of a later draft", `{$schema: "http://json-schema.org/draft-04/schema#", type: object, const: 1}`, nil,
			"api/suite.yaml:6:82: draft 4 has no keyword const, so it is not looked at; it came with draft 6, which $schema may name"},
		{"keyword of an earlier draft", "{type: array, additionalItems: false}", nil,
			"api/suite.yaml:6:29: draft 2020-12 has no keyword additionalItems, so it is not looked at; write prefixItems for the first elements and items for those behind"},
		{"beside a reference", `{$schema: "http://json-schema.org/draft-07/schema#", $ref: "#/definitions/a", required: [b], title: x, definitions: {a: {type: object}}}`, nil,
			"api/suite.yaml:6:93: beside $ref nothing is looked at before draft 2019-09, and so neither is required; write both into allOf, each in a schema of its own"},
		{"misspelt in a file", "order.json", map[string]string{"api/order.json": `{"items": {"$ref": "line.json#/$defs/a~1b"}}`, "api/line.json": `{"nonsense": 1, "$defs": {"a/b": {"type": "object", "maxItem": 1}, "c": {"unused": 1}}}`},
			`api/suite.yaml:6:15: api/line.json#/$defs/a~1b: "maxItem" is no keyword of JSON Schema, so it is not looked at; did you mean maxItems?`},
		{"in what is called by ids", "schemas/order.json", map[string]string{
			"api/schemas/order.json": `{"$id": "https://example.com/v1/order.json", "$ref": "line.json"}`, "api/schemas/line.json": `{"$id": "https://example.com/v1/line.json", "type": "object", "requierd": ["a"]}`},
			`api/suite.yaml:6:15: https://example.com/v1/line.json: "requierd" is no keyword of JSON Schema, so it is not looked at; did you mean required?`},
		{"keys called as keywords are not", "{properties: {typ: {type: string}, requierd: true}, required: [typ], enum: [{typ: 1}], default: {typ: 1}}", nil, ""},
		{"draft of what refers", "order.json", map[string]string{
			"api/order.json": `{"$schema": "http://json-schema.org/draft-07/schema#", "allOf": [{"$ref": "line.json"}]}`, "api/line.json": `{"items": [{"type": "string"}]}`}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) { run(t, tt) })
	}
}

// TestFormatsAreKnown keeps the list of formats that of the library.
func TestFormatsAreKnown(t *testing.T) {
	all := newSchemas(nil)
	for _, name := range append([]string{"idn-email", "nope"}, knownFormats...) {
		file := spec.NewFile("suite.yaml", nil)
		value := spec.Value{Kind: spec.Map, Pos: spec.Pos{File: file, Line: 1, Col: len(all.compiled) + 1}, Members: []spec.Member{
			{Key: spec.String{Value: "format"}, Value: spec.Value{Kind: spec.Text, Scalar: spec.String{Value: name}}},
		}}
		if done := all.inline(value); done.err != nil || (done.schema.Format != nil) != slices.Contains(knownFormats, name) || (len(done.vain) == 0) != slices.Contains(knownFormats, name) {
			t.Errorf("%s: %+v", name, done)
		}
	}
}

// TestSchemaSense has schemas that ask something of a value, and such that do not.
func TestSchemaSense(t *testing.T) {
	for schema, want := range map[string]bool{
		`true`: true, `false`: false, `{"not": {}}`: false, `{"additionalProperties": false}`: false, `{"items": false}`: false,
		`{"properties": {"a": false}}`: false, `{"dependentRequired": {"a": ["b"]}}`: false, `{"dependencies": {"a": ["b"]}}`: false, `{"dependencies": {"a": {}}}`: true,
		`{"if": {"type": "string"}, "then": {"minLength": 1}}`: false, `{"then": {"minLength": 1}}`: true, `{"oneOf": [{}, {}]}`: false, `{"anyOf": [{}, {"type": "string"}]}`: true, `{"anyOf": [{"type": "null"}, {"type": "string"}]}`: false,
		`{"unevaluatedProperties": false}`: false, `{"contains": {}}`: false, `{"propertyNames": {"pattern": "^a"}}`: false, `{"patternProperties": {"^a": {"type": "null"}}}`: false,
		`{"$defs": {"a": {"type": "null"}}, "anyOf": [{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/a"}]}`: false, `{"anyOf": [{"properties": {"a": {"$ref": "#"}}}, {"type": "string"}]}`: true,
		`{"prefixItems": [true, {"const": 1}]}`: false, `{"uniqueItems": false}`: true, `{"minItems": 0}`: false,
		`{"contentMediaType": "application/json"}`: true, `{"examples": [1], "default": 2}`: true, `{"$defs": {"a": {"type": "string"}}}`: true, `{"const": null}`: false,
	} {
		all := newSchemas(func(string, string) ([]byte, error) { return []byte(schema), nil })
		done := all.file(spec.String{Value: "order.json", Pos: spec.Pos{File: spec.NewFile("suite.yaml", nil), Line: 1, Col: 1}})
		if done.err != nil || assertsNothing(done.schema) != want {
			t.Errorf("%s: %v, want %t", schema, done.err, want)
		}
	}
}

// TestSchemaIsCompiledOnce counts how often a schema file is read for several
// queries of a suite.
func TestSchemaIsCompiledOnce(t *testing.T) {
	reads := 0
	files := WithFiles(func(string, string) ([]byte, error) {
		reads++
		return []byte(`{"type": "object"}`), nil
	})
	b := load(t, "suite.yaml", "source: {base_url: \"http://127.0.0.1\"}\nqueries:\n  - name: a\n    get: /\n    expect: {schema: order.json}\n")
	var first *schemaCheck
	for range 3 {
		checks, problems := Compile(b.compiler, nil, b.query().Expect, files)
		if len(problems) > 0 {
			t.Fatal(problems[0])
		}
		c := checks.list[1].(*schemaCheck)
		if first != nil && c.schema != first.schema {
			t.Error("compiled again")
		}
		first = c
	}
	if reads != 1 {
		t.Errorf("read %d times", reads)
	}
}

// TestSchemaValues judges values on which schemas are easily wrong.
func TestSchemaValues(t *testing.T) {
	for _, tt := range []struct {
		schema, body string
		want         string // "" where it holds, else a part of the failure
	}{
		{`{"maximum": 9007199254740992}`, `9007199254740993`, "expected <= 9007199254740992, found 9007199254740993"},
		{`{"const": 9007199254740993}`, `9007199254740992`, "expected 9007199254740993"},
		{`{"type": "integer"}`, `1.0`, ""},
		{`{"type": "integer"}`, `1e2`, ""},
		{`{"enum": [1]}`, `1.0`, ""},
		{`{"multipleOf": 0.01}`, `19.99`, ""},
		{`{"type": "number"}`, `"1"`, `expected number, found "1" (string)`},
		{`{"maxLength": 1}`, `"é"`, ""},
		{`{"format": "date-time"}`, `"yesterday"`, "expected the format date-time"},
		{`{"format": "uuid"}`, `"x"`, "expected the format uuid"},
		{`{"pattern": "^\\u00e9$"}`, `"é"`, ""},
		{`{"properties": {"a": {"const": 1}}}`, `{"a": 1, "a": 2}`, `the key "a" stands twice`},
		{`{"properties": {"a": {"const": 1}}}`, `{"a": 1, "a": 1}`, ""},
		{`{"type": "number"}`, `1e999999`, "too large for a schema to judge"},
		{`{"type": "number"}`, `1` + strings.Repeat("0", 5000), "too large for a schema to judge"},
		{`{"type": "object"}`, ``, "the body is empty"},
		{`{"type": "object"}`, `{"a":`, "the body is not JSON"},
		{`{"propertyNames": {"maxLength": 1}}`, `{"ab": 1}`, `the body: the name "ab": expected at most 1 character, found 2`},
		{`{"items": {"$ref": "#"}, "type": "array"}`, `[[[1]]]`, "0.0.0: expected array, found 1"},
	} {
		b := load(t, "suite.yaml", "source: {base_url: \"http://127.0.0.1\"}\nqueries:\n  - name: a\n    get: /\n    expect: {schema: order.json}\n")
		checks, problems := Compile(b.compiler, nil, b.query().Expect, filesOf(map[string]string{"order.json": tt.schema}))
		if len(problems) > 0 {
			t.Fatal(problems[0])
		}
		failures := checks.Judge(context.Background(), b.activation(answer(t, "HTTP/1.1 200 OK\n\n"+tt.body)))
		got := ""
		for _, f := range failures {
			got += f.Message + "\n" + f.Detail
		}
		if (tt.want == "") != (got == "") || !strings.Contains(got, tt.want) {
			t.Errorf("%s of %.50s: got %q, want %q", tt.schema, tt.body, got, tt.want)
		}
	}
}

// TestSchemaHidesSecrets looks for a secret in all that a violation shows.
func TestSchemaHidesSecrets(t *testing.T) {
	b := load(t, "suite.yaml", "source: {base_url: \"http://127.0.0.1\"}\nqueries:\n  - name: a\n    get: /\n    expect: {schema: {additionalProperties: {type: integer}, propertyNames: {maxLength: 2}, maxProperties: 0}}\n")
	hide := WithRedactor(func(s string) string { return strings.ReplaceAll(s, "s3cr3t", "***") })
	checks, problems := Compile(b.compiler, nil, b.query().Expect, hide)
	if len(problems) > 0 {
		t.Fatal(problems[0])
	}
	for _, f := range checks.Judge(context.Background(), b.activation(answer(t, "HTTP/1.1 200 OK\n\n{\"s3cr3t\": \"s3cr3t\"}"))) {
		if text := fmt.Sprint(f); strings.Contains(text, "s3cr3t") {
			t.Error(text)
		}
	}
}
