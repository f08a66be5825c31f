package runner

import (
	"path/filepath"
	"strings"

	"github.com/apicel/apicel/internal/files"
	"github.com/apicel/apicel/spec"
)

// suiteIDs name the suites in the random stream: by their path below the root
// of their project, so that they are the same on every machine. Where that does
// not tell two of them apart, since each lies in a project of its own, it is the
// path below the folder that all of the run have in common.
func suiteIDs(suites []*spec.Suite) []string {
	ids, paths := make([]string, len(suites)), make([]string, len(suites))
	count := map[string]int{}
	for i, s := range suites {
		ids[i], paths[i] = suiteID(s)
		count[ids[i]]++
	}
	common := commonFolder(paths)
	for i, id := range ids {
		if count[id] > 1 {
			ids[i] = filepath.ToSlash(strings.TrimPrefix(paths[i], common))
		}
	}
	return ids
}

// suiteID returns the path of a suite below its project's root, and the whole path.
func suiteID(s *spec.Suite) (id, path string) {
	if s == nil || s.File == nil {
		return "", ""
	}
	path, err := filepath.Abs(s.File.Name)
	if err != nil {
		return s.File.Name, s.File.Name
	}
	rel, err := filepath.Rel(files.Root(path), path)
	if err != nil {
		return s.File.Name, path
	}
	return filepath.ToSlash(rel), path
}

// commonFolder returns the longest folder that all paths begin with.
func commonFolder(paths []string) string {
	if len(paths) == 0 {
		return ""
	}
	common := filepath.Dir(paths[0])
	for _, p := range paths[1:] {
		for common != "" && !strings.HasPrefix(p, common+string(filepath.Separator)) {
			parent := filepath.Dir(common)
			if parent == common {
				return ""
			}
			common = parent
		}
	}
	return common
}
