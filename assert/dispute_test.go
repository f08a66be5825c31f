package assert

import (
	"context"
	"strings"
	"testing"

	"github.com/apicel/apicel/internal/expr"
)

const disputed = `{"ok": true, "ok": false, "id": 7, "same": [1], "same": [ 1 ],
 "list": [{"n": 1}, {"n": 2, "n": 3}], "part": {"x": {"y": 1}}, "part": {"x": {}}}`

// A check that reads a key on whose value the readers of JSON do not agree fails,
// whichever of the two it would hold for; all others are as ever.
func TestDisputedKeys(t *testing.T) {
	for query, want := range map[string]string{
		`gjson: {id: 7, same.0: 1, list.0.n: 1, "list.#": 2}`: "",
		`text: {contains: '"ok": true, "ok": false'}`:         "",
		`cel: [body.id == 7, 'gjson(body, "id") == 7']`:       "",
		`gjson: {ok: true}`:                                           `true, true or false, the key "ok" stands twice in its object, with different values (again at line 1, column 14)`,
		`gjson: {ok: false}`:                                          `false, true or false, the key "ok" stands twice`,
		`gjson: {ok: {exists: true}}`:                                 `the key "ok" stands twice`,
		`gjson: {o*: true}`:                                           `the key "`,
		`gjson: {ok: {not: false}}`:                                   `the key "ok" stands twice`,
		`gjson: {list.#.n: [1, 2]}`:                                   `[1,2], [1,2] or [1,3], the key "n" stands twice in its object, with different values (again at line 2, column 30)`,
		`gjson: {part.x.y: 1}`:                                        `1, 1 or nothing there, the key "part" stands twice`,
		`gjson: {part.z: {exists: false}}`:                            "",
		`gjson: {"list.#(n==3)": {exists: false}}`:                    `nothing there or {"n":3}, the key "n" stands twice`,
		`gjson: {"@this|@keys|#": 5}`:                                 "",
		`json: {not: {id: 8}}`:                                        `the key "ok" stands twice`,
		`schema: {required: [id]}`:                                    `the key "ok" stands twice`,
		`cel: [body.ok]`:                                              `the key "ok" stands twice`,
		`cel: [status == 200 && body.ok == false || body.ok == true]`: `the key "ok" stands twice`,
	} {
		got := ""
		for _, f := range judged(t, query, disputed) {
			got += f.Expected + ", " + f.Found + ", " + f.Message + "\n"
		}
		if (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want %q", query, got, want)
		}
	}
}

func TestCapturesOfDisputedKeys(t *testing.T) {
	b := load(t, "suite.yaml", suiteWith("", "")+`    capture:
      id: id
      text: {regex: '"ok": (true)'}
      part: list.1
      ok: ok
      preset: {gjson: part.x.y, default: 1}
      other: {cel: body.ok, default: true}
      kept: {gjson: ok, secret: true}
`)
	captures, problems := CompileCaptures(b.compiler, b.query().Capture)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	values, failures := captures.Take(context.Background(), b.activation(answer(t, "HTTP/1.1 200 OK\n\n"+disputed)))
	var failed []string
	for _, f := range failures {
		failed = append(failed, f.Check)
		if strings.HasSuffix(f.Check, " kept") != strings.Contains(f.Message, "not shown") && !strings.Contains(f.Message, "stands twice") {
			t.Errorf("%s: %s", f.Check, f.Message)
		}
	}
	if got := strings.Join(failed, ", "); got != "capture part, capture ok, capture preset, capture other, capture kept" {
		t.Errorf("failed: %s", got)
	}
	if raw, _ := expr.ToJSON(values["id"]); string(raw) != "7" || len(values) != 2 {
		t.Errorf("captured %v", values)
	}
}

func TestSnapshotOfDisputedKeys(t *testing.T) {
	const wire = "HTTP/1.1 200 OK\n\n" + `{"id":1,"ok":true,"ok":false,"same":1,"same":1}`
	p := newProject(t, "snapshots/a.json")
	got := strings.Join(p.judge(t, NewSnapshots(true), 0, wire), "\n")
	if !strings.Contains(got, `snapshot snapshots/a.json: the key "ok" stands twice`) {
		t.Errorf("got %s", got)
	}
	p = newProject(t, "{path: snapshots/a.json, ignore: [ok]}")
	for range 2 {
		if got := p.judge(t, NewSnapshots(true), 0, wire); len(got) > 0 {
			t.Errorf("got %v", got)
		}
	}
	if got := p.read(t, "snapshots/a.json"); got != "{\n  \"id\": 1,\n  \"ok\": \"<ignored>\",\n  \"same\": 1\n}\n" {
		t.Errorf("got %s", got)
	}
}
