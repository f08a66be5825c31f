package runner

import (
	"encoding/base64"
	"fmt"
	"mime"
	"path"
	"strings"

	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/internal/files"
	"github.com/apicel/apicel/spec"
)

// MaxRequestBody is the number of bytes that the body of a request may have.
const MaxRequestBody = 256 << 20

// body is a compiled body.
type body struct {
	content
	// mediaType replaces that of the content; nil where it is not given.
	mediaType *expr.Template
	// sealed tells that the content needs its own Content-Type, so that the
	// source's does not hold for it.
	sealed bool
}

// content is what a body consists of.
type content interface {
	// encode returns the bytes and their media type.
	encode(b *requestBuilder) (data []byte, mediaType string, err error)
}

// body compiles a body. Its kind is the first that is set.
func (b *builder) body(q *spec.Query, refs *expr.Refs) *body {
	s := q.Body
	if s == nil {
		return nil
	}
	out := &body{
		mediaType: b.template(s.ContentType, spec.ScopeQuery, refs),
		content:   b.content(q, refs),
		sealed:    s.IsForm || s.IsMultipart || s.ContentType.IsSet(),
	}
	if s.IsMultipart || s.ContentType.IsSet() {
		b.refuseContentType(q)
	}
	if out.content == nil {
		return nil
	}
	return out
}

func (b *builder) content(q *spec.Query, refs *expr.Refs) content {
	s := q.Body
	switch {
	case s.JSON != nil:
		return jsonBody{b.json(*s.JSON, spec.ScopeQuery, refs)}
	case s.IsForm:
		return formBody(b.fields(s.Form, spec.ScopeQuery, refs))
	case s.IsMultipart:
		return b.multipart(q, refs)
	case s.File.IsSet():
		data := b.file(s.File)
		return fileBody{data, fileType(s.File.Value)}
	case s.XML.IsSet():
		return textBody{b.escaped(s.XML, spec.ScopeQuery, expr.EscapeXML, refs), "application/xml"}
	case s.GraphQL != nil:
		return b.graphQL(s.GraphQL, refs)
	case s.Base64.IsSet():
		return base64Body{b.template(s.Base64, spec.ScopeQuery, refs)}
	case s.Text.IsSet():
		return textBody{b.template(s.Text, spec.ScopeQuery, refs), "text/plain; charset=utf-8"}
	}
	return nil
}

// refuseContentType refuses a second Content-Type beside that of the body.
func (b *builder) refuseContentType(q *spec.Query) {
	for _, h := range q.Headers {
		if !strings.EqualFold(h.Name.Value, "Content-Type") || h.Remove {
			continue
		}
		p := b.suite.problems.Errorf(h.Name.Pos, "the header %s and the body both say what the body's media type is", h.Name.Value)
		if q.Body.ContentType.IsSet() {
			p.WithHint("leave out one of them")
		} else {
			p.WithHint("leave out the header: a multipart body names its boundary there; for another kind of multipart write content_type")
		}
	}
}

// file returns the content of a file that a query names.
func (b *builder) file(name spec.String) []byte {
	data, err := b.files.read(name.Pos.File.Name, name.Value)
	if err != nil {
		b.fileProblem(name.Pos, err)
	}
	return data
}

// fileProblem reports a file that cannot be used, with the next step.
func (b *builder) fileProblem(pos spec.Pos, err error) {
	b.suite.problems.Errorf(pos, "%v", err).Hint = files.Hint(err)
}

// encode returns the bytes of the body and its media type.
func (c *body) encode(b *requestBuilder) ([]byte, string, error) {
	data, mediaType, err := c.content.encode(b)
	if err != nil {
		return nil, "", err
	}
	if len(data) > MaxRequestBody {
		return nil, "", fmt.Errorf("the body has %s, at most %s are sent", files.Size(int64(len(data))), files.Size(MaxRequestBody))
	}
	if c.mediaType == nil {
		return data, mediaType, nil
	}
	given, err := c.mediaType.Text(b.ctx, b.activation)
	if err != nil {
		return nil, "", err
	}
	if given, err = withBoundary(given, mediaType); err != nil {
		return nil, "", &expr.EvalError{Pos: c.mediaType.Source().Pos, Message: err.Error()}
	}
	return data, given, nil
}

// withBoundary gives a media type the boundary of the content, where that has one.
func withBoundary(given, own string) (string, error) {
	kind, params, err := mime.ParseMediaType(given)
	if err != nil {
		return "", fmt.Errorf("the content_type %q is not a media type", given)
	}
	_, ownParams, _ := mime.ParseMediaType(own) // one of ours, or empty
	boundary := ownParams["boundary"]
	if boundary == "" {
		return given, nil
	}
	if !strings.HasPrefix(kind, "multipart/") {
		return "", fmt.Errorf("the content_type of a multipart body is %q, expected one that begins with multipart/", kind)
	}
	params["boundary"] = boundary
	return mime.FormatMediaType(kind, params), nil
}

type jsonBody struct{ value *expr.JSON }

func (j jsonBody) encode(b *requestBuilder) ([]byte, string, error) {
	data, err := j.value.Bytes(b.ctx, b.activation)
	return data, "application/json", err
}

type textBody struct {
	text      *expr.Template
	mediaType string
}

func (t textBody) encode(b *requestBuilder) ([]byte, string, error) {
	text, err := t.text.Text(b.ctx, b.activation)
	return []byte(text), t.mediaType, err
}

type formBody []field

func (f formBody) encode(b *requestBuilder) ([]byte, string, error) {
	fields, err := resolve(b.ctx, f, b.activation)
	return encodeForm(fields), "application/x-www-form-urlencoded", err
}

type fileBody struct {
	data      []byte
	mediaType string
}

func (f fileBody) encode(*requestBuilder) ([]byte, string, error) {
	return f.data, f.mediaType, nil
}

type base64Body struct{ text *expr.Template }

func (c base64Body) encode(b *requestBuilder) ([]byte, string, error) {
	text, err := c.text.Text(b.ctx, b.activation)
	if err != nil {
		return nil, "", err
	}
	data, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		return nil, "", &expr.EvalError{Pos: c.text.Source().Pos, Message: "the body is not base64 (RFC 4648, section 4)"}
	}
	return data, "application/octet-stream", nil
}

// fileTypes are the media types of files by their ending. It is a table of our
// own because the system's differ from machine to machine.
var fileTypes = map[string]string{
	".csv":  "text/csv; charset=utf-8",
	".gif":  "image/gif",
	".gz":   "application/gzip",
	".htm":  "text/html; charset=utf-8",
	".html": "text/html; charset=utf-8",
	".jpeg": "image/jpeg",
	".jpg":  "image/jpeg",
	".json": "application/json",
	".md":   "text/markdown; charset=utf-8",
	".pdf":  "application/pdf",
	".png":  "image/png",
	".svg":  "image/svg+xml",
	".txt":  "text/plain; charset=utf-8",
	".webp": "image/webp",
	".xml":  "application/xml",
	".yaml": "application/yaml",
	".yml":  "application/yaml",
	".zip":  "application/zip",
}

// fileType is the media type of a file by its name, where nothing else says it.
func fileType(name string) string {
	if t, ok := fileTypes[strings.ToLower(path.Ext(name))]; ok {
		return t
	}
	return "application/octet-stream"
}
