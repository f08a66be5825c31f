package expr

import (
	"encoding/xml"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"github.com/apicel/apicel/internal/exchange"
	"github.com/apicel/apicel/spec"
)

// What is inserted is read back as it was, or refused.
func FuzzEscape(f *testing.F) {
	for _, s := range []string{``, `a`, `<&>"'`, "a\r\n\tb", "\x00", "\uFFFE", "\xff", `a/b?c#d`, `..`, `%2e`, `]]>`, "é"} {
		f.Add(s)
	}
	c := newTestCompiler(f)
	inXML, _ := c.Template(plain(`<a b="${vars.any}">${vars.any}</a>`), spec.ScopeQuery, EscapeXML)
	inPath, _ := c.Template(plain(`/a/${vars.any}/b`), spec.ScopeQuery, EscapePath)
	f.Fuzz(func(t *testing.T, value string) {
		a := &Activation{Vars: map[string]ref.Val{"any": types.String(value)}}
		if text, err := inXML.Text(background, a); err == nil {
			var back struct {
				B    string `xml:"b,attr"`
				Text string `xml:",chardata"`
			}
			if err := xml.Unmarshal([]byte(text), &back); err != nil || back.B != value || back.Text != value {
				t.Fatalf("%q gives %q, which is read as %q and %q: %v", value, text, back.B, back.Text, err)
			}
		}
		if text, err := inPath.Text(background, a); err == nil {
			parts := strings.Split(text, "/")
			if len(parts) != 4 {
				t.Fatalf("%q gives %q", value, text)
			}
			if back, err := url.PathUnescape(parts[2]); err != nil || back != value {
				t.Fatalf("%q gives %q, which is read as %q: %v", value, text, back, err)
			}
		}
	})
}

// Whatever an answer holds, its text is valid, its links are read, and a token
// in it is not quoted by an error.
func FuzzAnswer(f *testing.F) {
	f.Add("text/plain; charset=latin1", []byte("caf\xe9"), `</a?b=1,2>; rel="next prev"; title="a, \"b\""`)
	f.Add("application/json; charset=utf-16", []byte("\xfe\xff\x00{\x00}"), `<x>; rel=next; anchor="#a", </y>;rel=last`)
	f.Add("text/html; charset=iso-2022-jp", []byte("\x1b$B"), `<<>>;;;==,,"`)
	f.Add("", []byte("eyJhbGciOiJub25lIn0.e30."), `<a>;rel`)
	f.Fuzz(func(t *testing.T, contentType string, body []byte, links string) {
		r := &exchange.Response{Header: http.Header{"Content-Type": {contentType}, "Link": {links}}, URL: "http://localhost/a/b", Body: body}
		a := &Activation{Response: r}
		text := a.Text()
		if !utf8.ValidString(text) {
			t.Fatalf("%q in %q gives %q", body, contentType, text)
		}
		a.Body()
		for rel, to := range newLinks(r).values {
			if rel != strings.ToLower(rel) || strings.ContainsAny(rel, " \t") {
				t.Fatalf("%q gives %q to %q", links, rel, to)
			}
		}
		var fault *EvalError
		if err, ok := claims(types.String(text)).(*types.Err); ok && errors.As(err, &fault) && len(text) > 8 && strings.Contains(fault.Message, text) {
			t.Fatalf("%q is quoted: %s", text, fault.Message)
		}
	})
}

// A link is read as it was written, with anything between < and > and in quotes.
func FuzzLink(f *testing.F) {
	f.Add("/a,b;c", `x, "y" \z`, "next")
	f.Fuzz(func(t *testing.T, target, title, rel string) {
		if strings.ContainsAny(target, ">") {
			return
		}
		quote := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace
		header := `<` + target + `>; title="` + quote(title) + `"; REL="` + quote(rel) + `"`
		got := parseLinks(header + ` , ` + header)
		if len(got) != 2 || got[0] != got[1] || got[0].target != target || got[0].rel != rel {
			t.Fatalf("%q gives %+v", header, got)
		}
	})
}
