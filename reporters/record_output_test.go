package reporters_test

import (
	"bytes"
	"encoding/json"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/apicel/apicel/reporters"
	"github.com/apicel/apicel/runner"
)

// shown returns what an output writes of the recorded run.
func shown(t *testing.T, make func(w io.Writer, o reporters.ConsoleOptions) reporters.Output, o reporters.ConsoleOptions) []byte {
	t.Helper()
	o.Now = func() time.Time { return epoch }
	o.Suites = 4
	o.Rerun = func(*runner.Report) string { return "apicel run --failed report.json" }
	var out bytes.Buffer
	run := record()
	output := make(&out, o)
	for _, e := range run.events {
		output.Handle(e)
	}
	if err := output.Finish(run.report); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func plain(w io.Writer, o reporters.ConsoleOptions) reporters.Output {
	return reporters.NewConsole(w, o)
}

func dots(w io.Writer, o reporters.ConsoleOptions) reporters.Output { return reporters.NewDots(w, o) }

func events(w io.Writer, o reporters.ConsoleOptions) reporters.Output {
	return reporters.NewEvents(w, o)
}

var outputs = []struct {
	file    string
	make    func(w io.Writer, o reporters.ConsoleOptions) reporters.Output
	options reporters.ConsoleOptions
}{
	{"output-dots.txt", dots, reporters.ConsoleOptions{}},
	{"output-quiet.txt", plain, reporters.ConsoleOptions{Quiet: true}},
	{"output-github.txt", plain, reporters.ConsoleOptions{Groups: reporters.GitHubGroups}},
	{"output-gitlab.txt", plain, reporters.ConsoleOptions{Groups: reporters.GitLabGroups}},
	{"output.jsonl", events, reporters.ConsoleOptions{}},
}

func TestGoldenOutputs(t *testing.T) {
	for _, tt := range outputs {
		t.Run(tt.file, func(t *testing.T) { golden(t, tt.file, shown(t, tt.make, tt.options)) })
	}
}

// Every line of the JSON output is an object, the last the summary, and nothing
// in it acts on a terminal or a CI system.
func TestEvents(t *testing.T) {
	out := shown(t, events, reporters.ConsoleOptions{})
	lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	actions := map[string]int{}
	for i, l := range lines {
		var e struct {
			Time   time.Time
			Action string
			Report struct{ Counts runner.Counts }
		}
		if err := json.Unmarshal([]byte(l), &e); err != nil {
			t.Fatalf("line %d: %v", i+1, err)
		}
		actions[e.Action]++
		if last := i == len(lines)-1; last != (e.Action == "run_finished") || last && e.Report.Counts != record().report.Counts {
			t.Errorf("line %d: %.200s", i+1, l)
		}
	}
	for _, action := range []string{
		"run_started", "suite_started", "query_started", "query_finished", "suite_finished", "run_finished",
	} {
		if actions[action] == 0 {
			t.Errorf("no %s", action)
		}
	}
	if at := regexp.MustCompile("[\x00-\x09\x0b-\x1f\x7f\u0080-\u009f\u202a-\u202e\u2066-\u2069]|##\\[|##vso").FindIndex(out); at != nil {
		t.Errorf("%q at byte %d", out[at[0]:at[1]], at[0])
	}
}

// Groups open and close in turn, each of one suite, and only ours do.
func TestGroups(t *testing.T) {
	out := string(shown(t, plain, reporters.ConsoleOptions{Groups: reporters.GitHubGroups}))
	open := false
	for l := range strings.Lines(out) {
		switch {
		case strings.HasPrefix(l, "::group::"):
			if open {
				t.Errorf("opened again: %q", l)
			}
			open = true
		case strings.HasPrefix(l, "::endgroup::"):
			if !open {
				t.Error("closed again")
			}
			open = false
		case strings.HasPrefix(strings.TrimLeft(l, " \t"), "::"):
			t.Errorf("a command of others: %q", l)
		case open && (strings.HasPrefix(l, "  ✗") || strings.HasPrefix(l, "  !")):
			t.Errorf("folded away: %q", l)
		}
	}
	if open {
		t.Error("never closed")
	}
	out = string(shown(t, plain, reporters.ConsoleOptions{Groups: reporters.GitLabGroups}))
	ours := regexp.MustCompile("\x1b\\[0Ksection_(start|end):1773500966:(apicel_[0-9]+)(\\[collapsed=true\\])?\r\x1b\\[0K")
	var last []string
	for _, m := range ours.FindAllStringSubmatch(out, -1) {
		if want := map[bool]string{true: "start", false: "end"}[last == nil || last[1] == "end"]; m[1] != want || want == "end" && m[2] != last[2] {
			t.Errorf("%q after %q", m, last)
		}
		last = m
	}
	if last == nil || last[1] != "end" || strings.ContainsAny(ours.ReplaceAllString(out, ""), "\x1b\r") {
		t.Errorf("the last is %q", last)
	}
}

func TestRerunPlaces(t *testing.T) {
	r := record().report
	got := reporters.FailedPlaces(r, 20)
	want := "examples/_failing/checks.apicel.yaml:9"
	if len(got) == 0 || got[0] != want || !strings.Contains(strings.Join(got, " "), "examples/_failing/typos.apicel.yaml") {
		t.Errorf("%q", got)
	}
	if got := reporters.FailedPlaces(r, 2); len(got) == 0 || strings.Contains(strings.Join(got, " "), ":") {
		t.Errorf("%q", got)
	}
	for text, want := range map[string]string{"a/b-1.yaml:3": "a/b-1.yaml:3", "": "''", "it's": `'it'\''s'`, "a b": "'a b'", "$x": "'$x'"} {
		if got := reporters.ShellWord(text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}
