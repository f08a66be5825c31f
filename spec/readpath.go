package spec

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/apicel/apicel/internal/files"
	"github.com/apicel/apicel/internal/lazyregexp"
)

// filePath reads the path of a file, which is known before anything is
// evaluated: an answer must not decide what is read and sent on.
func (l *loader) filePath(p place) String {
	s := l.nonEmpty(p, "the path of a file")
	if i := strings.Index(s.Value, "${"); i >= 0 {
		l.problems.Errorf(s.At(i), "%s holds ${ … }, but which files are read depends on no expression", p.label()).
			WithHint("write the path out")
		return String{}
	}
	if !s.IsSet() || !l.checkPath(p, s) {
		return String{}
	}
	return s
}

// isURL finds what was written as the address of something.
var isURL = lazyregexp.New(`^[A-Za-z][A-Za-z0-9+.-]+://`)

// checkPath reports what cannot be the path of a file. What of it is known
// before expressions are evaluated may be all that a template says.
func (l *loader) checkPath(p place, s String) bool {
	switch {
	case isURL.MatchString(s.Value):
		l.problems.Errorf(s.Pos, "%s is a URL, expected the path of a file", p.label()).
			WithHint("save what it leads to in the project and name that file")
	case strings.ContainsFunc(s.Value, unicode.IsControl):
		l.problems.Errorf(s.Pos, "%s holds a line break or another control character, expected the path of a file", p.label())
	case strings.HasSuffix(s.Value, "/"):
		l.problems.Errorf(s.Pos, "%s ends in a slash as the path of a folder does, expected the path of a file", p.label())
	default:
		return true
	}
	return false
}

// unreadFile reports that the file at path cannot be read.
func (l *loader) unreadFile(path String, err error) {
	p := l.problems.Errorf(path.Pos, "%v", err)
	switch {
	case errors.Is(err, files.ErrOutside):
		p.WithHint("only files of the project are read; --root DIR says which folder that is")
	case errors.Is(err, fs.ErrNotExist) && !filepath.IsAbs(path.Value):
		p.WithHint("a path is relative to the folder of the file that it stands in")
	}
}
