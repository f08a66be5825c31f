//go:build linux

package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/apicel/apicel/reporters"
	"github.com/apicel/apicel/runner"
)

// TestReportOnFullDisk writes to a file system that has no room.
func TestReportOnFullDisk(t *testing.T) {
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("no small file system can be mounted here: %v", err)
	}
	defer func() {
		if err := syscall.Unmount(disk, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	}()
	in := filepath.Join(t.TempDir(), "in.json")
	var text bytes.Buffer
	suite := &runner.SuiteReport{File: "a.apicel.yaml", Status: runner.StatusPassed}
	for range 1000 {
		suite.Queries = append(suite.Queries, &runner.QueryReport{Name: "q", Status: runner.StatusPassed})
	}
	if err := reporters.WriteJSON(&text, &runner.Report{Version: runner.ReportVersion, Suites: []*runner.SuiteReport{suite}}); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(disk, "out.json")
	for name, data := range map[string][]byte{in: text.Bytes(), out: []byte("before")} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var stdout, stderr bytes.Buffer
	code := Command{Stdout: &stdout, Stderr: &stderr, Args: []string{"report", "json", in, "-o", out}}.Run(context.Background())
	if code != ExitIO || !strings.Contains(stderr.String(), "no space left on device") {
		t.Errorf("exit %d: %s", code, stderr.String())
	}
	if got, err := os.ReadFile(out); err != nil || string(got) != "before" {
		t.Errorf("the report before is %q, %v", got, err)
	}
	if left, err := os.ReadDir(disk); err != nil || len(left) != 1 {
		t.Errorf("left over: %v, %v", left, err)
	}
}

// A format that panics costs its own report only.
func TestReportThatPanics(t *testing.T) {
	var stdout, stderr bytes.Buffer
	a := newApp(Command{Stdout: &stdout, Stderr: &stderr})
	file := filepath.Join(t.TempDir(), "broken.txt")
	broken := reporters.Format{Name: "broken", Write: reporters.Formats[0].Write}
	targets := []reportTarget{{format: broken, path: file}, {format: reporters.Formats[0], path: toStdout}}
	report := &runner.Report{Suites: []*runner.SuiteReport{nil}} // which no format can read
	if a.writeReports(targets, report) {
		t.Error("all were written")
	}
	for _, want := range []string{"internal error in the report broken", "report broken: it could not be made", "internal error in the report junit"} {
		if !strings.Contains(stderr.String(), want) {
			t.Errorf("%q is not said:\n%s", want, stderr.String())
		}
	}
	if left, err := os.ReadDir(filepath.Dir(file)); err != nil || len(left) != 0 {
		t.Errorf("left over: %v, %v", left, err)
	}
	report.Suites = nil
	if !a.writeReports(targets[1:], report) || !strings.HasPrefix(stdout.String(), "<?xml") {
		t.Errorf("the other report is %q", stdout.String())
	}
}
