package cli

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	promised = regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z0-9_]+|[a-z0-9_]+\\.txtar)`")
	defined  = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)[A-Za-z0-9_]+)\(`)
)

// TestReliability says that each test which docs/reliability.md names exists, once,
// so that nobody takes another of the same name for it.
func TestReliability(t *testing.T) {
	tests := map[string]int{}
	var fuzzed []string
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && strings.HasPrefix(d.Name(), ".") && d.Name() != "..":
			if path != "../.." {
				return filepath.SkipDir
			}
		case strings.HasSuffix(path, ".txtar"):
			tests[d.Name()]++
		case strings.HasSuffix(path, "_test.go"):
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			for _, m := range defined.FindAllSubmatch(data, -1) {
				name := string(m[1])
				if tests[name]++; strings.HasPrefix(name, "Fuzz") {
					fuzzed = append(fuzzed, name)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	named := promised.FindAllStringSubmatch(readFile(t, "../../docs/reliability.md"), -1)
	if len(named) < 100 {
		t.Errorf("docs/reliability.md names %d tests", len(named))
	}
	for _, name := range fuzzed {
		if !slices.ContainsFunc(named, func(m []string) bool { return m[1] == name }) {
			t.Errorf("docs/reliability.md does not name %s", name)
		}
	}
	for _, m := range named {
		switch n := tests[m[1]]; {
		case n == 0:
			t.Errorf("docs/reliability.md names %s, which there is not", m[1])
		case n > 1:
			t.Errorf("docs/reliability.md names %s, of which there are %d", m[1], n)
		}
	}
}
