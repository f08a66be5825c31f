package spec

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"go.yaml.in/yaml/v3"
)

// FuzzParse holds what must be true of any bytes: no panic, every problem in
// the file, the same problems each time, and every scalar where it says it is.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*/*.yaml")
	if err != nil || len(files) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, name := range files {
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

// checkProblems holds the places of problems against the file.
func checkProblems(t *testing.T, s *Suite) {
	for _, p := range s.Problems {
		if p.Pos.File != s.File || p.Pos.Line < 1 || p.Pos.Col < 1 || p.Pos.Line > len(s.File.lines) {
			t.Fatalf("%v is outside of the file", p)
		}
		if n := len([]rune(s.File.Line(p.Pos.Line))); p.Pos.Col > n+1 {
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
