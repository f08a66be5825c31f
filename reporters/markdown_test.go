package reporters_test

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"
	nethtml "golang.org/x/net/html"

	"github.com/apicel/apicel/reporters"
	"github.com/apicel/apicel/runner"
)

func markdownOf(t *testing.T, r *runner.Report, limit int) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := reporters.WriteMarkdownWithin(&out, r, limit); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// rendered is a document as a browser would have it, its HTML included.
func rendered(t *testing.T, text []byte) *nethtml.Node {
	t.Helper()
	var out bytes.Buffer
	md := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(html.WithUnsafe()))
	if err := md.Convert(text, &out); err != nil {
		t.Fatal(err)
	}
	root, err := nethtml.Parse(&out)
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// tricks are names that try to be more than text.
var tricks = []string{
	"| a | b |", "`code` ``more``", "```\n```", "<script>alert(1)</script>", "</code></summary></details><img src=x onerror=y>",
	"@octocat and a@b.example", "https://evil.example/ www.evil.example", "#1 GH-1", ":smile:", "[a](javascript:b) ![c](d)", "**bold** _it_ ~~no~~",
	"&lt;&#64;octocat", "\\| \\` \\<b>", "- [ ] task", "> quote", "$x$", "::error::no", "   ", "<!-- x", "~~~", "\ta\n\n# b",
}

// TestMarkdownIsText says that no text from outside becomes markup.
func TestMarkdownIsText(t *testing.T) {
	r := record().report
	s := suiteOf("| `<b>@x")
	for _, trick := range tricks {
		failed := wrongStatus()
		failed.Failures = []runner.CheckReport{{Check: trick, File: trick, Line: 1, Expected: trick, Found: trick, Message: trick, Detail: trick}}
		failed.Attempts[0].Response.Body = trick
		flaky := flaky(0)
		flaky.Attempts[0].Error.Message = trick
		s.Queries = append(s.Queries, query(trick, 1, "GET", trick, trick, failed), query(trick, 1, "GET", trick, trick, flaky),
			query(trick, 1, "GET", trick, trick, runner.QueryReport{Status: runner.StatusSkipped, Reason: trick}))
	}
	r.Suites = append(r.Suites, s)
	root := rendered(t, markdownOf(t, r, reporters.MaxSummary))
	elements, texts := map[string]bool{}, map[string]bool{}
	columns := map[*nethtml.Node]int{}
	for n := range root.Descendants() {
		if n.Type == nethtml.CommentNode {
			t.Errorf("a comment: %q", n.Data)
		}
		if n.Type != nethtml.ElementNode {
			continue
		}
		elements[n.Data] = true
		switch n.Data {
		case "code":
			texts[textOf(n)] = true
		case "a":
			if href := n.Attr[0].Val; !strings.HasPrefix(href, "mailto:") {
				t.Errorf("a link to %s", href)
			}
		case "tr":
			table, cells := n.Parent.Parent, 0
			for c := range n.ChildNodes() {
				if c.Type == nethtml.ElementNode {
					cells++
				}
			}
			if want, ok := columns[table]; ok && want != cells {
				t.Errorf("%d cells in a row of %d: %s", cells, want, textOf(n))
			}
			columns[table] = cells
		}
	}
	delete(elements, "a") // addresses of mail, checked above
	want := []string{
		"blockquote", "b", "body", "code", "details", "h2", "h3", "head", "html", "p", "pre", "summary",
		"table", "tbody", "td", "th", "thead", "tr",
	}
	want = slices.DeleteFunc(want, func(e string) bool { return e == "blockquote" }) // of a run that was stopped
	if diff := cmp.Diff(slices.Sorted(slices.Values(want)), slices.Sorted(maps.Keys(elements))); diff != "" {
		t.Errorf("elements (-want +got):\n%s", diff)
	}
	for _, trick := range tricks {
		if !texts[reporters.Inline(trick)] {
			t.Errorf("%q is not shown as it is", trick)
		}
	}
}

func textOf(n *nethtml.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == nethtml.TextNode {
			b.WriteString(c.Data)
		}
	}
	return b.String()
}

// However much failed and however little room there is, the document fits and is whole.
func TestMarkdownFits(t *testing.T) {
	s := suiteOf("big")
	for i := range 3_000 {
		q := query(s.File, i+1, "GET", "/", fmt.Sprint("q", i), severalChecks())
		if i == 0 {
			q.Attempts[0].Response.Body = strings.Repeat(strings.Repeat("x", 1990)+"\n", 300)
		}
		s.Queries = append(s.Queries, q, query(s.File, i+1, "GET", "/", fmt.Sprint("f", i), flaky(0)))
	}
	r := &runner.Report{Suites: []*runner.SuiteReport{s}}
	for _, limit := range []int{reporters.MaxSummary, 300_000, 100_000, 5_000, 0} {
		out := string(markdownOf(t, r, limit))
		if len(out) > max(limit, 2_000) {
			t.Errorf("limit %d: %d bytes", limit, len(out))
		}
		if open, closed := strings.Count(out, "<details>"), strings.Count(out, "</details>"); open != closed {
			t.Errorf("limit %d: %d opened, %d closed", limit, open, closed)
		}
		if limit >= 300_000 && (!strings.Contains(out, "more, which have no room here") || !strings.Contains(out, "### Slowest") || !strings.Contains(out, "<code>q1</code>")) {
			t.Errorf("limit %d: something is missing", limit)
		}
	}
}
