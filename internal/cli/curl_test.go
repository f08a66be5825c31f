package cli

import (
	"bytes"
	"encoding/json"
	"encoding/pem"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mccutchen/go-httpbin/v2/httpbin"

	"github.com/apicel/apicel/reporters"
)

// curlSuites are sources that curl must be told about. Every query of them fails,
// so that a curl command stands below it; $ stands for the server.
var curlSuites = map[string]struct {
	suite   string
	env     []string // for the shell
	options []string // that the command must have
}{
	"plain": {`
source: {base_url: "http://$", headers: {X-Suite: "it's \"$HOME\""}, cookies: {basket: b1}}
queries:
  - {name: q, post: /anything, params: {a: [1, "x y"]}, cookies: {theme: dark}, body: {json: {n: 1.50, s: "ü'\n"}}, expect: {status: 299}}
`, []string{"COOKIE_1=b1", "COOKIE_2=dark"}, []string{"--data-raw"}},
	"multipart": {`
source: {base_url: "http://$"}
queries:
  - name: q
    post: /anything
    body: {multipart: {note: ring twice, details: {json: {pages: 2}}, scan: [{text: nothing, filename: back.txt, content_type: text/plain}]}}
    expect: {status: 299}
`, nil, []string{"--data-binary @-"}},
	"binary": {`
source: {base_url: "http://$"}
queries:
  - {name: q, post: /anything, headers: {Content-Type: image/png}, body: {base64: "AAEC/w=="}, expect: {status: 299}}
`, nil, []string{"--data-binary @body"}},
	"tls": {`
source: {base_url: "https://$", http: "1.1", ssl: {ca_cert: ca.pem, min_version: "1.2"}}
queries:
  - {name: q, get: /anything, expect: {status: 299}}
`, nil, []string{"--cacert", "--http1.1", "--tlsv1.2"}},
	"http2": {`
source: {base_url: "http://$", http: h2c, resolve: {"127.0.0.1": localhost}}
queries:
  - {name: q, get: /anything, expect: {status: 299}}
`, nil, []string{"--http2-prior-knowledge", "--connect-to"}},
	"socket": {`
source: {base_url: "http://desk.example", unix_socket: s.sock}
queries:
  - {name: q, get: /anything, expect: {status: 299}}
`, nil, []string{"--unix-socket"}},
	"digest": {`
source: {base_url: "http://$", auth: {type: digest, username: clerk, password: pass-4711}}
queries:
  - {name: q, get: /digest-auth/auth/clerk/pass-4711, expect: {status: 299}}
`, []string{"DIGEST_USER=clerk", "DIGEST_PASSWORD=pass-4711", "URL_SECRET=pass-4711"}, []string{"--digest"}},
	"bearer": {`
source: {base_url: "http://$", auth: {type: bearer, token: tok-4711-x}}
queries:
  - {name: q, get: /bearer, expect: {status: 299}}
`, []string{"AUTHORIZATION=tok-4711-x"}, []string{"$AUTHORIZATION"}},
}

// TestCurlCommands pastes the commands of failed queries into a shell, and
// compares what httpbin says with what it said to the run.
func TestCurlCommands(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("there is no curl to run the commands with")
	}
	plain, encrypted, socket := curlServers(t)
	for name, c := range curlSuites {
		t.Run(name, func(t *testing.T) {
			address := plain
			if name == "tls" {
				address = encrypted.Listener.Addr().String()
			}
			dir := t.TempDir()
			t.Chdir(dir)
			writeFile(t, dir, "s.apicel.yaml", strings.NewReplacer("//$", "//"+address, "s.sock", socket).Replace(c.suite))
			writeFile(t, dir, "body", "\x00\x01\x02\xff")
			writeFile(t, dir, "ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: encrypted.Certificate().Raw})))
			got := apicel(t, nil, "run", "--report", "json=r.json", "s.apicel.yaml")
			command := regexp.MustCompile(`(?ms)^      ((?:printf [^\n]*\|\n *)?curl .*?[^\\])\n$`).FindStringSubmatch(got.stdout)
			if command == nil {
				t.Fatalf("no command in\n%s%s", got.stdout, got.stderr)
			}
			for _, option := range c.options {
				if !strings.Contains(command[1], option) {
					t.Errorf("no %s in\n%s", option, command[1])
				}
			}
			cmd := exec.CommandContext(t.Context(), "sh", "-eu")
			cmd.Stdin, cmd.Env = strings.NewReader(command[1]), append(cmd.Environ(), append(c.env, "CURL_HOME="+dir)...)
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%v: %s\n%s", err, &stderr, command[1])
			}
			if diff := cmp.Diff(echoed(t, []byte(answered(t))), echoed(t, out)); diff != "" {
				t.Errorf("(-apicel +curl)\n%s\n%s", diff, command[1])
			}
		})
	}
}

// curlServers are httpbin over HTTP/1.1 and h2c, over TLS, and on a socket.
func curlServers(t *testing.T) (plain string, encrypted *httptest.Server, socket string) {
	t.Helper()
	api := httpbin.New()
	both := httptest.NewUnstartedServer(api)
	both.Config.Protocols = new(http.Protocols)
	both.Config.Protocols.SetHTTP1(true)
	both.Config.Protocols.SetUnencryptedHTTP2(true)
	both.Start()
	t.Cleanup(both.Close)
	encrypted = httptest.NewTLSServer(api)
	t.Cleanup(encrypted.Close)
	folder, err := os.MkdirTemp("", "s") // short, since paths of sockets must be
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	socket = filepath.Join(folder, "s")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	local := &httptest.Server{Listener: l, Config: &http.Server{Handler: api}}
	local.Start()
	t.Cleanup(local.Close)
	return both.Listener.Addr().String(), encrypted, socket
}

// answered is the body that the run was answered with.
func answered(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("r.json")
	if err != nil {
		t.Fatal(err)
	}
	report, err := reporters.ReadJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	a := report.Suites[0].Queries[0].Attempts
	if len(a) != 1 || a[0].Response == nil {
		t.Fatalf("no answer in %s", data)
	}
	return a[0].Response.Body
}

// echoed is what httpbin says of a request, without what clients are free to choose
// and with credentials masked as a report masks them.
func echoed(t *testing.T, data []byte) any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatalf("%v in %q", err, data)
	}
	if headers, ok := v["headers"].(map[string]any); ok {
		for _, name := range []string{"Accept", "Accept-Encoding", "Connection", "Content-Length"} {
			delete(headers, name)
		}
	}
	for _, name := range []string{"token", "origin"} { // masked in the report; the socket has none
		delete(v, name)
	}
	return v
}
