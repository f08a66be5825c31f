package runner_test

import (
	"crypto/sha256"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/apicel/apicel/runner"
	"github.com/apicel/apicel/spec"
)

// project writes files into a new folder, which becomes the working folder.
func project(t *testing.T, contents map[string]string) {
	t.Helper()
	dir := t.TempDir()
	t.Chdir(dir)
	for name, content := range contents {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(".git", 0o700); err != nil {
		t.Fatal(err)
	}
}

// load loads and compiles suites of the working folder.
func load(t *testing.T, o runner.CompileOptions, paths ...string) *runner.Plan {
	t.Helper()
	return runner.Compile(spec.Load(paths, ""), o)
}

// runFile runs one suite of the working folder, in which nothing may be wrong.
func runFile(t *testing.T, path string) *runner.Report {
	t.Helper()
	p := load(t, runner.CompileOptions{Seed: 1}, path)
	for _, problem := range p.Problems() {
		t.Fatalf("%v (%s)", problem, problem.Hint)
	}
	return p.Run(background, runner.RunOptions{KeepExchanges: true}, discard{})
}

// recorder is a server that keeps what it was sent, by path.
type recorder struct {
	mu   sync.Mutex
	sent map[string]recorded
}

type recorded struct{ contentType, body string }

func newRecorder(t *testing.T) (*recorder, string) {
	r := &recorder{sent: map[string]recorded{}}
	return r, serve(t, func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.sent[req.URL.Path] = recorded{strings.Join(req.Header["Content-Type"], " + "), string(body)}
	})
}

func (r *recorder) want(t *testing.T, path, contentType, body string) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if got := r.sent[path]; got.contentType != contentType || got.body != body {
		t.Errorf("%s was sent %s: %s\nwant %s: %s", path, got.contentType, got.body, contentType, body)
	}
}

func TestBodies(t *testing.T) {
	rec, url := newRecorder(t)
	project(t, map[string]string{
		"data/photo.PNG": "\x89PNG\x00\xff", "data/unknown.bin": "bin",
		"suites/a.apicel.yaml": fmt.Sprintf(`
source: {base_url: %s, headers: {Content-Type: application/vnd.source}}
vars: {name: 'Tom & "Jerry" <x>', number: 1.10, op: B}
queries:
  - {name: json, post: /json, body: {json: {n: "${vars.number}", big: 12345678901234567890}}}
  - {name: json as patch, post: /patch, body: {json: {a: 1}, content_type: application/merge-patch+json}}
  - {name: own header wins, post: /own, headers: {content-type: text/csv}, body: {text: "a,b"}}
  - {name: text, post: /text, headers: {Content-Type: null}, body: {text: hello}}
  - {name: form, post: /form, body: {form: {a: [1, 2], b: "${vars.name}"}}}
  - {name: file, put: /file, body: {file: ../data/photo.PNG}, headers: {Content-Type: null}}
  - {name: file of no known kind, put: /bin, body: {file: ../data/unknown.bin, content_type: application/x-own}}
  - {name: xml, post: /xml, headers: {Content-Type: null}, body: {xml: '<a b="${vars.name}">${vars.name}</a>'}}
  - name: graphql
    post: /graphql
    headers: {Content-Type: null}
    body:
      graphql:
        query: |
          query A { a }
          query B($n: Float) { b(n: $n) }
        operation: ${vars.op}
        variables: {n: "${vars.number}"}
  - {name: base64, post: /base64, body: {base64: "AP8B", content_type: application/octet-stream}}
  - {name: nothing, post: /none}
`, url),
	})
	r := runFile(t, "suites/a.apicel.yaml")
	for _, q := range r.Suites[0].Queries {
		if q.Status != runner.StatusPassed {
			t.Errorf("%s: %s %+v", q.Name, q.Status, q.Error)
		}
	}
	rec.want(t, "/json", "application/vnd.source", `{"n":1.10,"big":12345678901234567890}`)
	rec.want(t, "/patch", "application/merge-patch+json", `{"a":1}`)
	rec.want(t, "/own", "text/csv", "a,b")
	rec.want(t, "/text", "text/plain; charset=utf-8", "hello")
	rec.want(t, "/form", "application/x-www-form-urlencoded", "a=1&a=2&b=Tom+%26+%22Jerry%22+%3Cx%3E")
	rec.want(t, "/file", "image/png", "\x89PNG\x00\xff")
	rec.want(t, "/bin", "application/x-own", "bin")
	rec.want(t, "/xml", "application/xml", `<a b="Tom &amp; &#34;Jerry&#34; &lt;x&gt;">Tom &amp; &#34;Jerry&#34; &lt;x&gt;</a>`)
	rec.want(t, "/graphql", "application/json", `{"query":"query A { a }\nquery B($n: Float) { b(n: $n) }\n","operationName":"B","variables":{"n":1.10}}`)
	rec.want(t, "/base64", "application/octet-stream", "\x00\xff\x01")
	rec.want(t, "/none", "application/vnd.source", "")
}

func TestMultipart(t *testing.T) {
	rec, url := newRecorder(t)
	project(t, map[string]string{
		"one.csv": "a,b\n", "two.bin": "\x00\x01",
		"a.apicel.yaml": fmt.Sprintf(`
source: {base_url: %s, headers: {Content-Type: application/json}}
vars: {who: Zoë}
queries:
  - name: upload
    post: /form
    body:
      multipart:
        note: hello ${vars.who}
        meta: {json: {n: 1.10}}
        quoted "name": {text: x, filename: 'a"b.txt'}
        files:
          - {file: one.csv}
          - {file: two.bin, filename: "${vars.who}.bin", content_type: application/x-own}
          - plain
  - name: mixed
    post: /mixed
    body: {multipart: {a: b}, content_type: multipart/mixed}
`, url),
	})
	r := runFile(t, "a.apicel.yaml")
	wantStatuses(t, r, "upload: passed, mixed: passed")
	wantParts(t, rec.sent["/form"], "multipart/form-data",
		`form-data; name="note" | | hello Zoë`,
		`form-data; name="meta" | application/json | {"n":1.10}`,
		`form-data; name="quoted %22name%22"; filename="a%22b.txt" | text/plain; charset=utf-8 | x`,
		`form-data; name="files"; filename="one.csv" | text/csv; charset=utf-8 | a,b`+"\n",
		`form-data; name="files"; filename="Zoë.bin" | application/x-own | `+"\x00\x01",
		`form-data; name="files" | | plain`,
	)
	wantParts(t, rec.sent["/mixed"], "multipart/mixed", `form-data; name="a" | | b`)

	first := sha256.Sum256([]byte(rec.sent["/form"].body))
	runFile(t, "a.apicel.yaml")
	if again := sha256.Sum256([]byte(rec.sent["/form"].body)); again != first {
		t.Error("the same seed sent another body")
	}
}

func wantParts(t *testing.T, sent recorded, kind string, want ...string) {
	t.Helper()
	got, params, err := mime.ParseMediaType(sent.contentType)
	if err != nil || got != kind {
		t.Fatalf("the media type is %s (%v), expected %s", sent.contentType, err, kind)
	}
	parts := multipart.NewReader(strings.NewReader(sent.body), params["boundary"])
	for i := 0; ; i++ {
		p, err := parts.NextRawPart()
		if err == io.EOF {
			if i != len(want) {
				t.Errorf("%d parts, expected %d", i, len(want))
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		data, _ := io.ReadAll(p)
		if i >= len(want) {
			t.Fatalf("one part more: %s", data)
		}
		got := strings.TrimSpace(p.Header.Get("Content-Disposition")+" | "+p.Header.Get("Content-Type")) + " | " + string(data)
		if got != want[i] {
			t.Errorf("part %d is %q\nexpected   %q", i, got, want[i])
		}
	}
}

func TestBodyProblems(t *testing.T) {
	project(t, map[string]string{"a.apicel.yaml": `
source: {base_url: "http://127.0.0.1:1"}
queries:
  - {name: missing, post: /, body: {file: nowhere.bin}}
  - {name: outside, post: /, body: {file: ../../etc/passwd}}
  - {name: missing part, post: /, body: {multipart: {a: {file: nowhere.bin}}}}
  - {name: two media types, post: /, headers: {Content-Type: text/csv}, body: {text: "", content_type: text/plain}}
  - {name: two boundaries, post: /, headers: {Content-Type: multipart/form-data}, body: {multipart: {a: b}}}
  - {name: no graphql, post: /, body: {graphql: {query: "query { a "}}}
  - {name: which, post: /, body: {graphql: {query: "query A { a } query B { b }"}}}
  - {name: misspelt, post: /, body: {graphql: {query: "query Orders { a }", operation: Ordrs}}}
`})
	p := load(t, runner.CompileOptions{}, "a.apicel.yaml")
	for _, want := range []string{
		"cannot read nowhere.bin: no such file or directory",
		"the header Content-Type and the body both say what the body's media type is",
		"this is not GraphQL: expected Name, found <EOF>",
		"the GraphQL document has 2 operations and none is named",
		`the GraphQL document has no operation "Ordrs", it has Orders`,
	} {
		wantProblem(t, p, want)
	}
	if n := len(p.Problems()); n != 8 {
		t.Errorf("%d problems, expected 8: %v", n, p.Problems())
	}
}

// A query of GraphQL changes nothing, a mutation does, and nobody knows of a
// document that is put together in the run.
func TestGraphQLIsSafe(t *testing.T) {
	p := compile(t, `
vars: {doc: "query { a }"}
source: {base_url: "http://127.0.0.1:1"}
queries:
  - {name: query, post: /, body: {graphql: {query: "query A { a } mutation B { b }", operation: A}}}
  - {name: short, post: /, body: {graphql: {query: "{ a }"}}}
  - {name: mutation, post: /, body: {graphql: {query: "query A { a } mutation B { b }", operation: B}}}
  - {name: unknown, post: /, body: {graphql: {query: "${vars.doc}"}}}
  - {name: said, post: /, safe: true, body: {graphql: {query: "mutation { a }"}}}
`)
	var got []string
	for _, w := range p.List()[0].Waves {
		var names []string
		for _, q := range w.Queries {
			names = append(names, q.Name)
		}
		got = append(got, strings.Join(names, "+"))
	}
	if g := strings.Join(got, " "); g != "query+short mutation unknown said" {
		t.Errorf("waves are %s", g)
	}
}
