package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Profiles of a run are written whatever becomes of it.
func TestProfiles(t *testing.T) {
	dir := t.TempDir()
	var out, err bytes.Buffer
	args := []string{"check", "../../examples/_failing"}
	var files []string
	for _, name := range []string{"cpuprofile", "memprofile", "trace"} {
		files = append(files, filepath.Join(dir, name))
		args = append(args, "--"+name, files[len(files)-1])
	}
	if code := (Command{Stdout: &out, Stderr: &err, Args: args}).Run(t.Context()); code != ExitUsage {
		t.Errorf("exit code %d: %s", code, err.String())
	}
	for _, f := range files {
		if info, err := os.Stat(f); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", f, err)
		}
	}
}

func TestProfileThatCannotBeWritten(t *testing.T) {
	var out, err bytes.Buffer
	path := filepath.Join(t.TempDir(), "missing", "cpu.prof")
	code := (Command{Stdout: &out, Stderr: &err, Args: []string{"version", "--cpuprofile", path}}).Run(t.Context())
	if code != ExitIO || !strings.Contains(err.String(), "--cpuprofile: open ") {
		t.Errorf("exit code %d: %s", code, err.String())
	}
}
