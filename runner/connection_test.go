package runner_test

import (
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apicel/apicel/runner"
)

// newTLS starts a server whose certificate only its own authority vouches for,
// and returns its URL and that authority.
func newTLS(t *testing.T) (url, ca string) {
	t.Helper()
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/big" {
			_, _ = w.Write(make([]byte, 2000))
			return
		}
		if r.URL.Path == "/moved" {
			http.Redirect(w, r, "/", http.StatusFound)
			return
		}
		reply(w, 200, map[string]any{"ok": true})
	}))
	t.Cleanup(server.Close)
	return server.URL, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
}

// indent makes text a YAML block below a key that is indented by n.
func indent(text string, n int) string {
	return strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n"+strings.Repeat(" ", n))
}

func TestSourceFile(t *testing.T) {
	url, ca := newTLS(t)
	t.Setenv("SOURCE_KEY", "unused")
	project(t, map[string]string{
		"sources/certs/ca.pem": ca,
		"sources/key":          "pk-from-a-file\n",
		"sources/desk.yaml": `
vars: {api: null, tenant: acme, certs: certs}
secrets: {key: {file: key}}
source:
  base_url: ${vars.api}
  headers: {X-Tenant: "${vars.tenant}", X-Key: "${secrets.key}"}
  ssl: {ca_cert: "${vars.certs}/ca.pem"}
`,
		"suites/a.apicel.yaml": fmt.Sprintf(`
source: ../sources/desk.yaml
vars: {api: %s, tenant: other}
queries:
  - name: ok
    get: /
    expect: {gjson: {ok: true}, cel: ['tls.version == "1.3"', 'vars.tenant == "other"']}
`, url),
		"suites/b.apicel.yaml": "source: ../sources/desk.yaml\nqueries: [{name: x, get: /}]\n",
	})
	wantStatuses(t, runFile(t, "suites/a.apicel.yaml"), "ok: passed")
	missing := load(t, runner.CompileOptions{}, "suites/b.apicel.yaml").MissingInputs()
	if len(missing) != 1 || !strings.HasPrefix(missing[0].Text, "vars.api of sources/desk.yaml") {
		t.Errorf("missing are %q", missing)
	}
}

func TestCertificatesMayBeText(t *testing.T) {
	url, ca := newTLS(t)
	project(t, map[string]string{"a.apicel.yaml": fmt.Sprintf(`
source:
  base_url: %s
  ssl:
    ca_cert: |
      %s
queries: [{name: ok, get: /}]
`, url, indent(ca, 6))})
	wantStatuses(t, runFile(t, "a.apicel.yaml"), "ok: passed")
}

func TestUnverifiedCertificatesAreSaid(t *testing.T) {
	url, _ := newTLS(t)
	project(t, map[string]string{
		"desk.yaml":     fmt.Sprintf("source: {base_url: %q, ssl: {verify: false}}\n", url),
		"a.apicel.yaml": "source: desk.yaml\nqueries: [{name: a, get: /}]\n",
		"b.apicel.yaml": "source: desk.yaml\nqueries: [{name: b, get: /}]\n",
	})
	p := load(t, runner.CompileOptions{}, "a.apicel.yaml", "b.apicel.yaml")
	const want = "desk.yaml:1:60: the server's certificate is not verified (ssl.verify: false)"
	if w := p.Warnings(); len(w) != 1 || !strings.HasSuffix(w[0], "the server's certificate is not verified (ssl.verify: false)") {
		t.Errorf("warnings are %q, expected one like %q", w, want)
	}
	wantStatuses(t, p.Run(background, runner.RunOptions{}, discard{}), "a: passed, b: passed")
}

func TestConnectionKeys(t *testing.T) {
	url, ca := newTLS(t)
	project(t, map[string]string{"ca.pem": ca, "a.apicel.yaml": fmt.Sprintf(`
vars: {limit: 1KiB, time: 5s}
source:
  base_url: %s
  ssl: {ca_cert: ca.pem, system_roots: false}
  connect_timeout: ${vars.time}
  max_response_size: ${vars.limit}
  redirects: {follow: false}
  http: "1.1"
queries:
  - {name: too big, get: /big}
  - {name: not followed, get: /moved, expect: {status: 302, cel: ['proto == "HTTP/1.1"']}}
  - {name: followed, get: /moved, redirects: {max: 1}, expect: {status: 200, cel: ['redirects == [%[1]q + "/moved"]']}}
  - {name: max of none, get: /moved, redirects: {max: 0}, expect: {status: 302}}
`, url)})
	r := runFile(t, "a.apicel.yaml")
	wantStatuses(t, r, "too big: errored, not followed: passed, followed: passed, max of none: passed")
	if e := find(r, "too big").Error; !strings.Contains(e.Message, "1 KiB") {
		t.Errorf("error is %+v", e)
	}
}

// The queries of setup are sent over the connection as well.
func TestConnectionOfCaptures(t *testing.T) {
	p := compileAll(t, runner.CompileOptions{}, `
source: {base_url: "${captures.url}", ssl: {ca_cert: "${captures.ca}"}}
setup: [{name: find, get: "http://127.0.0.1:1/", capture: {url: url, ca: ca}}]
queries: [{name: ok, get: /}]
`)
	wantProblem(t, p, "this decides which connection all queries are sent over, that which captures url too")
	if n := len(p.Problems()); n != 2 {
		t.Errorf("%d problems, expected 2: %v", n, p.Problems())
	}
}

func TestSourceReadsSetup(t *testing.T) {
	api := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/login" {
			reply(w, 200, map[string]any{"token": "token-of-the-login", "wait": "5s"})
			return
		}
		if r.Header.Get("Authorization") != "Bearer token-of-the-login" {
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	suite := `
source:
  base_url: ` + api + `
  auth: {type: bearer, token: "${captures.token}"}
setup:
  - {name: log in, post: /login, %scapture: {token: token}}
queries:
  - {name: read, get: /}
`
	project(t, map[string]string{
		"a.apicel.yaml": fmt.Sprintf(suite, "auth: {type: none}, "),
		"b.apicel.yaml": fmt.Sprintf(suite, ""),
	})
	wantStatuses(t, runFile(t, "a.apicel.yaml"), "log in: passed, read: passed")
	wantProblem(t, load(t, runner.CompileOptions{}, "b.apicel.yaml"),
		`the source reads captures.token, which query "log in" makes with that same source`)
}

// Every place that names a file obeys the one policy.
func TestFilesOutsideOfTheProject(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "secret.txt")
	if err := os.WriteFile(outside, []byte("outside"), 0o600); err != nil {
		t.Fatal(err)
	}
	places := map[string]string{
		"source file": "source: %s\nqueries: [{name: a, get: /}]\n",
		"ca_cert":     "source: {base_url: 'https://127.0.0.1:1', ssl: {ca_cert: %s}}\nqueries: [{name: a, get: /}]\n",
		"client_cert": "source: {base_url: 'https://127.0.0.1:1', ssl: {client_cert: %[1]s, client_key: %[1]s}}\nqueries: [{name: a, get: /}]\n",
		"body file":   "source: {base_url: 'http://127.0.0.1:1'}\nqueries: [{name: a, post: /, body: {file: %s}}]\n",
		"part":        "source: {base_url: 'http://127.0.0.1:1'}\nqueries: [{name: a, post: /, body: {multipart: {a: {file: %s}}}}]\n",
		"csv":         "source: {base_url: 'http://127.0.0.1:1'}\nqueries: [{name: a, get: /, each: {csv: %s}}]\n",
		"yaml":        "source: {base_url: 'http://127.0.0.1:1'}\nqueries: [{name: a, get: /, each: {yaml: %s}}]\n",
		"file()":      "source: {base_url: 'http://127.0.0.1:1'}\nqueries: [{name: a, post: /, body: {text: '${string(file(\"%s\"))}'}}]\n",
		"file() var":  "source: {base_url: 'http://127.0.0.1:1'}\nvars: {a: '${string(file(\"%s\"))}'}\nqueries: [{name: a, get: /}]\n",
		"schema":      "source: {base_url: 'http://127.0.0.1:1'}\nqueries: [{name: a, get: /, expect: {schema: %s}}]\n",
		"snapshot":    "source: {base_url: 'http://127.0.0.1:1'}\nqueries: [{name: a, get: /, expect: {snapshot: %s}}]\n",
	}
	project(t, map[string]string{"suites/x": ""})
	dir, _ := os.Getwd()
	up, err := filepath.Rel(filepath.Join(dir, "suites"), outside)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, "suites/link"); err != nil {
		t.Skip("no symbolic links here")
	}
	if err := os.Symlink(filepath.Dir(outside), "suites/folder"); err != nil {
		t.Fatal(err)
	}
	for place, suite := range places {
		for _, path := range []string{outside, filepath.ToSlash(up), "link", "folder/secret.txt"} {
			name := filepath.Join("suites", "a.apicel.yaml")
			if err := os.WriteFile(name, fmt.Appendf(nil, suite, path), 0o600); err != nil {
				t.Fatal(err)
			}
			problems := load(t, runner.CompileOptions{}, name).Problems()
			if !problems.HasErrors() || !strings.Contains(problems[0].Message, "outside of the project") {
				t.Errorf("%s %s: %v", place, path, problems)
			}
		}
	}
}
