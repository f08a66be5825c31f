package files

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

const (
	// newFile are the permissions of a new file, less the user's umask.
	newFile = 0o644
	// newFolder are those of a folder that was missing.
	newFolder = 0o755
	// maxLinks is the number of links that are followed to a file.
	maxLinks = 40
)

// errLinks is the end of links that lead to each other.
var errLinks = errors.New("too many links")

// WriteAtomic writes a file whole or not at all: into a temporary file in the
// same folder, which takes the file's name once it is on the disk. Where write
// fails the file is what it was and nothing is left. Folders that are missing
// are made. An existing file keeps its permissions; of a link the file that it
// points to is replaced. A device or a pipe, such as /dev/stdout, is written to
// as it is. Errors name the path; those of write are wrapped.
func WriteAtomic(path string, write func(io.Writer) error) error {
	target, err := resolve(path)
	if err != nil {
		return cannot("write", path, err)
	}
	info, err := os.Stat(target)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		info, err = nil, nil
	case err == nil && info.IsDir():
		return fmt.Errorf("cannot write %s: it is a folder, expected a file", path)
	}
	if err == nil {
		err = put(target, info, write)
	}
	if err != nil {
		return cannot("write", path, err)
	}
	return nil
}

func put(target string, info fs.FileInfo, write func(io.Writer) error) error {
	if isStream(target) || (info != nil && !info.Mode().IsRegular()) {
		f, err := os.OpenFile(target, os.O_WRONLY|os.O_APPEND, 0)
		if err != nil {
			return err
		}
		return fill(f, write)
	}
	if err := os.MkdirAll(filepath.Dir(target), newFolder); err != nil {
		return err
	}
	return replace(system{}, target, info, write)
}

// isStream tells paths that stand for an open file. A file behind /dev/stdout
// must not be renamed away under those who write to it.
func isStream(path string) bool {
	return strings.HasPrefix(path, "/dev/") || strings.HasPrefix(path, "/proc/")
}

// replace writes a file of which info tells what it was, nil where there was none.
func replace(in folder, target string, info fs.FileInfo, write func(io.Writer) error) error {
	f, name, err := temporary(in, target)
	if err != nil {
		return err
	}
	pending.add(in, name)
	// Deferred so that a panic in write leaves nothing either.
	done := false
	defer func() {
		pending.drop(name)
		if !done {
			_ = f.Close()
			_ = in.Remove(name)
		}
	}()
	if info != nil {
		if err := f.Chmod(info.Mode().Perm()); err != nil {
			return err
		}
	}
	if err := fill(f, write); err != nil {
		return err
	}
	if err := in.Rename(name, target); err != nil {
		return err
	}
	done = true
	return nil
}

// temporary opens a new file beside target. os.CreateTemp would give it
// permissions that shut everybody else out, whatever the umask.
func temporary(in folder, target string) (*os.File, string, error) {
	dir := filepath.Dir(target)
	for range 100 {
		// Without the file's own name, which may be as long as a name can be.
		path := filepath.Join(dir, fmt.Sprintf(".apicel-%08x.tmp", rand.Uint32()))
		f, err := in.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, newFile)
		if !errors.Is(err, fs.ErrExist) {
			return f, path, err
		}
	}
	return nil, "", errors.New("no name is free for a temporary file")
}

// fill writes, brings to the disk and closes.
func fill(f *os.File, write func(io.Writer) error) error {
	b := bufio.NewWriterSize(f, 64<<10)
	err := write(b)
	if err == nil {
		err = b.Flush()
	}
	if err == nil {
		err = syncFile(f)
	}
	return errors.Join(err, f.Close())
}

// syncFile leaves out what has no disk: pipes and devices answer with an error.
func syncFile(f *os.File) error {
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return err
	}
	return f.Sync()
}

// resolve returns the path that links lead to, which need not exist.
func resolve(path string) (string, error) {
	for range maxLinks {
		if isStream(path) {
			return path, nil
		}
		target, ok := linkTarget(path)
		if !ok {
			return path, nil
		}
		path = target
	}
	return "", errLinks
}

// linkTarget is false for what is not a link, which need not exist.
func linkTarget(path string) (string, bool) {
	target, err := os.Readlink(path)
	if err == nil && !filepath.IsAbs(target) {
		target = filepath.Join(filepath.Dir(path), target)
	}
	return target, err == nil
}
