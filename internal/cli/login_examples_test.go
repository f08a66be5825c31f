package cli

import (
	"bytes"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apicel/apicel/internal/demo"
	"github.com/apicel/apicel/runner"
)

// visit is a browser of which nobody presses a key: it opens a URL and follows
// where that leads.
func visit(url string) error {
	resp, err := http.Get(url) //nolint:gosec // a URL of the demo
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

// TestLoginExamples logs in to the examples that need a person, runs them, and
// logs out.
func TestLoginExamples(t *testing.T) {
	suites, err := filepath.Glob(filepath.Join(examples, "_login", "*.apicel.yaml"))
	if err != nil || len(suites) != 2 {
		t.Fatal(suites, err)
	}
	for _, suite := range suites {
		t.Run(filepath.Base(suite), func(t *testing.T) {
			t.Parallel()
			api, err := demo.Start(t.Context(), freePort)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = api.Close() }()
			env := []string{runner.EnvPrefix + "demo_url=" + api.URL(), "XDG_STATE_HOME=" + t.TempDir()}
			try := func(command string, want int, says string) {
				t.Helper()
				var out bytes.Buffer
				code := Command{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out, Args: []string{command, suite}, Env: env, Browse: visit}.Run(t.Context())
				if code != want || !strings.Contains(out.String(), says) {
					t.Fatalf("apicel %s: exit code %d, expected %d and %q\n%s", command, code, want, says, &out)
				}
			}
			try("run", ExitFailed, "log in: apicel login")
			try("login", ExitOK, "the refresh token is kept in")
			try("run", ExitOK, "passed")
			try("run", ExitOK, "passed") // with the next refresh token
			try("logout", ExitOK, "the refresh token is deleted")
			try("run", ExitFailed, "log in: apicel login")
		})
	}
}
