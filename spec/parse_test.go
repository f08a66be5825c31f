package spec

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write what is found as what is wanted")

// TestOK loads every suite of testdata/ok, none of which has a problem.
func TestOK(t *testing.T) {
	for _, name := range glob(t, "testdata/ok/*.yaml") {
		t.Run(filepath.Base(name), func(t *testing.T) {
			s := Load([]string{name})[0]
			if len(s.Problems) > 0 {
				t.Errorf("problems:\n%s", render(s))
			}
		})
	}
}

// TestBad loads every suite of testdata/bad and compares all its problems with
// the file beside it.
func TestBad(t *testing.T) {
	for _, name := range glob(t, "testdata/bad/*.yaml") {
		t.Run(filepath.Base(name), func(t *testing.T) {
			s := Load([]string{name})[0]
			checkProblems(t, s)
			got, want := render(s), strings.TrimSuffix(name, ".yaml")+".want"
			if *update {
				if err := os.WriteFile(want, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			data, err := os.ReadFile(want)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(data) {
				t.Errorf("found\n%s\nwanted\n%s", got, data)
			}
			if got == "" {
				t.Error("nothing is wrong with it")
			}
		})
	}
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	names, err := filepath.Glob(pattern)
	if err != nil || len(names) == 0 {
		t.Fatalf("no files like %s: %v", pattern, err)
	}
	return names
}

// render writes the problems with the lines they point at.
func render(s *Suite) string {
	var b strings.Builder
	for _, p := range s.Problems {
		severity := ""
		if p.Severity == SeverityWarning {
			severity = "warning: "
		}
		fmt.Fprintf(&b, "%d:%d: %s%s\n", p.Pos.Line, p.Pos.Col, severity, p.Message)
		fmt.Fprintf(&b, "  | %s\n", p.Pos.File.Line(p.Pos.Line))
		fmt.Fprintf(&b, "  | %s^\n", strings.Repeat(" ", p.Pos.Col-1))
		if p.Hint != "" {
			fmt.Fprintf(&b, "  = %s\n", p.Hint)
		}
	}
	return strings.ReplaceAll(b.String(), filepath.ToSlash(s.File.Name), filepath.Base(s.File.Name))
}
