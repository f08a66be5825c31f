package cli

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apicel/apicel/reporters"
	"github.com/apicel/apicel/runner"
)

// A report that cannot be written leaves the one before it whole, and says that it
// is that one; where there was none, there is none.
func TestUnwrittenReports(t *testing.T) {
	dir := t.TempDir()
	earlier, missing := filepath.Join(dir, "earlier.json"), filepath.Join(dir, "missing.json")
	if err := os.WriteFile(earlier, []byte("earlier"), 0o600); err != nil {
		t.Fatal(err)
	}
	full := reporters.Format{Name: "json", Write: func(w io.Writer, _ *runner.Report) error {
		_, _ = io.WriteString(w, "half of")
		return errors.New("no space left on device")
	}}
	var stderr bytes.Buffer
	a := newApp(Command{Stderr: &stderr})
	if a.writeReports([]reportTarget{{format: full, path: earlier}, {format: full, path: missing}}, &runner.Report{}) {
		t.Error("all is well")
	}
	text := stderr.String()
	if strings.Count(text, "no space left on device") != 2 || strings.Count(text, "help: ") != 1 ||
		!strings.Contains(text, earlier+" is still the report of an earlier run\n") {
		t.Errorf("said\n%s", text)
	}
	entries, err := os.ReadDir(dir)
	if kept, _ := os.ReadFile(earlier); string(kept) != "earlier" || len(entries) != 1 || err != nil {
		t.Errorf("%q, %v, %v", kept, entries, err)
	}
}
