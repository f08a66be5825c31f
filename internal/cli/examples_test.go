package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

const examples = "../../examples"

// TestExamples runs every example against the demo, one query at a time and
// many at once.
func TestExamples(t *testing.T) {
	for _, jobs := range []string{"1", "16"} {
		t.Run("jobs "+jobs, func(t *testing.T) {
			defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
			got := apicel(t, nil, "run", "--demo", "--jobs", jobs, examples)
			if got.code != ExitOK || got.stderr != "" {
				t.Errorf("exit code %d\n%s%s", got.code, got.stdout, got.stderr)
			}
		})
	}
}

// TestFailingExamples says that examples/_failing fails, query by query or as a
// file that is wrong, and that its problems are found without the demo as well.
func TestFailingExamples(t *testing.T) {
	dir := filepath.Join(examples, "_failing")
	got := apicel(t, nil, "run", "--demo", dir)
	if got.code != ExitFailed && got.code != ExitUsage {
		t.Errorf("exit code %d, expected %d or %d\n%s%s", got.code, ExitFailed, ExitUsage, got.stdout, got.stderr)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".apicel.yaml") {
			continue
		}
		path := filepath.Join(dir, e.Name())
		run, check := apicel(t, nil, "run", "--demo", path), apicel(t, nil, "check", path)
		want := ExitFailed
		if check.code != ExitOK {
			want = ExitUsage
		}
		if run.code != want {
			t.Errorf("%s: run ends with %d, check with %d\n%s%s", path, run.code, check.code, run.stdout, run.stderr)
		}
	}
}

func writeFile(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}
