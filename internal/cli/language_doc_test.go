package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/apicel/apicel/internal/demo"
	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/internal/files"
	"github.com/apicel/apicel/internal/secret"
	"github.com/apicel/apicel/runner"
	"github.com/apicel/apicel/runner/source"
	"github.com/apicel/apicel/spec"
)

// generated is a part of a page that is made from a table of package spec.
var generated = regexp.MustCompile(`(?s)<!-- begin: ([a-z ]+) -->\n.*?<!-- end: [a-z ]+ -->`)

// TestLanguageTables keeps the tables of the book in step with those of package
// spec, and sees that each is there once.
func TestLanguageTables(t *testing.T) {
	tables := languageTables()
	found := map[string]int{}
	for _, page := range book(t, "") {
		updateFile(t, page, func(text string) string {
			return generated.ReplaceAllStringFunc(text, func(section string) string {
				name := generated.FindStringSubmatch(section)[1]
				found[name]++
				return fmt.Sprintf("<!-- begin: %s -->\n\n%s\n<!-- end: %[1]s -->", name, tables[name])
			})
		})
	}
	for name := range tables {
		if found[name] != 1 {
			t.Errorf("the table of %s is there %d times, expected once", name, found[name])
		}
		delete(found, name)
	}
	for name := range found {
		t.Errorf("there is no table %q", name)
	}
}

// languageTables are the tables of the book by their names.
func languageTables() map[string]string {
	tables := map[string]string{"auth": authTable(), "grants": grantTable(), "scopes": scopeTable()}
	for _, of := range spec.Tables {
		name := strings.TrimPrefix(strings.TrimPrefix(of.Of, "an "), "a ")
		rows := [][]string{{"key", "value", ""}}
		for _, k := range of.Keys {
			rows = append(rows, keyRow(k))
		}
		tables[name] = markdown(rows)
	}
	rows := [][]string{{"matcher", "takes", "looks at", "holds where"}}
	for _, m := range spec.Matchers {
		rows = append(rows, []string{literal(m.Name), string(m.Operand), subjects(m.Subjects), m.Doc})
	}
	tables["matchers"] = markdown(rows)
	rows = [][]string{{"variable", "type", ""}}
	for _, v := range spec.Variables {
		rows = append(rows, []string{literal(v.Name), shortTypes.Replace(v.Type), v.Doc})
	}
	tables["variables"] = markdown(rows)
	rows = [][]string{{"function", ""}}
	for _, f := range spec.Functions {
		rows = append(rows, []string{literal(shortTypes.Replace(f.Signature)), f.Doc})
	}
	tables["functions"] = markdown(rows)
	return tables
}

// shortTypes names types as the messages of CEL checks do.
var shortTypes = strings.NewReplacer("google.protobuf.Duration", "duration", "google.protobuf.Timestamp", "timestamp")

func keyRow(k spec.Key) []string {
	value := k.Type
	if k.Required {
		value += ", required"
	}
	return []string{literal(k.Name), value, k.Doc}
}

func authTable() string {
	rows := [][]string{{"type", "key", "value", ""}}
	for _, kind := range spec.AuthTypes {
		rows = append(rows, []string{literal(string(kind.Type)), "", "", kind.Doc})
		for _, k := range kind.Keys {
			rows = append(rows, append([]string{""}, keyRow(k)...))
		}
	}
	return markdown(rows)
}

// scopeTable says where each variable may be read. Those that may be read in the
// same places share a row; of those with members only the first name is told.
func scopeTable() string {
	rows := [][]string{{"", "vars", "source", "names", "each", "queries", "headers", "checks"}}
	scopes := []spec.Scope{spec.ScopeVars, spec.ScopeSource, spec.ScopeName, spec.ScopeEach, spec.ScopeQuery, spec.ScopeHeaders, spec.ScopeCheck}
	rowOf := map[spec.Scope]int{}
	for _, v := range spec.Variables {
		root, _, members := strings.Cut(v.Name, ".")
		name := literal(root)
		if members {
			name = literal(root + ".*")
		}
		if i, ok := rowOf[v.Scopes]; ok {
			if !strings.Contains(rows[i][0], name) {
				rows[i][0] += ", " + name
			}
			continue
		}
		rowOf[v.Scopes] = len(rows)
		row := []string{name}
		for _, s := range scopes {
			row = append(row, map[bool]string{true: "✓"}[v.Scopes&s != 0])
		}
		rows = append(rows, row)
	}
	return markdown(rows)
}

func subjects(s spec.Subject) string {
	var names []string
	for _, of := range []struct {
		subject spec.Subject
		name    string
	}{{spec.SubjectJSON, "JSON"}, {spec.SubjectHeader, "header"}, {spec.SubjectCookie, "cookie"}, {spec.SubjectXPath, "XPath"}, {spec.SubjectText, "text"}, {spec.SubjectLength, "length"}} {
		if s&of.subject != 0 {
			names = append(names, of.name)
		}
	}
	return strings.Join(names, ", ")
}

func literal(text string) string { return "`" + text + "`" }

// markdown is a table, of which the first row is the head.
func markdown(rows [][]string) string {
	var b strings.Builder
	for i, row := range rows {
		for _, cell := range row {
			b.WriteString("| " + strings.ReplaceAll(cell, "|", `\|`) + " ")
		}
		b.WriteString("|\n")
		if i == 0 {
			b.WriteString(strings.Repeat("| --- ", len(row)) + "|\n")
		}
	}
	return b.String()
}

// TestLanguageLimits compares the limits that docs/language/limits.md names with
// those of the code.
func TestLanguageLimits(t *testing.T) {
	text := readFile(t, "../../docs/language/limits.md")
	for _, row := range []string{
		"| Suites of one command | " + thousands(files.MaxSuites),
		"| Size of a vars file | " + files.Size(runner.MaxVarsFile),
		"| Size of a file with a secret | " + files.Size(runner.MaxSecretFile),
		"| Size of a file with certificates or a key | " + files.Size(runner.MaxCertificateFile),
		"| Size of a file of rows | " + files.Size(runner.MaxRowsFile) + ", " + thousands(runner.MaxRows) + " rows",
		"| Size of any other file that a suite names | " + files.Size(runner.MaxFile),
		"| Size of any other file that a suite names | " + files.Size(expr.MaxFile),
		"| Body of a request | " + files.Size(runner.MaxRequestBody),
		fmt.Sprintf("| Shortest secret | %d characters", secret.MinLength),
		fmt.Sprintf("| Texts and numbers in one capture with `secret: true` | %s, of a run %s", thousands(runner.MaxSecretParts), thousands(runner.MaxSecrets)),
		"| Cookies, and tokens of answers, that are known as credentials | the last " + thousands(secret.MaxRecent),
		fmt.Sprintf("| Time of one attempt, redirects included | %s", source.DefaultTimeout),
		fmt.Sprintf("| Time for a new connection | %s", source.DefaultConnectTimeout),
		fmt.Sprintf("| Redirects of one attempt | %d, see `redirects`; at most %d", source.DefaultMaxRedirects, spec.MaxRedirects),
		"| Headers of an answer | " + files.Size(source.MaxHeaderSize),
		fmt.Sprintf("| Body of an answer, as received and decoded | %s, see `max_response_size`; at most %s",
			files.Size(source.DefaultMaxResponseSize), files.Size(spec.MaxResponseSize)),
		fmt.Sprintf("| One expression | %s steps of CEL and %s", thousands(expr.MaxSteps), expr.MaxTime),
		"| `lists.range` | " + thousands(expr.MaxRange),
		"| One value written as JSON or text | " + files.Size(expr.MaxJSON),
		fmt.Sprintf("| Requests in flight | %d", runner.DefaultJobs),
		fmt.Sprintf("| Attempts of a `retry` | %d", spec.MaxRetryAttempts),
		fmt.Sprintf("| Wait of an exponential back-off | %s", runner.MaxBackoff),
		fmt.Sprintf("| Wait that `Retry-After` may ask for | %.0fm", runner.MaxRetryAfter.Minutes()),
		fmt.Sprintf("| Teardown of a suite | %s", runner.DefaultTeardownTimeout),
	} {
		if !strings.Contains(text, "\n"+row) {
			t.Errorf("docs/language/limits.md lacks the row %s", row)
		}
	}
}

// thousands writes a number with a space between groups of three digits.
func thousands(n int) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + " " + text[i:]
	}
	return text
}

// example is a block of YAML and the block of text behind it, where there is one.
var example = regexp.MustCompile("(?s)(```yaml([^\n]*)\n(.*?)```\n)(?:\n```text\n.*?```\n)?")

// TestDocumentedExamples tries every block of YAML in README.md and docs/. What
// a suite must have and the block does not is added at its end. The words behind
// "yaml" say what the block is and what must become of it:
//
//	yaml                a suite, or some keys of one; passes against the demo API
//	yaml expect /path   the expect of a GET of /path; passes against the demo API
//	yaml check          is not wrong
//	yaml bad            is wrong: apicel check prints the block of text behind it
//	yaml list           apicel list prints the block of text behind it
//	… file path         is no suite but the file at that path beside all suites of the page
//
// YAML that is neither stands in a block of yml.
func TestDocumentedExamples(t *testing.T) {
	for _, page := range append(book(t, ""), "../../README.md") {
		name := strings.TrimPrefix(filepath.ToSlash(page), "../../")
		if slices.Contains(triedElsewhere, name) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			updateFile(t, page, func(text string) string {
				beside := namedFile.FindAllStringSubmatch(text, -1)
				return example.ReplaceAllStringFunc(text, func(block string) string {
					before, _, _ := strings.Cut(text, block)
					name := fmt.Sprintf("line %d", strings.Count(before, "\n")+1)
					return tryExample(t, name, example.FindStringSubmatch(block), beside)
				})
			})
		})
	}
}

// triedElsewhere are the pages whose blocks have tests of their own: TestBook,
// TestCIPage, and TestPage of runner/apiceltest.
var triedElsewhere = []string{"docs/getting-started.md", "docs/migrating.md", "docs/ci.md", "docs/go.md"}

// namedFile is a block that is a file which suites of the page name.
var namedFile = regexp.MustCompile("(?s)```[a-z]+ file ([^\n]+)\n(.*?)```\n")

// tryExample returns the block as it should be.
func tryExample(t *testing.T, name string, block []string, beside [][]string) string {
	whole, yaml, text := block[0], block[1], block[3]
	command := "run"
	switch words := strings.Fields(block[2]); {
	case len(words) == 2 && words[0] == "file":
		return whole
	case len(words) == 2 && words[0] == "expect":
		text = expectOf(words[1], text)
	case len(words) > 0:
		command = words[0]
	}
	var output string
	t.Run(name, func(t *testing.T) {
		api, err := demo.Start(t.Context(), freePort)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = api.Close() }()
		dir := t.TempDir()
		for _, file := range beside {
			if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(file[1])), 0o755); err != nil {
				t.Fatal(err)
			}
			writeFile(t, dir, file[1], file[2])
		}
		output = tryCommand(t, dir, api, command, completeSuite(text, api.URL()))
	})
	if command == "bad" || command == "list" {
		return yaml + "\n```text\n" + output + "```\n"
	}
	return whole
}

// expectOf is the queries of a suite with one that gets the path.
func expectOf(path, expect string) string {
	const indent = "\n      "
	return "queries:\n  - name: example\n    get: " + path + "\n    expect:" +
		indent + strings.ReplaceAll(strings.TrimSpace(expect), "\n", indent) + "\n"
}

// completeSuite adds what every suite must have.
func completeSuite(text, url string) string {
	for _, part := range [][2]string{
		{"source:", " {base_url: \"" + url + "\"}\n"},
		{"queries:", " [{name: example, get: /health}]\n"},
	} {
		if !strings.Contains("\n"+text, "\n"+part[0]) {
			text += part[0] + part[1]
		}
	}
	return text
}

// tryCommand runs the suite in the folder, checks or lists it, and returns what
// is printed.
func tryCommand(t *testing.T, dir string, api *demo.Server, kind, suite string) string {
	t.Helper()
	path := writeFile(t, dir, "suite.apicel.yaml", suite)
	command, want := kind, ExitOK
	if kind == "bad" {
		command, want = "check", ExitUsage
	}
	env := []string{
		"DESK_PASSWORD=" + demo.Password, "DESK_API_KEY=" + demo.APIKey, "DESK_SIGNING_KEY=" + demo.SigningKey,
		"DESK_CLIENT_SECRET=" + demo.ServiceSecret, "DESK_REFRESH_TOKEN=" + demo.RefreshToken, "DESK_AWS_SECRET=" + demo.AWSSecretAccessKey,
	}
	for name, value := range api.Vars() {
		env = append(env, runner.EnvPrefix+name+"="+value)
	}
	got := apicel(t, env, command, path)
	if got.code != want {
		t.Errorf("apicel %s: exit code %d, expected %d\n%s\n%s%s", command, got.code, want, suite, got.stdout, got.stderr)
	}
	output := strings.ReplaceAll(got.stdout, dir+string(filepath.Separator), "")
	output, _, _ = strings.Cut(output, "\n1 suite: ")
	return output
}

// updateFile fails, or with -update rewrites the file, where its content is not
// as the function makes it.
func updateFile(t *testing.T, path string, should func(text string) string) {
	t.Helper()
	text := readFile(t, path)
	want := should(text)
	switch {
	case want == text:
	case !*update:
		t.Errorf("%s is not up to date; run go test ./internal/cli -update", path)
	default:
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
