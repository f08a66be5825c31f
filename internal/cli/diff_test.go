package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestDiffApplies gives a diff of several hunks to patch.
func TestDiffApplies(t *testing.T) {
	patch, err := exec.LookPath("patch")
	if err != nil {
		t.Skip("there is no patch here")
	}
	var lines []string
	for i := range 60 {
		lines = append(lines, strconv.Itoa(i))
	}
	before := strings.Join(lines, "\n") + "\n"
	lines[2], lines[30] = "new\nnewer", "other"
	after := strings.Join(lines[:55], "\n") + "\n"
	text := unified("f", before, after)
	if !strings.Contains(text, "\n@@ -28,7 +29,7 @@\n") {
		t.Errorf("the second hunk begins elsewhere:\n%s", text)
	}
	name := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(name, []byte(before), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(patch, "--fuzz=0", name)
	cmd.Stdin = strings.NewReader(text)
	if out, err := cmd.CombinedOutput(); err != nil || strings.Contains(string(out), "offset") {
		t.Fatalf("%v\n%s\n%s", err, out, text)
	}
	if got, err := os.ReadFile(name); err != nil || string(got) != after {
		t.Errorf("%v, patched to %q", err, got)
	}
}
