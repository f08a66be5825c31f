package runner_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/apicel/apicel/runner"
	"github.com/apicel/apicel/spec"
)

// touching are suites that name a file or an origin by one key each, and what
// must be listed. The keys are "TABLE.KEY" as package spec has them.
var touching = map[string]struct{ yaml, want string }{
	"a secret.file":         {"secrets: {s: {file: touched.txt}}", "touched.txt"},
	"a suite.source":        {"source: touched.yaml", "touched.yaml"},
	"a source.base_url":     {`source: {base_url: "https://touched.example"}`, "https://touched.example"},
	"a source.proxy":        {`source: {proxy: "socks5://u:p@touched.example:1"}`, "socks5://touched.example:1"},
	"a source.unix_socket":  {"source: {unix_socket: touched.sock}", "touched.sock"},
	"a source.resolve":      {`source: {resolve: {a.example: touched.example:81}}`, "touched.example:81"},
	"ssl.ca_cert":           {"source: {ssl: {ca_cert: touched.pem}}", "touched.pem"},
	"ssl.client_cert":       {"source: {ssl: {client_cert: touched.pem}}", "touched.pem"},
	"ssl.client_key":        {"source: {ssl: {client_key: touched.pem}}", "touched.pem"},
	"a body.file":           {"q: {body: {file: touched.bin}}", "touched.bin"},
	"a part.file":           {"q: {body: {multipart: {a: [{text: x}, {file: touched.bin}]}}}", "touched.bin"},
	"rows from a file.csv":  {"q: {each: {csv: touched.csv}}", "touched.csv"},
	"rows from a file.json": {"q: {each: {json: touched.json}}", "touched.json"},
	"rows from a file.jsonl": {
		"q: {each: {jsonl: touched.jsonl}}", "touched.jsonl",
	},
	"rows from a file.yaml": {"q: {each: {yaml: touched.yaml}}", "touched.yaml"},
	"an expect.schema":      {"q: {expect: {schema: touched.json}}", "touched.json"},
	"an expect.snapshot":    {"q: {expect: {snapshot: touched.json}}", "touched.json"},
	"a snapshot.path":       {"q: {expect: {snapshot: {path: touched.json}}}", "touched.json"},
	"oauth2.issuer":         {`auth: {issuer: "https://touched.example/a"}`, "https://touched.example"},
	"oauth2.access_token_url": {
		`auth: {access_token_url: "https://touched.example/a"}`, "https://touched.example",
	},
	"oauth2.auth_url": {`auth: {auth_url: "https://touched.example/a"}`, "https://touched.example"},
	"oauth2.device_authorization_url": {
		`auth: {device_authorization_url: "https://touched.example/a"}`, "https://touched.example",
	},
	"oauth2.private_key": {"auth: {private_key: touched.pem}", "touched.pem"},
	"a query.get":        {`q: {get: "https://touched.example/x"}`, "https://touched.example"},
	"a query.head":       {`q: {head: "https://touched.example/x"}`, "https://touched.example"},
	"a query.post":       {`q: {post: "//touched.example/x"}`, "//touched.example"},
	"a query.put":        {`q: {put: "HTTPS://touched.example/x"}`, "https://touched.example"},
	"a query.patch":      {`q: {patch: "${captures.touched}/x"}`, "${captures.touched}/x"},
	"a query.delete":     {`q: {delete: "${vars.touched}/x"}`, "https://touched.example"},
	"a query.options":    {`q: {options: "${row.touched}", each: [{touched: 1}]}`, "${row.touched}"},
	"a query.path":       {`q: {method: GET, path: "https://touched.example/x"}`, "https://touched.example"},
}

// untouching are keys that look as if they named a file or an origin by their
// tables, and why they do not.
var untouching = map[string]string{
	"a suite.order":                      "the order named file",
	"ssl.pin_sha256":                     "a digest",
	"ssl.verify":                         "true or false",
	"oauth2.audience":                    "sent, asked for nothing",
	"a suite.name":                       "a file is named in its description only",
	"a source.http":                      "a version",
	"a source file.source":               "the file itself",
	"a source.max_response_size":         "a size",
	"a source.ssl":                       "its keys have entries",
	"a source.params":                    "parameters",
	"a query.each":                       "its keys have entries",
	"a query.body":                       "its keys have entries",
	"a query.method":                     "goes with path",
	"a part.filename":                    "is sent, not read",
	"a body.form":                        "is sent",
	"a body.multipart":                   "its keys have entries",
	"a snapshot.ignore":                  "gjson paths",
	"an expect.gjson":                    "gjson paths",
	"a capture.gjson":                    "gjson paths",
	"ssl.server_name":                    "a name that a certificate is compared with",
	"ssl.client_key_password":            "text",
	"oauth2.custom_query_params":         "sent to the authorization URL",
	"oauth2.access_token_custom_headers": "sent",
}

var looksTouching = regexp.MustCompile(`(?i)\b(URLs?|files?|socket|address|paths?|schema|snapshot|PEM|hosts?|server)\b`)

func TestTouchesEveryKey(t *testing.T) {
	tables := slices.Clone(spec.Tables)
	for _, kind := range spec.AuthTypes {
		tables = append(tables, spec.Table{Of: string(kind.Type), Keys: kind.Keys})
	}
	for _, table := range tables {
		for _, key := range table.Keys {
			name := table.Of + "." + key.Name
			_, listed := touching[name]
			if looks := looksTouching.MatchString(key.Type + " " + key.Doc); looks && !listed && untouching[name] == "" {
				t.Errorf("%s (%s: %s) may name a file or an origin: add it to touching and to Touches, or say in untouching why not", name, key.Type, key.Doc)
			}
		}
	}
	for name, c := range touching {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for _, f := range []string{"touched.yaml", "touched.txt", "touched.pem", "touched.bin", "touched.csv", "touched.json", "touched.jsonl"} {
				text := "x\n"
				if f == "touched.yaml" {
					text = "source: {base_url: http://127.0.0.1:1}\n"
				}
				write(t, filepath.Join(dir, f), text)
			}
			path := filepath.Join(dir, "s.apicel.yaml")
			write(t, path, touchingSuite(c.yaml))
			plan := runner.Compile(spec.Load([]string{path}, ""), runner.CompileOptions{})
			var all []string
			for _, p := range slices.Concat(plan.Touches()[0].Files, plan.Touches()[0].Origins) {
				all = append(all, strings.TrimPrefix(filepath.ToSlash(p.Name), filepath.ToSlash(dir)+"/"))
			}
			if !slices.Contains(all, c.want) {
				t.Errorf("%s is not among %q; problems: %v", c.want, all, plan.Problems())
			}
		})
	}
}

// touchingSuite makes a suite of the part that names something.
func touchingSuite(part string) string {
	source, query, secrets := `source: {base_url: "http://127.0.0.1:1"}`, "get: /", ""
	switch key, rest, _ := strings.Cut(part, ": "); key {
	case "secrets":
		secrets = part + "\n"
	case "auth":
		rest = strings.TrimPrefix(rest, "{")
		source = fmt.Sprintf(`source: {base_url: "http://127.0.0.1:1", auth: {type: oauth2, grant_type: jwt_bearer, client_id: a, %s}`, rest)
	case "source":
		source = part
	case "q":
		query = strings.TrimSuffix(strings.TrimPrefix(rest, "{"), "}")
		if !regexp.MustCompile(`^(get|head|post|put|patch|delete|options|method):`).MatchString(query) {
			query += ", post: /"
		}
	}
	return secrets + `vars: {touched: "https://touched.example"}
` + source + `
queries:
  - {name: makes, get: /, capture: {touched: x}}
  - {name: touches, ` + query + `}
`
}

// Calls of file() are found wherever an expression may stand, and not in what is
// only text.
func TestTouchesFileCalls(t *testing.T) {
	dir := t.TempDir()
	for i := range 8 {
		write(t, filepath.Join(dir, fmt.Sprintf("%d.txt", i)), "x")
	}
	path := filepath.Join(dir, "s.apicel.yaml")
	write(t, path, `
name: no file (at all)
vars: {v: "${string(file('0.txt'))}"}
source: {base_url: "http://127.0.0.1:1", headers: {A: "${string(file( '1.txt' ))}"}}
queries:
  - name: upload file (big)
    post: /x
    if: size(file("2.txt")) > 0
    body: {json: {a: ["${string(file ('3.txt'))}", file("no")]}}
    expect:
      cel: [{that: 'size(file("4.txt")) > status', message: file("no")}]
      gjson: {a: {one_of: ["${string(file('5.txt'))}"]}}
    poll: {interval: 1s, timeout: 2s, give_up: size(file("6.txt")) == 0}
    capture: {c: {cel: string(file("7.txt"))}}
`)
	plan := runner.Compile(spec.Load([]string{path}, ""), runner.CompileOptions{})
	if plan.Problems().HasErrors() {
		t.Fatal(plan.Problems())
	}
	var found []string
	for _, p := range plan.Touches()[0].Files {
		found = append(found, filepath.Base(p.Name))
	}
	slices.Sort(found)
	if want := "0.txt 1.txt 2.txt 3.txt 4.txt 5.txt 6.txt 7.txt"; strings.Join(found, " ") != want {
		t.Errorf("found %q, want %s", found, want)
	}
}

// A suite that asks elsewhere at another time, by chance or with other inputs
// hides that from nobody who looks at it before.
func TestTouchesWhatIsAskedLater(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.apicel.yaml")
	write(t, path, `
vars:
  time: "${string(now())}"
  later: {year: "${vars.time.substring(0, 4)}"}
  ci: "${env.?CI.orValue('no')}"
secrets: {key: {env: KEY}}
source: {base_url: "${vars.later.year > '2100' ? 'https://base.example' : 'http://127.0.0.1:1'}"}
queries:
  - {name: time, get: "${now() > timestamp('2100-01-01T00:00:00Z') ? 'https://time.example/' : '/'}"}
  - {name: chance, get: "${uuid().startsWith('00000') ? 'https://chance.example/' : '/'}"}
  - {name: var, get: "${vars.later.year > '2100' ? 'https://var.example/' : '/'}"}
  - {name: input, get: "${vars.ci == 'yes' ? 'https://input.example/' : '/'}"}
  - {name: secret, get: "${secrets.key.startsWith('production') ? 'https://secret.example/' : '/'}"}
  - {name: path, get: "/${vars.ci}"}
`)
	plan := runner.Compile(spec.Load([]string{path}, ""), runner.CompileOptions{Inputs: runner.Inputs{Env: map[string]string{"KEY": "for tests only"}}})
	if plan.Problems().HasErrors() {
		t.Fatal(plan.Problems())
	}
	var all []string
	for _, p := range plan.Touches()[0].Origins {
		if !p.Undecided {
			t.Errorf("%s is decided", p.Name)
		}
		all = append(all, p.Name)
	}
	for _, want := range []string{"base", "time", "chance", "var", "input", "secret"} {
		if !strings.Contains(strings.Join(all, " "), "https://"+want+".example") {
			t.Errorf("%s.example is not among %q", want, all)
		}
	}
	if len(all) != 6 {
		t.Errorf("%d origins: %q", len(all), all)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
