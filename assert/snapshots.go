package assert

import (
	"bytes"
	"cmp"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/apicel/apicel/spec"
)

// Snapshots are the snapshot files of a run: which of them its checks name, and
// whether they may be written. All suites of a run share one. It is safe for
// concurrent use.
type Snapshots struct {
	update bool

	mu      sync.Mutex
	named   map[string]bool       // absolute paths that checks name
	holes   map[string]bool       // the same for paths with templates, as patterns of path/filepath
	suites  map[string]bool       // folders in which suites lie
	places  map[string][]spec.Pos // where constant paths stand
	written map[string]writing
}

// writing is what was written to a file, and by which check of which row.
type writing struct {
	by      writer
	content []byte
}

type writer struct {
	check *snapshotCheck
	row   int
}

// NewSnapshots returns the snapshots of a run that only compares with them, or,
// where update says so, also writes those that are missing or differ. Whether
// it may is for the caller to say: without --update-snapshots nothing is ever
// written, whatever the environment.
func NewSnapshots(update bool) *Snapshots {
	return &Snapshots{
		update: update, named: map[string]bool{}, holes: map[string]bool{},
		suites: map[string]bool{}, places: map[string][]spec.Pos{}, written: map[string]writing{},
	}
}

// SnapshotFiles are the files of a project, as a *files.Policy has them: which
// of them a path means that stands in the file from, and how one is written.
// Path and Root are absolute and without links.
type SnapshotFiles interface {
	Root() string
	Path(from, path string) (string, error)
	Write(from, path string, write func(io.Writer) error) error
}

// WithSnapshots says which snapshots checks belong to and how their files are
// found and written. Without it a snapshot cannot be compiled. Snapshots are
// read as [WithFiles] says.
//
// A snapshot is written with what a server says, so where it may lie is narrow:
// below the project's root, in a folder called snapshots or __snapshots__, or
// in folders of that. Names that begin with a dot, suites, and schemas that the
// suite reads are refused. Its path may read vars, row and row_index, none of
// which an answer decides; where the row does, Refs has RowFile set, and the
// caller refuses rows that come from an answer. Within such a folder a file is
// overwritten whatever it holds: the folder says that its files are made.
func WithSnapshots(all *Snapshots, in SnapshotFiles) Option {
	return func(o *options) { o.snapshots, o.snapshotFiles = all, in }
}

// Written are the files that were written, sorted.
func (s *Snapshots) Written() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []string
	for path := range s.written {
		list = append(list, path)
	}
	slices.Sort(list)
	return list
}

// Obsolete are the snapshots that no check names any more, sorted: files in
// the folders of those that are named, with the extension of one that is named
// there. A folder in which a suite lies is left out, since other files lie
// there too.
//
// The files of a path with a template, such as orders-${row_index}.json, are
// known only once every row was judged. Unless complete says that nothing was
// filtered out, skipped or interrupted, any file that the template could name
// counts as named. Even then the caller should ask only where all suites that
// may share the folders were run.
func (s *Snapshots) Obsolete(complete bool) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	extensions := map[string]map[string]bool{}
	for path := range s.named {
		folder := filepath.Dir(path)
		if extensions[folder] == nil {
			extensions[folder] = map[string]bool{}
		}
		extensions[folder][filepath.Ext(path)] = true
	}
	var list []string
	for folder, known := range extensions {
		if !s.suites[folder] {
			list = append(list, s.unnamed(folder, known, complete)...)
		}
	}
	slices.Sort(list)
	return list
}

func (s *Snapshots) unnamed(folder string, extensions map[string]bool, complete bool) []string {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil // nothing was written there yet
	}
	var list []string
	for _, entry := range entries {
		path := filepath.Join(folder, entry.Name())
		if entry.Type().IsRegular() && extensions[filepath.Ext(path)] && !s.named[path] && (complete || !s.mayName(path)) {
			list = append(list, path)
		}
	}
	return list
}

// mayName tells whether a path with a template could be the given one.
func (s *Snapshots) mayName(path string) bool {
	for pattern := range s.holes {
		if ok, err := filepath.Match(pattern, path); ok || err != nil {
			return true
		}
	}
	return false
}

// Shared are the places of checks that name the snapshot of another one, in
// the order of files, each with the place of the first.
func (s *Snapshots) Shared() map[spec.Pos]spec.Pos {
	s.mu.Lock()
	defer s.mu.Unlock()
	shared := map[spec.Pos]spec.Pos{}
	for _, places := range s.places {
		slices.SortFunc(places, func(a, b spec.Pos) int {
			return cmp.Or(cmp.Compare(a.File.Name, b.File.Name), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
		})
		for _, other := range places[1:] {
			shared[other] = places[0]
		}
	}
	return shared
}

// place notes where a constant path stands, for all suites of the run.
func (s *Snapshots) place(at spec.Pos, path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Contains(s.places[path], at) {
		s.places[path] = append(s.places[path], at)
	}
}

func (s *Snapshots) name(at spec.Pos, path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.named[path] = true
	if folder, err := filepath.EvalSymlinks(filepath.Dir(absolute(at.File.Name))); err == nil {
		s.suites[folder] = true
	}
}

func (s *Snapshots) namePattern(pattern string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.holes[pattern] = true
}

// write writes a snapshot, unless another check or another row of the run has
// written something else there: then it reports false, and the file stays.
func (s *Snapshots) write(path string, by writer, content []byte, put func(func(io.Writer) error) error) (mine bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if w, ok := s.written[path]; ok && w.by != by {
		return bytes.Equal(w.content, content), nil
	}
	err = put(func(out io.Writer) error {
		_, err := out.Write(content)
		return err
	})
	if err == nil {
		s.written[path] = writing{by, content}
	}
	return true, err
}
