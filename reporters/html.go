package reporters

import (
	"bufio"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"path"
	"strings"
	"sync"

	"github.com/apicel/apicel/runner"
)

// WriteHTML writes the report as one HTML file that needs nothing else: no
// network, no server, no second file. It returns the first error of w.
//
// The page's head, summary and, for readers without JavaScript, its failed
// queries are plain HTML. Everything else is data in two blocks that no browser
// executes, from which the page's script builds what is looked at: "report"
// ([htmlReport]), and "details", one line of JSON ([htmlDetail]) for each query
// that has more to say than its line. The page's policy allows the one script
// and the one style that are written here, by their hashes, and nothing else.
//
// The file stays below [maxHTML] bytes whatever the report holds. What has to
// give way is left out in this order, and the page says so: exchanges of
// queries that passed, of flaky ones, of failed ones except the last attempt,
// then those, then the failed checks, then queries that passed.
func WriteHTML(w io.Writer, r *runner.Report) error {
	page, err := loadPage()
	if err != nil {
		return err
	}
	data, details, err := layOut(r)
	if err != nil {
		return fmt.Errorf("write HTML: %w", err)
	}
	var top strings.Builder
	if err := page.template.ExecuteTemplate(&top, "page.html", newHTMLPage(r, page)); err != nil {
		return fmt.Errorf("write HTML: %w", err)
	}
	out := bufio.NewWriterSize(w, 64<<10)
	write := func(parts ...string) {
		for _, part := range parts {
			if err == nil {
				_, err = out.WriteString(part)
			}
		}
	}
	// ## could begin a command in the log of a CI system.
	write(strings.ReplaceAll(top.String(), "##", "#&#35;"))
	write(`<script type="application/json" id="report">`, string(data), "</script>\n")
	write(`<script type="application/jsonl" id="details">`, "\n")
	for _, line := range details {
		write(string(line), "\n")
	}
	write("</script>\n<script>", page.script, "</script>\n</body>\n</html>\n")
	if err != nil {
		return err
	}
	return out.Flush()
}

//go:embed html
var htmlFiles embed.FS

// htmlScripts are the parts of the page's script, in order.
var htmlScripts = []string{
	"dom.js", "data.js", "state.js", "lazy.js", "values.js", "exchange.js", "detail.js", "list.js", "edges.js", "waterfall.js", "keys.js", "main.js",
}

// htmlSource is what is the same in all pages.
type htmlSource struct {
	template *template.Template
	style    string
	script   string
	policy   string
}

// loadPage puts the page together when it is first needed, since most runs
// write none.
var loadPage = sync.OnceValues(func() (*htmlSource, error) {
	t, err := template.ParseFS(htmlFiles, "html/page.html")
	if err != nil {
		return nil, err
	}
	style, err := htmlAsset("style.css")
	if err != nil {
		return nil, err
	}
	var script strings.Builder
	script.WriteString("(() => {\n'use strict';\n")
	for _, name := range htmlScripts {
		text, err := htmlAsset(name)
		if err != nil {
			return nil, err
		}
		script.WriteString(text)
	}
	script.WriteString("})();\n")
	s := &htmlSource{template: t, style: style, script: script.String()}
	s.policy = fmt.Sprintf("default-src 'none'; script-src '%s'; style-src '%s'; base-uri 'none'; form-action 'none'",
		integrity(s.script), integrity(s.style))
	return s, nil
})

// htmlAsset returns an embedded text. Browsers hash the text that they parsed,
// in which a line never ends in \r\n, however Git has checked the file out.
func htmlAsset(name string) (string, error) {
	text, err := htmlFiles.ReadFile(path.Join("html", name))
	return strings.ReplaceAll(string(text), "\r\n", "\n"), err
}

// integrity returns text's hash in the form of CSP 3, section 2.3.1.
func integrity(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}
