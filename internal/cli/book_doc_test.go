package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/apicel/apicel/internal/demo"
)

var marked = regexp.MustCompile("(?s)```yaml (init|run)\n(.*?)```")

// TestBook runs the suites of the pages that lead people here, and holds what
// they say that init writes against what it writes.
func TestBook(t *testing.T) {
	server, err := demo.Start(t.Context(), freePort)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Close() }()
	const shown = "http://127.0.0.1:8080"
	for _, page := range []string{"getting-started.md", "migrating.md"} {
		blocks := marked.FindAllStringSubmatch(readFile(t, "../../docs/"+page), -1)
		if len(blocks) == 0 {
			t.Errorf("%s shows no suite", page)
		}
		for _, block := range blocks {
			dir := t.TempDir()
			path := filepath.Join(dir, firstSuite)
			if block[1] == "init" {
				succeed(t, "init", dir, "--url", server.URL()+"/products/A1")
				if got := strings.ReplaceAll(readFile(t, path), server.URL(), shown); got != block[2] {
					t.Errorf("%s shows another suite than init writes:\n%s", page, got)
				}
			} else if err := os.WriteFile(path, []byte(block[2]), 0o600); err != nil {
				t.Fatal(err)
			}
			succeed(t, "run", "--var", "api="+server.URL(), dir)
		}
	}
}

// succeed runs the program, which has to succeed.
func succeed(t *testing.T, args ...string) {
	t.Helper()
	var out bytes.Buffer
	if code := (Command{Stdout: &out, Stderr: &out, Args: args}).Run(t.Context()); code != ExitOK {
		t.Fatalf("apicel %s: exit code %d\n%s", strings.Join(args, " "), code, out.String())
	}
}
