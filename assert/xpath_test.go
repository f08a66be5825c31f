package assert

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/apicel/apicel/internal/exchange"
	"github.com/apicel/apicel/spec"
)

// queryOn evaluates an expression on a body and gives its text, "(none)" where
// it picks nothing, or the error.
func queryOn(t testing.TB, by, contentType string, body []byte) string {
	t.Helper()
	return queryWithin(context.Background(), by, contentType, body)
}

func queryWithin(ctx context.Context, by, contentType string, body []byte) string {
	r := &exchange.Response{Status: 200, Header: map[string][]string{}, Body: body}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	b := &bench{}
	j := newJudging(ctx, b.activation(r), options{})
	j.begin(path{})
	text, found, err := j.xpath(by)
	switch {
	case err != nil:
		return "error: " + err.Error()
	case !found:
		return "(none)"
	}
	return text
}

func TestXPath(t *testing.T) {
	const order = `<order id="7" xmlns:s="urn:s"><line n="1">A<!-- no -->1</line><line n="2">B</line><s:note>x</s:note><empty/></order>`
	for _, tt := range []struct{ by, contentType, body, want string }{
		{"/order/@id", "application/xml", order, "7"},
		{"//line", "text/xml", order, "A1"},
		{"//line[@n='2']", "application/soap+xml", order, "B"},
		{"//line[last()]/@n", "", order, "2"},
		{"count(//line)", "", order, "2"},
		{"count(//line) div 4", "", order, "0.5"},
		{"1 div 0", "", order, "Infinity"},
		{"number('x')", "", order, "NaN"},
		{"count(//line) = 2", "", order, "true"},
		{"boolean(//nope)", "", order, "false"},
		{"string(//nope)", "", order, ""},
		{"concat(//line[1], '-', //line[2])", "", order, "A1-B"},
		{"normalize-space(' a  b ')", "", order, "a b"},
		{"//nope", "", order, "(none)"},
		{"//empty", "", order, ""},
		{"//s:note", "", order, "x"},
		{"//*[namespace-uri()='urn:s']", "", order, "x"},
		{"//*[local-name()='note']", "", order, "x"},
		{"//z:note", "", order, "error: the answer does not declare the prefix z: it declares s"},
		{"//z:note", "", "<a/>", "error: the answer does not declare the prefix z: it declares none"},
		{"//z:note", "text/html", "<p>", "error: the prefix z is not declared: the answer is HTML, which has none"},
		{"//a", "", `<a xmlns="urn:a">x</a>`, "x"},
		{"//p:a", "", `<q:a xmlns:q="urn:a" xmlns:p="urn:a">x</q:a>`, "x"},
		{"//p", "text/html; charset=utf-8", "<p>é<p>b", "é"},
		{"//p", "", "<!DOCTYPE html><p>a<br>b", "ab"},
		{"//p", "", "<div><p>not closed<br></div>", "not closed"},
		{"//title", "application/xhtml+xml", `<html xmlns="http://www.w3.org/1999/xhtml"><title>t</title></html>`, "t"},
		{"//li[2]/a/@href", "text/html", "<ul><li><a href=/1>1<li><a href=/2>2</ul>", "/2"},
		{"//x", "", "plain text", "error: the body is neither XML nor HTML"},
		{"//x", "", "", "error: the body is empty"},
		{"//x", "application/xml", "<a><b></a>", "error: the body is not XML: line 1: element <b> closed by </a>"},
		{"//x", "application/xml", "{}", "error: the body is not XML: invalid XML document"},
		{"/a", "application/xml; charset=iso-8859-1", "<a>\xe9</a>", "é"},
		{"/a", "application/xml", "<?xml version='1.0' encoding='iso-8859-1'?><a>\xe9</a>", "é"},
		{"/a", "application/xml; charset=utf-8", "<?xml version='1.0' encoding='iso-8859-1'?><a>é</a>", "é"},
		{"/a", "application/xml", "\uFEFF<a>é</a>", "é"},
		{"/a", "application/xml", "\xff\xfe<\x00a\x00>\x00\xe9\x00<\x00/\x00a\x00>\x00", "é"},
		{"//p", "text/html", "<meta charset=iso-8859-1><p>\xe9", "é"},
		{"/a", "application/xml", `<!DOCTYPE a [<!ENTITY x "boom">]><a>&x;</a>`, "error: the body is not XML: line 1: invalid character entity &x;"},
		{"/a", "application/xml", `<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>`, "error: the body is not XML: line 1: invalid character entity &x;"},
		{"/a", "application/xml", `<a>&lt;&#233;<![CDATA[<b>]]></a>`, "<é<b>"},
		{"sum(//line/@n)", "", order, "3"},
		{"(//line)[2]", "", order, "B"},
		{"//line[position() > 1]", "", order, "B"},
		{"//line | //empty", "", order, "A1"},
		{"/order/line[1]/following-sibling::line", "", order, "B"},
		{"translate('a', 'a', 'b')", "", order, "b"},
		{"not(//nope) and //line", "", order, "true"},
		{"//line/text()", "", order, "A"},
		{"-1", "", order, "-1"},
		{"substring('x', 'a')", "", order, "error: this XPath cannot be evaluated"},
	} {
		got := queryOn(t, tt.by, tt.contentType, []byte(tt.body))
		if got != tt.want && (!strings.HasPrefix(tt.want, "error: this XPath cannot") || !strings.HasPrefix(got, tt.want)) {
			t.Errorf("%s of %.60s: got %q, want %q", tt.by, tt.body, got, tt.want)
		}
	}
}

// TestXPathIsBounded asks what would take very long or very much.
func TestXPathIsBounded(t *testing.T) {
	many := "<a>" + strings.Repeat("<b><c/></b>", 20_000) + "</a>"
	for name, tt := range map[string]struct {
		by, body, want string
		within         time.Duration
	}{
		"deep":               {"//a", strings.Repeat("<a>", 5000) + strings.Repeat("</a>", 5000), "nested more than 1000 levels", time.Minute},
		"deep HTML":          {"//b", "<!doctype html>" + strings.Repeat("<b><i>", 3000), "cannot be read as HTML", time.Minute},
		"too many tags":      {"//a", "<a>" + strings.Repeat("<b/>", maxDocumentTags) + "</a>", "too many tags", time.Minute},
		"many comments":      {"//a", "<a><b/>" + strings.Repeat("<!---->", maxDocumentTags-10) + "</a>", "deadline exceeded", time.Second},
		"quadratic and more": {"count(//b[count(//c) > count(preceding::b)])", many, "too much work on a body", time.Minute},
	} {
		start := time.Now()
		ctx, cancel := context.WithTimeout(context.Background(), tt.within)
		defer cancel()
		if got := queryWithin(ctx, tt.by, "", []byte(tt.body)); !strings.Contains(got, tt.want) {
			t.Errorf("%s: %.200s", name, got)
		}
		if took := time.Since(start); took > time.Minute {
			t.Errorf("%s took %v", name, took)
		}
	}
}

func TestXPathRefused(t *testing.T) {
	for by, want := range map[string]string{
		"//a[":            "a [ is not closed",
		"//a]":            "a ] closes nothing",
		"count(//a":       "a ( is not closed",
		"//a[b='x]":       "a text in ' is not closed",
		"//":              "this is no XPath (1.0)",
		"a b":             "this is no XPath (1.0)",
		"nope(//a)":       "this is no XPath (1.0)",
		"//x:a":           "",
		"//a | //b":       "",
		"//a[1]/text()":   "",
		"$x":              "this is no XPath (1.0)",
		"//a[@b=\"(\"]":   "",
		"matches(., '(')": "missing closing",
		"//s:*":           "s:* cannot be used",
		"//child::*":      "",
		"//a['x:*']":      "",
		"//a, //b":        "something follows",
	} {
		p := &compiler{}
		p.checkXPath(spec.String{Value: by, Pos: spec.Pos{File: spec.NewFile("suite.yaml", nil), Line: 1, Col: 1}})
		got := ""
		if len(p.problems) > 0 {
			got = p.problems[0].Message
		}
		if (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want %q", by, got, want)
		}
	}
}

// TestXPathThatLooksAtNothing has expressions that are the same for every
// answer, and such as look like it.
func TestXPathThatLooksAtNothing(t *testing.T) {
	for by, want := range map[string]bool{
		"true()": true, "1=1": true, "'a'": true, "count(/)": true, "boolean(/)": true, "1 + 1": true, "concat('a', 'b')": true, "not(false())": true,
		"string-length('abc') > 2": true, "-1": true, "true() or //a": true, "count(.)": true, "(1)": true,
		"/": false, ".": false, "//a": false, "count(//a)": false, "string()": false, "string(/)": false, "count(/*)": false, "*": false, "@id": false,
		"boolean(a)": false, "not(//a)": false, "sum(//a)": false, "string-length() > 3": false, "normalize-space()": false, "concat('a', //b)": false,
		"count(//a) = count(//b)": false, "'x' = //a": false, "contains(., 'x')": false, "/ = 'a'": false, "substring('x', 'a')": false, "//s:a": false,
		"starts-with(//a, 'x')": false, "true() and //a": false, "namespace-uri(//a)": false, "name(/*)": false, "//a[": false,
	} {
		if got := looksAtNothing(by); got != want {
			t.Errorf("%s: got %t", by, got)
		}
	}
	b := load(t, "suite.yaml", suiteWith("", "xpath: {'1=1': 'true', 'count(//a)': 1}"))
	_, problems := Compile(b.compiler, nil, b.query().Expect)
	if len(problems) != 1 || problems[0].Severity != spec.SeverityError || !strings.HasPrefix(problems[0].Message, "this XPath looks at nothing") {
		t.Error(problems)
	}
}

func FuzzXPath(f *testing.F) {
	f.Add("//a[1]/@b", "<a b='c'/>")
	f.Add("count(//p)", "<!doctype html><p>x")
	f.Add("//s:x", "<x xmlns:s='u'><s:x/></x>")
	f.Fuzz(func(t *testing.T, by, body string) {
		if len(by) > 100 || len(body) > 1000 {
			return
		}
		looksAtNothing(by)
		queryOn(t, by, "", []byte(body))
		queryOn(t, by, "text/html", []byte(body))
	})
}
