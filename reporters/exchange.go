package reporters

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/tidwall/gjson"
	"github.com/tidwall/pretty"

	"github.com/apicel/apicel/runner"
)

// exchange prints what was sent and what came back, as received, with the
// marks that curl has made familiar: > for the request, < for the answer.
func (p *printer) exchange(indent int, a *runner.AttemptReport) {
	if a.Request == nil && a.Response == nil {
		return
	}
	if r := a.Request; r != nil {
		p.message(indent, ">", inline(r.Method)+" "+inline(r.URL), r)
	}
	p.blank()
	r := a.Response
	if r == nil {
		p.line(indent, p.mark("<"), p.style.paint(dim, "no whole answer"))
		return
	}
	for i, u := range r.Redirects {
		if i > 0 { // the first is the request's own
			p.line(indent, p.mark("<"), p.style.paint(dim, "redirected to "), inline(u))
		}
	}
	p.message(indent, "<", statusLine(r), r)
	p.timing(indent, a)
}

func (p *printer) mark(mark string) string { return p.style.paint(cyan, mark) + " " }

func statusLine(r *runner.Message) string {
	s := strings.TrimSpace(fmt.Sprintf("%s %d %s", inline(r.Proto), r.StatusCode, http.StatusText(r.StatusCode)))
	if r.URL != "" {
		s += " from " + inline(r.URL)
	}
	return s
}

// message prints one direction: its first line, its header and its body.
func (p *printer) message(indent int, mark, first string, m *runner.Message) {
	mark = p.mark(mark)
	p.line(indent, mark, p.style.paint(bold, first))
	for _, h := range m.Header {
		value := shorten(inline(h.Value), p.limits.columns)
		p.line(indent, mark, p.style.paint(dim, inline(h.Name)+":"), " ", value)
	}
	if m.Body == "" {
		return
	}
	p.line(indent, strings.TrimRight(mark, " "))
	p.block(indent, mark, layoutBody(m.Body), same)
	if m.Truncated && !described(m) {
		p.line(indent, mark, p.style.paint(dim, "… cut here; the whole body has "+size(m.BodySize)))
	}
}

// described tells whether Body says what the body is, since it is no text.
func described(m *runner.Message) bool {
	return m.Truncated && m.Body == fmt.Sprintf("(%d bytes that are not text)", m.BodySize)
}

// layoutBody returns a body as a person reads it: JSON indented, its keys and
// numbers as they came, anything else as it is. A cut body is no valid JSON and
// stays as it is.
func layoutBody(body string) string {
	s := strings.TrimSpace(body)
	if len(s) > 0 && (s[0] == '{' || s[0] == '[') && nesting(s) < maxNesting && gjson.Valid(s) {
		return string(pretty.PrettyOptions([]byte(s), &pretty.Options{Width: 80, Indent: "  "}))
	}
	return strings.ReplaceAll(body, "\r\n", "\n")
}

// maxNesting is the depth from which on JSON is not laid out: its indentation
// alone would grow with the square of the depth.
const maxNesting = 100

// nesting returns a bound for how deep the JSON s is nested: brackets inside
// strings count as well.
func nesting(s string) int {
	depth, deepest := 0, 0
	for i := range len(s) {
		switch s[i] {
		case '{', '[':
			depth++
			deepest = max(deepest, depth)
		case '}', ']':
			depth--
		}
	}
	return deepest
}

// lastAttempt returns the attempt that decided, or nil where none was kept.
func lastAttempt(q *runner.QueryReport) *runner.AttemptReport {
	if len(q.Attempts) == 0 {
		return nil
	}
	return &q.Attempts[len(q.Attempts)-1]
}
