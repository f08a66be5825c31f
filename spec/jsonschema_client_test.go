package spec_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/textproto"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apicel/apicel/spec"
)

// languageServer names the environment variable with the path of
// yaml-language-server, which editors use; without it PATH is searched.
const languageServer = "APICEL_YAML_LANGUAGE_SERVER"

// caret marks the place in a text that is asked about.
const caret = "‸"

// editor speaks the Language Server Protocol with yaml-language-server as an
// editor does.
type editor struct {
	ctx    context.Context
	dir    string // of the files, which are never written, and the schema
	in     io.Writer
	opened int

	mu    sync.Mutex
	asked int
	// answers and marks receive what the server says, by question and by file.
	answers map[string]chan json.RawMessage
	marks   map[string]chan []mark
}

// message is a request, a notification or an answer.
type message struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id,omitempty"`
	Method  string          `json:"method,omitempty"`
	Params  any             `json:"params,omitempty"`
	Result  any             `json:"result,omitempty"`
}

// mark is a diagnostic.
type mark struct {
	Message string
	Range   struct{ Start point }
}

type point struct {
	Line      int `json:"line"`
	Character int `json:"character"`
}

type document struct {
	URI        string `json:"uri"`
	LanguageID string `json:"languageId,omitempty"`
	Version    int    `json:"version,omitempty"`
	Text       string `json:"text,omitempty"`
}

type object map[string]any

func startEditor(t *testing.T) *editor {
	t.Helper()
	path := os.Getenv(languageServer)
	if path == "" {
		found, err := exec.LookPath("yaml-language-server")
		if err != nil {
			t.Skip("no yaml-language-server: install it with npm, and set " + languageServer + " to its path")
		}
		path = found
	}
	e := &editor{dir: t.TempDir(), answers: map[string]chan json.RawMessage{}, marks: map[string]chan []mark{}}
	if err := os.WriteFile(filepath.Join(e.dir, "apicel.schema.json"), spec.JSONSchema(), 0o600); err != nil {
		t.Fatal(err)
	}
	e.start(t, path)
	e.ask(t, nil, "initialize", object{"capabilities": object{
		"workspace":    object{"configuration": true},
		"textDocument": object{"completion": object{"completionItem": object{"snippetSupport": true}}},
	}})
	e.send(message{Method: "initialized", Params: object{}})
	return e
}

// start starts the server, which ends with the test.
func (e *editor) start(t *testing.T, path string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	e.ctx = ctx
	cmd := exec.CommandContext(ctx, path, "--stdio")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	e.in = in
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		e.read(bufio.NewReader(out))
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
		_ = cmd.Wait() // says that it was killed
	})
}

// send sends a message. Where the server has gone, nobody answers, which says so.
func (e *editor) send(m message) {
	m.Version = "2.0"
	data, err := json.Marshal(m)
	if err != nil {
		panic(err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	_, _ = fmt.Fprintf(e.in, "Content-Length: %d\r\n\r\n%s", len(data), data)
}

// read reads messages until there are no more.
func (e *editor) read(out *bufio.Reader) {
	for {
		header, err := textproto.NewReader(out).ReadMIMEHeader()
		if err != nil {
			return
		}
		size, err := strconv.Atoi(header.Get("Content-Length"))
		if err != nil {
			return
		}
		data := make([]byte, size)
		if _, err := io.ReadFull(out, data); err != nil {
			return
		}
		e.receive(data)
	}
}

// receive passes on answers and diagnostics, and answers what the server asks.
func (e *editor) receive(data []byte) {
	var m struct {
		ID     json.RawMessage
		Method string
		Params json.RawMessage
		Result json.RawMessage
	}
	if json.Unmarshal(data, &m) != nil {
		return
	}
	var marked struct {
		URI         string
		Diagnostics []mark
		Items       []object
	}
	_ = json.Unmarshal(m.Params, &marked) // other messages have other parameters
	switch {
	case m.Method == "textDocument/publishDiagnostics":
		e.channel(marked.URI) <- marked.Diagnostics
	case m.Method == "workspace/configuration":
		settings := make([]object, len(marked.Items))
		for i, item := range marked.Items {
			if item["section"] == "yaml" {
				settings[i] = object{"validate": true, "hover": true, "completion": true, "schemaStore": object{"enable": false}}
			}
		}
		e.send(message{ID: m.ID, Result: settings})
	case m.Method != "" && m.ID != nil:
		e.send(message{ID: m.ID, Result: object{}})
	case m.ID != nil:
		e.mu.Lock()
		answer := e.answers[string(m.ID)]
		e.mu.Unlock()
		answer <- m.Result
	}
}

// channel receives the diagnostics of a file.
func (e *editor) channel(uri string) chan []mark {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.marks[uri] == nil {
		e.marks[uri] = make(chan []mark, 100)
	}
	return e.marks[uri]
}

// ask sends a request and waits for the answer.
func (e *editor) ask(t *testing.T, answer any, method string, params any) {
	t.Helper()
	e.mu.Lock()
	e.asked++
	id := strconv.Itoa(e.asked)
	result := make(chan json.RawMessage, 1)
	e.answers[id] = result
	e.mu.Unlock()
	e.send(message{ID: json.RawMessage(id), Method: method, Params: params})
	select {
	case data := <-result:
		if answer == nil {
			return
		}
		if err := json.Unmarshal(data, answer); err != nil {
			t.Fatalf("%s: %v: %s", method, err, data)
		}
	case <-e.ctx.Done():
		t.Fatalf("%s: no answer", method)
	}
}

// open shows the server a suite with the text, and returns what it marks there.
func (e *editor) open(t *testing.T, text string) (uri string, marks []mark) {
	t.Helper()
	e.opened++
	uri = fmt.Sprintf("file://%s/%d.apicel.yaml", filepath.ToSlash(e.dir), e.opened)
	text = "# yaml-language-server: $schema=apicel.schema.json\n" + strings.ReplaceAll(text, caret, "")
	e.send(message{Method: "textDocument/didOpen", Params: object{"textDocument": document{uri, "yaml", 1, text}}})
	select {
	case marks = <-e.channel(uri):
		return uri, marks
	case <-e.ctx.Done():
		t.Fatalf("no diagnostics of\n%s", text)
		return "", nil
	}
}

// at asks something about the place of the caret.
func (e *editor) at(t *testing.T, text string, answer any, method string) {
	t.Helper()
	before, _, found := strings.Cut(text, caret)
	if !found {
		t.Fatalf("no caret in\n%s", text)
	}
	lines := strings.Split(before, "\n")
	place := point{len(lines), len(lines[len(lines)-1])} // below the line that open adds
	uri, _ := e.open(t, text)
	e.ask(t, answer, method, object{"textDocument": document{URI: uri}, "position": place})
}

// complete returns what is offered at the caret.
func (e *editor) complete(t *testing.T, text string) []string {
	t.Helper()
	var list struct{ Items []struct{ Label string } }
	e.at(t, text, &list, "textDocument/completion")
	var labels []string
	for _, item := range list.Items {
		labels = append(labels, item.Label)
	}
	return labels
}

// hover returns what is shown at the caret.
func (e *editor) hover(t *testing.T, text string) string {
	t.Helper()
	var shown struct{ Contents struct{ Value string } }
	e.at(t, text, &shown, "textDocument/hover")
	return shown.Contents.Value
}

// diagnose returns what is marked, with line and column counted from 1.
func (e *editor) diagnose(t *testing.T, text string) []string {
	t.Helper()
	_, marks := e.open(t, text)
	slices.SortFunc(marks, func(a, b mark) int {
		if a.Range.Start.Line != b.Range.Start.Line {
			return a.Range.Start.Line - b.Range.Start.Line
		}
		return a.Range.Start.Character - b.Range.Start.Character
	})
	var all []string
	for _, m := range marks {
		all = append(all, fmt.Sprintf("%d:%d %s", m.Range.Start.Line, m.Range.Start.Character+1, m.Message))
	}
	return all
}
