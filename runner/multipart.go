package runner

import (
	"bytes"
	"fmt"
	"mime"
	"mime/multipart"
	"net/textproto"
	"path"
	"strings"

	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/internal/files"
	"github.com/apicel/apicel/spec"
)

// multipartBody is a form as RFC 7578 sends it.
type multipartBody struct {
	parts []part
	// query names the query in the random stream of the boundary.
	suite *suite
	query string
}

// part is a compiled part.
type part struct {
	name      string
	content   content
	filename  *expr.Template
	ownName   string // the file name where filename is nil; "" sends none
	mediaType *expr.Template
	plain     bool // a text, which needs no Content-Type
}

func (b *builder) multipart(q *spec.Query, refs *expr.Refs) content {
	out := multipartBody{suite: b.suite, query: q.Name.Value}
	for _, p := range q.Body.Multipart {
		c := part{
			name:      p.Name.Value,
			filename:  b.template(p.Filename, spec.ScopeQuery, refs),
			mediaType: b.template(p.ContentType, spec.ScopeQuery, refs),
		}
		switch {
		case p.JSON != nil:
			c.content = jsonBody{b.json(*p.JSON, spec.ScopeQuery, refs)}
		case p.File.IsSet():
			c.content = fileBody{b.file(p.File), fileType(p.File.Value)}
			c.ownName = path.Base(p.File.Value)
		default:
			c.content, c.plain = textBody{b.template(p.Text, spec.ScopeQuery, refs), "text/plain; charset=utf-8"}, !p.Filename.IsSet()
		}
		out.parts = append(out.parts, c)
	}
	return out
}

// encode writes the parts in the order of the file. The boundary comes from a
// seeded stream of its own, so that a seed repeats the request byte by byte.
func (m multipartBody) encode(b *requestBuilder) ([]byte, string, error) {
	var out bytes.Buffer
	w := multipart.NewWriter(&out)
	if err := w.SetBoundary(m.boundary(b)); err != nil {
		return nil, "", err
	}
	for _, p := range m.parts {
		if err := p.write(b, w); err != nil {
			return nil, "", err
		}
		if out.Len() > MaxRequestBody {
			return nil, "", fmt.Errorf("the parts of the body have more than %s together", files.Size(MaxRequestBody))
		}
	}
	if err := w.Close(); err != nil {
		return nil, "", err
	}
	return out.Bytes(), w.FormDataContentType(), nil
}

func (m multipartBody) boundary(b *requestBuilder) string {
	r := expr.Stream(b.run.plan.seed, m.suite.id, m.query+" boundary", b.row.index)
	return fmt.Sprintf("apicel-%016x%016x", r.Uint64(), r.Uint64())
}

func (p part) write(b *requestBuilder, w *multipart.Writer) error {
	data, mediaType, err := p.content.encode(b)
	if err != nil {
		return err
	}
	head, err := p.head(b, mediaType)
	if err != nil {
		return err
	}
	out, err := w.CreatePart(head)
	if err != nil {
		return err
	}
	_, err = out.Write(data)
	return err
}

func (p part) head(b *requestBuilder, mediaType string) (textproto.MIMEHeader, error) {
	disposition := `form-data; name="` + escapeQuoted(p.name) + `"`
	filename := p.ownName
	if p.filename != nil {
		var err error
		if filename, err = p.filename.Text(b.ctx, b.activation); err != nil {
			return nil, err
		}
	}
	if filename != "" {
		disposition += `; filename="` + escapeQuoted(filename) + `"`
	}
	head := textproto.MIMEHeader{"Content-Disposition": {disposition}}
	switch {
	case p.mediaType != nil:
		given, err := p.mediaType.Text(b.ctx, b.activation)
		if err != nil {
			return nil, err
		}
		if _, _, err := mime.ParseMediaType(given); err != nil {
			return nil, &expr.EvalError{Pos: p.mediaType.Source().Pos, Message: fmt.Sprintf("the content_type %q is not a media type", given)}
		}
		head["Content-Type"] = []string{given}
	case !p.plain:
		head["Content-Type"] = []string{mediaType}
	}
	return head, nil
}

// escapeQuoted escapes a name as browsers do (HTML Standard, multipart/form-data
// encoding algorithm).
func escapeQuoted(s string) string {
	return strings.NewReplacer("\n", "%0A", "\r", "%0D", `"`, "%22").Replace(s)
}
