package assert

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/apicel/apicel/internal/expr"
	"github.com/apicel/apicel/internal/files"
)

// snapshotFolders are the names of the folders that snapshots lie in.
var snapshotFolders = []string{"snapshots", "__snapshots__"}

// snapshotPath is the absolute path of a snapshot, which need not exist. It
// refuses what is none: see [WithSnapshots].
func (o options) snapshotPath(from, path string) (string, error) {
	abs, err := o.snapshotFiles.Path(from, path)
	if err != nil {
		return "", err
	}
	shown := files.Shown(from, path)
	inside, err := filepath.Rel(o.snapshotFiles.Root(), abs)
	if err != nil {
		return "", fmt.Errorf("%s cannot be a snapshot: %w", shown, err)
	}
	if err := snapshotPlace(shown, strings.Split(filepath.ToSlash(inside), "/")); err != nil {
		return "", err
	}
	if o.schemas != nil && o.schemas.reads(abs) {
		return "", fmt.Errorf("%s cannot be a snapshot: it is a schema", shown)
	}
	return abs, nil
}

// snapshotPlace judges where below the root a file lies, by the names on the way.
func snapshotPlace(shown string, names []string) error {
	last := len(names) - 1
	for _, name := range names {
		if strings.HasPrefix(name, ".") {
			return fmt.Errorf("%s cannot be a snapshot: %s begins with a dot, and such files belong to other programs", shown, name)
		}
	}
	// Some systems take a name with dots or spaces behind it for the same one.
	plain := strings.TrimRight(strings.ToLower(names[last]), ". ")
	if strings.HasSuffix(plain, files.SuiteSuffix) {
		return fmt.Errorf("%s cannot be a snapshot: it is a suite", shown)
	}
	if !slices.ContainsFunc(names[:last], func(name string) bool { return slices.Contains(snapshotFolders, name) }) {
		return &placeError{shown}
	}
	return nil
}

// placeError is a snapshot that lies in no folder for snapshots.
type placeError struct{ shown string }

func (e *placeError) Error() string {
	return fmt.Sprintf("%s cannot be a snapshot: it lies in no folder called %s", e.shown, strings.Join(snapshotFolders, " or "))
}

// hintOf is the next step after an error about a file.
func hintOf(err error) string {
	var place *placeError
	if errors.As(err, &place) {
		return "put it into a folder snapshots beside the suite; nothing else is ever overwritten"
	}
	return files.Hint(err)
}

// unfitForPath is what a path of a snapshot must not read, "" where it reads
// nothing of the kind.
func unfitForPath(r expr.Refs) string {
	switch {
	case len(r.Secrets) > 0:
		return "secrets." + r.Secrets[0]
	case len(r.Captures) > 0:
		return "captures." + r.Captures[0].Name
	case r.Response || r.Status:
		return "the answer"
	case r.Request:
		return "the request"
	case r.Attempt:
		return "attempt"
	case r.Env:
		return "the environment"
	}
	return ""
}
