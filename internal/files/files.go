// Package files is the one policy on files: which files a command line means,
// what may be read and how much of it, and how a file is written so that nobody
// ever sees half of one.
//
// [Discover] turns arguments into suite files, [Read] reads a file within a
// limit, [Root] names the folder of the project that a file belongs to, and
// [WriteAtomic] writes a report.
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

// Read returns the content of a file of at most limit bytes. It refuses what is
// not a file with an end: folders, devices, and named pipes, on which reading
// could wait for ever. Its errors name the path.
func Read(path string, limit int64) ([]byte, error) {
	// Asked before opening because opening a named pipe waits for a writer.
	info, err := os.Stat(path)
	if err != nil {
		return nil, cannot("read", path, err)
	}
	if err := readable(path, info); err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, cannot("read", path, err)
	}
	defer func() { _ = f.Close() }()
	if info, err = f.Stat(); err != nil {
		return nil, cannot("read", path, err)
	}
	if err := readable(path, info); err != nil {
		return nil, err
	}
	if info.Size() > limit {
		return nil, fmt.Errorf("cannot read %s: it has %s, at most %s are read", path, Size(info.Size()), Size(limit))
	}
	return readAll(f, path, info.Size(), limit)
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

// kind names what is not a regular file.
func kind(mode fs.FileMode) string {
	switch {
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
	var pathError *fs.PathError
	var linkError *os.LinkError
	switch {
	case errors.As(err, &pathError):
		err = pathError.Err
	case errors.As(err, &linkError):
		err = linkError.Err
	}
	return fmt.Errorf("cannot %s %s: %w", verb, path, err)
}

// Size spells a number of bytes for people: 512 bytes, 4 MiB, 1.5 GiB.
func Size(n int64) string {
	if n < 1<<10 {
		return fmt.Sprintf("%d bytes", n)
	}
	value, unit := float64(n)/(1<<10), "KiB"
	for _, next := range []string{"MiB", "GiB", "TiB"} {
		if value < 1<<10 {
			break
		}
		value, unit = value/(1<<10), next
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
