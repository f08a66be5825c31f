package keep

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// folder holds one file for each key. Everything below it is done through an
// os.Root, so that nothing that is swapped for a link meanwhile leads elsewhere.
type folder struct{ dir string }

// The permissions of the folder and its files.
const (
	ownerOnlyFolder fs.FileMode = 0o700
	ownerOnlyFile   fs.FileMode = 0o600
)

// load returns "" where there is no file.
func (f folder) load(key string) (string, error) {
	root, err := f.open()
	if root == nil {
		return "", err
	}
	defer func() { _ = root.Close() }()
	// Before it is opened: a pipe would keep waiting whoever opens it.
	info, err := root.Lstat(key)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", f.cannot("read", err)
	}
	if err := f.checkFile(info); err != nil {
		return "", err
	}
	return f.read(root, key)
}

func (f folder) read(root *os.Root, key string) (string, error) {
	file, err := root.Open(key)
	if err != nil {
		return "", f.cannot("read", err)
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat() // again: another program may have replaced it
	if err != nil {
		return "", f.cannot("read", err)
	}
	if err := f.checkFile(info); err != nil {
		return "", err
	}
	data, err := io.ReadAll(io.LimitReader(file, MaxToken+1))
	switch {
	case err != nil:
		return "", f.cannot("read", err)
	case len(data) > MaxToken:
		return "", fmt.Errorf("a login in %s is larger than %d KiB, which no refresh token is", f.dir, MaxToken>>10)
	}
	return string(data), nil
}

// save writes the whole file or nothing.
func (f folder) save(key, token string) error {
	if f.dir == "" {
		return errors.New("there is no system keyring, and no folder of yours is known: set HOME or XDG_STATE_HOME")
	}
	if err := os.MkdirAll(f.dir, ownerOnlyFolder); err != nil {
		return f.cannot("make", err)
	}
	root, err := f.open()
	if err != nil {
		return err
	}
	if root == nil {
		return f.cannot("write to", fs.ErrNotExist)
	}
	defer func() { _ = root.Close() }()
	name := temporaryPrefix(key) + rand.Text()
	err = fill(root, name, token)
	if err == nil {
		err = root.Rename(name, key)
	}
	if err != nil {
		_ = root.Remove(name) // what failed first matters
		return f.cannot("write to", err)
	}
	return nil
}

// fill writes a new file and brings it to the disk.
func fill(root *os.Root, name, token string) error {
	file, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, ownerOnlyFile)
	if err != nil {
		return err
	}
	_, err = io.WriteString(file, token)
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// remove tells whether there was a file. Those that a program left that was
// killed while it wrote go too.
func (f folder) remove(key string) (bool, error) {
	root, err := f.open()
	if root == nil {
		return false, err
	}
	defer func() { _ = root.Close() }()
	err = root.Remove(key)
	removed := err == nil
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	entries, readErr := fs.ReadDir(root.FS(), ".")
	errs := []error{err, readErr}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), temporaryPrefix(key)) {
			if err := root.Remove(e.Name()); !errors.Is(err, fs.ErrNotExist) {
				errs = append(errs, err)
			}
		}
	}
	if err := errors.Join(errs...); err != nil {
		return removed, f.cannot("delete from", err)
	}
	return removed, nil
}

func temporaryPrefix(key string) string { return "." + key + "." }

// open returns nil and no error where there is no folder.
func (f folder) open() (*os.Root, error) {
	if f.dir == "" {
		return nil, nil
	}
	info, err := os.Lstat(f.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, f.cannot("open", err)
	}
	if err := f.checkFolder(info); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(f.dir)
	if err != nil {
		return nil, f.cannot("open", err)
	}
	if now, err := root.Stat("."); err != nil || !os.SameFile(info, now) {
		_ = root.Close()
		return nil, fmt.Errorf("%s was replaced while it was opened", f.dir)
	}
	return root, nil
}

func (f folder) checkFolder(info fs.FileInfo) error {
	if !info.IsDir() {
		return fmt.Errorf("%s is no folder but %s; move it away", f.dir, kind(info))
	}
	return f.checkOwner(f.dir, info, ownerOnlyFolder)
}

// checkFile leaves the long name of the file out: what helps is to be done with
// the folder.
func (f folder) checkFile(info fs.FileInfo) error {
	name := "a login in " + f.dir
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is no file but %s; log in again", name, kind(info))
	}
	return f.checkOwner(name, info, ownerOnlyFile)
}

// checkOwner refuses what somebody else may have read or written.
func (f folder) checkOwner(name string, info fs.FileInfo, expected fs.FileMode) error {
	if !isOwn(info) {
		return fmt.Errorf("%s belongs to another user; log in as yourself, or delete it", name)
	}
	if mode := permissions(info); mode&^expected != 0 {
		return fmt.Errorf("%s is open to others (mode %04o, expected %04o); run chmod -R go= on the folder", name, mode, expected)
	}
	return nil
}

func kind(info fs.FileInfo) string {
	switch mode := info.Mode(); {
	case mode&fs.ModeSymlink != 0:
		return "a link"
	case mode.IsDir():
		return "a folder"
	case mode.IsRegular():
		return "a file"
	}
	return "a device or a pipe"
}

// cannot names the folder in what the system says, once, and no temporary file.
func (f folder) cannot(what string, err error) error {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		err = path.Err
	case errors.As(err, &link):
		err = link.Err
	}
	return fmt.Errorf("cannot %s %s: %w", what, f.dir, err)
}
