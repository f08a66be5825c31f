package spec

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"go.yaml.in/yaml/v3"
)

// FuzzParse holds what must be true of any bytes: no panic, every problem in
// the file, the same problems each time, and every scalar where it says it is.
func FuzzParse(f *testing.F) {
	for _, name := range slices.Concat(suites(f, "testdata/ok"), suites(f, "testdata/bad")) {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s := Parse(NewFile("f.yaml", data))
		checkProblems(t, s)
		if again := Parse(NewFile("f.yaml", data)); describe(again) != describe(s) {
			t.Fatalf("parsed twice, different problems:\n%s\n%s", describe(s), describe(again))
		}
		checkScalars(t, data)
	})
}

// FuzzParseSource holds the same of any bytes as a source file.
func FuzzParseSource(f *testing.F) {
	names, err := filepath.Glob("testdata/*/*/source.yaml")
	if err != nil || len(names) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, name := range append(names, "testdata/ok/everything.yaml") {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, problems := parseSource(NewFile("f.yaml", data))
		if s == nil {
			if problems != nil {
				t.Fatalf("a suite with problems: %v", problems)
			}
			return
		}
		if len(problems) == 0 && s.Source == nil {
			t.Fatal("no problem, but no source")
		}
		s.Problems, s.Queries = problems, []*Query{{}}
		checkProblems(t, s)
		again, problems := parseSource(NewFile("f.yaml", data))
		if again.Problems = problems; describe(again) != describe(s) {
			t.Fatalf("parsed twice, different problems:\n%s\n%s", describe(s), describe(again))
		}
	})
}

// checkProblems holds the places of problems against the file.
func checkProblems(t *testing.T, s *Suite) {
	for _, p := range s.Problems {
		f := p.Pos.File
		if f == nil || p.Pos.Line < 1 || p.Pos.Col < 1 || p.Pos.Line > len(f.lines) || f != s.File && s.Files == nil {
			t.Fatalf("%v is outside of the file", p)
		}
		if n := len([]rune(f.Line(p.Pos.Line))); p.Pos.Col > n+1 {
			t.Fatalf("%v is outside of its line, which has %d characters", p, n)
		}
		if p.Message == "" || p.Severity == "" {
			t.Fatalf("%v says nothing", p)
		}
	}
	if len(s.Problems) == 0 && (s.Source == nil || len(s.Queries) == 0) {
		t.Fatal("no problem, but neither source nor queries")
	}
}

func describe(s *Suite) string {
	text := ""
	for _, p := range s.Problems {
		text += fmt.Sprintln(p.Error(), p.Hint)
	}
	return text
}

// checkScalars holds every scalar of a YAML file against the places it claims.
func checkScalars(t *testing.T, data []byte) {
	file := NewFile("f.yaml", data)
	l := &loader{file: file, index: newIndex(file), bad: map[*yaml.Node]bool{}}
	root := l.decode()
	if root == nil {
		return
	}
	var walk func(n *yaml.Node)
	walk = func(n *yaml.Node) {
		if n.Kind == yaml.ScalarNode && !l.bad[n] && !isNothing(n) {
			if _, ok := verbatim(l.start(n), n); !ok {
				if _, ok := trace(l.start(n), n.Style, n.Value); !ok {
					t.Fatalf("lost in %q at %d:%d of %q", n.Value, n.Line, n.Column, data)
				}
			}
			checkPlaces(t, l.scalar(n), "fuzzed")
		}
		for _, c := range n.Content {
			walk(c)
		}
	}
	walk(root)
}
