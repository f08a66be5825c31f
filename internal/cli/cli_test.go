package cli

import (
	"bytes"
	"context"
	"errors"
	"log"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apicel/apicel/runner"
)

// result is what a command left behind.
type result struct {
	code           int
	stdout, stderr string
}

func apicel(t *testing.T, env []string, args ...string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := Command{Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, Args: args, Env: env}.Run(context.Background())
	return result{code, stdout.String(), stderr.String()}
}

func TestOutcome(t *testing.T) {
	counts := func(queries, failed, errored, bad int) *runner.Report {
		return &runner.Report{Counts: runner.Counts{Queries: queries, Failed: failed, Errored: errored, BadSuites: bad}}
	}
	stopped := func(why runner.Stop) *runner.Report {
		r := counts(2, 0, 0, 0)
		r.Stopped = why
		return r
	}
	flaky := counts(2, 0, 0, 0)
	flaky.Counts.Flaky = 1
	cases := []struct {
		name string
		o    outcome
		want int
	}{
		{"passed", outcome{report: counts(2, 0, 0, 0)}, ExitOK},
		{"failed", outcome{report: counts(2, 1, 0, 0)}, ExitFailed},
		{"errored", outcome{report: counts(2, 0, 1, 0)}, ExitFailed},
		{"flaky", outcome{report: flaky}, ExitOK},
		{"flaky not allowed", outcome{report: flaky, failOnFlaky: true}, ExitFailed},
		{"timeout", outcome{report: stopped(runner.StopTimeout)}, ExitFailed},
		{"bad suite", outcome{report: counts(2, 0, 0, 1)}, ExitUsage},
		{"bad suite over failed", outcome{report: counts(2, 1, 1, 1)}, ExitUsage},
		{"empty", outcome{report: counts(0, 0, 0, 0)}, ExitUsage},
		{"empty allowed", outcome{report: counts(0, 0, 0, 0), allowEmpty: true}, ExitOK},
		{"bad suite, empty allowed", outcome{report: counts(0, 0, 0, 1), allowEmpty: true}, ExitUsage},
		{"unwritten over bad suite", outcome{report: counts(2, 1, 0, 1), unwritten: true}, ExitIO},
		{"interrupted over all", outcome{report: counts(2, 1, 1, 1), unwritten: true, interrupted: true}, ExitInterrupted},
		{"stopped by interrupt", outcome{report: stopped(runner.StopInterrupted)}, ExitInterrupted},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := c.o.code(); got != c.want {
				t.Errorf("exit code %d, expected %d", got, c.want)
			}
		})
	}
}

func TestColor(t *testing.T) {
	cases := []struct {
		env  map[string]string
		want bool
	}{
		{nil, false},
		{map[string]string{"CLICOLOR_FORCE": "1"}, true},
		{map[string]string{"CLICOLOR_FORCE": "0"}, false},
		{map[string]string{"CLICOLOR_FORCE": "1", "TERM": "dumb"}, true},
		{map[string]string{"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}, false},
		{map[string]string{"CLICOLOR_FORCE": "1", "NO_COLOR": ""}, true},
	}
	for _, c := range cases {
		a := &app{env: c.env}
		if got := a.color(&lockedWriter{w: &bytes.Buffer{}}); got != c.want {
			t.Errorf("%v: colour %t, expected %t", c.env, got, c.want)
		}
	}
}

// TestCrash says that a panic is reported without the secrets its value may quote.
func TestCrash(t *testing.T) {
	var stderr bytes.Buffer
	a := newApp(Command{Stderr: &stderr})
	a.redactor.Add("token", "hunter2-hunter2")
	code := func() (code int) {
		defer a.recovered(&code)
		panic("no such thing: hunter2-hunter2")
	}()
	if code != ExitIO {
		t.Errorf("exit code %d, expected %d", code, ExitIO)
	}
	text := stderr.String()
	if strings.Contains(text, "hunter2") || !strings.Contains(text, "apicel: internal error in the command: no such thing: ***") || !strings.Contains(text, "TestCrash") {
		t.Errorf("the report of a panic is\n%s", text)
	}
}

func TestEnvironment(t *testing.T) {
	env := environment([]string{"A=1", "B=x=y", "A=2", "=C:=odd", "nothing"})
	if len(env) != 2 || env["A"] != "2" || env["B"] != "x=y" {
		t.Errorf("found %v", env)
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

// TestBrokenOutput says that output that nobody could read is an error of every command.
func TestBrokenOutput(t *testing.T) {
	dir := t.TempDir()
	suite := writeFile(t, dir, "a.apicel.yaml", "source: {base_url: http://127.0.0.1:1}\nqueries:\n  - {name: a, get: /, skip: not now}\n")
	for _, args := range [][]string{{"version"}, {"check", suite}, {"check", "--format", "json", suite}, {"check", "--format", "json", "gone"}, {"check", "--format", "github", suite}, {"list", suite}, {"run", suite}, {"run", "--report", "json=-", suite}, {"demo", "--addr", "127.0.0.1:0"}} {
		var stderr bytes.Buffer
		code := Command{Stdout: brokenWriter{}, Stderr: &stderr, Args: args}.Run(context.Background())
		if code != ExitIO || !strings.Contains(stderr.String(), "broken pipe") {
			t.Errorf("%v: exit code %d, expected %d\n%s", args, code, ExitIO, stderr.String())
		}
	}
}

// TestCancelled says that a run whose context has ended sends nothing and reports that.
func TestCancelled(t *testing.T) {
	suite := writeFile(t, t.TempDir(), "a.apicel.yaml", "source: {base_url: http://127.0.0.1:1}\nqueries:\n  - {name: a, get: /}\n")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var stdout, stderr bytes.Buffer
	code := Command{Stdout: &stdout, Stderr: &stderr, Args: []string{"run", suite}}.Run(ctx)
	if code != ExitInterrupted {
		t.Errorf("exit code %d, expected %d\n%s%s", code, ExitInterrupted, stdout.String(), stderr.String())
	}
}

// TestClosedPipe says that a reader of the output that goes away, such as head,
// costs neither teardown nor reports.
func TestClosedPipe(t *testing.T) {
	api := newRecorder()
	server := httptest.NewServer(api)
	defer server.Close()
	dir := t.TempDir()
	suite := writeFile(t, dir, "a.apicel.yaml", `
vars: {api: null}
source: {base_url: "${vars.api}"}
queries:
  - {name: make, put: /made}
  - {name: more, put: /more}
teardown:
  - {name: drop, delete: /made}
`)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Close()
	report := filepath.Join(dir, "report.json")
	cmd := exec.Command("apicel", "run", "--var", "api="+server.URL, "--report", "json="+report, suite)
	cmd.Stdout = w
	err = cmd.Run()
	_ = w.Close()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != ExitIO {
		t.Errorf("found %v, expected exit code %d", err, ExitIO)
	}
	if !api.was("PUT /more") || !api.was("DELETE /made") {
		t.Errorf("the server was asked:\n%s", api.text())
	}
	if text := readFile(t, report); !strings.Contains(text, `"passed": 3`) {
		t.Errorf("the report is\n%s", text)
	}
}

// What net/http logs of odd servers quotes their answers, so that it is kept
// from standard error; what source.QuietLog leaves out is tested there.
func TestQuietLog(t *testing.T) {
	before := log.Writer()
	t.Cleanup(func() { log.SetOutput(before) })
	plain := new(bytes.Buffer)
	log.SetOutput(plain)
	apicel(t, nil, "version")
	if log.Writer() == plain {
		t.Error("the logger is as it was")
	}
}
