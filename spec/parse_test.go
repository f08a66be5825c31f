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
	for _, name := range suites(t, "testdata/ok") {
		t.Run(strings.TrimPrefix(name, "testdata/ok/"), func(t *testing.T) {
			s := Load([]string{name}, "testdata")[0]
			if len(s.Problems) > 0 {
				t.Errorf("problems:\n%s", render(s))
			}
		})
	}
}

// TestBad loads every suite of testdata/bad and compares all its problems with
// the file beside it.
func TestBad(t *testing.T) {
	for _, name := range suites(t, "testdata/bad") {
		t.Run(strings.TrimPrefix(name, "testdata/bad/"), func(t *testing.T) {
			s := Load([]string{name}, "testdata")[0]
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

// suites are the files of a folder, and of each of its folders the one that is
// called suite.yaml: the others are what it names.
func suites(t testing.TB, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(dir + "/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no suites in %s: %v", dir, err)
	}
	inFolders, err := filepath.Glob(dir + "/*/suite.yaml")
	if err != nil || len(inFolders) == 0 {
		t.Fatalf("no suites in folders of %s: %v", dir, err)
	}
	for i, name := range inFolders {
		inFolders[i] = filepath.ToSlash(name)
	}
	return append(files, inFolders...)
}

// render writes the problems with the lines they point at.
func render(s *Suite) string {
	var b strings.Builder
	for _, p := range s.Problems {
		severity := ""
		if p.Severity == SeverityWarning {
			severity = "warning: "
		}
		other := ""
		if p.Pos.File != s.File {
			other = filepath.ToSlash(p.Pos.File.Name) + ":"
		}
		fmt.Fprintf(&b, "%s%d:%d: %s%s\n", other, p.Pos.Line, p.Pos.Col, severity, p.Message)
		fmt.Fprintf(&b, "  | %s\n", p.Pos.File.Line(p.Pos.Line))
		fmt.Fprintf(&b, "  | %s^\n", strings.Repeat(" ", p.Pos.Col-1))
		if p.Hint != "" {
			fmt.Fprintf(&b, "  = %s\n", p.Hint)
		}
	}
	root, err := filepath.Abs("testdata")
	if err != nil {
		panic(err)
	}
	dir := filepath.ToSlash(filepath.Dir(s.File.Name)) + "/"
	return strings.NewReplacer(dir, "", filepath.ToSlash(root), "ROOT").Replace(b.String())
}
