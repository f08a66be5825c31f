package expr

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"cel.dev/cel-go/cel"

	"github.com/apicel/apicel/internal/exchange"
	"github.com/apicel/apicel/internal/files"
	"github.com/apicel/apicel/spec"
)

// No message quotes a value that may be part of a secret.
func TestFailuresQuoteNoSecrets(t *testing.T) {
	c := newTestCompiler(t)
	a := testActivation()
	a.Secrets["signing_key"] = `PRE[zqMID\`
	a.Row = FromJSON([]byte(`{"o": {"x": 1}, "l": [1], "zqMID": 1}`))
	for _, text := range []string{
		`"a".matches(SECRET)`, `"a".matches(PART)`, `regex.extract("a", PART)`, `regex.extractAll("a", PART)`, `regex.replace("a", PART, "b")`, `regex.replace("a", "a", PART)`,
		`int(PART)`, `int(SECRET)`, `uint(PART)`, `double(PART)`, `bool(PART)`, `duration(PART)`, `timestamp(PART)`, `cel.bind(x, PART, int(x))`, `[PART].map(x, int(x))`,
		`ip(PART)`, `cidr(PART)`, `now().getHours(PART)`, `row.o[PART]`, `row.l[PART]`, `row.o[PART + "x"]`, `row.o[string(PART)]`, `{"a": 1}[PART]`, `cel.bind(x, PART, row.o[x])`,
		`[?PART]`, `{?"a": PART}`, `gjson(row, PART)`, `gjson(row, "a." + PART.substring(1))`, `gjson(PART, "a")`, `base64.decode(PART)`, `base64.decodeUrl(PART)`, `jwt(PART)`,
		`PART < row.l`, `PART.substring(99)`, `[1].map(x, {PART: x})[0][x]`, `"%d".format([PART])`, `PART.format([])`, `[1, 1].transformMapEntry(i, v, {PART: v})`,
		`dyn(PART).all(x, true)`, `dyn(PART).x`, `dyn([PART]).x`, `int(dyn([PART]))`, `optional.unwrap([PART])`, `[PART, 1].join("")`, `[dyn(PART), 1].sort()`, `merge(b"a", PART)`,
	} {
		text = strings.ReplaceAll(strings.ReplaceAll(text, "PART", "secrets.signing_key.substring(3)"), "SECRET", "secrets.signing_key")
		e, ps := c.Expr(plain(text), spec.ScopeQuery, cel.DynType)
		if e == nil {
			if strings.Contains(problemLines(ps), "zqMID") {
				t.Errorf("%s: %s", text, problemLines(ps))
			}
			continue
		}
		_, err := e.Eval(background, a)
		if err == nil {
			continue // such as a map() over nothing
		}
		line := errorLine(t, err)
		line = strings.ReplaceAll(line, "it has o, l, zqMID", "") // the keys of the row
		if strings.Contains(line, "zqM") || strings.Contains(line, "MID") {
			t.Errorf("%s: %s", text, line)
		}
	}
}

func TestTold(t *testing.T) {
	c := newTestCompiler(t)
	a := testActivation()
	a.Row = FromJSON([]byte(`{"re": "zq[x", "o": {"x": 1}, "l": [1, 2], "e": [], "n": 1.5}`))
	for _, tt := range []struct{ text, want string }{
		{`"a".matches(row.re)`, `1:5: matches() got text that is not a regular expression (RE2): missing closing ]`},
		{`regex.extract("a", row.re)`, `1:7: regex.extract() got text that is not a regular expression (RE2): missing closing ]`},
		{`regex.replace("a", "a", "\\" + row.re)`, `1:7: the replacement given to regex.replace() has a \ that stands before neither a digit nor another \ [write \\ for a backslash]`},
		{`lists.range(2000000)`, `1:7: lists.range() makes lists of up to 1000000 elements [loop over fewer elements]`},
		{`row.o[row.l]`, `1:6: row.o is looked into with a key that is a list, expected text or a number`},
		{`row.o[row.o]`, `1:6: row.o is looked into with a key that is a map, expected text or a number`},
		{`row.n.all(x, w, true)`, `1:7: row.n is a double, which has no elements, expected a list or a map`},
		{`row.n.all(x, true)`, `1:7: row.n is a double, which has no elements, expected a list or a map`},
		{`row.o["a" + row.re]`, `1:6: row.o has no key "azq[x" [it has x]`},
		{`row.o[row.re.substring(1)]`, `1:6: row.o has no key "…" [it has x]`},
		{`row.l[size(row.l)]`, `1:6: index 2 is out of range: row.l has 2 elements [the last one is [1]]`},
		{`int(row.re)`, `1:1: "zq[x" cannot be made an int`},
		{`int(row.re.substring(1))`, `1:1: a string cannot be made an int`},
		{`timestamp(row.re)`, `1:1: "zq[x" cannot be made a timestamp [write it as in timestamp("2022-11-28T09:00:00Z")]`},
		{`now().getHours(row.re)`, `1:7: the time zone is not known [write "Europe/Berlin", "UTC" or "+02:00"]`},
		{`math.greatest(row.e)`, `1:6: math.greatest() got an empty list`},
		{`9223372036854775807 + int(row.l[0])`, `1:21: the number does not fit: an int and a uint have 64 bits, and a uint no sign [double(…) takes larger numbers]`},
	} {
		_, err := mustExpr(t, c, tt.text, spec.ScopeQuery).Eval(background, a)
		if err == nil {
			t.Errorf("%s has a value", tt.text)
		} else if got := errorLine(t, err); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.text, got, tt.want)
		}
	}
}

func TestMistakes(t *testing.T) {
	c := newTestCompiler(t)
	for _, tt := range []struct{ text, want string }{
		{`headers.Content-Type == "x"`, `1:9: headers.Content-Type is read as a subtraction, because a name behind a dot has no - [write headers["content-type"]]`},
		{`headers.X-Request-Id == "x"`, `1:9: headers.X-Request-Id is read as a subtraction, because a name behind a dot has no - [write headers["x-request-id"]]`},
		{`size(body.a-b-c) > 1`, `1:11: body.a-b-c is read as a subtraction, because a name behind a dot has no - [write body["a-b-c"]]`},
		{`body.x.a-b.c == 1`, `1:8: body.x.a-b is read as a subtraction, because a name behind a dot has no - [write body.x["a-b"]]`},
		{`body.a - b`, `1:10: unknown name "b"`},
		{`body.a is string`, `1:8: "is" is no operator of CEL [write type(body.a) == string]`},
		{`body.a is null`, `1:8: unexpected "is" [write ==]`},
		{`body.a is not null`, `1:8: "is not" is no operator of CEL [write !=]`},
		{`body.a =~ 'x'`, `1:8: "=~" is no operator of CEL [write ….matches(…) with the regular expression]`},
		{`body.filter(i => i.a == 1)`, `1:15: "=>" is no operator of CEL [write filter(i, …) with a comma]`},
		{`body.a => 1`, `1:8: "=>" is no operator of CEL [write >= to compare]`},
		{`body.in == 1`, `1:6: "in" is a word of CEL, so it cannot stand behind a dot [write ["in"] instead of .in]`},
		{`body.true`, `1:6: "true" is a word of CEL, so it cannot stand behind a dot [write ["true"] instead of .true]`},
		{`status in 200..299`, `1:15: ".." is no operator of CEL [write status >= 200 && status <= 299]`},
		{`not body.a`, `1:5: "not" is no operator of CEL [write ! before it, as in !has(body.id)]`},
		{`body.a ?? 1`, `1:9: "??" is no operator of CEL [write .?name.orValue(…), as in body.?total.orValue(0)]`},
		{`body.a <> 1`, `1:9: "<>" is no operator of CEL [write !=]`},
		{`body.a contains 'x'`, `1:8: unexpected "contains" [contains is a function: write ….contains(…)]`},
		{`body.a == undefined`, `1:11: unknown name "undefined" [write null]`},
		{`body.a == True`, `1:11: unknown name "True" [write true]`},
		{`size > 1kB`, `1:9: a size has no unit in CEL [write the number of bytes: 1000]`},
		{`size > 1.5MiB`, `1:11: a size has no unit in CEL [write the number of bytes: 1572864]`},
		{`body.a == “x”`, `1:11: “ is no quote of CEL [write plain quotes, " or ']`},
		{strings.Repeat("(", 300) + "1" + strings.Repeat(")", 300), `1:1: the expression is nested more than 250 levels deep [split it: make a var of a part, or several checks]`},
		{"body" + strings.Repeat(".b", 300), `1:1: the expression is nested more than 250 levels deep [split it: make a var of a part, or several checks]`},
		{"1" + strings.Repeat("+1", 60000), `1:1: the expression is longer than 100000 characters [split it: make a var of a part, or several checks]`},
		{`regex.extract(text, "(")`, `1:21: "(" is not a regular expression (RE2): missing closing )`},
		{`text.matches("` + strings.Repeat("(a", 300) + `")`, `1:14: "(a(a(a(a(a(a(a(a(a(a(a(a(a(a(a(a(a(a(a(a…" is not a regular expression (RE2): missing closing )`},
	} {
		_, ps := c.Expr(plain(tt.text), spec.ScopeCheck, cel.DynType)
		if got := problemLines(ps); got != tt.want && (strings.HasSuffix(tt.want, "]") || !strings.HasPrefix(got, tt.want) || strings.Contains(got, "\n")) {
			t.Errorf("%.40s\n got %s\nwant %s", tt.text, got, tt.want)
		}
	}
	for _, text := range []string{`body.a-status == 1`, `body.a-1 == 1`, `body.lines.map(b, body.a-b) == []`, `body.a - vars.n == 1`} {
		mustExpr(t, c, text, spec.ScopeCheck)
	}
}

// Hints name only what the suite has.
func TestKnownHere(t *testing.T) {
	c, err := NewCompiler(Decls{NoRows: true})
	if err != nil {
		t.Fatal(err)
	}
	_, ps := c.Expr(plain(`nope`), spec.ScopeQuery, cel.DynType)
	if got := problemLines(ps); got != `1:1: unknown name "nope" [known here: attempt; text stands in quotes]` {
		t.Errorf("got %s", got)
	}
	c, _ = NewCompiler(Decls{Captures: []string{"b", "a", "b"}})
	_, ps = c.Expr(plain(`captures.xyz`), spec.ScopeQuery, cel.DynType)
	if got := problemLines(ps); got != `1:10: no query captures "xyz" [there are captures.a, captures.b]` {
		t.Errorf("got %s", got)
	}
}

// The next step after a file that cannot be read is that of package files.
func TestFileHints(t *testing.T) {
	dir := t.TempDir()
	suite := filepath.Join(dir, "a.yaml")
	if err := os.WriteFile(suite, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	policy, err := files.NewPolicy(suite, dir)
	if err != nil {
		t.Fatal(err)
	}
	read := func(_, path string) ([]byte, error) { return policy.Read(suite, path, MaxFile) }
	c, _ := NewCompiler(Decls{ReadFile: read})
	for _, path := range []string{"none.txt", "../out.txt"} {
		_, want := read("", path)
		_, ps := c.Expr(plain(`file("`+path+`")`), spec.ScopeQuery, cel.DynType)
		if len(ps) != 1 || ps[0].Hint != files.Hint(want) || ps[0].Hint == "" {
			t.Errorf("%s: %s, expected the hint %q", path, problemLines(ps), files.Hint(want))
		}
	}
}

// doublings adds a value to itself again and again.
func doublings(seed string, n int) string {
	var b strings.Builder
	last := seed
	for i := range n {
		fmt.Fprintf(&b, "cel.bind(v%d, %s + %s, ", i, last, last)
		last = fmt.Sprintf("v%d", i)
	}
	return b.String() + "size(" + last + ")" + strings.Repeat(")", n)
}

// What + makes counts as work, whatever the types are, and is bounded before it is made.
func TestAdditionIsBounded(t *testing.T) {
	c := newTestCompiler(t)
	a := testActivation()
	for _, seed := range []string{`row.s`, `row.l`, `row.b`, `"0123456789"`, `b"0123456789"`, `[1, 2, 3]`} {
		a.Row = FromJSON([]byte(`{"s": "` + strings.Repeat("x", 64) + `", "l": [1, 2, 3, 4], "b": "eHg="}`))
		text := doublings(seed, 40)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := mustExpr(t, c, text, spec.ScopeQuery).Eval(background, a)
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), "too much work") {
			t.Errorf("%s: %v", seed, err)
		}
		if made := after.TotalAlloc - before.TotalAlloc; made > 2<<30 {
			t.Errorf("%s: %d MiB were made", seed, made>>20)
		}
	}
	a.Row = FromJSON([]byte(`{"s": "` + strings.Repeat("x", 1<<20) + `"}`))
	if _, err := mustExpr(t, c, `lists.range(10000).map(i, row.s + row.s).size()`, spec.ScopeQuery).Eval(background, a); err == nil {
		t.Error("20 GB of text were made")
	}
	if _, err := mustExpr(t, c, `lists.range(20000).map(i, i).map(i, "a" + string(i)).size() == 20000`, spec.ScopeQuery).EvalBool(background, a); err != nil {
		t.Error(err)
	}
}

// An answer in a charset that nobody knows is bytes and not text.
func TestUnknownCharset(t *testing.T) {
	c := newTestCompiler(t)
	const fault = `the answer has the charset "klingon", which is not known, so it cannot be read as text [read raw, which are its bytes]`
	for _, contentType := range []string{"text/plain; charset=klingon", "application/json; charset=klingon"} {
		a := &Activation{Response: &exchange.Response{Status: 200, Header: http.Header{"Content-Type": {contentType}}, Body: []byte(`{"a": 1}`)}}
		for _, text := range []string{`text`, `body`, `body.a`, `size(text)`} {
			_, err := mustExpr(t, c, text, spec.ScopeCheck).Eval(background, a)
			if err == nil || errorLine(t, err) != "1:1: "+fault && errorLine(t, err) != "1:6: "+fault {
				t.Errorf("%s of %s: %v", text, contentType, err)
			}
		}
		if ok, err := mustExpr(t, c, `size(raw) == 8 && status == 200`, spec.ScopeCheck).EvalBool(background, a); !ok {
			t.Error(err)
		}
		if a.CheckText() == nil {
			t.Error("the charset is known")
		}
	}
	for _, r := range []*exchange.Response{
		nil,
		{Header: http.Header{"Content-Type": {"text/plain; charset=klingon"}}},
		{Header: http.Header{"Content-Type": {"text/plain; charset=klingon"}}, Body: []byte("\uFEFFa")},
		{Header: http.Header{"Content-Type": {"text/plain; charset=latin1"}}, Body: []byte("a")},
		{Header: http.Header{"Content-Type": {"text/plain; charset=utf8"}}, Body: []byte("a")},
	} {
		if err := (&Activation{Response: r}).CheckText(); err != nil {
			t.Error(err)
		}
	}
	for _, name := range []string{"utf-7", "iso-2022-kr"} {
		r := &exchange.Response{Header: http.Header{"Content-Type": {"text/plain; charset=" + name}}, Body: []byte("a")}
		if err := (&Activation{Response: r}).CheckText(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestXMLPlaces(t *testing.T) {
	c := newTestCompiler(t)
	for _, text := range []string{
		`<a>${vars.n}</a>`, `<a b="${vars.n}" c='${vars.n}'>x ${vars.n}<!-- c --> ${vars.n}<![CDATA[ <!-- ]]>${vars.n}</a>`, `${vars.n}`, `<?xml version="1.0"?><a>${vars.n}</a>`,
		`<!DOCTYPE a [<!ENTITY b "c">]><a>${vars.n}</a>`, `<!DOCTYPE a><a>${vars.n}</a>`, `<a b=">">${vars.n}</a>`, `<!-- $${x} --><a>${vars.n}</a>`,
	} {
		if tmpl, ps := c.Template(plain(text), spec.ScopeQuery, EscapeXML); tmpl == nil {
			t.Errorf("%s: %s", text, problemLines(ps))
		}
	}
	for _, tt := range []struct{ text, want string }{
		{`<a><![CDATA[${vars.n}]]></a>`, `1:15: ${ } stands in CDATA, where the escapes of the value would be text [leave out <![CDATA[ and ]]>: inserted values are escaped anyway]`},
		{`<!-- ${vars.n} -->`, `1:8: ${ } stands in a comment of the XML, which the value could end [write it outside of the comment]`},
		{`<${vars.customer}/>`, `1:4: ${ } stands in a tag of the XML, expected between tags or in the quotes of an attribute [write names as they are, and values in quotes, as in id="${vars.id}"]`},
		{`<a b=${vars.n}/>`, `1:8: ${ } stands in a tag of the XML, expected between tags or in the quotes of an attribute [write names as they are, and values in quotes, as in id="${vars.id}"]`},
		{`<a>${vars.n}</${vars.customer}>`, `1:17: ${ } stands in a tag of the XML, expected between tags or in the quotes of an attribute [write names as they are, and values in quotes, as in id="${vars.id}"]`},
		{`<?a ${vars.n}?>`, `1:7: ${ } stands in a processing instruction of the XML, which the value could end [write it as it is]`},
		{`<!DOCTYPE a [<!ENTITY b "${vars.n}">]>`, `1:28: ${ } stands in a declaration of the XML, where values have no escapes [write it as it is]`},
	} {
		tmpl, ps := c.Template(plain(tt.text), spec.ScopeQuery, EscapeXML)
		if got := problemLines(ps); tmpl != nil || got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.text, got, tt.want)
		}
	}
	if tmpl, ps := c.Template(plain(`<!-- ${vars.n} -->`), spec.ScopeQuery, EscapeNone); tmpl == nil {
		t.Error(problemLines(ps))
	}
}
