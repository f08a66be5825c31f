package reporters_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/apicel/apicel/reporters"
	"github.com/apicel/apicel/runner"
)

func tapOf(t *testing.T, r *runner.Report) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := reporters.WriteTAP(&out, r); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// point is a test point as tap-parser tells of it.
type point struct {
	OK   bool            `json:"ok"`
	Name string          `json:"name"`
	ID   int             `json:"id"`
	Skip any             `json:"skip"` // false or the reason
	Todo any             `json:"todo"`
	Time float64         `json:"time"`
	Diag map[string]any  `json:"diag"`
	Err  json.RawMessage `json:"tapError"`
}

// final is what tap-parser says at the end of a test or subtest.
type final struct {
	OK       bool  `json:"ok"`
	Count    int   `json:"count"`
	Pass     int   `json:"pass"`
	Fail     int   `json:"fail"`
	Skip     int   `json:"skip"`
	Bailout  any   `json:"bailout"`
	Failures []any `json:"failures"`
}

// parsed is what a test or a subtest consists of.
type parsed struct {
	points   []point
	children []parsed
	final    final
	extra    []string // lines that are no TAP
}

// parseTAP has npm's tap-parser read text: set APICEL_TAP_PARSER to its path.
func parseTAP(t *testing.T, text []byte) parsed {
	t.Helper()
	parser := os.Getenv("APICEL_TAP_PARSER")
	if parser == "" {
		t.Skip("APICEL_TAP_PARSER does not name the program of npm's tap-parser")
	}
	cmd := exec.CommandContext(t.Context(), parser, "-j")
	cmd.Stdin = bytes.NewReader(text)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, _ := cmd.Output() // it fails where tests do
	var events []json.RawMessage
	if err := json.Unmarshal(out, &events); err != nil {
		t.Fatalf("%v\n%s%s", err, out, stderr.Bytes())
	}
	return collect(t, events)
}

func collect(t *testing.T, events []json.RawMessage) parsed {
	t.Helper()
	var p parsed
	decode := func(data []byte, to any) {
		if err := json.Unmarshal(data, to); err != nil {
			t.Fatalf("%v: %s", err, data)
		}
	}
	for _, e := range events {
		var parts []json.RawMessage
		decode(e, &parts)
		var name string
		decode(parts[0], &name)
		switch name {
		case "assert":
			p.points = append(p.points, point{})
			decode(parts[1], &p.points[len(p.points)-1])
		case "child":
			var inner []json.RawMessage
			decode(parts[1], &inner)
			p.children = append(p.children, collect(t, inner))
		case "complete":
			decode(parts[1], &p.final)
		case "extra":
			var line string
			decode(parts[1], &line)
			p.extra = append(p.extra, line)
		}
	}
	return p
}

// TestTAPParser has a real parser read the recorded run, and a suite whose names
// look like TAP.
func TestTAPParser(t *testing.T) {
	r := record().report
	odd := suiteOf("1..7 # SKIP {")
	names := []string{
		"ends with {", "# SKIP not really", `back\slash`, "1..3", "- dash", "ok 1", "not ok", "Bail out!", "# TODO later",
		"# time=5ms", "---", "...", "pragma +strict", "TAP version 13", "# Subtest: inner", `\# \\#`,
	}
	for _, name := range names {
		q := query(odd.File, 1, "GET", "/", name, wrongStatus())
		q.Failures = []runner.CheckReport{{Check: "text", Expected: "a", Found: "---\n...\nBail out!\n\n  ok 1", Detail: "\tx\n\n...\n1..2\n"}}
		odd.Queries = append(odd.Queries, q,
			query(odd.File, 2, "GET", "/", "skipped", runner.QueryReport{Status: runner.StatusSkipped, Reason: name}))
	}
	r.Suites = append(r.Suites, odd, suiteOf("empty"))
	got := parseTAP(t, tapOf(t, r))
	if len(got.extra) > 0 || got.final.Bailout != false {
		t.Errorf("not read: %q, %v", got.extra, got.final.Bailout)
	}
	if len(got.children) != len(r.Suites) || len(got.points) != len(r.Suites) {
		t.Fatalf("%d subtests and %d test points of %d suites", len(got.children), len(got.points), len(r.Suites))
	}
	for i, s := range r.Suites[:len(r.Suites)-1] {
		if len(s.Queries) > 0 {
			comparePoints(t, s, got.children[i])
		}
	}
	if end := got.final; end.Count != len(r.Suites) || end.Fail != 5 || end.Skip != 1 || end.OK {
		t.Errorf("%+v", end)
	}
}

func comparePoints(t *testing.T, s *runner.SuiteReport, got parsed) {
	t.Helper()
	if len(got.extra) > 0 {
		t.Errorf("%s: not read: %q", s.Name, got.extra)
	}
	if len(got.points) != len(s.Queries) {
		t.Fatalf("%s: %d test points of %d queries", s.Name, len(got.points), len(s.Queries))
	}
	for i, q := range s.Queries {
		p := got.points[i]
		wantOK := q.Status == runner.StatusPassed || q.Status == runner.StatusSkipped
		if want := strings.TrimSpace(spelled(q.Name)); p.Name != want || p.OK != wantOK || p.ID != i+1 || p.Todo != false || string(p.Err) != "null" {
			t.Errorf("%q (%s): %+v", want, q.Status, p)
		}
		if q.Status == runner.StatusSkipped {
			if p.Skip != spelled(strings.ReplaceAll(q.Reason, "\n", " ")) {
				t.Errorf("%q: skipped for %q", q.Reason, p.Skip)
			}
			continue
		}
		if want := float64(q.Duration.Duration().Microseconds()) / 1000; p.Time != want {
			t.Errorf("%q: %v ms, want %v", q.Name, p.Time, want)
		}
		if found, _ := p.Diag["findings"].(string); len(q.Failures) > 0 && !strings.Contains(found, "expected") {
			t.Errorf("%q: findings %q", q.Name, found)
		}
	}
}

// spelled is text as it stands in a line of TAP, once a parser has read it.
func spelled(s string) string {
	s = reporters.Inline(s)
	if before, ok := strings.CutSuffix(s, "{"); ok {
		return before + `\x7b`
	}
	return s
}

// The whole text of a diagnostic comes out as it went in.
func TestTAPDiagnostics(t *testing.T) {
	s := suiteOf("one")
	s.Queries = []*runner.QueryReport{query(s.File, 1, "GET", "/", "q", wrongStatus())}
	s.Queries[0].Failures = []runner.CheckReport{{
		Check: "text", File: s.File, Line: 3, Column: 4, Detail: "...\n\n---\n  deeper\n\ttab\n: - ? | > ' \"",
	}}
	got := parseTAP(t, tapOf(t, &runner.Report{Suites: []*runner.SuiteReport{s}})).children[0].points[0]
	want := s.File + ":3:4: text\n  ┊ ...\n  ┊\n  ┊ ---\n  ┊   deeper\n  ┊ \ttab\n  ┊ : - ? | > ' \"\n"
	if diff := cmp.Diff(want, got.Diag["findings"]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// prove reads the same verdicts. Test::Harness before 3.48 knows TAP up to version 13,
// which is not different in what stands here.
func TestTAPProve(t *testing.T) {
	prove, err := exec.LookPath("prove")
	if err != nil {
		t.Skip("there is no prove here")
	}
	s := suiteOf("one")
	s.Queries = []*runner.QueryReport{query(s.File, 1, "GET", "/", "q", wrongStatus())}
	for _, r := range []*runner.Report{record().report, {Suites: []*runner.SuiteReport{s}}} {
		file := filepath.Join(t.TempDir(), "report.tap")
		text := bytes.Replace(tapOf(t, r), []byte("TAP version 14"), []byte("TAP version 13"), 1)
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		out, _ := exec.CommandContext(t.Context(), prove, "--norc", "-e", "cat", file).CombinedOutput() // it fails where tests do
		if bytes.Contains(out, []byte("Parse errors")) || !bytes.Contains(out, fmt.Appendf(nil, "Tests=%d,", len(r.Suites))) {
			t.Errorf("%s", out)
		}
	}
}

func TestTAPBailsOut(t *testing.T) {
	for stop, want := range map[runner.Stop]bool{runner.StopInterrupted: true, runner.StopTimeout: true, runner.StopFailFast: false, "": false} {
		r := record().report
		r.Stopped = stop
		out := tapOf(t, r)
		if got := strings.HasPrefix(string(out[bytes.LastIndexByte(out[:len(out)-1], '\n')+1:]), "Bail out! "); got != want {
			t.Errorf("%q: bails out: %v", stop, got)
		}
		if want {
			if got, _ := parseTAP(t, out).final.Bailout.(string); got == "" {
				t.Errorf("%q: the parser sees no bail-out", stop)
			}
		}
	}
}
