package spec

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

// schemaTables are all tables of keys, those of auth included.
func schemaTables() []Table {
	all := slices.Clone(Tables)
	for _, a := range AuthTypes {
		all = append(all, Table{"auth", a.Keys})
	}
	return all
}

// TestEveryKeyHasASchema says that nobody adds a key without saying what editors
// may accept there, and that nothing is said of keys that there are not.
func TestEveryKeyHasASchema(t *testing.T) {
	types, places := map[string]bool{}, map[string]Key{}
	for _, table := range schemaTables() {
		for _, k := range table.Keys {
			types[k.Type], places[table.Of+"."+k.Name] = true, k
			if _, isChoice := Choices[k.Type]; !isChoice && schemaTypes()[k.Type] == nil {
				t.Errorf("%s: %s: the type %q is neither in schemaTypes nor in Choices", table.Of, k.Name, k.Type)
			}
		}
	}
	for name := range schemaTypes() {
		if !types[name] {
			t.Errorf("schemaTypes has %q, which is the type of no key", name)
		}
	}
	for _, all := range [][]string{keysIn(schemaPlaces()), keysIn(schemaDefaults), keysIn(schemaExamples)} {
		for _, place := range all {
			if _, ok := places[place]; !ok {
				t.Errorf("something is said of %q, which is no key", place)
			}
		}
	}
	for place, value := range schemaDefaults {
		if doc := places[place].Doc; !strings.Contains(doc, fmt.Sprint(value)) {
			t.Errorf("%s: the default %v is not the one of %q", place, value, doc)
		}
	}
}

// TestMatchersOfOneDefinition says that subjects that share a definition have
// the same matchers.
func TestMatchersOfOneDefinition(t *testing.T) {
	first := map[string]Subject{}
	for s := SubjectJSON; s&anySubject != 0; s <<= 1 {
		name := matcherDefs[s]
		if name == "" {
			t.Fatalf("subject %d has no definition", s)
		}
		if _, ok := first[name]; !ok {
			first[name] = s
		}
		if a, b := matcherNames(first[name]), matcherNames(s); !slices.Equal(a, b) {
			t.Errorf("%s: %v and %v", name, a, b)
		}
	}
}

func keysIn[V any](m map[string]V) []string { return slices.Collect(maps.Keys(m)) }

// TestEveryKeyIsDocumentedInTheSchema says that the schema has each key of each
// table with its documentation.
func TestEveryKeyIsDocumentedInTheSchema(t *testing.T) {
	text := string(JSONSchema()) + string(SourceJSONSchema())
	for _, table := range schemaTables() {
		for _, k := range table.Keys {
			doc, err := encode(k.Doc)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(text, `"markdownDescription": `+string(doc)) {
				t.Errorf("%s: %s: not in the schema", table.Of, k.Name)
			}
		}
	}
	if !bytes.Equal(JSONSchema(), JSONSchema()) {
		t.Error("the schema is not the same twice")
	}
}

// validator compiles a schema, which holds it against the schema of schemas.
func validator(t *testing.T, text []byte) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	id := doc.(map[string]any)["$id"].(string)
	if err := c.AddResource(id, doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(id)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// asJSON reads a file as other YAML programs do. Dates are texts in their eyes.
func asJSON(file string) (any, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return yamlToJSON(data)
}

func yamlToJSON(data []byte) (any, error) {
	var v any
	if err := yaml.Unmarshal(data, &v); err != nil {
		return nil, err
	}
	return jsonOf(v), nil
}

func jsonOf(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			v[k] = jsonOf(e)
		}
	case map[any]any:
		m := map[string]any{}
		for k, e := range v {
			m[fmt.Sprint(k)] = jsonOf(e)
		}
		return m
	case []any:
		for i, e := range v {
			v[i] = jsonOf(e)
		}
	case time.Time:
		return v.Format(time.RFC3339)
	case uint64:
		return json.Number(fmt.Sprint(v))
	}
	return v
}

// TestGoodSuitesFitTheSchema holds all suites that load against the schema.
func TestGoodSuitesFitTheSchema(t *testing.T) {
	schema := validator(t, JSONSchema())
	files := suites(t, "testdata/ok")
	for _, dir := range []string{"../examples", "../examples/_failing"} {
		found, err := filepath.Glob(dir + "/*.apicel.yaml")
		if err != nil || len(found) == 0 {
			t.Fatalf("no suites in %s: %v", dir, err)
		}
		files = append(files, found...)
	}
	for _, name := range files {
		if s := Load([]string{name}, "..")[0]; s.Problems.HasErrors() {
			continue // other tests say which suites load
		}
		v, err := asJSON(name)
		if err == nil {
			err = schema.Validate(v)
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSourceFilesFitTheSchema holds the source files of testdata against theirs.
func TestSourceFilesFitTheSchema(t *testing.T) {
	schema := validator(t, SourceJSONSchema())
	files, err := filepath.Glob("testdata/*/*/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	held := 0
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if part, problems := parseSource(NewFile(name, data)); part == nil || problems.HasErrors() {
			continue
		}
		held++
		v, err := yamlToJSON(data)
		if err == nil {
			err = schema.Validate(v)
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if held == 0 {
		t.Error("there is no source file in testdata")
	}
}

// TestSchemaAndLoaderAgree holds lines of a query against both.
func TestSchemaAndLoaderAgree(t *testing.T) {
	schema := validator(t, JSONSchema())
	for _, line := range strings.Split(agreed, "\n") {
		kind, rest, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok {
			continue
		}
		text := "source: {base_url: \"http://127.0.0.1\", headers: {B: b}}\nqueries:\n  - {name: one, post: /, " + rest + "}\n"
		v, err := yamlToJSON([]byte(text))
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		s := parse(text)
		fits := schema.Validate(v) == nil
		if good := kind == "good"; fits != good || s.Problems.HasErrors() == good {
			t.Errorf("%s: fits the schema: %v; problems of the loader: %v", line, fits, s.Problems)
		}
	}
}

const agreed = `
	good headers: {A: 2022-11-28, C: 0042, D: true, B: null, E: [a, 1, false], F: 1.10}
	bad  headers: {A: {b: c}}
	bad  headers: {A: []}
	bad  headers: {a b: c}
	good params: {a b: 1}
	bad  params: [a]
	good timeout: 1m30s
	good timeout: "${vars.x}"
	bad  timeout: 5
	bad  timeout: 5 s
	good expect: {status: 200}
	good expect: {status: "200"}
	good expect: {status: [2xx, 404, "${vars.x}"]}
	bad  expect: {status: 600}
	bad  expect: {status: 2XX}
	bad  expect: {status: []}
	bad  expect: {}
	good expect: {max_size: 1.5MiB}
	bad  expect: {max_size: 10}
	bad  expect: {max_size: 1mb}
	good expect: {gjson: {a: null, b: [1], c: {equals: {d: 1}}, d: {type: null}, e: {type: "null"}, f: {type: "${vars.x}"}}}
	good expect: {gjson: {a: {each: {not: {length: {gt: 1}}}}, b: {length: 0}, c: {exists: false}, d: {includes: [1]}, e: {unordered: []}}}
	bad  expect: {gjson: {}}
	bad  expect: {gjson: {a: {}}}
	bad  expect: {gjson: {a: {b: 1}}}
	bad  expect: {gjson: {a: {type: int}}}
	bad  expect: {gjson: {a: {gt: "1"}}}
	bad  expect: {gjson: {a: {length: -1}}}
	bad  expect: {gjson: {a: {exists: "true"}}}
	bad  expect: {gjson: {a: {one_of: []}}}
	bad  expect: {gjson: {a: {includes: 1}}}
	bad  expect: {gjson: {a: {format: uid}}}
	good expect: {headers: {A: true, B: 1, C: {one_of: [a, 1, true]}, D: {exists: false}, E: {equals: true}}, text: {contains: 2022-11-28}}
	bad  expect: {headers: {A: [a]}}
	bad  expect: {headers: {A: {each: a}}}
	bad  expect: {text: [a]}
	good expect: {cookies: {a: b}, xpath: {//a: 1}}
	good expect: {cel: [a == b, {that: c, message: d}]}
	bad  expect: {cel: []}
	bad  expect: {cel: a}
	bad  expect: {cel: ["${a}"]}
	bad  expect: {cel: [{message: a}]}
	good expect: {snapshot: a.json}
	good expect: {snapshot: {path: a.json, ignore: [b]}}
	bad  expect: {snapshot: {path: a.json, ignore: []}}
	bad  expect: {schema: true}
	good expect: {schema: {type: object}}
	good body: {json: {a: 2, b: [null]}}
	good body: {text: "", content_type: text/csv}
	good body: {form: {a: 1, b: [c, true]}}
	bad  body: {form: {a: null}}
	bad  body: {json: 1, text: a}
	bad  body: {content_type: text/csv}
	bad  body: text
	good body: {multipart: {a: b, c: {file: d.txt, filename: e}, f: [g, {json: {}}], h: true}}
	bad  body: {multipart: {a: {text: b, file: c}}}
	bad  body: {multipart: {a: [[b]]}}
	bad  body: {file: "${vars.x}"}
	bad  body: {file: "https://example.com/a"}
	good body: {graphql: {query: "{a}", variables: {b: 1}}}
	good body: {graphql: {query: "{a}", variables: "${vars.x}"}}
	bad  body: {graphql: {variables: {b: 1}}}
	bad  body: {graphql: {query: "{a}", variables: [b]}}
	good auth: {type: none}
	good auth: {type: bearer, token: "${secrets.x}"}
	bad  auth: {type: none, token: a}
	bad  auth: {token: a}
	bad  auth: {type: api_key, name: a, value: b, in: body}
	good auth: {type: digest, username: a, password: b}
	bad  auth: {type: digest, username: a}
	good auth: {type: aws_sigv4, access_key_id: a, secret_access_key: b, region: "${vars.x}", service: s3}
	bad  auth: {type: aws_sigv4, access_key_id: a, secret_access_key: b, region: a/b, service: s3}
	good auth: {type: oauth2, grant_type: client_credentials, issuer: "https://a", client_id: b, client_secret: c}
	good auth: {type: oauth2, grant_type: client_credentials, issuer: "http://LocalHost:1/a", client_id: b, client_auth: none}
	good auth: {type: oauth2, grant_type: password, access_token_url: "${vars.x}/a", username: "", password: ""}
	good auth: {type: oauth2, grant_type: jwt_bearer, issuer: "https://a", client_id: b, private_key: c.pem, key_id: 1, client_auth: private_key_jwt}
	good auth: {type: oauth2, grant_type: jwt_bearer, issuer: "https://a", client_id: b, private_key: c.pem, client_secret: d, client_auth: header}
	good auth: {type: oauth2, grant_type: refresh_token, issuer: "https://a", refresh_token: b, scopes: "a b", resource: [urn:a, "${vars.x}"]}
	bad  auth: {type: oauth2, grant_type: refresh_token, issuer: "https://a", refresh_token: b, scopes: "a, b"}
	bad  auth: {type: oauth2, grant_type: refresh_token, issuer: "https://a", refresh_token: b, resource: a}
	bad  auth: {type: oauth2, grant_type: refresh_token, issuer: "https://a", refresh_token: b, client_secret: c}
	bad  auth: {type: oauth2, grant_type: refresh_token, issuer: "https://a", refresh_token: b, username: c}
	bad  auth: {type: oauth2, grant_type: refresh_token, issuer: "https://a", refresh_token: b, private_key: c.pem}
	bad  auth: {type: oauth2, grant_type: refresh_token, issuer: "http://a", refresh_token: b}
	bad  auth: {type: oauth2, grant_type: refresh_token, issuer: "http://localhost.a", refresh_token: b}
	bad  auth: {type: oauth2, grant_type: refresh_token, issuer: "http://localhost@a", refresh_token: b}
	bad  auth: {type: oauth2, grant_type: refresh_token, access_token_url: "ftp://a", refresh_token: b}
	bad  auth: {type: oauth2, grant_type: refresh_token, access_token_url: "https://a#b", refresh_token: b}
	bad  auth: {type: oauth2, grant_type: client_credentials, issuer: "https://a", client_id: b}
	bad  auth: {type: oauth2, grant_type: client_credentials, issuer: "https://a", client_id: b, client_auth: body}
	bad  auth: {type: oauth2, grant_type: client_credentials, client_id: b, client_auth: none}
	bad  auth: {type: oauth2, grant_type: "${vars.x}", issuer: "https://a", client_id: b}
	bad  auth: {type: oauth2, issuer: "https://a", client_id: b}
	good each: [1, {a: b}]
	good each: {csv: a.csv}
	good each: "${vars.x}"
	bad  each: {csv: a.csv, json: a.json}
	bad  each: a.csv
	good capture: {a: b.0, c: {header: ETag}, d: {regex: x}, e: {cel: body, regex: y, default: null, secret: true}}
	bad  capture: {a: {gjson: b, header: c}}
	bad  capture: {a: {default: b}}
	bad  capture: {a-b: c}
	bad  capture: {in: c}
	bad  capture: {a: ""}
	good poll: {interval: 1s, timeout: 2s, give_up: a}
	bad  poll: {interval: 1s}
	good redirects: {follow: true, max: 3}
	bad  redirects: {follow: yes}
	bad  redirects: {max: -1}
	good if: true
	bad  if: "${a}"
	good skip: later
	bad  skip: true
	bad  after: one
	bad  after: [two, two]
	bad  get: /
	bad  path: /
	bad  method: GET
	bad  safe: 1
	bad  nonsense: 1
`

// beyondSchema lists the bad suites that a schema takes for good, each behind
// the reason of its section.
const beyondSchema = "testdata/beyond-schema.txt"

// TestBadSuitesDoNotFitTheSchema says of every bad suite that the schema refuses
// it, or why it cannot.
func TestBadSuitesDoNotFitTheSchema(t *testing.T) {
	schema := validator(t, JSONSchema())
	listed := readBeyond(t)
	for _, name := range suites(t, "testdata/bad") {
		short := strings.TrimSuffix(strings.TrimPrefix(name, "testdata/bad/"), ".yaml")
		v, err := asJSON(name)
		if err == nil {
			err = schema.Validate(v)
		}
		switch {
		case err == nil && !listed[short]:
			t.Errorf("%s fits the schema; make the schema refuse it, or list it in %s under the reason why none can", short, beyondSchema)
		case err != nil && listed[short]:
			t.Errorf("%s does not fit the schema, but is listed in %s", short, beyondSchema)
		}
		delete(listed, short)
	}
	for name := range listed {
		t.Errorf("%s lists %s, which is no suite in testdata/bad", beyondSchema, name)
	}
}

// readBeyond reads the names in beyondSchema: those that are indented.
func readBeyond(t *testing.T) map[string]bool {
	t.Helper()
	data, err := os.ReadFile(beyondSchema)
	if err != nil {
		t.Fatal(err)
	}
	listed, reason := map[string]bool{}, ""
	for line := range strings.Lines(string(data)) {
		name := strings.TrimSpace(line)
		switch {
		case name == "" || strings.HasPrefix(name, "#"):
		case !strings.HasPrefix(line, " "):
			reason = name
		case reason == "" || listed[name]:
			t.Errorf("%s: %s stands there without a reason or twice", beyondSchema, name)
		default:
			listed[name] = true
		}
	}
	return listed
}
