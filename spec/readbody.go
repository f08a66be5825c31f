package spec

import (
	"encoding/base64"
	"mime"
	"strings"

	"go.yaml.in/yaml/v3"
)

var bodyFields = fields[Body]{
	"json":         func(l *loader, b *Body, p place) { b.JSON = l.valueAt(p) },
	"text":         func(l *loader, b *Body, p place) { b.Text = l.text(p) },
	"form":         func(l *loader, b *Body, p place) { b.Form, b.IsForm = l.form(p), true },
	"multipart":    func(l *loader, b *Body, p place) { b.Multipart, b.IsMultipart = l.multipart(p), true },
	"file":         func(l *loader, b *Body, p place) { b.File = l.filePath(p) },
	"xml":          func(l *loader, b *Body, p place) { b.XML = l.nonEmpty(p, "XML") },
	"graphql":      func(l *loader, b *Body, p place) { b.GraphQL = l.graphQL(p) },
	"base64":       func(l *loader, b *Body, p place) { b.Base64 = l.base64(p) },
	"content_type": func(l *loader, b *Body, p place) { b.ContentType = l.mediaType(p) },
}

func (l *loader) body(p place) *Body {
	t := Table{"a body", BodyKeys}
	if p.node.Kind != yaml.MappingNode {
		l.expected(p, "a map").WithHint("write body: {json: …}, body: {text: …} or body: {file: …}")
		return nil
	}
	b := &Body{Pos: p.key.Pos}
	if one := l.exactlyOne(p, t, bodyKinds...); !read(l, p, t, bodyFields, b) || !one {
		return nil
	}
	if b.IsMultipart {
		l.checkMultipartType(b.ContentType)
	}
	return b
}

// checkMultipartType reports a media type that a body of several parts cannot have.
func (l *loader) checkMultipartType(s String) {
	kind, params, err := mime.ParseMediaType(s.Value)
	switch {
	case !s.IsSet() || holdsTemplate(s.Value) || err != nil:
	case !strings.HasPrefix(kind, "multipart/"):
		l.problems.Errorf(s.Pos, "the media type of a multipart body is %q, expected one that begins with multipart/", kind).
			WithHint("leave it out for multipart/form-data; the media type of a part stands in that part")
	case params["boundary"] != "":
		l.problems.Errorf(s.Pos, "the media type names a boundary, which is made when the body is sent").
			WithHint("write %s", kind)
	}
}

// valueAt reads a JSON value, or returns nil where it is none.
func (l *loader) valueAt(p place) *Value {
	v, ok := l.value(p)
	if !ok {
		return nil
	}
	return &v
}

// partKinds are the keys of a part of which exactly one is given.
var partKinds = []string{"text", "json", "file"}

var partFields = fields[Part]{
	"text":         func(l *loader, a *Part, p place) { a.Text = l.text(p) },
	"json":         func(l *loader, a *Part, p place) { a.JSON = l.valueAt(p) },
	"file":         func(l *loader, a *Part, p place) { a.File = l.filePath(p) },
	"filename":     func(l *loader, a *Part, p place) { a.Filename = l.nonEmpty(p, "the name of a file") },
	"content_type": func(l *loader, a *Part, p place) { a.ContentType = l.mediaType(p) },
}

func (l *loader) multipart(p place) []Part {
	var all []Part
	l.entries(p, "a map of names and parts", func(name String, v place) {
		if name.Value == "" {
			l.problems.Errorf(name.Pos, "a part has an empty name")
		}
		add := func(v place) {
			if a, ok := l.part(name, v); ok {
				all = append(all, a)
			}
		}
		switch {
		case v.node.Kind != yaml.SequenceNode:
			add(v)
		case len(v.node.Content) == 0:
			l.problems.Errorf(l.at(v), "%s is an empty list, expected at least one part", v.label())
		default:
			l.items(v, "", add)
		}
	})
	return all
}

// part reads one part: a text, or a map that says what it is.
func (l *loader) part(name String, p place) (Part, bool) {
	a := Part{Pos: l.at(p), Name: name}
	switch p.node.Kind {
	case yaml.ScalarNode:
		a.Text = l.text(p)
		return a, a.Text.IsSet()
	case yaml.MappingNode:
		t := Table{"a part", PartKeys}
		one := l.exactlyOne(p, t, partKinds...)
		return a, read(l, p, t, partFields, &a) && one
	}
	l.expected(p, "text, or a map such as {file: PATH}")
	return a, false
}

var graphQLFields = fields[GraphQL]{
	"query":     func(l *loader, g *GraphQL, p place) { g.Query = l.nonEmpty(p, "a GraphQL document") },
	"variables": func(l *loader, g *GraphQL, p place) { g.Variables = l.graphQLVariables(p) },
	"operation": func(l *loader, g *GraphQL, p place) { g.Operation = l.nonEmpty(p, "the name of an operation") },
}

func (l *loader) graphQL(p place) *GraphQL {
	g := &GraphQL{Pos: p.key.Pos}
	if p.node.Kind != yaml.MappingNode {
		l.expected(p, "a map").WithHint("write graphql: {query: …}, and variables where it has some")
		return nil
	}
	if !read(l, p, Table{"graphql", GraphQLKeys}, graphQLFields, g) || !g.Query.IsSet() {
		return nil
	}
	return g
}

func (l *loader) graphQLVariables(p place) *Value {
	if l.openTemplate(p) {
		return nil
	}
	if p.node.Kind != yaml.MappingNode && !wholeTemplate(p.node.Value) {
		l.expected(p, "a map of names and values")
		return nil
	}
	return l.valueAt(p)
}

// base64 reads bytes in base64, between which there may be white space.
func (l *loader) base64(p place) String {
	s := l.nonEmpty(p, "bytes in base64")
	if !s.IsSet() || holdsTemplate(s.Value) {
		return s
	}
	text := strings.Join(strings.Fields(s.Value), "")
	if _, err := base64.StdEncoding.DecodeString(text); err == nil {
		return s
	}
	problem := l.problems.Errorf(s.Pos, "this is not base64 (RFC 4648, section 4)")
	plain := strings.TrimRight(text, "=")
	switch _, err := base64.RawStdEncoding.DecodeString(strings.NewReplacer("-", "+", "_", "/").Replace(plain)); {
	case err != nil:
		problem.WithHint("write body: {text: …} to send a text as it is")
	case strings.ContainsAny(plain, "-_"):
		problem.WithHint("this is its URL-safe form; write + for - and / for _")
	default:
		problem.WithHint("write as many = at its end as make its length a multiple of 4")
	}
	return String{}
}

// otherMediaTypes are what people call media types.
var otherMediaTypes = map[string]string{
	"json": "application/json", "xml": "application/xml", "text": "text/plain", "plain": "text/plain", "html": "text/html",
	"csv": "text/csv", "form": "application/x-www-form-urlencoded", "pdf": "application/pdf", "yaml": "application/yaml",
	"png": "image/png", "jpeg": "image/jpeg", "jpg": "image/jpeg", "binary": "application/octet-stream",
}

// mediaType reads a media type (RFC 9110, section 8.3.1), or a template that gives one.
func (l *loader) mediaType(p place) String {
	s := l.nonEmpty(p, "a media type")
	if !s.IsSet() || holdsTemplate(s.Value) {
		return s
	}
	kind, _, err := mime.ParseMediaType(s.Value)
	if err == nil && strings.Contains(kind, "/") && headerProblem(s.Value) == "" {
		return s
	}
	problem := l.problems.Errorf(s.Pos, "%q is not a media type, expected one such as application/json", shorten(s.Value))
	if other := otherMediaTypes[strings.ToLower(s.Value)]; other != "" {
		problem.WithHint("write %s", other)
	}
	return String{}
}
