package files

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// SuiteSuffix is how the name of a suite ends that is found in a folder.
const SuiteSuffix = ".apicel.yaml"

// MaxSuites is the number of suites that one command takes. It stops a search
// that was started in the wrong folder.
const MaxSuites = 10_000

// ErrNoSuites is wrapped by the error for a folder without suites.
var ErrNoSuites = errors.New("no suites")

// Discover returns the files that the arguments mean, in the order of the
// arguments and without duplicates. A file stands for itself, whatever its
// name. A folder stands for the files below it whose names end in SuiteSuffix,
// in the order of their names; names that begin with "_" or "." are left out,
// folders and what is in them too. Links to files count, links to folders are
// not followed, so that a search ends. A path that does not exist is an error,
// and so is a folder without suites; all of them are named, one a line.
func Discover(args []string) ([]string, error) {
	d := discovery{seen: map[string]bool{}}
	var errs []error
	for _, arg := range args {
		if err := d.argument(arg); err != nil {
			errs = append(errs, err)
		}
		if d.tooMany {
			break
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return d.found, nil
}

type discovery struct {
	found []string
	seen  map[string]bool // absolute paths
	// tooMany tells that there are more than MaxSuites.
	tooMany bool
}

func (d *discovery) argument(arg string) error {
	info, err := os.Stat(arg)
	switch {
	case err != nil:
		return cannot("read", arg, err)
	case info.IsDir():
		return d.folder(arg)
	}
	return d.add(arg)
}

func (d *discovery) add(path string) error {
	key, err := filepath.Abs(path)
	if err != nil {
		return cannot("read", path, err)
	}
	if d.seen[key] {
		return nil
	}
	if len(d.found) == MaxSuites {
		d.tooMany = true
		return fmt.Errorf("more than %d suites: name the files or a smaller folder", MaxSuites)
	}
	d.seen[key] = true
	d.found = append(d.found, path)
	return nil
}

func (d *discovery) folder(arg string) error {
	suites := 0
	misspelt := ""
	// DirFS rather than filepath.WalkDir because it follows arg where that is a link.
	err := fs.WalkDir(os.DirFS(arg), ".", func(name string, entry fs.DirEntry, err error) error {
		path := filepath.Join(arg, filepath.FromSlash(name))
		switch {
		case err != nil:
			return cannot("read", path, err)
		case name == ".":
			return nil
		case leftOut(entry.Name()):
			return skip(entry)
		case isSuite(path, entry):
			suites++
			if leadsOutside(arg, path, entry) {
				return fmt.Errorf("%s is a link that leads out of the project: name it itself to read it", path)
			}
			return d.add(path)
		case strings.HasSuffix(name, ".apicel.yml"):
			misspelt = path
		}
		return nil
	})
	if err != nil {
		return err
	}
	if suites > 0 {
		return nil
	}
	if misspelt != "" {
		return fmt.Errorf("%w below %s: %s is not one, since suites end in %s", ErrNoSuites, arg, misspelt, SuiteSuffix)
	}
	return fmt.Errorf("%w below %s: their names end in %s and begin with neither \"_\" nor \".\"", ErrNoSuites, arg, SuiteSuffix)
}

func leftOut(name string) bool { return name[0] == '_' || name[0] == '.' }

func skip(entry fs.DirEntry) error {
	if entry.IsDir() {
		return fs.SkipDir
	}
	return nil
}

// leadsOutside tells whether a suite is a link to what lies neither in the
// project nor below the folder that was asked for. Whoever checks a project that
// somebody else wrote would be shown a file of their own.
func leadsOutside(folder, path string, entry fs.DirEntry) bool {
	if entry.Type()&fs.ModeSymlink == 0 {
		return false
	}
	to, err := filepath.EvalSymlinks(path)
	if err != nil {
		return false // reading it says what is wrong
	}
	for _, root := range []string{folder, Root(filepath.Join(folder, "x"))} {
		if abs, err := filepath.Abs(root); err == nil {
			root = abs
		}
		if real, err := filepath.EvalSymlinks(root); err == nil {
			root = real
		}
		if to, err := filepath.Abs(to); err == nil {
			if rel, err := filepath.Rel(root, to); err == nil && filepath.IsLocal(rel) {
				return false
			}
		}
	}
	return true
}

func isSuite(path string, entry fs.DirEntry) bool {
	if entry.IsDir() || !strings.HasSuffix(entry.Name(), SuiteSuffix) {
		return false
	}
	if entry.Type()&fs.ModeSymlink == 0 {
		return true
	}
	info, err := os.Stat(path)
	// A link to nowhere counts, so that reading it says so.
	return err != nil || !info.IsDir()
}
