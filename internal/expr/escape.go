package expr

import (
	"context"
	"encoding/xml"
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// Escape says what happens to values inserted into a template.
type Escape int

const (
	// EscapeNone inserts text as it is.
	EscapeNone Escape = iota
	// EscapePath is for the path of a URL and what follows it. A value is
	// percent-encoded as one segment, behind a ? as a query value, so that it
	// can never change which path is asked for. A segment that insertions make
	// empty, "." or ".." is an error. An insertion that begins the template
	// stands as it is, so that it may give an absolute URL or several segments.
	EscapePath
	// EscapeXML is for XML 1.0: a value stands for itself as the content of an
	// element and in an attribute. Characters that XML cannot hold are an error.
	EscapeXML
)

// path returns a template with EscapePath as text.
func (t *Template) path(ctx context.Context, a *Activation) (string, error) {
	var out pathBuilder
	for i, p := range t.parts {
		if p.expr == nil {
			if err := out.literal(p.literal); err != nil {
				return "", err
			}
			continue
		}
		v, err := p.expr.Eval(ctx, a)
		if err != nil {
			return "", err
		}
		if err := p.expr.checkInURL(v); err != nil {
			return "", err
		}
		s, err := p.expr.toText(v)
		if err != nil {
			return "", err
		}
		if i == 0 {
			out.verbatim(s)
		} else {
			out.insert(p.expr, s)
		}
	}
	return out.finish()
}

// checkInURL refuses values that no URL is meant to hold.
func (e *Expr) checkInURL(v ref.Val) error {
	switch Native(v).(type) {
	case types.Null:
		return &EvalError{Pos: e.src.At(0), Message: "the value inserted into the URL is null", Hint: "give a text, a number or a boolean"}
	case traits.Mapper, traits.Lister:
		return &EvalError{
			Pos:     e.src.At(0),
			Message: fmt.Sprintf("the value inserted into the URL is a %s", valueType(v)),
			Hint:    "give a text, a number or a boolean; params takes a list",
		}
	}
	return nil
}

// pathBuilder joins the parts of a URL and knows the segment it is in.
type pathBuilder struct {
	strings.Builder
	query    bool
	segment  int   // offset at which the segment begins
	inserted *Expr // the last insertion into the segment, or nil
}

// verbatim adds what begins the URL.
func (b *pathBuilder) verbatim(s string) {
	b.WriteString(s)
	b.query = strings.ContainsAny(s, "?#")
	b.segment = strings.LastIndexByte(s, '/') + 1
}

func (b *pathBuilder) literal(s string) error {
	for i := range len(s) {
		if !b.query && strings.IndexByte("/?#", s[i]) >= 0 {
			if err := b.endSegment(); err != nil {
				return err
			}
			b.query = s[i] != '/'
			b.segment = b.Len() + 1
		}
		b.WriteByte(s[i])
	}
	return nil
}

func (b *pathBuilder) insert(e *Expr, s string) {
	if b.query {
		b.WriteString(queryEscape(s))
		return
	}
	b.inserted = e
	b.WriteString(url.PathEscape(s))
}

// endSegment judges a segment that something was inserted into. Servers and
// proxies take %2e for a dot (WHATWG URL), so an encoded one counts.
func (b *pathBuilder) endSegment() error {
	e := b.inserted
	b.inserted = nil
	if e == nil {
		return nil
	}
	segment := b.String()[b.segment:]
	switch strings.ReplaceAll(strings.ToLower(segment), "%2e", ".") {
	case "":
		return &EvalError{
			Pos:     e.src.At(0),
			Message: "the value inserted into the path is empty, which would ask for another path",
			Hint:    "check the query that gives the value",
		}
	case ".", "..":
		return &EvalError{
			Pos:     e.src.At(0),
			Message: fmt.Sprintf("the value inserted into the path makes the segment %q, which would ask for another path", segment),
			Hint:    "a path of several segments may only begin the path, as in ${captures.next}",
		}
	}
	return nil
}

func (b *pathBuilder) finish() (string, error) {
	if !b.query {
		if err := b.endSegment(); err != nil {
			return "", err
		}
	}
	return b.String(), nil
}

// xmlText returns a value as it stands in XML.
func (e *Expr) xmlText(s string) (string, error) {
	for i, r := range s {
		_, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			return "", &EvalError{Pos: e.src.At(0), Message: "the value inserted into the XML is not valid UTF-8"}
		}
		if !isXMLChar(r) {
			return "", &EvalError{
				Pos:     e.src.At(0),
				Message: fmt.Sprintf("the value inserted into the XML holds the character %U, which XML cannot hold", r),
				Hint:    "take it out with replace(), or send it encoded, as with base64.encode(bytes(…))",
			}
		}
	}
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(s)); err != nil {
		return "", e.fail(err)
	}
	return b.String(), nil
}

// isXMLChar tells whether XML may hold a character (XML 1.0, section 2.2).
func isXMLChar(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= ' ' && r != 0xFFFE && r != 0xFFFF
}
