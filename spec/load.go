package spec

import (
	"path"
	"path/filepath"
	"runtime"
	"strings"

	"go.yaml.in/yaml/v3"
	"golang.org/x/sync/errgroup"

	"github.com/apicel/apicel/internal/files"
)

// Load reads the suites in the files at the given paths, in that order. It does
// not fail as a whole: what is wrong with a file, its being unreadable included,
// is among its suite's Problems.
func Load(paths []string) []*Suite {
	suites := make([]*Suite, len(paths))
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, p := range paths {
		g.Go(func() error {
			suites[i] = loadFile(p)
			return nil
		})
	}
	_ = g.Wait() // no load fails: each says in its suite what is wrong
	return suites
}

func loadFile(p string) *Suite {
	name := filepath.ToSlash(p)
	data, err := files.Read(p, maxFileSize)
	if err != nil {
		s := &Suite{File: NewFile(name, nil)}
		s.Name = s.File.suiteName()
		s.Problems.Errorf(Pos{s.File, 1, 1}, "%v", err)
		return s
	}
	return Parse(NewFile(name, data))
}

// Parse reads the suite in a file whose content is at hand.
func Parse(file *File) *Suite {
	l := newLoader(file)
	file = l.file
	s := &Suite{File: file, Order: OrderSafe}
	if root := l.decode(); root != nil {
		l.suite(s, place{node: root, name: "a suite"})
		l.check(s)
	}
	if !s.Name.IsSet() {
		s.Name = file.suiteName()
	}
	s.Unread, s.Problems = l.unread, l.sorted()
	return s
}

// suiteName is the name of a suite that has none of its own.
func (f *File) suiteName() String {
	name := path.Base(f.Name)
	for _, ending := range []string{".apicel.yaml", ".yaml", ".yml"} {
		if cut, ok := strings.CutSuffix(name, ending); ok && cut != "" {
			name = cut
			break
		}
	}
	return String{Value: name, Pos: Pos{f, 1, 1}, offsets: []offset{{0, 1, 1}}}
}

// loader reads one file.
type loader struct {
	file     *File
	index    *index
	problems Problems
	// bad holds the nodes that a problem has been reported for and that are
	// therefore not read.
	bad         map[*yaml.Node]bool
	unread      Unread
	suggestions int
}

func newLoader(file *File) *loader {
	if len(file.lines) == 0 { // not made by NewFile
		file = NewFile(file.Name, file.Data)
	}
	return &loader{file: file, index: newIndex(file), bad: map[*yaml.Node]bool{}}
}

func (l *loader) pos(line, col int) Pos { return Pos{l.file, line, col} }

// sorted returns the problems by place, each once: what an alias repeats is
// read as often as it is repeated.
func (l *loader) sorted() Problems {
	l.problems.Sort()
	type same struct {
		pos     Pos
		message string
	}
	seen := map[same]bool{}
	var kept Problems
	for _, p := range l.problems {
		if key := (same{p.Pos, p.Message}); !seen[key] {
			seen[key] = true
			kept = append(kept, p)
		}
	}
	return kept
}
