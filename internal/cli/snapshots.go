package cli

import (
	"os"
	"path/filepath"

	"github.com/apicel/apicel/runner"
)

// saySnapshots names the snapshots that the run wrote, and those beside its own
// that no check names any more. The latter it knows only where whole folders
// were run, since suites that were not may name them.
func (a *app) saySnapshots(plans *planned, report *runner.Report, paths []string) {
	for _, path := range plans.written() {
		a.say("wrote the snapshot %s", shortest(path))
	}
	if report.Counts.BadSuites > 0 || !allFolders(paths) {
		return
	}
	obsolete := plans.last.ObsoleteSnapshots(report.Stopped == "" && report.Shard == nil && report.Counts.Skipped == 0)
	for _, path := range obsolete {
		a.say("no check names the snapshot %s", shortest(path))
	}
	if len(obsolete) > 0 {
		a.hint("delete it, or give its name to a check")
	}
}

// shortest is the path relative to the working folder where that is below it.
func shortest(path string) string {
	dir, err := os.Getwd()
	if err != nil {
		return path
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return path
	}
	if rel, err := filepath.Rel(dir, path); err == nil && filepath.IsLocal(rel) {
		return rel
	}
	return path
}

func allFolders(paths []string) bool {
	for _, path := range paths {
		if info, err := os.Stat(path); err != nil || !info.IsDir() {
			return false
		}
	}
	return true
}
