package reporters_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/apicel/apicel/reporters"
	"github.com/apicel/apicel/runner"
)

// oddProblems are those that a well-meant suite does not have.
var oddProblems = []runner.Problem{
	{Severity: "error", File: "a.apicel.yaml", Line: 3, Column: 1, Message: `unknown key "querys"`, Hint: `did you mean "queries"?`, Source: "querys:"},
	{Severity: "warning", File: "sub, dir/100%:b.yaml", Line: 7, Message: "50% <b> & more"},
	{Severity: "error", File: "c.yaml", Message: "::error::first\r\n::set-env name=PATH::/tmp\n##[group]x", Hint: "a\n::stop-commands::x"},
	{Severity: "error", File: "d\n::error::e.yaml", Line: 1, Column: 2, Message: "esc \x1b[31m bidi \u202e c1 \u009b del \x7f tag \U000e0041 bad \xff line \u2028"},
	{Severity: "error", Message: "--var who: no suite declares vars.who"},
	{Severity: "input", Message: "a run would need vars.api"},
	{},
}

func annotate(t *testing.T, f func(io.Writer, []runner.Problem) error, ps []runner.Problem) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := f(&out, ps); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestGoldenAnnotations(t *testing.T) {
	golden(t, "annotations.json", annotate(t, reporters.WriteProblemsJSON, oddProblems))
	golden(t, "annotations-github.txt", annotate(t, reporters.WriteProblemsGitHub, oddProblems))
	for _, none := range [][]runner.Problem{nil, {}} {
		if got := string(annotate(t, reporters.WriteProblemsJSON, none)); got != "[]\n" {
			t.Errorf("%q", got)
		}
		if got := string(annotate(t, reporters.WriteProblemsGitHub, none)); got != "" {
			t.Errorf("%q", got)
		}
	}
}

// TestAnnotationsJSON says that what is escaped is still the same text.
func TestAnnotationsJSON(t *testing.T) {
	data := annotate(t, reporters.WriteProblemsJSON, oddProblems)
	var got []runner.Problem
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	want := append([]runner.Problem{}, oddProblems...)
	want[3].Message = strings.ToValidUTF8(want[3].Message, "\ufffd")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var shapes []map[string]any
	if err := json.Unmarshal(data, &shapes); err != nil {
		t.Fatal(err)
	}
	for i, shape := range shapes {
		for _, key := range []string{"severity", "file", "line", "column", "message"} {
			if _, ok := shape[key]; !ok {
				t.Errorf("object %d has no %s", i, key)
			}
		}
	}
	for _, r := range string(data) {
		if r == 0x7f || r == 0x9b || r == 0x202e || r == 0xe0041 {
			t.Errorf("%q stands in the array", r)
		}
	}
}

// TestAnnotationsGitHub says that each problem is one line and no text of it begins another command.
func TestAnnotationsGitHub(t *testing.T) {
	lines := strings.Split(strings.TrimSuffix(string(annotate(t, reporters.WriteProblemsGitHub, oddProblems)), "\n"), "\n")
	if len(lines) != len(oddProblems) {
		t.Fatalf("%d lines, expected %d", len(lines), len(oddProblems))
	}
	for i, line := range lines {
		command, _, _ := strings.Cut(strings.TrimPrefix(line, "::"), " ")
		if want := map[string]string{"error": "error", "warning": "warning"}[oddProblems[i].Severity]; command != want && (want != "" || command != "notice") {
			t.Errorf("%s, expected a command %s", line, want)
		}
		// GitHub ends the properties at the first "::" after the command.
		properties, message, _ := strings.Cut(strings.TrimPrefix(line, "::"), "::")
		if !strings.HasSuffix(properties, "title=apicel") || strings.ContainsAny(message, "\r\x1b") {
			t.Errorf("%s", line)
		}
	}
}

func TestAnnotationsUnwritable(t *testing.T) {
	for _, f := range []func(io.Writer, []runner.Problem) error{reporters.WriteProblemsJSON, reporters.WriteProblemsGitHub} {
		if err := f(&brokenWriter{}, oddProblems); !errors.Is(err, errDisk) {
			t.Error(err)
		}
	}
}
