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

// Load reads the suites in the files at the given paths, in that order. They may
// read files below root, or, where root is "", below the project that each is
// found in (see files.NewPolicy). Load does not fail as a whole: what is wrong
// with a file, its being unreadable included, is among its suite's Problems.
func Load(paths []string, root string) []*Suite {
	suites := make([]*Suite, len(paths))
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, p := range paths {
		g.Go(func() error {
			suites[i] = loadFile(p, root)
			return nil
		})
	}
	_ = g.Wait() // no load fails: each says in its suite what is wrong
	return suites
}

func loadFile(p, root string) *Suite {
	name := filepath.ToSlash(p)
	data, err := files.Read(p, MaxFileSize)
	if err != nil {
		return unreadable(name, err)
	}
	policy, err := files.NewPolicy(p, root)
	if err != nil {
		return unreadable(name, err)
	}
	return parseSuite(NewFile(name, data), policy)
}

// unreadable is a suite of which nothing but its name is known.
func unreadable(name string, err error) *Suite {
	s := &Suite{File: NewFile(name, nil)}
	s.Name = s.File.suiteName()
	s.Problems.Errorf(Pos{s.File, 1, 1}, "%v", err)
	return s
}

// Parse reads the suite in a file whose content is at hand. It reads no other
// files: a source that is named by its path is a problem.
func Parse(file *File) *Suite { return parseSuite(file, nil) }

func parseSuite(file *File, policy *files.Policy) *Suite {
	l := newLoader(file)
	l.files = policy
	file = l.file
	s := &Suite{File: file, Order: OrderSafe, Files: policy}
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
	return String{Value: name, Pos: Pos{f, 1, 1}, layout: &layout{offsets: []offset{{0, 1, 1}}}}
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
	// files says which other files may be read; nil means none.
	files *files.Policy
	// of is what kind of file this is, as messages call it.
	of string
	// sourceFile is what the suite's source file holds, nil where it has none.
	sourceFile *Suite
	// data tells that what is read is data, in which nothing is a template.
	data bool
	// shapes are the keys that each map may have, noted for Format only; while it
	// is not nil no other file is read.
	shapes map[*yaml.Node][]Key
}

func newLoader(file *File) *loader {
	if len(file.lines) == 0 { // not made by NewFile
		file = NewFile(file.Name, file.Data)
	}
	return &loader{file: file, index: newIndex(file), bad: map[*yaml.Node]bool{}, of: "a suite"}
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
