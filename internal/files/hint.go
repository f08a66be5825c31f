package files

import (
	"errors"
	"path/filepath"
	"strings"
)

// Hint returns the next step after an error of this package, such as "put it
// below that folder, or name another with --root", or "".
func Hint(err error) string {
	var h *hinted
	if errors.As(err, &h) {
		return h.hint
	}
	return ""
}

// hinted is an error and its next step.
type hinted struct {
	error
	hint string
}

// Unwrap is for errors.Is and errors.As.
func (h *hinted) Unwrap() error { return h.error }

func withHint(err error, hint string) error {
	if hint == "" {
		return err
	}
	return &hinted{err, hint}
}

// missingHint is the next step where there is no file at the path, which stands
// in the file from.
func missingHint(from, path string) string {
	switch {
	case strings.Contains(path, `\`) && filepath.Separator == '/':
		return "write folders with / instead of \\, which is right on every system"
	case filepath.IsAbs(path):
		return ""
	}
	return "a path is relative to the folder of the file that it stands in, here " + filepath.ToSlash(from)
}
