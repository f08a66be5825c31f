package demo

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
)

// The content types that bodies may have.
const (
	mimeJSON  = "application/json"
	mimePatch = "application/merge-patch+json"
	mimeForm  = "application/x-www-form-urlencoded"
	mimeParts = "multipart/form-data"
	mimeXML   = "application/xml"
	mimeBytes = "application/octet-stream"
)

// contentType returns the content type of the request without parameters,
// provided that it is one of those allowed.
func contentType(r *http.Request, allowed ...string) (string, error) {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if slices.Contains(allowed, kind) {
		return kind, nil
	}
	found := kind
	if found == "" {
		found = "a body without a content type"
	}
	return "", fail(http.StatusUnsupportedMediaType, "unsupported_media_type",
		"this takes %s, not %s", strings.Join(allowed, " or "), found)
}

// readBody reads the whole body, which is bounded by the router.
func readBody(r *http.Request) ([]byte, error) {
	data, err := io.ReadAll(r.Body)
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return nil, bodyTooLarge(tooLarge)
	}
	if err != nil {
		return nil, fail(http.StatusBadRequest, "incomplete", "the body did not arrive whole")
	}
	return data, nil
}

// bodyTooLarge is the problem of a body beyond what the router lets through.
func bodyTooLarge(err *http.MaxBytesError) *problem {
	return fail(http.StatusRequestEntityTooLarge, "too_large", "a body may have %d bytes", err.Limit)
}

// readJSON reads a JSON body into v and returns its bytes. Fields that v does
// not know are refused by name.
func readJSON(r *http.Request, v any, allowed ...string) ([]byte, error) {
	if len(allowed) == 0 {
		allowed = []string{mimeJSON}
	}
	if _, err := contentType(r, allowed...); err != nil {
		return nil, err
	}
	data, err := readBody(r)
	if err != nil {
		return nil, err
	}
	return data, decodeJSON(data, v)
}

// decodeJSON decodes exactly one JSON value into v.
func decodeJSON(data []byte, v any) error {
	dec := json.NewDecoder(strings.NewReader(string(data)))
	dec.DisallowUnknownFields()
	err := dec.Decode(v)
	if err == nil {
		if _, more := dec.Token(); !errors.Is(more, io.EOF) {
			return fail(http.StatusBadRequest, "invalid_json", "there is more than one JSON value")
		}
		return nil
	}
	if wrong := (*json.UnmarshalTypeError)(nil); errors.As(err, &wrong) {
		// The path names embedded structs too, which a client knows nothing of.
		field := strings.TrimPrefix(wrong.Field, "customerInput.")
		return invalid(field, "%s cannot be a JSON %s", orBody(field), wrong.Value)
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		name = strings.Trim(name, `"`)
		return invalid(name, "there is no field %q", name)
	}
	return fail(http.StatusBadRequest, "invalid_json", "the body is not valid JSON")
}

// orBody names a field, or the body where the field is the whole of it.
func orBody(field string) string {
	if field == "" {
		return "the body"
	}
	return field
}

// checkText refuses texts that are longer than the desk keeps.
func checkText(field, text string) error {
	if len(text) > maxText {
		return invalid(field, "%s may have %d bytes", field, maxText)
	}
	return nil
}
