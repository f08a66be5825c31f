package expr

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	"github.com/apicel/apicel/internal/exchange"
)

// headers are the headers of an answer as a CEL map: names are read whatever
// their case, and values of the same name are joined.
type headers struct {
	traits.Mapper // with the canonical names
	values        map[string]string
}

func newHeaders(h http.Header) *headers {
	values := make(map[string]string, len(h))
	for name, vs := range h {
		values[http.CanonicalHeaderKey(name)] = strings.Join(vs, ", ")
	}
	return &headers{types.NewStringStringMap(types.DefaultTypeAdapter, values), values}
}

// Find returns the value of a header.
func (h *headers) Find(key ref.Val) (ref.Val, bool) {
	k, ok := key.(types.String)
	if !ok {
		return h.Mapper.Find(key)
	}
	v, found := h.values[http.CanonicalHeaderKey(string(k))]
	return types.String(v), found
}

// Get returns the value of a header, or an error.
func (h *headers) Get(key ref.Val) ref.Val {
	v, found := h.Find(key)
	if !found {
		return types.NewErr("no such key: %v", key)
	}
	return v
}

// Contains tells whether there is a header.
func (h *headers) Contains(key ref.Val) ref.Val {
	_, found := h.Find(key)
	return types.Bool(found)
}

// Iterator walks the names in order.
func (h *headers) Iterator() traits.Iterator {
	return types.NewStringList(types.DefaultTypeAdapter, h.names()).Iterator()
}

func (h *headers) names() []string { return slices.Sorted(maps.Keys(h.values)) }

// IsJSON tells whether a content type says JSON: application/json or any type
// with the suffix +json (RFC 6839), whatever its case and parameters.
func IsJSON(contentType string) bool {
	t, _, _ := strings.Cut(contentType, ";")
	t = strings.ToLower(strings.TrimSpace(t))
	return t == "application/json" || strings.HasSuffix(t, "+json")
}

// byteOrderMark is allowed and ignored before JSON (RFC 8259, section 8.1).
const byteOrderMark = "\uFEFF"

func decodeBody(r *exchange.Response, text string) ref.Val {
	if r == nil || text == "" {
		return types.NullValue
	}
	doc := strings.Trim(strings.TrimPrefix(text, byteOrderMark), jsonSpace)
	contentType := r.Header.Get("Content-Type")
	if !IsJSON(contentType) {
		if doc != "" && (doc[0] == '{' || doc[0] == '[') && CheckJSON(doc) == nil {
			return fromJSON(doc)
		}
		return types.String(text)
	}
	if err := CheckJSON(strings.TrimPrefix(text, byteOrderMark)); err != nil {
		return types.WrapErr(&EvalError{
			Message: fmt.Sprintf("the body is not JSON, though its content type is %s: %v", contentType, err),
			Hint:    "read text for the body as it is",
		})
	}
	return fromJSON(doc)
}
