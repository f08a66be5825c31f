package reporters

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mccutchen/go-httpbin/v2/httpbin"

	"github.com/apicel/apicel/runner"
)

func fields(pairs ...string) []runner.HeaderField {
	var out []runner.HeaderField
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, runner.HeaderField{Name: pairs[i], Value: pairs[i+1]})
	}
	return out
}

func request(method, url, body string, header ...string) *runner.Message {
	return &runner.Message{Method: method, URL: url, Body: body, BodySize: len(body), Header: fields(header...)}
}

func curlText(indent int, m *runner.Message) string {
	p := &printer{limits: consoleLimits}
	p.curl(indent, m)
	return p.out.String()
}

func TestCurl(t *testing.T) {
	const agent = "User-Agent"
	cut := request("PUT", "http://x/", strings.Repeat("x", 100), agent, "a")
	cut.Truncated, cut.BodySize = true, 1_200_000
	binary := request("PUT", "http://x/", "(5 bytes that are not text)", agent, "a", "Content-Type", "image/png")
	binary.Truncated, binary.BodySize = true, 5
	fromJSON := request("PUT", "http://x/", "a�b", agent, "a", "Content-Type", "text/plain")
	fromJSON.BodySize = 3
	tests := []struct {
		name string
		m    *runner.Message
		want string
	}{
		{"nothing", nil, ""},
		{"not kept", &runner.Message{}, ""},
		{"no URL of the web", request("GET", "file:///etc/passwd", ""), ""},
		{"no URL at all", request("GET", "http://x/a b\n", ""), ""},
		{"an option as the URL", request("GET", "-o/tmp/x", ""), ""},
		{"get", request("GET", "http://x/y?a=1&b=2", "", agent, "apicel/1"), `
curl 'http://x/y?a=1&b=2' \
  -H 'User-Agent: apicel/1'
`},
		{"what curl does itself", request("GET", "http://x/", "", "Accept-Encoding", "gzip, br", "Content-Length", "3"), `
curl 'http://x/' \
  -H 'User-Agent:' \
  --compressed
`},
		{"an encoding of its own", request("GET", "http://x/", "", "Accept-Encoding", "identity", agent, "a"), `
curl 'http://x/' \
  -H 'Accept-Encoding: identity' \
  -H 'User-Agent: a'
`},
		{"brackets and dots", request("IT'S", "http://x/a/../b?x[]=1", "", agent, "a"), `
curl -X 'IT'\''S' 'http://x/a/../b?x[]=1' \
  --globoff \
  --path-as-is \
  -H 'User-Agent: a'
`},
		{"head", request("HEAD", "http://x/", "q", agent, "a", "Content-Type", "t"), `
# the body is left out: curl sends none with HEAD
curl --head 'http://x/' \
  -H 'User-Agent: a' \
  -H 'Content-Type: t'
`},
		{"get with a body", request("GET", "http://x/", "q", agent, "a"), `
curl -X GET 'http://x/' \
  -H 'User-Agent: a' \
  -H 'Content-Type:' \
  --data-raw 'q'
`},
		{"credentials", request("POST", "http://x/***/y?key=***", `{"p":"***"}`, agent, "a", "Authorization", "Bearer ***",
			"Content-Type", "application/json", "Cookie", "a=***; b=***", "Path", "***", "X-Key", "***", "x_key", "***x"), `
# set URL_SECRET_1, URL_SECRET_2, AUTHORIZATION, COOKIE_1, COOKIE_2, SECRET_PATH, X_KEY, X_KEY_2, BODY_SECRET first
curl -X POST "http://x/$URL_SECRET_1/y?key=$URL_SECRET_2" \
  -H 'User-Agent: a' \
  -H "Authorization: Bearer $AUTHORIZATION" \
  -H 'Content-Type: application/json' \
  -H "Cookie: a=$COOKIE_1; b=$COOKIE_2" \
  -H "Path: $SECRET_PATH" \
  -H "X-Key: $X_KEY" \
  -H "x_key: ${X_KEY_2}x" \
  --data-raw "{\"p\":\"$BODY_SECRET\"}"
`},
		{"lines", request("POST", "http://x/", "a: 1%\nb: '***'\n", agent, "a", "Content-Type", "text/yaml"), `
# set BODY_SECRET first
printf 'a: 1%%\nb: '\''%s'\''\n' "$BODY_SECRET" |
curl -X POST 'http://x/' \
  -H 'User-Agent: a' \
  -H 'Content-Type: text/yaml' \
  --data-binary @-
`},
		{"a cut body", cut, `
# put the body, 1.2 MB, into a file named body first
curl -X PUT 'http://x/' \
  -H 'User-Agent: a' \
  -H 'Content-Type:' \
  --data-binary @body
`},
		{"a body that is not text", binary, `
# put the body, 5 bytes that are not text, into a file named body first
curl -X PUT 'http://x/' \
  -H 'User-Agent: a' \
  -H 'Content-Type: image/png' \
  --data-binary @body
`},
		{"a body of which JSON has lost bytes", fromJSON, `
# put the body, 3 bytes, into a file named body first
curl -X PUT 'http://x/' \
  -H 'User-Agent: a' \
  -H 'Content-Type: text/plain' \
  --data-binary @body
`},
		{"a header that is none", request("GET", "http://x/", "", agent, "a", "@/etc/passwd", "x"), `
# a header is left out, as its name is not valid
curl 'http://x/' \
  -H 'User-Agent: a'
`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(strings.TrimPrefix(tt.want, "\n"), curlText(0, tt.m)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// awkward holds what shells, curl, terminals and CI systems give a meaning to.
const awkward = `a'b"c$HOME $(echo x) ` + "`echo y`" + ` \n \\ %s %d !! ~ * ? # é 日本 👩‍💻 ; & | < > ${x} '"'"' ##[group] ##vso[x] @f -d`

// TestCurlSendsTheSame runs the commands and compares what go-httpbin says it
// was sent. The commands are printed as on a console, indented and with what CI
// systems would obey taken out.
func TestCurlSendsTheSame(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("there is no curl to run the commands with")
	}
	server := httptest.NewServer(httpbin.New())
	defer server.Close()
	url := server.URL + "/anything"
	control := "tab\there\x1b[31m\x07\x7f \u202eover \u009b end"
	secrets := []string{"AUTHORIZATION=t0ken'\"$x `y` \\", "BODY_SECRET=hunter2 %s\\n"}
	reveal := strings.NewReplacer("Bearer ***", "Bearer t0ken'\"$x `y` \\", "***", `hunter2 %s\n`)
	text := []string{"User-Agent", "apicel/1", "Content-Type", "text/plain"}
	tests := map[string]*runner.Message{
		"get":      request("GET", url+"?a=1&b=it's&c=$HOME", "", "User-Agent", "apicel/1"),
		"brackets": request("GET", url+"?x[1]={a,b}&y=[1-3]", "", "User-Agent", "apicel/1"),
		"delete":   request("DELETE", url, "", "User-Agent", "apicel/1"),
		"a method that curl does not know": request("PATCH", url, `{"a":1}`, "User-Agent", "apicel/1",
			"Content-Type", "application/json"),
		"headers":       request("GET", url, "", "User-Agent", "a'b", "X-Awkward", awkward, "X-Empty", "", "X-Two", "1", "X-Two", "2"),
		"one line":      request("POST", url, awkward, text...),
		"json":          request("POST", url, `{"name":"O'Hara \"x\" $y","n":1.50,"u":"日本\n"}`, "User-Agent", "a", "Content-Type", "application/json"),
		"lines":         request("POST", url, "-first\r\n::error::x\n\n  "+awkward+"\n\n", text...),
		"controls":      request("POST", url, control+"\n"+control, text...),
		"a form":        request("POST", url, "a=1&b=%20x", "User-Agent", "a", "Content-Type", "application/x-www-form-urlencoded"),
		"no type":       request("POST", url, "a=1", "User-Agent", "a"),
		"get, body":     request("GET", url, "q", text...),
		"a file's name": request("POST", url, "@/etc/hostname", text...),
		"secrets":       request("POST", url, `pass="***"!`, append([]string{"Authorization", "Bearer ***"}, text...)...),
		"secret lines":  request("POST", url, "a\n***\n100%", append([]string{"Authorization", "Bearer ***"}, text...)...),
	}
	for name, m := range tests {
		t.Run(name, func(t *testing.T) {
			script := string(defuse([]byte(curlText(6, m))))
			if strings.ContainsFunc(script, hostile) || strings.Contains(script, "##[") || strings.Contains(script, "##vso[") {
				t.Errorf("the command is not harmless:\n%q", script)
			}
			got := runScript(t, script, secrets)
			want := direct(t, m, reveal)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-sent +sent by curl)\n%s\n%s", diff, script)
			}
		})
	}
}

// arrived is what httpbin says of a request. Data is what it makes of the body:
// text, or a data URL.
type arrived struct {
	Method  string
	URL     string
	Headers http.Header
	Data    string
	Form    map[string][]string
}

func runScript(t *testing.T, script string, env []string) arrived {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-eu")
	cmd.Stdin = strings.NewReader(script)
	cmd.Env = append(cmd.Environ(), append(env, "CURL_HOME="+t.TempDir())...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s\n%s", err, &stderr, script)
	}
	return decodeArrived(t, out)
}

// direct sends the request that the report shows with net/http.
func direct(t *testing.T, m *runner.Message, reveal *strings.Replacer) arrived {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), m.Method, m.URL, strings.NewReader(reveal.Replace(m.Body)))
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range m.Header {
		req.Header.Add(h.Name, reveal.Replace(h.Value))
	}
	resp, err := (&http.Transport{DisableCompression: true, DisableKeepAlives: true}).RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var out bytes.Buffer
	if _, err := out.ReadFrom(resp.Body); err != nil {
		t.Fatal(err)
	}
	return decodeArrived(t, out.Bytes())
}

func decodeArrived(t *testing.T, data []byte) arrived {
	t.Helper()
	var a arrived
	if err := json.Unmarshal(data, &a); err != nil {
		t.Fatalf("%v in %q", err, data)
	}
	// what a client is free to add
	for _, name := range []string{"Accept", "Connection", "Content-Length"} {
		a.Headers.Del(name)
	}
	return a
}

// TestCurlHead looks at the method, since an answer to HEAD has no body.
func TestCurlHead(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("there is no curl to run the command with")
	}
	var method string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		method = r.Method
		w.Header().Set("Content-Length", "100")
	}))
	defer server.Close()
	cmd := exec.CommandContext(t.Context(), "sh", "-c", curlText(0, request("HEAD", server.URL, "")))
	if out, err := cmd.CombinedOutput(); err != nil || method != "HEAD" {
		t.Errorf("%q was asked: %v\n%s", method, err, out)
	}
}
