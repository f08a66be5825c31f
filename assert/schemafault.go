package assert

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/apicel/apicel/internal/lazyregexp"
	"github.com/apicel/apicel/spec"
)

func jsonNumber(text string) json.Number { return json.Number(text) }

// schemaFault is what is wrong with a schema.
type schemaFault struct {
	// address is where, as a URL whose fragment is a JSON Pointer (RFC 6901);
	// "" where that is not known.
	address string
	// refers is the reference that leads nowhere, "" for other faults.
	refers        string
	message, hint string
	// key is the keyword at the address that it is about, "" where it is the
	// value there.
	key string
}

// faultOf says in our words why a schema could not be compiled.
func faultOf(err error) schemaFault {
	var (
		invalid  *jsonschema.SchemaValidationError
		load     *jsonschema.LoadURLError
		remote   *remoteError
		pattern  *jsonschema.InvalidRegexError
		pointer  *jsonschema.JSONPointerNotFoundError
		anchor   *jsonschema.AnchorNotFoundError
		draft    *jsonschema.UnsupportedDraftError
		metaless *jsonschema.InvalidMetaSchemaURLError
	)
	switch {
	case errors.As(err, &invalid):
		return invalidSchema(invalid)
	case errors.As(err, &remote):
		fault := schemaFault{refers: remote.address, message: remote.Error()}
		if !remote.isDraft() {
			fault.hint = "put it into a file, and refer to that by its path"
		}
		return fault
	case errors.As(err, &load):
		f := faultOf(load.Err)
		f.refers = load.URL
		return f
	case errors.As(err, &pattern):
		return badPattern(pattern.URL, pattern.Regex, pattern.Err)
	case errors.As(err, &pointer):
		return schemaFault{refers: pointer.URL, message: "$ref leads nowhere: there is no " + shownAddress(pointer.URL)}
	case errors.As(err, &anchor):
		return schemaFault{refers: anchor.Reference, message: "$ref leads nowhere: there is no " + shownAddress(anchor.Reference)}
	case errors.As(err, &draft):
		return schemaFault{refers: draft.URL, message: fmt.Sprintf("there is no draft %s: expected draft 4, 6, 7, 2019-09 or 2020-12", draft.URL)}
	case errors.As(err, &metaless):
		return schemaFault{address: metaless.URL, message: fmt.Sprintf("$schema is no URL: %v", metaless.Err)}
	}
	return schemaFault{message: err.Error()}
}

func badPattern(address string, pattern any, err error) schemaFault {
	bad := &regexError{fmt.Sprint(pattern), err}
	return schemaFault{address: address, message: bad.short(), hint: cmp.Or(bad.hint(), "patterns are those of RE2")}
}

// invalidSchema says what is wrong with a schema by the schema of schemas: the
// deepest fault, which is nearest to what was written wrongly.
func invalidSchema(err *jsonschema.SchemaValidationError) schemaFault {
	var bad *jsonschema.ValidationError
	if !errors.As(err.Err, &bad) {
		return schemaFault{address: err.URL, message: err.Err.Error()}
	}
	leaf := deepest(bad)
	var pointer strings.Builder
	for _, token := range leaf.InstanceLocation {
		pointer.WriteString("/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(token))
	}
	base, _, _ := strings.Cut(err.URL, "#")
	address := base + (&url.URL{Fragment: pointer.String()}).String()
	if k, ok := leaf.ErrorKind.(*kind.Format); ok && k.Want == "regex" {
		return badPattern(address, k.Got, k.Err)
	}
	return schemaFault{
		address: address,
		message: "this is no JSON Schema: " + metaWords(leaf),
	}
}

// deepest is the cause that is deepest in what was judged; of several the first
// in the order of their places.
func deepest(e *jsonschema.ValidationError) *jsonschema.ValidationError {
	if len(e.Causes) == 0 {
		return e
	}
	leaves := make([]*jsonschema.ValidationError, len(e.Causes))
	for i, cause := range e.Causes {
		leaves[i] = deepest(cause)
	}
	return slices.MinFunc(leaves, func(a, b *jsonschema.ValidationError) int {
		return cmp.Or(cmp.Compare(len(b.InstanceLocation), len(a.InstanceLocation)),
			slices.Compare(a.InstanceLocation, b.InstanceLocation), cmp.Compare(a.SchemaURL, b.SchemaURL))
	})
}

func metaWords(e *jsonschema.ValidationError) string {
	what := "it"
	if n := len(e.InstanceLocation); n > 0 {
		what = e.InstanceLocation[n-1]
	}
	expected, found := wordsOf(e.ErrorKind)
	if expected == "" {
		return what + " does not fit"
	}
	text := what + ": expected " + expected
	if found = cmp.Or(found, gotOf(e.ErrorKind)); found != "" {
		text += ", found " + found
	}
	return text
}

// gotOf is the value that a keyword refused, "" where the library does not keep it.
func gotOf(k jsonschema.ErrorKind) string {
	switch k := k.(type) {
	case *kind.Type:
		return k.Got
	case *kind.Enum:
		return spell(k.Got)
	case *kind.Const:
		return spell(k.Got)
	case *kind.Format:
		return spell(k.Got)
	case *kind.Pattern:
		return spell(k.Got)
	case *kind.Minimum:
		return spellRat(k.Got)
	case *kind.ExclusiveMinimum:
		return spellRat(k.Got)
	}
	return ""
}

// place is where in an inline schema the fault is.
func (f schemaFault) place(v spec.Value) spec.Pos {
	if f.refers != "" {
		if at, ok := placeOfRef(v, f.refers); ok {
			return at
		}
		return v.Pos
	}
	u, err := url.Parse(f.address)
	if err != nil || u.RawQuery == "" {
		return v.Pos
	}
	at := v.Pos
	for _, token := range strings.Split(u.Fragment, "/")[1:] {
		next, ok := below(v, strings.NewReplacer("~1", "/", "~0", "~").Replace(token))
		if !ok {
			break
		}
		v, at = next, next.Pos
	}
	for _, m := range v.Members {
		if f.key != "" && m.Key.Value == f.key {
			return m.Key.Pos
		}
	}
	return at
}

func below(v spec.Value, token string) (spec.Value, bool) {
	for _, m := range v.Members {
		if m.Key.Value == token {
			return m.Value, true
		}
	}
	if i, err := strconv.Atoi(token); err == nil && i >= 0 && i < len(v.Items) {
		return v.Items[i], true
	}
	return spec.Value{}, false
}

// placeOfRef finds the reference that was resolved to an address. The address
// ends as the reference does.
func placeOfRef(v spec.Value, address string) (spec.Pos, bool) {
	for _, m := range v.Members {
		isRef := m.Value.Kind == spec.Text && strings.HasPrefix(m.Key.Value, "$")
		if end := strings.TrimLeft(m.Value.Scalar.Value, "./"); isRef && end != "" && strings.HasSuffix(address, end) {
			return m.Value.Pos, true
		}
	}
	for _, child := range children(v) {
		if at, ok := placeOfRef(child, address); ok {
			return at, true
		}
	}
	return spec.Pos{}, false
}

func children(v spec.Value) []spec.Value {
	list := slices.Clone(v.Items)
	for _, m := range v.Members {
		list = append(list, m.Value)
	}
	return list
}

// unicodeEscape is how ECMA-262 spells a character by its number, which RE2
// spells otherwise. The backslashes before it say whether it is one.
var unicodeEscape = lazyregexp.New(`\\(?:u([0-9A-Fa-f]{4})|.)`)

// compileSchemaPattern compiles a pattern. JSON Schema's are ECMA-262's; RE2,
// which takes no more time than the text is long, understands those that need
// no look-around and no back-references.
func compileSchemaPattern(pattern string) (jsonschema.Regexp, error) {
	return regexp.Compile(unicodeEscape.ReplaceAllStringFunc(pattern, func(escape string) string {
		if len(escape) == len(`\u0000`) && escape[1] == 'u' {
			return `\x{` + escape[2:] + `}`
		}
		return escape
	}))
}
