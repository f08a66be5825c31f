package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/apicel/apicel/internal/files"
	"github.com/apicel/apicel/reporters"
	"github.com/apicel/apicel/runner"
	"github.com/apicel/apicel/spec"
)

// toStdout is the FILE of a report that goes to standard output.
const toStdout = "-"

// reportTarget is one --report: a format and the file it goes to.
type reportTarget struct {
	format reporters.Format
	path   string // "" for none, of the format github
	// byItself tells that nobody asked for the report.
	byItself bool
}

// parseReports reads the values of --report. Two reports for one file are
// refused: one of them would be lost.
func (a *app) parseReports(cmd *cobra.Command, values []string) ([]reportTarget, error) {
	var targets []reportTarget
	seen := map[string]bool{}
	for _, value := range values {
		name, path, hasFile := strings.Cut(value, "=")
		if name == "" || hasFile && path == "" {
			return nil, a.usage(cmd, "--report %s: expected FORMAT=FILE, such as junit=report.xml", value)
		}
		format, err := formatNamed(name)
		if err != nil {
			return nil, err
		}
		if !hasFile && name != formatOfGitHub {
			return nil, a.usage(cmd, "--report %s: expected a file, such as %s=report.%s, or %s=- for standard output", value, name, format.Extension, name)
		}
		if path == "/dev/stdout" {
			path = toStdout
		}
		key := sameFileKey(path)
		if seen[key] {
			return nil, a.usage(cmd, "--report %s: another report already goes %s", value, whither(path))
		}
		seen[key] = true
		targets = append(targets, reportTarget{format: format, path: path})
	}
	return targets, nil
}

// whither says where a report goes.
func whither(path string) string {
	switch path {
	case "":
		return "there"
	case toStdout:
		return "to standard output"
	}
	return "to " + path
}

func formatNamed(name string) (reporters.Format, error) {
	names := make([]string, len(reporters.Formats))
	for i, f := range reporters.Formats {
		if f.Name == name {
			return f, nil
		}
		names[i] = f.Name
	}
	err := failf(ExitUsage, "there is no format %q; the formats are %s", name, strings.Join(names, ", "))
	if best := spec.Closest(name, names); best != "" {
		err.hint = fmt.Sprintf("did you mean %s?", best)
	}
	return reporters.Format{}, err
}

// sameFileKey returns what two spellings of one path have in common.
func sameFileKey(path string) string {
	if path == toStdout || path == "" {
		return path
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	if dir, err := filepath.EvalSymlinks(filepath.Dir(abs)); err == nil {
		abs = filepath.Join(dir, filepath.Base(abs))
	}
	return abs
}

// check finds out before the run whether the report can be written, so that
// nobody waits for a run whose report is lost. It cannot foresee everything.
func (t reportTarget) check() error {
	if t.path == toStdout || t.path == "" {
		return nil
	}
	info, err := os.Stat(t.path)
	switch {
	case err == nil && info.IsDir():
		return failf(ExitUsage, "--report %s: %s is a folder, expected a file", t.format.Name, t.path)
	case err == nil && !info.Mode().IsRegular():
		return nil // a device or a pipe, which is written to as it stands
	}
	if err := writableFolder(filepath.Dir(t.path)); err != nil {
		return failf(ExitIO, "--report %s: %s cannot be written: %v", t.format.Name, t.path, err)
	}
	return nil
}

// writableFolder tries to create a file in the folder, or, where it is
// missing and will be made, in the nearest one above it.
func writableFolder(dir string) error {
	for {
		info, err := os.Stat(dir)
		if err == nil && !info.IsDir() {
			return fmt.Errorf("%s is a file, expected a folder", dir)
		}
		if err == nil {
			break
		}
		if !errors.Is(err, fs.ErrNotExist) || dir == filepath.Dir(dir) {
			return err
		}
		dir = filepath.Dir(dir)
	}
	probe, err := os.CreateTemp(dir, ".apicel-report-*")
	if err != nil {
		return err
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}

// errFault stands for a panic, of which more has been said already.
var errFault = errors.New("it could not be made, because of the fault above")

// writeReport writes a report; a file appears whole or not at all. A format that
// panics keeps no other from being written.
func (a *app) writeReport(t reportTarget, r *runner.Report) (err error) {
	defer func() {
		if value := recover(); value != nil {
			a.fault("the report "+t.format.Name, value, debug.Stack())
			err = errFault
		}
	}()
	write := func(w io.Writer) error { return t.format.Write(w, r) }
	if t.format.Name == formatOfGitHub {
		write = func(w io.Writer) error { return a.writeAnnotations(w, r) }
		defer func() { err = errors.Join(err, a.appendSummary(r)) }()
	}
	switch t.path {
	case "":
		return write(a.stderr) // GitHub reads commands there too, and standard output may be a program's
	case toStdout:
		return write(a.stdout)
	}
	return files.WriteAtomic(t.path, write)
}

// writeReports writes all reports, whatever becomes of the others, and tells
// whether all that were asked for could be written.
func (a *app) writeReports(targets []reportTarget, r *runner.Report) bool {
	ok := true
	for _, t := range targets {
		if err := a.writeReport(t, r); err != nil {
			a.say("report %s: %v", t.format.Name, err)
			if t.hasEarlier() {
				a.hint(t.path + " is still the report of an earlier run")
			}
			ok = ok && t.byItself
		}
	}
	return ok
}

// hasEarlier tells whether a report that could not be written has left a file that
// was there before, which readers may take for it.
func (t reportTarget) hasEarlier() bool {
	if t.path == toStdout || t.format.Name == formatOfGitHub { // of which the summary may be what failed
		return false
	}
	info, err := os.Stat(t.path)
	return err == nil && info.Mode().IsRegular() && info.Size() > 0
}

// formatNames lists the formats for people.
func formatNames() string {
	names := make([]string, len(reporters.Formats))
	for i, f := range reporters.Formats {
		names[i] = f.Name
	}
	return strings.Join(names, ", ")
}

// wantsStdout tells whether a report takes standard output, so that the
// console has to go elsewhere.
func wantsStdout(targets []reportTarget) bool {
	for _, t := range targets {
		if t.path == toStdout {
			return true
		}
	}
	return false
}
