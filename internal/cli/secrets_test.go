package cli

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apicel/apicel/reporters"
)

// The secrets of the test. The first needs every kind of escape; the third is
// what an answer gives and a capture keeps. Their ends need none and are like
// nothing else in the output.
const (
	awkwardSecret  = `bg7gn8 w/rd+"q"&<é>'\%41 5fn9sh`
	plainSecret    = "tok79-0123456789abc-97kot"
	capturedSecret = "kept1-s3cret-value-2tpek"
)

const leakySuite = `
name: Leaky
vars: {api: null}
secrets:
  awkward: {env: AWKWARD}
  plain: {env: PLAIN}
source:
  base_url: ${vars.api}
  headers: {X-Plain: "${secrets.plain}"}
  auth: {type: basic, username: clerk, password: "${secrets.awkward}"}
expect:
  status: 299
  headers: {X-Echo: {equals: other}}
  text: {contains: nowhere}
  gjson: {url: other, headers: {equals: {}}, body: {starts_with: other}}
  json: {other: true}
  cel:
    - text == secrets.awkward
    - that: body.body.contains("nowhere") && headers["x-echo"] == secrets.plain
      message: own words
setup:
  - name: log in
    post: /captured
    capture: {session: {gjson: session, secret: true}}
queries:
  - name: path
    get: /p/${secrets.awkward}/${secrets.plain}
    params: {a: "${secrets.awkward}", b: "${secrets.plain}"}
  - name: json
    post: /j
    body: {json: {a: "${secrets.awkward}", both: "<${secrets.awkward}|${secrets.plain}>"}}
  - name: form
    post: /f
    body: {form: {a: "${secrets.awkward}"}}
  - name: text
    post: /t
    body: {text: "${base64.encode(bytes(secrets.awkward))} ${hex(bytes(secrets.plain))} ${url_encode(secrets.awkward)} ${secrets.awkward}"}
  - name: cookie and bearer
    get: /c
    cookies: {plain: "${secrets.plain}"}
    auth: {type: bearer, token: "${secrets.plain}"}
  - name: key in the query
    get: /k
    auth: {type: api_key, in: query, name: key, value: "${secrets.awkward}"}
  - name: key in a header
    get: /k
    auth: {type: api_key, in: header, name: X-Key, value: "${secrets.plain}"}
  - name: nobody there
    get: http://127.0.0.1:1/${secrets.awkward}?x=${secrets.plain}
  - name: redirected
    get: /redirect
    params: {to: "${secrets.awkward}"}
  - name: evaluation fails
    get: /e
    expect: {cel: ['int(secrets.plain) == 1', '{"a": 1}[secrets.awkward] == 1']}
    capture: {none: "missing.${secrets.plain}"}
teardown:
  - name: captured
    post: /s/${captures.session}
    headers: {X-Session: "${captures.session}"}
    body: {json: {session: "${captures.session}"}}
    expect: {gjson: {session: "not ${captures.session}"}, cel: ['text == captures.session']}
`

// echo answers with all that it was sent, in the body and in a header.
func echo(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/redirect" {
		http.Redirect(w, r, "/to/"+url.PathEscape(r.URL.Query().Get("to")), http.StatusFound)
		return
	}
	body, _ := io.ReadAll(r.Body)
	user, password, _ := r.BasicAuth()
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Echo", r.Header.Get("X-Plain"))
	w.Header().Set("X-Basic", r.Header.Get("Authorization"))
	w.Header().Set("X-Hex", hex.EncodeToString([]byte(password)))
	_ = json.NewEncoder(w).Encode(map[string]any{
		"url": r.URL.String(), "decoded": r.URL.Path, "headers": r.Header, "body": string(body),
		"user": user, "password": password, "session": capturedSecret,
	})
}

// TestSecretsStayHidden sends secrets by every road to a server that sends them
// back, has every check fail, and looks for them in every byte of output.
func TestSecretsStayHidden(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(echo))
	defer server.Close()
	dir := t.TempDir()
	suite := writeFile(t, dir, "leaky.apicel.yaml", leakySuite)
	env := []string{"AWKWARD=" + awkwardSecret, "PLAIN=" + plainSecret, "APICEL_VAR_api=" + server.URL}
	for _, args := range [][]string{{}, {"-v"}} {
		flags, outputs := everyFormat(dir)
		got := apicel(t, env, slices.Concat(flags, args, []string{suite})...)
		if got.code != ExitFailed || strings.Count(got.stdout, "own words") < 5 {
			t.Fatalf("exit code %d, expected %d and failed checks\n%s%s", got.code, ExitFailed, got.stdout, got.stderr)
		}
		for where, text := range outputs(t, got) {
			noSecrets(t, where, text)
		}
		if !strings.Contains(got.stdout, "***") {
			t.Error("the console shows no mask, so it showed no exchange either")
		}
	}
	for _, command := range []string{"check", "list"} {
		got := apicel(t, env, command, suite)
		noSecrets(t, command, got.stdout+got.stderr)
	}
}

// everyFormat is a run that writes a report of each format there is into dir, and
// what reads all that it has put out.
func everyFormat(dir string) (args []string, outputs func(*testing.T, result) map[string]string) {
	args = []string{"run"}
	for _, f := range reporters.Formats {
		args = append(args, "--report", f.Name+"="+filepath.Join(dir, "report."+f.Name))
	}
	return args, func(t *testing.T, got result) map[string]string {
		all := map[string]string{"standard output": got.stdout, "standard error": got.stderr}
		for _, f := range reporters.Formats {
			all["the "+f.Name+" report"] = readFile(t, filepath.Join(dir, "report."+f.Name))
		}
		return all
	}
}

// noSecrets looks for the secrets in the forms in which they travel, and for
// their ends: part of a secret is a leak too, however often it is escaped.
func noSecrets(t *testing.T, where, text string) {
	t.Helper()
	for name, secret := range map[string]string{"awkward": awkwardSecret, "plain": plainSecret, "captured": capturedSecret} {
		for form, written := range writtenAs(secret) {
			if i := strings.Index(text, written); i >= 0 {
				t.Errorf("%s holds the %s secret as %s: …%s…", where, name, form, text[max(0, i-80):min(len(text), i+len(written)+40)])
			}
		}
	}
}

func writtenAs(secret string) map[string]string {
	inJSON, _ := json.Marshal(secret)
	var plainJSON, inXML bytes.Buffer
	e := json.NewEncoder(&plainJSON)
	e.SetEscapeHTML(false)
	_ = e.Encode(secret)
	_ = xml.EscapeText(&inXML, []byte(secret))
	forms := map[string]string{
		"text":          secret,
		"query":         url.QueryEscape(secret),
		"path":          url.PathEscape(secret),
		"JSON":          strings.Trim(string(inJSON), `"`),
		"plain JSON":    strings.Trim(strings.TrimSpace(plainJSON.String()), `"`),
		"XML":           inXML.String(),
		"HTML":          html.EscapeString(secret),
		"Go":            strings.Trim(fmt.Sprintf("%q", secret), `"`),
		"hexadecimal":   hex.EncodeToString([]byte(secret)),
		"its beginning": secret[:5],
		"its end":       secret[len(secret)-5:],
	}
	for shift := range 3 {
		// what comes before may be anything, so the characters it has a part in are cut off
		padded := append(bytes.Repeat([]byte("x"), shift), secret...)
		from := (shift*4 + 2) / 3
		for name, encoding := range map[string]*base64.Encoding{"base64": base64.RawStdEncoding, "base64url": base64.RawURLEncoding} {
			text := encoding.EncodeToString(padded)
			forms[fmt.Sprintf("%s at %d", name, shift)] = text[from : len(padded)*4/3]
		}
	}
	return forms
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
