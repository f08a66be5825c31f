package assert

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/apicel/apicel/spec"
)

// JSON Schema takes any keyword and any format: what it does not know it does
// not look at. A misspelt one thus makes a check that passes.

// maxSchemaWarnings is the number of warnings on one schema.
const maxSchemaWarnings = 10

// keywords are what a schema may say, with the drafts that look at it: from the
// first to the second, 0 meaning all. What only notes something has no drafts.
var keywords = map[string][2]int{
	"$schema": {}, "$id": {}, "id": {}, "$ref": {}, "$defs": {}, "definitions": {}, "$comment": {}, "$vocabulary": {},
	"title": {}, "description": {}, "default": {}, "examples": {}, "readOnly": {}, "writeOnly": {}, "deprecated": {},
	"contentEncoding": {}, "contentMediaType": {}, "contentSchema": {},
	"type": {}, "enum": {}, "allOf": {}, "anyOf": {}, "oneOf": {}, "not": {},
	"properties": {}, "patternProperties": {}, "additionalProperties": {}, "required": {}, "dependencies": {},
	"items": {}, "minItems": {}, "maxItems": {}, "uniqueItems": {}, "minProperties": {}, "maxProperties": {},
	"minimum": {}, "maximum": {}, "exclusiveMinimum": {}, "exclusiveMaximum": {}, "multipleOf": {},
	"minLength": {}, "maxLength": {}, "pattern": {}, "format": {},
	"additionalItems": {0, 2019}, "const": {6, 0}, "contains": {6, 0}, "propertyNames": {6, 0},
	"if": {7, 0}, "then": {7, 0}, "else": {7, 0},
	"$anchor": {2019, 0}, "$recursiveRef": {2019, 2019}, "$recursiveAnchor": {2019, 2019},
	"minContains": {2019, 0}, "maxContains": {2019, 0}, "dependentRequired": {2019, 0}, "dependentSchemas": {2019, 0},
	"unevaluatedItems": {2019, 0}, "unevaluatedProperties": {2019, 0},
	"prefixItems": {2020, 0}, "$dynamicRef": {2020, 0}, "$dynamicAnchor": {2020, 0},
}

// otherKeywords are those of OpenAPI and of editors, which only note something.
var otherKeywords = []string{
	"discriminator", "xml", "externalDocs", "example", "enumNames", "enumDescriptions", "markdownDescription",
	"markdownEnumDescriptions", "defaultSnippets", "deprecationMessage", "errorMessage", "patternErrorMessage",
}

// besideRef are the keywords that say nothing of a value, so that it does not
// matter where they are not looked at.
var besideRef = []string{
	"$schema", "$id", "id", "$ref", "$defs", "definitions", "$comment", "title", "description", "default", "examples", "readOnly", "writeOnly", "deprecated",
}

// Formats that are looked at, and those of OpenAPI, which are of no use for JSON.
var (
	knownFormats = []string{
		"date", "date-time", "duration", "email", "hostname", "ipv4", "ipv6", "iri", "iri-reference", "json-pointer", "period",
		"regex", "relative-json-pointer", "semver", "time", "uri", "uri-reference", "uri-template", "uuid",
	}
	notedFormats = []string{"int32", "int64", "float", "double", "byte", "binary", "password"}
)

// schemaSense looks for what a schema says in vain.
type schemaSense struct {
	docs  map[string]any // by address
	seen  map[*jsonschema.Schema]bool
	found []schemaFault
}

func (s *schemaSense) look(schema *jsonschema.Schema) {
	if schema == nil || s.seen[schema] {
		return
	}
	s.seen[schema] = true
	if object, ok := s.source(schema.Location).(map[string]any); ok {
		s.object(schema, object)
	}
	for _, part := range partsOf(schema) {
		s.look(part)
	}
}

// source is the text of a schema that a file or a suite holds.
func (s *schemaSense) source(location string) any {
	base, fragment, _ := strings.Cut(location, "#")
	pointer, err := url.PathUnescape(fragment)
	if err != nil {
		return nil
	}
	doc := s.docs[base]
	for _, token := range strings.Split(pointer, "/")[1:] {
		token = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
		switch d := doc.(type) {
		case map[string]any:
			doc = d[token]
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(d) {
				return nil
			}
			doc = d[i]
		default:
			return nil
		}
	}
	return doc
}

func (s *schemaSense) object(schema *jsonschema.Schema, object map[string]any) {
	_, isRef := object["$ref"]
	for _, key := range slices.Sorted(maps.Keys(object)) {
		if isRef && schema.DraftVersion < 2019 {
			if !slices.Contains(besideRef, key) {
				s.note(schema, key, "beside $ref nothing is looked at before draft 2019-09, and so neither is "+key, "write both into allOf, each in a schema of its own")
			}
			continue
		}
		drafts, known := keywords[key]
		switch {
		case !known:
			s.unknown(schema, key)
		case drafts[0] > schema.DraftVersion || drafts[1] != 0 && drafts[1] < schema.DraftVersion:
			s.note(schema, key, fmt.Sprintf("draft %s has no keyword %s, so it is not looked at", draftName(schema.DraftVersion), key), otherDraft(key, drafts, schema.DraftVersion))
		}
	}
	if format, ok := object["format"].(string); ok && schema.Format == nil && !isRef && !slices.Contains(notedFormats, format) {
		s.note(schema, "format", fmt.Sprintf("there is no format %q, so it is not looked at", format), suggest(format, knownFormats, "one of "+strings.Join(knownFormats, ", ")))
	}
}

func (s *schemaSense) unknown(schema *jsonschema.Schema, key string) {
	if strings.HasPrefix(key, "x-") || slices.Contains(otherKeywords, key) {
		return
	}
	hint := suggest(key, slices.Sorted(maps.Keys(keywords)), "a note of your own begins with x-")
	if key == "nullable" {
		hint = `write type: [string, "null"], or whatever the type is`
	}
	s.note(schema, key, fmt.Sprintf("%q is no keyword of JSON Schema, so it is not looked at", key), hint)
}

// suggest is the next step after a name that is none of those there are.
func suggest(name string, names []string, otherwise string) string {
	if near := spec.Closest(name, names); near != "" {
		return fmt.Sprintf("did you mean %s?", near)
	}
	return otherwise
}

func (s *schemaSense) note(schema *jsonschema.Schema, key, message, hint string) {
	if len(s.found) < maxSchemaWarnings {
		s.found = append(s.found, schemaFault{address: schema.Location, key: key, message: message, hint: hint})
	}
}

func draftName(version int) string {
	switch version {
	case 2019:
		return "2019-09"
	case 2020:
		return "2020-12"
	}
	return strconv.Itoa(version)
}

func otherDraft(key string, drafts [2]int, version int) string {
	switch {
	case key == "additionalItems":
		return "write prefixItems for the first elements and items for those behind"
	case drafts[0] > version:
		return "it came with draft " + draftName(drafts[0]) + ", which $schema may name"
	}
	return "it went with draft " + draftName(drafts[1])
}

// assertsNothing tells whether a schema allows everything, so that checking it
// looks at nothing.
func assertsNothing(schema *jsonschema.Schema) bool {
	return !asserts(schema, map[*jsonschema.Schema]bool{})
}

// asserts tells whether a schema refuses anything. One that refers to itself
// does so by what it says beside that: until it is known, known has false.
func asserts(s *jsonschema.Schema, known map[*jsonschema.Schema]bool) bool {
	does, ok := known[s]
	if ok || s.Bool != nil {
		return does || s.Bool != nil && !*s.Bool
	}
	known[s] = false
	does = assertsItself(s)
	// One schema of anyOf that allows everything is enough.
	does = does || len(s.AnyOf) > 0 && !slices.ContainsFunc(s.AnyOf, func(part *jsonschema.Schema) bool { return !asserts(part, known) })
	for _, part := range partsOf(s) {
		does = does || part != s.If && !slices.Contains(s.AnyOf, part) && asserts(part, known)
	}
	known[s] = does
	return does
}

// assertsItself tells whether a keyword of a schema refuses anything, its
// schemas aside.
func assertsItself(s *jsonschema.Schema) bool {
	isNumber := cmp.Or(s.Minimum, s.Maximum, s.ExclusiveMinimum, s.ExclusiveMaximum, s.MultipleOf) != nil
	isSize := cmp.Or(s.MinLength, s.MaxLength, s.MinItems, s.MaxItems, s.MinProperties, s.MaxProperties) != nil
	isValue := s.Types != nil || s.Enum != nil || s.Const != nil || s.Format != nil || s.Pattern != nil
	isKeys := len(s.Required)+len(s.DependentRequired) > 0 || s.AdditionalProperties == false
	isList := s.UniqueItems || s.Contains != nil || s.AdditionalItems == false
	for _, other := range s.Dependencies {
		if keys, ok := other.([]string); ok && len(keys) > 0 {
			isKeys = true
		}
	}
	return isNumber || isSize || isValue || isKeys || isList || s.Not != nil || len(s.OneOf) > 1
}

// partsOf are the schemas that a schema is made of or refers to, in an order
// that is always the same.
func partsOf(s *jsonschema.Schema) []*jsonschema.Schema {
	parts := []*jsonschema.Schema{
		s.Ref, s.RecursiveRef, s.Not, s.If, s.Then, s.Else, s.PropertyNames, s.UnevaluatedProperties,
		s.Contains, s.Items2020, s.UnevaluatedItems,
	}
	if s.DynamicRef != nil {
		parts = append(parts, s.DynamicRef.Ref)
	}
	parts = slices.Concat(parts, s.AllOf, s.AnyOf, s.OneOf, s.PrefixItems, schemasIn(s.AdditionalProperties), schemasIn(s.Items), schemasIn(s.AdditionalItems))
	for _, all := range []map[string]*jsonschema.Schema{s.Properties, s.DependentSchemas} {
		parts = append(parts, slices.Collect(maps.Values(all))...)
	}
	parts = append(parts, slices.Collect(maps.Values(s.PatternProperties))...)
	for _, other := range s.Dependencies {
		parts = append(parts, schemasIn(other)...)
	}
	parts = slices.DeleteFunc(parts, func(part *jsonschema.Schema) bool { return part == nil })
	slices.SortStableFunc(parts, func(a, b *jsonschema.Schema) int { return cmp.Compare(a.Location, b.Location) })
	return parts
}

// schemasIn are the schemas of a keyword that takes several kinds of values.
func schemasIn(v any) []*jsonschema.Schema {
	switch v := v.(type) {
	case *jsonschema.Schema:
		return []*jsonschema.Schema{v}
	case []*jsonschema.Schema:
		return v
	}
	return nil
}
