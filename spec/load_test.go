package spec

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

const minimal = "source: {base_url: \"http://127.0.0.1\"}\nqueries:\n  - name: one\n    get: /\n"

func parse(text string) *Suite { return Parse(NewFile("dir/some.apicel.yaml", []byte(text))) }

// TestKeysAreRead says that the loader reads exactly the keys of the tables.
func TestKeysAreRead(t *testing.T) {
	auth := map[string]bool{"type": true}
	nested := map[AuthType][]string{AuthOAuth2: keysOf(oauth2Fields), AuthAWSSigV4: keysOf(awsFields)}
	for _, kind := range AuthTypes {
		if fields, ok := nested[kind.Type]; ok {
			if want := slices.Sorted(slices.Values(append(keyNames(kind.Keys), "type"))); !slices.Equal(fields, want) {
				t.Errorf("of %s the loader reads %v, the table has %v", kind.Type, fields, want)
			}
			continue
		}
		for _, k := range kind.Keys {
			auth[k.Name] = true
		}
	}
	read := map[string][]string{
		"a suite":          keysOf(suiteFields),
		"a secret":         keysOf(secretFields),
		"a source file":    keysOf(sourceFileFields),
		"a source":         keysOf(sourceFields),
		"ssl":              keysOf(sslFields),
		"redirects":        keysOf(redirectsFields),
		"a retry":          keysOf(retryFields),
		"a query":          keysOf(queryFields),
		"a body":           keysOf(bodyFields),
		"a part":           keysOf(partFields),
		"graphql":          keysOf(graphQLFields),
		"rows from a file": keysOf(eachFields),
		"a poll":           keysOf(pollFields),
		"an expect":        keysOf(expectFields),
		"a cel check":      keysOf(celFields),
		"a snapshot":       keysOf(snapshotFields),
		"a capture":        keysOf(captureFields),
	}
	for _, table := range Tables {
		if got, want := read[table.Of], slices.Sorted(slices.Values(keyNames(table.Keys))); !slices.Equal(got, want) {
			t.Errorf("of %s the loader reads %v, the table has %v", table.Of, got, want)
		}
		delete(read, table.Of)
	}
	if len(read) > 0 {
		t.Errorf("not among the Tables: %v", read)
	}
	if got, want := keysOf(authFields), slices.Sorted(maps.Keys(auth)); !slices.Equal(got, want) {
		t.Errorf("of auth the loader reads %v, the tables have %v", got, want)
	}
}

func keysOf[T any](f fields[T]) []string { return slices.Sorted(maps.Keys(f)) }

// TestTablesSayWhatTheyMean says that every entry is documented in a sentence.
func TestTablesSayWhatTheyMean(t *testing.T) {
	sentence := func(of, name, doc string) {
		if !strings.HasSuffix(doc, ".") || strings.ToUpper(doc[:1]) != doc[:1] {
			t.Errorf("%s %q: %q is not a sentence", of, name, doc)
		}
	}
	for _, table := range Tables {
		for _, k := range table.Keys {
			sentence(table.Of, k.Name, k.Doc)
			if k.Type == "" {
				t.Errorf("%s has no type", k.Name)
			}
		}
	}
	for _, m := range Matchers {
		sentence("matcher", m.Name, m.Doc)
	}
	for _, a := range AuthTypes {
		sentence("auth", string(a.Type), a.Doc)
	}
}

// TestEveryMatcherIsRead gives each matcher an operand of its kind.
func TestEveryMatcherIsRead(t *testing.T) {
	operands := map[Operand]string{
		OperandData: "{a: [1, null]}", OperandMatcher: "{gt: 1}", OperandLength: "{gte: 2}", OperandBool: "false",
		OperandType: "null", OperandFormat: "date-time", OperandText: "0042", OperandRegex: "^a+$",
		OperandNumber: "-1.50", OperandChoices: "[1, a]", OperandList: "[]", OperandPart: "{a: 1}",
	}
	for _, m := range Matchers {
		for _, operand := range []string{operands[m.Operand], `"${vars.x}"`} {
			s := parse(minimal + fmt.Sprintf("    expect:\n      gjson:\n        a: {%s: %s}\n", m.Name, operand))
			if len(s.Problems) > 0 {
				t.Errorf("%s: %s: %v", m.Name, operand, s.Problems[0])
				continue
			}
			op := s.Queries[0].Expect.GJSON[0].Matcher.Ops[0]
			if op.Name.Value != m.Name || (op.Sub == nil) != (m.Operand != OperandMatcher && m.Operand != OperandLength) {
				t.Errorf("%s: read as %+v", m.Name, op)
			}
		}
	}
}

func TestOrders(t *testing.T) {
	s := Load([]string{"testdata/ok/orders.yaml"}, "testdata")[0]
	if s.Name.Value != "Orders API" || s.Order != OrderSafe || len(s.Tags) != 2 || len(s.Vars) != 4 {
		t.Errorf("suite read as %q, %q, %d tags, %d vars", s.Name.Value, s.Order, len(s.Tags), len(s.Vars))
	}
	if v := s.Vars[2].Value; v.Kind != Null {
		t.Errorf("vars.tenant is %v", v.Kind)
	}
	if f := s.Source.Params[0]; f.Values[0].Value != "2022-11-28" {
		t.Errorf("version is %q", f.Values[0].Value)
	}
	if s.Source.Timeout.Value != 90*time.Second || s.Expect.MaxDuration.Value != 2*time.Second {
		t.Errorf("timeout %v, max_duration %v", s.Source.Timeout.Value, s.Expect.MaxDuration.Value)
	}
	create := s.Queries[0]
	if create.Method.Value != "POST" || create.Path.Value != "/orders" || create.Pos.Line != 41 || create.Pos.Col != 11 {
		t.Errorf("read as %s %s at %v", create.Method.Value, create.Path.Value, create.Pos)
	}
	if c := create.Capture; c[0].GJSON.Value != "id" || c[1].Header.Value != "ETag" || !c[2].Secret || c[2].Default.Kind != Number {
		t.Errorf("captures read as %+v", c)
	}
	unmodified := s.Queries[2]
	if !unmodified.Headers[1].Remove || unmodified.Auth.Type != AuthNone || unmodified.Expect.Lifted[0].Value != "headers" {
		t.Errorf("read as %+v", unmodified)
	}
	if rows := s.Queries[3].Each.Rows; len(rows) != 2 || *s.Queries[3].Safe != true {
		t.Errorf("rows read as %+v", rows)
	}
	if q := s.Queries[4]; q.Method.Value != "TRACE" || !q.Path.IsSet() || q.Timeout.Value != 0 || !q.Timeout.IsSet() {
		t.Errorf("read as %+v", q)
	}
	if q := s.Queries[5]; !q.Body.IsForm || len(q.Body.Form[1].Values) != 2 {
		t.Errorf("form read as %+v", q.Body)
	}
	if q := s.Teardown[1]; q.Each.Expr.Value != "${captures.ids}" || q.Phase != PhaseTeardown {
		t.Errorf("read as %+v", q)
	}
}

func TestNameFallsBackToTheFile(t *testing.T) {
	for file, want := range map[string]string{"a/orders.apicel.yaml": "orders", "orders.yaml": "orders", "x": "x", ".yaml": ".yaml"} {
		if s := Parse(NewFile(file, []byte(minimal))); s.Name.Value != want || len(s.Problems) > 0 {
			t.Errorf("%s is named %q", file, s.Name.Value)
		}
	}
}

// TestLineEndings says that neither a byte order mark nor the line ends of
// Windows move a place or change a text.
func TestLineEndings(t *testing.T) {
	text := minimal + "    skip: |\n      one\n      two é\n    iff: x\n"
	unix := parse(text)
	windows := parse("\ufeff" + strings.ReplaceAll(text, "\n", "\r\n"))
	if len(unix.Problems) != 1 || len(windows.Problems) != 1 || windows.Problems[0].Error() != unix.Problems[0].Error() {
		t.Errorf("problems %v, with CRLF %v", unix.Problems, windows.Problems)
	}
	if a, b := unix.Queries[0].Skip, windows.Queries[0].Skip; a.Value != b.Value || a.At(6) != (Pos{unix.File, 7, 9}) || b.At(6).Line != 7 || b.At(6).Col != 9 {
		t.Errorf("%q at %v, with CRLF %q at %v", a.Value, a.At(6), b.Value, b.At(6))
	}
	if line := windows.File.Line(1); strings.HasPrefix(line, "\ufeff") || strings.HasSuffix(line, "\r") {
		t.Errorf("line 1 is %q", line)
	}
}

// patience is far more than anything here takes that does not cost the square
// of its length, also on a busy machine and with the race detector.
const patience = 2 * time.Minute

func TestLimits(t *testing.T) {
	for name, text := range map[string]string{
		"larger than 16 MiB":                 strings.Repeat("# 4567\n", MaxFileSize/7+1),
		"longer than 1 MiB":                  minimal + "    skip: " + strings.Repeat("a", maxScalarSize+1),
		"more than 100 maps and lists":       minimal + "    body: {json: " + strings.Repeat("[", 3000) + strings.Repeat("]", 3000) + "}",
		"has more than 100 maps and lists":   minimal + "    body: {json: " + strings.Repeat("[", 20000) + "}",
		"file has more than 1000000 values":  "vars: {a: {" + strings.Repeat("b,", maxNodes/2) + "}}\n" + minimal,
		"more than 1000000 lines, commas":    "vars: {a: [" + strings.Repeat("1,", maxMarks+1) + "]}\n" + minimal,
		"stand for more than 100000 values":  "vars: {a: &a [" + strings.Repeat("1,", 1000) + "], b: [" + strings.Repeat("*a,", 101) + "]}\n" + minimal,
		"the alias *a stands inside of what": "vars: &a {b: *a}\n" + minimal,
	} {
		start := time.Now()
		s := parse(text)
		if len(s.Problems) != 1 || !strings.Contains(s.Problems[0].Message, name) {
			t.Errorf("%s: found %v", name, s.Problems)
		}
		if took := time.Since(start); took > patience {
			t.Errorf("%s: took %v", name, took)
		}
	}
}

// TestLongLines says that a file of one long line does not cost its square.
func TestLongLines(t *testing.T) {
	var b bytes.Buffer
	b.WriteString("{source: {base_url: \"http://é\"}, queries: [{name: é, post: /, body: {json: [0")
	for i := range 200000 {
		fmt.Fprintf(&b, ", é%d", i)
	}
	b.WriteString("]}}]}")
	start := time.Now()
	s := parse(b.String())
	if len(s.Problems) > 0 {
		t.Fatal(s.Problems[0])
	}
	items := s.Queries[0].Body.JSON.Items
	last := items[len(items)-1]
	if want := len([]rune(b.String())) - len([]rune("é199999]}}]}")) + 1; last.Pos.Col != want {
		t.Errorf("the last item is at column %d, want %d", last.Pos.Col, want)
	}
	if took := time.Since(start); took > patience {
		t.Errorf("took %v", took)
	}
}

func TestLoadReportsUnreadableFiles(t *testing.T) {
	dir := t.TempDir()
	good := filepath.Join(dir, "good.apicel.yaml")
	if err := os.WriteFile(good, []byte(minimal), 0o600); err != nil {
		t.Fatal(err)
	}
	suites := Load([]string{filepath.Join(dir, "none.apicel.yaml"), good, dir}, "")
	if len(suites) != 3 || len(suites[1].Problems) > 0 || suites[1].Name.Value != "good" {
		t.Fatalf("the readable suite: %+v", suites[1])
	}
	for _, i := range []int{0, 2} {
		if s := suites[i]; !s.Problems.HasErrors() || s.Problems[0].Pos.File != s.File || s.File.Name == "" {
			t.Errorf("suite %d: %v", i, s.Problems)
		}
	}
}

func TestClosest(t *testing.T) {
	keys := keyNames(QueryKeys)
	for name, want := range map[string]string{
		"naem": "name", "header": "headers", "expects": "expect", "Name": "name", "gett": "get", "pth": "path",
		"ssl": "", "tags": "tags", "repeat": "", "": "", "multipart": "", "redirect": "redirects", "after_": "after",
	} {
		if got := Closest(name, keys); got != want {
			t.Errorf("Closest(%q) is %q, want %q", name, got, want)
		}
	}
	if got := Closest("baseUrl", []string{"base_url"}); got != "base_url" {
		t.Errorf("got %q", got)
	}
}

func TestParseDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"500ms": 500 * time.Millisecond, "2s": 2 * time.Second, "1m30s": 90 * time.Second, "1.5h": 90 * time.Minute,
	} {
		if got, err := ParseDuration(text); got != want || err != nil {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for text, want := range map[string]string{
		"5": "write 5s", "": "is not a duration", "-1s": "negative", "0s": "more than 0", "0.1ns": "more than 0",
		"1 s": "is not a duration", "1d": "is not a duration", "+1s": "is not a duration", "999999999h": "too long", ".5s": "is not a duration",
	} {
		if got, err := ParseDuration(text); got != 0 || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, %v; want %q", text, got, err, want)
		}
	}
}

func TestTemplates(t *testing.T) {
	for text, want := range map[string][2]bool{ // holds one, is one
		"":                            {false, false},
		"${a}":                        {true, true},
		"${a}${b}":                    {true, false},
		"x${a}":                       {true, false},
		"$${a}":                       {false, false},
		"$${a} ${b}":                  {true, false},
		`${ {"a": "}"}["a"] }`:        {true, true},
		`${ '''}''' + r"\" + "\"}" }`: {true, true},
		"${a":                         {true, false},
	} {
		if got := [2]bool{holdsTemplate(text), wholeTemplate(text)}; got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}

// TestLongTexts says that places in long texts are right and cheap to find.
func TestLongTexts(t *testing.T) {
	word := "é-${a} "
	s := parse("description: x\n" + minimal + "    body:\n      text: \"" + strings.Repeat(word, 100000) + "\"\n")
	text := s.Queries[0].Body.Text
	if len(text.Value) != 100000*len(word) {
		t.Fatalf("%d bytes, %v", len(text.Value), s.Problems)
	}
	for i := range 100000 {
		part := text.Slice(i*len(word)+len("é-"), (i+1)*len(word))
		if want := 14 + i*7 + 2; part.Pos.Col != want || part.At(3).Col != want+3 {
			t.Fatalf("part %d is at %v, want column %d", i, part.Pos, want)
		}
	}
}

// TestProblemsAreInOrder says that problems stand in the order of the file.
func TestProblemsAreInOrder(t *testing.T) {
	for _, name := range suites(t, "testdata/bad") {
		s := Load([]string{name}, "testdata")[0]
		again := slices.Clone(s.Problems)
		again.Sort()
		if !reflect.DeepEqual(again, s.Problems) {
			t.Errorf("%s: %v", name, s.Problems)
		}
	}
}
