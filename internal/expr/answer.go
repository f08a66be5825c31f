package expr

import (
	"bytes"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"
	"unsafe"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"github.com/apicel/apicel/internal/exchange"
)

// foldedMap is a CEL map from text to text whose keys are read whatever their
// case: the headers of an answer, its links.
type foldedMap struct {
	traits.Mapper // with the folded keys
	values        map[string]string
	fold          func(string) string
	what          string // what messages call an entry
}

func newFoldedMap(what string, values map[string]string, fold func(string) string) *foldedMap {
	return &foldedMap{types.NewStringStringMap(types.DefaultTypeAdapter, values), values, fold, what}
}

// newHeaders returns the headers of an answer, values of the same name joined.
func newHeaders(h http.Header) *foldedMap {
	values := make(map[string]string, len(h))
	for name, vs := range h {
		values[http.CanonicalHeaderKey(name)] = strings.Join(vs, ", ")
	}
	return newFoldedMap("header", values, http.CanonicalHeaderKey)
}

// headerValues returns the values of a header in their order.
func headerValues(h http.Header, name string) []string {
	name = http.CanonicalHeaderKey(name)
	if vs, ok := h[name]; ok {
		return vs
	}
	for key, vs := range h {
		if http.CanonicalHeaderKey(key) == name {
			return vs
		}
	}
	return nil
}

// Find returns the value of a key.
func (m *foldedMap) Find(key ref.Val) (ref.Val, bool) {
	k, ok := key.(types.String)
	if !ok {
		return m.Mapper.Find(key)
	}
	v, found := m.values[m.fold(string(k))]
	return types.String(v), found
}

// Get returns the value of a key, or an error.
func (m *foldedMap) Get(key ref.Val) ref.Val {
	v, found := m.Find(key)
	if !found {
		return types.NewErr("no such key: %v", key)
	}
	return v
}

// Contains tells whether there is a key.
func (m *foldedMap) Contains(key ref.Val) ref.Val {
	_, found := m.Find(key)
	return types.Bool(found)
}

// Iterator walks the keys in order.
func (m *foldedMap) Iterator() traits.Iterator {
	return types.NewStringList(types.DefaultTypeAdapter, m.names()).Iterator()
}

func (m *foldedMap) names() []string { return slices.Sorted(maps.Keys(m.values)) }

// IsJSON tells whether a content type says JSON: application/json or any type
// with the suffix +json (RFC 6839), whatever its case and parameters.
func IsJSON(contentType string) bool {
	t, _, _ := strings.Cut(contentType, ";")
	t = strings.ToLower(strings.TrimSpace(t))
	return t == "application/json" || strings.HasSuffix(t, "+json")
}

// decodeText returns the body of an answer as text, in UTF-8 and without a byte
// order mark. It was written in what that mark says, else in the charset that the
// content type names, else, or where nobody knows that, in UTF-8. What is not
// valid in it becomes U+FFFD, one for each maximal part of a character (Unicode,
// section 3.9).
func decodeText(r *exchange.Response) string {
	if r == nil {
		return ""
	}
	from, _ := charsetOf(r.Header.Get("Content-Type"))
	if from == nil && utf8.Valid(r.Body) {
		// Not copied: a body may be large, and nothing in package exchange changes.
		return strings.TrimPrefix(unsafe.String(unsafe.SliceData(r.Body), len(r.Body)), byteOrderMark)
	}
	if from == nil {
		from = unicode.UTF8
	}
	decoded, _, err := transform.Bytes(unicode.BOMOverride(from.NewDecoder()), r.Body)
	if err != nil {
		decoded = r.Body // decoders that replace what is invalid never fail
	}
	return strings.TrimPrefix(strings.ToValidUTF8(string(decoded), "\uFFFD"), byteOrderMark)
}

// charsetOf returns the encoding that a content type names, as browsers know it
// (WHATWG Encoding), or nil where it is UTF-8 or not named. Of a name that they do
// not know, or do not decode for what it has been used for, it returns the name.
func charsetOf(contentType string) (from encoding.Encoding, unknown string) {
	if !strings.Contains(contentType, "=") { // most have no parameters
		return nil, ""
	}
	_, params, err := mime.ParseMediaType(contentType)
	label := strings.TrimSpace(params["charset"])
	if err != nil || label == "" {
		return nil, ""
	}
	found, name := charset.Lookup(label)
	switch name {
	case "utf-8":
		return nil, ""
	case "", "replacement":
		return nil, label
	}
	return found, ""
}

// charsetFault says that nobody knows how to read the answer as text, or returns
// nil. A byte order mark says it whatever the content type names.
func charsetFault(r *exchange.Response) *EvalError {
	if r == nil || len(r.Body) == 0 || bytes.HasPrefix(r.Body, []byte(byteOrderMark)) ||
		bytes.HasPrefix(r.Body, []byte("\xFE\xFF")) || bytes.HasPrefix(r.Body, []byte("\xFF\xFE")) {
		return nil
	}
	_, unknown := charsetOf(r.Header.Get("Content-Type"))
	if unknown == "" {
		return nil
	}
	return &EvalError{
		Message: fmt.Sprintf("the answer has the charset %q, which is not known, so it cannot be read as text", shortened(unknown)),
		Hint:    "read raw, which are its bytes",
	}
}

// shortened cuts text that a message quotes.
func shortened(s string) string {
	n := 0
	for i := range s {
		if n++; n > maxQuoted {
			return s[:i] + "…"
		}
	}
	return s
}

// byteOrderMark is allowed and ignored before JSON (RFC 8259, section 8.1).
const byteOrderMark = "\uFEFF"

func decodeBody(r *exchange.Response, text string) ref.Val {
	if r == nil || text == "" {
		return types.NullValue
	}
	if fault := charsetFault(r); fault != nil {
		return types.WrapErr(fault)
	}
	doc := strings.Trim(text, jsonSpace)
	contentType := r.Header.Get("Content-Type")
	if !IsJSON(contentType) {
		if doc != "" && (doc[0] == '{' || doc[0] == '[') {
			if unique, err := checkUnique(doc); err == nil {
				return viewJSON(doc, unique)
			}
		}
		return types.String(text)
	}
	if doc == "" {
		return types.WrapErr(&EvalError{
			Message: fmt.Sprintf("the body is not JSON, though its content type is %s: it is only white space", contentType),
			Hint:    "read text for the body as it is",
		})
	}
	unique, err := checkUnique(text)
	if err != nil {
		return types.WrapErr(&EvalError{
			Message: fmt.Sprintf("the body is not JSON, though its content type is %s: %v", contentType, err),
			Hint:    "read text for the body as it is",
		})
	}
	return viewJSON(doc, unique)
}
