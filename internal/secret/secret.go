// Package secret keeps secrets out of what people read.
//
// A [Secret] is a text that shows a mask wherever it is printed, logged or
// encoded; only Reveal gives the text. Past the point where the text has been
// put into a request it is an ordinary string, and only the [Redactor] still
// knows it: it replaces the value, and the encodings in which values travel, in
// every text that goes into a report. [MaskHeader] masks by place instead of by
// value: what stands in an Authorization header is not shown, known or not.
package secret

import (
	"fmt"
	"io"
	"log/slog"
)

// Mask is what stands in place of a secret.
const Mask = "***"

// Secret is a text that only Reveal shows. The zero Secret is the empty text.
//
// The text is behind a pointer because fmt reads the fields of a struct that
// holds a Secret in an unexported field without asking its methods; it then
// finds an address. For the same reason two Secrets are not compared with ==.
type Secret struct {
	text *string
}

// New returns text as a Secret.
func New(text string) Secret { return Secret{text: &text} }

// Reveal returns the text.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// String implements fmt.Stringer with the mask.
func (Secret) String() string { return Mask }

// GoString implements fmt.GoStringer with the mask.
func (Secret) GoString() string { return Mask }

// Format implements fmt.Formatter with the mask, whatever the verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, Mask) }

// LogValue implements slog.LogValuer with the mask.
func (Secret) LogValue() slog.Value { return slog.StringValue(Mask) }

// MarshalText implements encoding.TextMarshaler with the mask. JSON and XML use it too.
func (Secret) MarshalText() ([]byte, error) { return []byte(Mask), nil }

// MarshalJSON implements json.Marshaler with the mask.
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + Mask + `"`), nil }

// MarshalYAML implements yaml.Marshaler with the mask.
func (Secret) MarshalYAML() (any, error) { return Mask, nil }
