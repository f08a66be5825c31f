package files

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// ErrOutside is wrapped by the error for a path that leads out of the project.
var ErrOutside = errors.New("outside of the project")

// maxPath is the length in bytes of the longest path that is looked at, absolute.
// Systems refuse longer ones, but only after every folder on the way.
const maxPath = 4096

// Policy says which files a suite may read and write: those below one folder,
// the project's root, after all links are followed. It is safe for concurrent use.
//
// A path is first made absolute and rid of "..", as text, then its links are
// followed, and what comes out must lie below the root. It is then opened below
// the root by the system, which refuses a link that was put in the way meanwhile.
type Policy struct {
	root string      // absolute, links followed
	info fs.FileInfo // of root
	// named is root as it was named: absolute, links not followed.
	named string
	uses  uses
}

// NewPolicy returns the policy for the suite at the path: what lies below root,
// or, where root is "", below the nearest folder upwards that holds .git, else
// below the suite's own folder. A root that is no folder is an error.
func NewPolicy(suite, root string) (*Policy, error) {
	if root == "" {
		root = Root(suite)
	}
	named, err := filepath.Abs(root)
	if err != nil {
		return nil, cannotBeRoot(root, err)
	}
	followed, err := evalLinks(named)
	if err != nil {
		return nil, cannotBeRoot(root, err)
	}
	info, err := os.Stat(followed)
	if err != nil {
		return nil, cannotBeRoot(root, err)
	}
	if !info.IsDir() {
		return nil, cannotBeRoot(root, fmt.Errorf("it is %s, expected a folder", kind(info.Mode())))
	}
	return &Policy{root: followed, info: info, named: named}, nil
}

func cannotBeRoot(root string, err error) error {
	return fmt.Errorf("cannot take %s as the project's root: %w", root, bare(err))
}

// Root is the folder, absolute and with its links followed.
func (p *Policy) Root() string { return p.root }

// Read returns the content of the file at path, which stands in the file from
// and is relative to its folder. It holds at most limit bytes. A path that leads
// out of the project is refused with ErrOutside, whether by "..", as an absolute
// path, or by a link. A nil policy refuses everything. [Hint] knows the next step.
func (p *Policy) Read(from, path string, limit int64) ([]byte, error) {
	t, err := p.resolve("read", from, path)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(p.root)
	if err != nil {
		return nil, cannot("read", t.shown, err)
	}
	defer func() { _ = root.Close() }()
	data, err := readIn(root, t.inside, t.shown, limit)
	if errors.Is(err, fs.ErrNotExist) {
		err = withHint(err, missingHint(from, path))
	}
	return data, err
}

// Open opens the file that Read reads, for what is read as a stream. Reading more
// than limit bytes is an error. The caller closes it.
func (p *Policy) Open(from, path string, limit int64) (io.ReadCloser, error) {
	t, err := p.resolve("read", from, path)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(p.root)
	if err != nil {
		return nil, cannot("read", t.shown, err)
	}
	defer func() { _ = root.Close() }()
	f, err := openIn(root, t.inside, t.shown)
	if errors.Is(err, fs.ErrNotExist) {
		err = withHint(err, missingHint(from, path))
	}
	if err != nil {
		return nil, err
	}
	if _, err := sizeOf(f, t.shown, limit); err != nil {
		_ = f.Close()
		return nil, err
	}
	return &limited{File: f, shown: t.shown, limit: limit, left: limit}, nil
}

// limited is a file of which no more than a number of bytes are read, however it grows.
type limited struct {
	*os.File
	shown       string
	limit, left int64
}

// Read implements io.Reader.
func (l *limited) Read(b []byte) (int, error) {
	n, err := l.File.Read(b)
	switch l.left -= int64(n); {
	case l.left < 0:
		return 0, fmt.Errorf("cannot read %s: it has more than %s", l.shown, Size(l.limit))
	case err != nil && !errors.Is(err, io.EOF):
		return n, cannot("read", l.shown, err)
	}
	return n, err
}

// Write writes the file at path as WriteAtomic does, with folders that are
// missing; what Read refuses it refuses too, and everything but a file.
func (p *Policy) Write(from, path string, write func(io.Writer) error) error {
	t, err := p.resolve("write", from, path)
	if err != nil {
		return err
	}
	root, err := os.OpenRoot(p.root)
	if err != nil {
		return cannot("write", t.shown, err)
	}
	defer func() { _ = root.Close() }()
	info, err := root.Stat(t.inside)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		info, err = nil, root.MkdirAll(filepath.Dir(t.inside), newFolder)
	case err == nil && !info.Mode().IsRegular():
		err = fmt.Errorf("it is %s, expected a file", kind(info.Mode()))
	}
	if err == nil {
		err = replace(root, t.inside, info, write)
	}
	if err != nil {
		return cannot("write", t.shown, err)
	}
	return nil
}

// Path returns the path of a file, which may not exist yet, as it is opened:
// absolute, below the root, without links. Read says what path and from are, and
// what is refused. What is at the path may change before it is opened, which is
// why Read and Write are the ones to open it.
func (p *Policy) Path(from, path string) (string, error) {
	t, err := p.resolve("read", from, path)
	if err != nil {
		return "", err
	}
	return filepath.Join(p.root, t.inside), nil
}

// target is a path as messages show it and as it is below the root.
type target struct{ shown, inside string }

func (p *Policy) resolve(verb, from, path string) (target, error) {
	p.note(from, path)
	t := target{shown: Shown(from, path)}
	if p == nil {
		return t, fmt.Errorf("cannot %s %s: no files may be read or written here", verb, t.shown)
	}
	if err := wellFormed(verb, path); err != nil {
		return t, err
	}
	abs, err := filepath.Abs(filepath.FromSlash(t.shown))
	if err != nil {
		return t, cannot(verb, t.shown, err)
	}
	if len(abs) > maxPath {
		return t, tooLong(verb, len(abs))
	}
	followed, err := followLinks(abs)
	switch {
	case err == nil:
		var ok bool
		if t.inside, ok = p.below(followed); ok {
			return t, nil
		}
	case p.seemsInside(abs):
		return t, cannot(verb, t.shown, err)
	}
	// What else is wrong with a file outside of the project is nobody's business.
	return t, p.outside(verb, t.shown, p.seemsInside(abs))
}

// wellFormed refuses what no system takes for a path, or takes for another one.
func wellFormed(verb, path string) error {
	switch {
	case path == "":
		return fmt.Errorf("cannot %s a file whose path is empty", verb)
	case strings.ContainsRune(path, 0):
		return fmt.Errorf("cannot %s %q: a path cannot hold a NUL character", verb, path)
	case len(path) > maxPath:
		return tooLong(verb, len(path))
	}
	return nil
}

func tooLong(verb string, n int) error {
	return fmt.Errorf("cannot %s a file whose path has %d bytes, at most %d are possible", verb, n, maxPath)
}

func (p *Policy) outside(verb, shown string, link bool) error {
	how, what := "it lies", "put it"
	if link {
		how, what = "a link leads", "put the file itself"
	}
	err := fmt.Errorf("cannot %s %s: %s %w %s", verb, shown, how, ErrOutside, p.root)
	return withHint(err, fmt.Sprintf("%s below that folder, or name another with --root", what))
}

// seemsInside tells whether a path lies below the root as long as links are not
// followed.
func (p *Policy) seemsInside(abs string) bool {
	return isBelow(p.named, abs) || isBelow(p.root, abs)
}

func isBelow(root, path string) bool {
	inside, err := filepath.Rel(root, path)
	return err == nil && filepath.IsLocal(inside)
}

// below returns the path as it is below the root, and false where it is not. A
// folder that has several names, since upper and lower case are one or since it
// is mounted twice, is the same folder under each.
func (p *Policy) below(path string) (string, bool) {
	if inside, err := filepath.Rel(p.root, path); err == nil && filepath.IsLocal(inside) {
		return inside, true
	}
	for dir, inside := path, "."; ; {
		if info, err := os.Stat(dir); err == nil && os.SameFile(info, p.info) {
			return inside, filepath.IsLocal(inside)
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", false
		}
		dir, inside = up, filepath.Join(filepath.Base(dir), inside)
	}
}

// followLinks follows the links of the longest part of the path that exists.
func followLinks(path string) (string, error) {
	rest := ""
	for dir := path; ; {
		followed, err := evalLinks(dir)
		if err == nil {
			return filepath.Join(followed, rest), nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		if _, err := os.Lstat(dir); err == nil {
			return "", fmt.Errorf("it is behind a link to a file that does not exist: %w", fs.ErrNotExist)
		}
		up := filepath.Dir(dir)
		if up == dir {
			return path, nil
		}
		dir, rest = up, filepath.Join(filepath.Base(dir), rest)
	}
}

// evalLinks is filepath.EvalSymlinks with an error for people.
func evalLinks(path string) (string, error) {
	followed, err := filepath.EvalSymlinks(path)
	var fromSystem syscall.Errno
	if err != nil && !errors.As(err, &fromSystem) {
		return "", errLinks // the only error that does not come from the system
	}
	return followed, err
}

// Shown is the path as messages show it: joined to the folder of the file that
// names it, without "..", with forward slashes.
func Shown(from, path string) string {
	path = filepath.FromSlash(path)
	if !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(filepath.FromSlash(from)), path)
	}
	return filepath.ToSlash(filepath.Clean(path))
}
