package assert

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cel.dev/cel-go/common/types"
	"github.com/google/go-cmp/cmp"

	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/internal/files"
	"github.com/apicel/apicel/spec"
)

// project is a folder with a suite that has a snapshot.
type project struct {
	*bench
	dir    string
	policy *files.Policy
	redact func(string) string
}

func newProject(t *testing.T, snapshot string) *project {
	t.Helper()
	return newProjectOf(t, "suite.yaml", snapshot)
}

func newProjectOf(t *testing.T, suite, snapshot string) *project {
	t.Helper()
	dir := t.TempDir()
	suite = filepath.Join(dir, suite)
	policy, err := files.NewPolicy(suite, dir)
	if err != nil {
		t.Fatal(err)
	}
	each := ""
	if strings.Contains(snapshot, "${row") {
		each = "    each: [{n: 1}, {n: 1}]\n"
	}
	yaml := "source: {base_url: \"http://127.0.0.1\"}\nqueries:\n  - name: a\n    get: /\n" + each +
		"    expect:\n      status: 200\n      snapshot: " + snapshot + "\n"
	return &project{bench: load(t, suite, yaml), dir: policy.Root(), policy: policy}
}

func (p *project) options(all *Snapshots) []Option {
	return []Option{
		WithFiles(func(from, path string) ([]byte, error) { return p.policy.Read(from, path, 1<<20) }),
		WithSnapshots(all, p.policy),
		WithRedactor(func(s string) string {
			if p.redact == nil {
				return s
			}
			return p.redact(s)
		}),
	}
}

// judge judges an answer and gives the messages of what failed.
func (p *project) judge(t *testing.T, all *Snapshots, row int, wire string) []string {
	t.Helper()
	checks, problems := Compile(p.compiler, nil, p.query().Expect, p.options(all)...)
	if len(problems) > 0 {
		t.Fatal(problems[0])
	}
	a := p.activation(answer(t, wire))
	a.Row, a.RowIndex = expr.FromJSON([]byte(`{"n": 1}`)), row
	var messages []string
	for _, f := range checks.Judge(context.Background(), a) {
		messages = append(messages, f.Check+": "+f.Message)
	}
	return messages
}

func (p *project) read(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(p.dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

const orderAnswer = "HTTP/1.1 200 OK\nContent-Type: application/json\n\n" + `{"z": 1.0, "id": "abc", "list": [1, {}], "a": {"when": "now"}}`

func TestSnapshotIsWrittenAndCompared(t *testing.T) {
	p := newProject(t, "{path: snapshots/order.json, ignore: [id, a.when]}")
	if got := p.judge(t, NewSnapshots(false), 0, orderAnswer); len(got) != 1 || !strings.Contains(got[0], adviceToUpdate) {
		t.Error(got)
	}
	if _, err := os.Stat(filepath.Join(p.dir, "snapshots")); err == nil {
		t.Fatal("something was written")
	}
	all := NewSnapshots(true)
	if got := p.judge(t, all, 0, orderAnswer); len(got) > 0 {
		t.Fatal(got)
	}
	want := "{\n  \"z\": 1.0,\n  \"id\": \"<ignored>\",\n  \"list\": [\n    1,\n    {}\n  ],\n  \"a\": {\n    \"when\": \"<ignored>\"\n  }\n}\n"
	if diff := cmp.Diff(want, p.read(t, "snapshots/order.json")); diff != "" {
		t.Error(diff)
	}
	if got := all.Written(); !slices.Equal(got, []string{filepath.Join(p.dir, "snapshots", "order.json")}) {
		t.Error(got)
	}
	for body, holds := range map[string]bool{
		orderAnswer: true,
		"HTTP/1.1 200 OK\n\n" + `{"a": {"when": 5}, "id": null, "list": [1.0, {}], "z": 1}`:  true, // order, spelling, what is ignored
		"HTTP/1.1 200 OK\n\n" + `{"list": [1, {}], "a": {}, "z": 1}`:                         true, // ignored and gone
		"HTTP/1.1 200 OK\n\n" + `{"z": 2, "id": "abc", "list": [1, {}], "a": {"when": "x"}}`: false,
		"HTTP/1.1 200 OK\n\n" + `{"z": 1, "id": "abc", "list": [1, {}]}`:                     false,
		"HTTP/1.1 200 OK\n\nno JSON": false,
		"HTTP/1.1 200 OK\n\n":        false,
	} {
		if got := p.judge(t, NewSnapshots(false), 0, body); (len(got) == 0) != holds {
			t.Errorf("%s: %v", body, got)
		}
	}
}

func TestSnapshotOfText(t *testing.T) {
	p := newProject(t, "snapshots/page.txt")
	page := "HTTP/1.1 200 OK\nContent-Type: text/html\n\n<p>é</p>\n"
	if got := p.judge(t, NewSnapshots(true), 0, page); len(got) > 0 {
		t.Fatal(got)
	}
	if got := p.read(t, "snapshots/page.txt"); got != "<p>é</p>\n" {
		t.Errorf("%q", got)
	}
	if got := p.judge(t, NewSnapshots(false), 0, page); len(got) > 0 {
		t.Error(got)
	}
	for _, body := range []string{"", "<p>e</p>\n", `{"a": 1}`} {
		if got := p.judge(t, NewSnapshots(false), 0, "HTTP/1.1 200 OK\n\n"+body); len(got) != 1 {
			t.Errorf("%q: %v", body, got)
		}
	}
}

func TestSnapshotIsNotWrittenWhereOtherChecksFail(t *testing.T) {
	p := newProject(t, "snapshots/order.json")
	all := NewSnapshots(true)
	got := p.judge(t, all, 0, strings.Replace(orderAnswer, "200 OK", "500 Oops", 1))
	want := []string{"status: ", "snapshot snapshots/order.json: it is not written because other checks failed"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if len(all.Written()) > 0 {
		t.Error(all.Written())
	}
}

func TestSnapshotOfTwoRows(t *testing.T) {
	p := newProject(t, `"snapshots/order${row.n}.json"`)
	all := NewSnapshots(true)
	checks, problems := Compile(p.compiler, nil, p.query().Expect, p.options(all)...)
	if len(problems) > 0 {
		t.Fatal(problems[0])
	}
	judge := func(row int, body string) []Failure {
		a := p.activation(answer(t, "HTTP/1.1 200 OK\n\n"+body))
		a.Row, a.RowIndex = expr.FromJSON([]byte(`{"n": 1}`)), row
		return checks.Judge(context.Background(), a)
	}
	if got := judge(0, `{"n": 1}`); len(got) > 0 {
		t.Error(got)
	}
	if got := judge(1, `{"n": 1}`); len(got) > 0 { // the same body is no conflict
		t.Error(got)
	}
	if got := judge(0, `{"n": 2}`); len(got) > 0 { // another attempt
		t.Error(got)
	}
	if got := judge(1, `{"n": 1}`); len(got) != 1 || !strings.Contains(got[0].Message, "a path of its own") {
		t.Error(got)
	}
	if got := p.read(t, "snapshots/order1.json"); got != "{\n  \"n\": 2\n}\n" {
		t.Error(got)
	}
}

func TestSnapshotHidesSecrets(t *testing.T) {
	p := newProject(t, "snapshots/order.json")
	p.redact = func(s string) string {
		return strings.NewReplacer("s3cr\"et", "***", `s3cr\"et`, "***", "1234567", "***").Replace(s)
	}
	body := "HTTP/1.1 200 OK\n\n" + `{"token": "Bearer s3cr\"et", "s3cr\u0022et": 1, "pin": 1234567, "u": "s3cr\u0022et", "n": -1.5e3}`
	if got := p.judge(t, NewSnapshots(true), 0, body); len(got) > 0 {
		t.Fatal(got)
	}
	want := "{\n  \"token\": \"Bearer ***\",\n  \"***\": 1,\n  \"pin\": \"***\",\n  \"u\": \"***\",\n  \"n\": -1.5e3\n}\n"
	if diff := cmp.Diff(want, p.read(t, "snapshots/order.json")); diff != "" {
		t.Error(diff)
	}
	if got := p.judge(t, NewSnapshots(false), 0, body); len(got) > 0 {
		t.Error(got)
	}
}

func TestObsoleteSnapshots(t *testing.T) {
	p := newProject(t, `"snapshots/order-${row_index}.json"`)
	for _, name := range []string{"snapshots/order-0.json", "snapshots/order-7.json", "snapshots/old.json", "snapshots/README.md", "other/x.json"} {
		path := filepath.Join(p.dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(`{}`), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	all := NewSnapshots(false)
	p.judge(t, all, 0, "HTTP/1.1 200 OK\n\n{}")
	names := func(paths []string) (list []string) {
		for _, path := range paths {
			list = append(list, filepath.Base(path))
		}
		return list
	}
	if got := names(all.Obsolete(true)); !slices.Equal(got, []string{"old.json", "order-7.json"}) {
		t.Error(got)
	}
	if got := names(all.Obsolete(false)); !slices.Equal(got, []string{"old.json"}) {
		t.Error(got)
	}
	beside := newProjectOf(t, "snapshots/suite.yaml", "order.json")
	all = NewSnapshots(true)
	if err := os.Mkdir(filepath.Join(beside.dir, "snapshots"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(beside.dir, "snapshots", "data.json"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	beside.judge(t, all, 0, "HTTP/1.1 200 OK\n\n{}")
	if got := all.Obsolete(true); len(got) > 0 {
		t.Error("beside the suite:", got)
	}
}

func TestSnapshotsRefused(t *testing.T) {
	const nowhere = "it lies in no folder called snapshots or __snapshots__"
	for snapshot, want := range map[string]string{
		"../order.json": "outside of the project",
		"{path: snapshots/a.json, ignore: ['@this.a']}":      "makes a value instead of picking one",
		"{path: snapshots/a.json, ignore: ['a.{b,c}']}":      "makes a value instead of picking one",
		"{path: snapshots/a.json, ignore: ['a.#(b==1)#.c']}": "",
		`"snapshots/${secrets.token}.json"`:                  "reads secrets.token",
		`"snapshots/${captures.earlier}.json"`:               "reads captures.earlier",
		`"snapshots/${captures.?earlier.orValue(1)}.json"`:   "reads captures.earlier",
		`"snapshots/${body.name}.json"`:                      "reads the answer",
		`"snapshots/${status}.json"`:                         "reads the answer",
		`"snapshots/${request.method}.json"`:                 "reads the request",
		`"snapshots/${attempt}.json"`:                        "reads attempt",
		`"snapshots/${header_values('x')[0]}.json"`:          "reads the answer",
		`"snapshots/${row.n}-${row_index}.json"`:             "",
		`"${row.n}/order.json"`:                              "", // may be snapshots
		`"order-${row_index}.json"`:                          nowhere,
		`"snapshots/order-${row_index}.apicel.yaml"`:         "it is a suite",
		"order.json":                  nowhere,
		"snapshots":                   nowhere,
		"snapshots.json":              nowhere,
		"snapshots/../order.json":     nowhere,
		"a/__snapshots__/b/c":         "",
		".git/config":                 ".git begins with a dot",
		".git/snapshots/x":            ".git begins with a dot",
		"snapshots/.env":              ".env begins with a dot",
		"snapshots/a.apicel.yaml":     "it is a suite",
		"snapshots/A.APICEL.YAML":     "it is a suite",
		`"snapshots/a.apicel.yaml. "`: "it is a suite",
		"snapshots/link/x.json":       ".hidden begins with a dot",
		"snapshots/other/x.json":      nowhere,
	} {
		p := newProject(t, snapshot)
		for link, to := range map[string]string{"link": ".hidden", "other": "elsewhere"} {
			makeLink(t, p.dir, filepath.Join("snapshots", link), to)
		}
		_, problems := Compile(p.compiler, nil, p.query().Expect, p.options(NewSnapshots(false))...)
		got := ""
		for _, problem := range problems {
			got += problem.Message
		}
		if (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%s: %q", snapshot, got)
		}
	}
	p := newProject(t, "snapshots/order.json")
	if _, problems := Compile(p.compiler, nil, p.query().Expect); len(problems) != 1 {
		t.Error("without files:", problems)
	}
}

// makeLink makes a link in a project to a folder in it.
func makeLink(t *testing.T, dir, link, to string) {
	t.Helper()
	for _, folder := range []string{filepath.Dir(link), to} {
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Join(dir, to), filepath.Join(dir, link)); err != nil {
		t.Skip("links cannot be made here:", err)
	}
}

// TestSnapshotOfARowIsWrittenInItsPlaceOnly says that what a row holds does not
// lead a snapshot to other files.
func TestSnapshotOfARowIsWrittenInItsPlaceOnly(t *testing.T) {
	p := newProject(t, `"snapshots/${row}"`)
	for _, name := range []string{".git/config", "main.go", "snapshots/order.schema.json"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(p.dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(p.dir, name), []byte(`{"type": "object"}`), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	all := NewSnapshots(true)
	query := p.query().Expect
	query.Schema = &spec.Schema{Pos: query.Pos, Path: spec.String{Value: "snapshots/order.schema.json", Pos: query.Snapshot.Path.Pos}}
	checks, problems := Compile(p.compiler, nil, query, p.options(all)...)
	if len(problems) > 0 {
		t.Fatal(problems[0])
	}
	if !checks.Refs().RowFile {
		t.Error("the row decides which file is read")
	}
	for row, want := range map[string]string{
		"../.git/config": ".git begins with a dot", "../main.go": "it lies in no folder", "../../x": "outside of the project",
		"order.schema.json": "it is a schema", "x.apicel.yaml": "it is a suite", "": "it lies in no folder", "ok.json": "",
	} {
		a := p.activation(answer(t, "HTTP/1.1 200 OK\n\n{}"))
		a.Row = types.String(row)
		got := ""
		for _, f := range checks.Judge(context.Background(), a) {
			got += f.Message
		}
		if (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%s: %q", row, got)
		}
	}
	if got := all.Written(); !slices.Equal(got, []string{filepath.Join(p.dir, "snapshots", "ok.json")}) {
		t.Error(got)
	}
}

func TestIgnoredPaths(t *testing.T) {
	doc := `{"a": [{"b": [{"c": 1}, {"c": 2}]}, {"b": []}, {"b": [{"c": {"d": 3}, "e": 4}]}], "k.e": 1, "s": "x" }`
	for paths, want := range map[string]string{
		"a.#.b.#.c":       `{"a": [{"b": [{"c": I}, {"c": I}]}, {"b": []}, {"b": [{"c": I, "e": 4}]}], "k.e": 1, "s": "x" }`,
		"a.0.b":           `{"a": [{"b": I}, {"b": []}, {"b": [{"c": {"d": 3}, "e": 4}]}], "k.e": 1, "s": "x" }`,
		"a.0.b a.0.b.0.c": `{"a": [{"b": I}, {"b": []}, {"b": [{"c": {"d": 3}, "e": 4}]}], "k.e": 1, "s": "x" }`,
		`k\.e s`:          `{"a": [{"b": [{"c": 1}, {"c": 2}]}, {"b": []}, {"b": [{"c": {"d": 3}, "e": 4}]}], "k.e": I, "s": I }`,
		"a.0.b.#(c==2).c": `{"a": [{"b": [{"c": 1}, {"c": I}]}, {"b": []}, {"b": [{"c": {"d": 3}, "e": 4}]}], "k.e": 1, "s": "x" }`,
		"a.0.b.#(c>0)#.c": `{"a": [{"b": [{"c": I}, {"c": I}]}, {"b": []}, {"b": [{"c": {"d": 3}, "e": 4}]}], "k.e": 1, "s": "x" }`,
		"a.2.b.#":         `{"a": [{"b": [{"c": 1}, {"c": 2}]}, {"b": []}, {"b": [I]}], "k.e": 1, "s": "x" }`,
		"nope a.9.b":      doc,
	} {
		var list []path
		for text := range strings.SplitSeq(paths, " ") {
			list = append(list, newPath(text))
		}
		if got := strings.ReplaceAll(replaceIgnored(doc, list), `"<ignored>"`, "I"); got != want {
			t.Errorf("%s:\n got %s\nwant %s", paths, got, want)
		}
	}
}

// A body that is no text is kept and compared byte by byte.
func TestSnapshotOfBytes(t *testing.T) {
	p := newProject(t, "snapshots/pixel.png")
	const head = "HTTP/1.1 200 OK\nContent-Type: image/png\n\n"
	if got := p.judge(t, NewSnapshots(true), 0, head+"\x89PNG\xff\x01"); len(got) > 0 {
		t.Fatal(got)
	}
	if got := p.read(t, "snapshots/pixel.png"); got != "\x89PNG\xff\x01" {
		t.Errorf("kept %q", got)
	}
	if got := p.judge(t, NewSnapshots(false), 0, head+"\x89PNG\xfe\x01"); len(got) != 1 {
		t.Errorf("another byte: %v", got)
	}
	p = newProject(t, "snapshots/text")
	p.redact = func(s string) string { return strings.ReplaceAll(s, "s3cr3t", "***") }
	if p.judge(t, NewSnapshots(true), 0, "HTTP/1.1 200 OK\n\n\xff s3cr3t"); p.read(t, "snapshots/text") != "\xff ***" {
		t.Errorf("kept %q", p.read(t, "snapshots/text"))
	}
}

// What is nothing, or would be larger than anybody meant, is not kept.
func TestSnapshotsThatAreNotWritten(t *testing.T) {
	deep := strings.Repeat("[", 9000) + strings.Repeat("]", 9000)
	for body, want := range map[string]string{"Content-Type: application/json\n\n{": "the body is not JSON", "\n": "a snapshot of nothing", "\n" + deep: "the snapshot would have more than 64 MiB"} {
		p := newProject(t, "snapshots/a.json")
		got := p.judge(t, NewSnapshots(true), 0, "HTTP/1.1 200 OK\n"+body)
		if len(got) != 1 || !strings.Contains(got[0], want) {
			t.Errorf("%.20q: %v, expected %q", body, got, want)
		}
	}
}
