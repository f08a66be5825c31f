package files

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrExists is wrapped by the error of [Create] for a path that is taken.
var ErrExists = fs.ErrExist

// Create writes a file that must not exist yet, and the folders that are missing
// above it. Where it fails no part of the file is left. Errors name the path.
func Create(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), newFolder); err != nil {
		return cannot("write", path, err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, newFile)
	if err != nil {
		return cannot("write", path, err)
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err != nil {
		_ = os.Remove(path) // the first error matters more
		return cannot("write", path, err)
	}
	return nil
}
