package cli

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apicel/apicel/reporters"
)

// leaky is the suite of TestSecretsStayHidden and its server, for the other roads by
// which a run says something.
type leaky struct {
	dir, suite string
	env        []string
}

func newLeaky(t *testing.T) *leaky {
	server := httptest.NewServer(http.HandlerFunc(echo))
	t.Cleanup(server.Close)
	dir := t.TempDir()
	return &leaky{
		dir: dir, suite: writeFile(t, dir, "leaky.apicel.yaml", leakySuite),
		env: []string{"AWKWARD=" + awkwardSecret, "PLAIN=" + plainSecret, "APICEL_VAR_api=" + server.URL},
	}
}

// run runs a command and looks for secrets in all that it put out.
func (l *leaky) run(t *testing.T, code int, args ...string) result {
	t.Helper()
	got := apicel(t, l.env, args...)
	if got.code != code {
		t.Fatalf("%s: exit code %d, expected %d\n%s%s", args, got.code, code, got.stdout, got.stderr)
	}
	noSecrets(t, fmt.Sprint(args), got.stdout+got.stderr)
	return got
}

// TestSecretsStayHiddenByEveryOutput runs with each form of live output, and as CI does.
func TestSecretsStayHiddenByEveryOutput(t *testing.T) {
	l := newLeaky(t)
	for _, output := range []string{"json", "plain", "dots", "quiet"} {
		got := l.run(t, ExitFailed, "run", "--output", output, "-v", l.suite)
		if output != "quiet" && !strings.Contains(got.stdout, "***") {
			t.Errorf("--output %s shows no mask, so it showed no exchange either", output)
		}
	}
	for _, ci := range []string{"GITHUB_ACTIONS=true", "GITLAB_CI=true"} {
		summary := filepath.Join(l.dir, "summary.md")
		l.env = append(l.env, ci, "GITHUB_STEP_SUMMARY="+summary)
		l.run(t, ExitFailed, "run", l.suite)
		if data, err := os.ReadFile(summary); err == nil {
			noSecrets(t, "the step summary", string(data))
		}
	}
}

// TestSecretsStayHiddenInMergedReports merges what two shards wrote, makes every
// format of it, and runs again what failed.
func TestSecretsStayHiddenInMergedReports(t *testing.T) {
	l := newLeaky(t)
	other := writeFile(t, l.dir, "other.apicel.yaml", strings.Replace(leakySuite, "name: Leaky", "name: Other", 1))
	var parts []string
	for i := range 2 {
		part := filepath.Join(l.dir, fmt.Sprintf("%d.json", i+1))
		parts = append(parts, part)
		l.run(t, ExitFailed, "run", "--shard", fmt.Sprintf("%d/2", i+1), "--report", "json="+part, l.suite, other)
	}
	all := filepath.Join(l.dir, "all.json")
	merge := append([]string{"merge", "-o", all}, parts...)
	for _, f := range reporters.Formats {
		merge = append(merge, "--report", f.Name+"="+filepath.Join(l.dir, "merged."+f.Name))
	}
	if got := l.run(t, ExitOK, merge...); !strings.Contains(got.stdout, "what failed:") {
		t.Errorf("merge says nothing of failures:\n%s", got.stdout)
	}
	for _, f := range reporters.Formats {
		noSecrets(t, "the merged "+f.Name+" report", readFile(t, filepath.Join(l.dir, "merged."+f.Name)))
		l.run(t, ExitOK, "report", f.Name, all)
	}
	noSecrets(t, "the merged report", readFile(t, all))
	if got := l.run(t, ExitFailed, "run", "--failed", all, "-v", l.suite, other); !strings.Contains(got.stdout, "***") {
		t.Errorf("--failed shows no exchange:\n%s", got.stdout)
	}
}

// TestSecretsStayHiddenByWatch lets a change run the suite again, which reads the
// secrets anew.
func TestSecretsStayHiddenByWatch(t *testing.T) {
	l := newLeaky(t)
	stdout, stderr := newWatched(), newWatched()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan int)
	go func() {
		defer stderr.end()
		ended <- Command{Stdin: &bytes.Buffer{}, Stdout: stdout, Stderr: stderr, Env: l.env, Args: []string{"run", "--watch", "-v", l.suite}}.Run(ctx)
	}()
	if !stderr.await("watching ") {
		t.Fatalf("nothing is watched:\n%s", stderr)
	}
	first, before := stdout.String(), len(stderr.String())
	writeFile(t, l.dir, "leaky.apicel.yaml", strings.Replace(leakySuite, "name: evaluation fails", "name: the last one after a change", 1))
	if !stderr.awaitBehind(before, "watching ") {
		t.Fatalf("the change is not seen:\n%s", stderr)
	}
	cancel()
	<-ended
	second := strings.TrimPrefix(stdout.String(), first)
	if !strings.Contains(second, "the last one after a change") || !strings.Contains(second, "***") {
		t.Errorf("the second run shows nothing:\n%s", second)
	}
	noSecrets(t, "the first run", first)
	noSecrets(t, "the second run", second)
	noSecrets(t, "standard error", stderr.String())
}
