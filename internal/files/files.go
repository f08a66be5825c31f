// Package files is the one policy on files: which files a command line means,
// what may be read and how much of it, and how a file is written so that nobody
// ever sees half of one.
//
// [Discover] turns arguments into suite files. What a command line names is read
// with [Read] and written with [WriteAtomic], wherever it is. What a suite names
// goes through a [Policy], which knows nothing but the project:
//
//	policy, err := files.NewPolicy("suites/orders.apicel.yaml", "")
//	data, err := policy.Read("suites/orders.apicel.yaml", "rows.csv", 1<<20)
package files

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// folder is where files are read and written: the whole system, or what lies
// below an *os.Root.
type folder interface {
	Stat(name string) (fs.FileInfo, error)
	OpenFile(name string, flag int, perm fs.FileMode) (*os.File, error)
	Rename(from, to string) error
	Remove(name string) error
}

var (
	_ folder = system{}
	_ folder = (*os.Root)(nil)
)

// system takes any path.
type system struct{}

func (system) Stat(name string) (fs.FileInfo, error) { return os.Stat(name) }
func (system) Rename(from, to string) error          { return os.Rename(from, to) }
func (system) Remove(name string) error              { return os.Remove(name) }
func (system) OpenFile(name string, flag int, perm fs.FileMode) (*os.File, error) {
	return os.OpenFile(name, flag, perm)
}

// Read returns the content of a file of at most limit bytes, wherever it is. It
// refuses what is not a file with an end: folders, devices, and named pipes, on
// which reading could wait for ever. Its errors name the path.
func Read(path string, limit int64) ([]byte, error) {
	return readIn(system{}, path, path, limit)
}

// readIn reads the file of that name in the folder, which messages call shown.
func readIn(in folder, name, shown string, limit int64) ([]byte, error) {
	f, err := openIn(in, name, shown)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return readOpen(f, shown, limit)
}

func openIn(in folder, name, shown string) (*os.File, error) {
	// Asked before opening because opening a device may do something.
	info, err := in.Stat(name)
	if err != nil {
		return nil, cannot("read", shown, err)
	}
	if err := readable(shown, info); err != nil {
		return nil, err
	}
	f, err := in.OpenFile(name, os.O_RDONLY|atOnce, 0)
	if err != nil {
		return nil, cannot("read", shown, err)
	}
	return f, nil
}

// readOpen judges what was opened, which may be another file than the one that
// was asked about before.
func readOpen(f *os.File, path string, limit int64) ([]byte, error) {
	size, err := sizeOf(f, path, limit)
	if err != nil {
		return nil, err
	}
	return readAll(f, path, size, limit)
}

// sizeOf returns the size of what was opened, or why it is not read.
func sizeOf(f *os.File, path string, limit int64) (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, cannot("read", path, err)
	}
	if err := readable(path, info); err != nil {
		return 0, err
	}
	if info.Size() > limit {
		return 0, fmt.Errorf("cannot read %s: it has %s, at most %s are read", path, Size(info.Size()), Size(limit))
	}
	return info.Size(), nil
}

// readAll does not trust the size: a file may grow, and those of /proc say 0.
func readAll(r io.Reader, path string, size, limit int64) ([]byte, error) {
	var b bytes.Buffer
	b.Grow(int(size) + bytes.MinRead)
	n, err := b.ReadFrom(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, cannot("read", path, err)
	}
	if n > limit {
		return nil, fmt.Errorf("cannot read %s: it has more than %s", path, Size(limit))
	}
	return b.Bytes(), nil
}

func readable(path string, info fs.FileInfo) error {
	if info.Mode().IsRegular() {
		return nil
	}
	return fmt.Errorf("cannot read %s: it is %s, expected a file", path, kind(info.Mode()))
}

// kind names what stands at a path.
func kind(mode fs.FileMode) string {
	switch {
	case mode.IsRegular():
		return "a file"
	case mode.IsDir():
		return "a folder"
	case mode&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeDevice != 0:
		return "a device"
	}
	return "something else"
}

// cannot says which path an error is about, once.
func cannot(verb, path string, err error) error {
	return fmt.Errorf("cannot %s %s: %w", verb, path, bare(err))
}

// bare is an error of the system without the path that it is about.
func bare(err error) error {
	var pathError *fs.PathError
	var linkError *os.LinkError
	switch {
	case errors.As(err, &pathError):
		return pathError.Err
	case errors.As(err, &linkError):
		return linkError.Err
	}
	return err
}

// Size spells a number of bytes for people: 512 bytes, 4 MiB, 1.5 GiB.
func Size(n int64) string {
	if n == 1 {
		return "1 byte"
	}
	if n < 1<<10 {
		return fmt.Sprintf("%d bytes", n)
	}
	step, units := 1024.0, []string{"KiB", "MiB", "GiB", "TiB"}
	if n%1000 == 0 && n%1024 != 0 { // as it was written
		step, units = 1000, []string{"kB", "MB", "GB", "TB"}
	}
	value, unit := float64(n)/step, units[0]
	for _, next := range units[1:] {
		if value < step {
			break
		}
		value, unit = value/step, next
	}
	return fmt.Sprintf("%.4g %s", value, unit)
}

// Root returns the folder of the project that the file belongs to: the nearest
// folder upwards that holds .git, else the file's own folder. It is absolute
// unless the working folder is unknown.
func Root(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	own := filepath.Dir(path)
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		own = path
	}
	for dir := own; ; dir = filepath.Dir(dir) {
		// A file in linked worktrees and submodules, a folder elsewhere.
		if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			return own
		}
	}
}
