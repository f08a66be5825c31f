//go:build unix

package files

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestReadRefusesWhatHasNoEnd(t *testing.T) {
	tree(t)
	if err := syscall.Mkfifo("pipe", 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"pipe": "it is a named pipe", "/dev/zero": "it is a device"} {
		if _, err := Read(path, 10); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, expected %q", path, err, want)
		}
	}
}

func TestWriteAtomicToStreams(t *testing.T) {
	tree(t)
	if err := WriteAtomic("/dev/null", text("x")); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat("/dev/null"); err != nil || info.Mode().IsRegular() {
		t.Fatalf("/dev/null is now %v, %v", info.Mode(), err)
	}
	if err := syscall.Mkfifo("pipe", 0o600); err != nil {
		t.Fatal(err)
	}
	got := make(chan string)
	go func() {
		data, _ := os.ReadFile("pipe")
		got <- string(data)
	}()
	if err := WriteAtomic("pipe", text("through")); err != nil {
		t.Error(err)
	}
	if data := <-got; data != "through" {
		t.Errorf("%q came through the pipe", data)
	}
}

func TestPolicyRefusesWhatHasNoEnd(t *testing.T) {
	project(t)
	if err := syscall.Mkfifo("proj/suites/pipe", 0o600); err != nil {
		t.Fatal(err)
	}
	p := policy(t, asked, "")
	if _, err := p.Read(asked, "pipe", 10); err == nil || !strings.Contains(err.Error(), "it is a named pipe, expected a file") {
		t.Error(err)
	}
	if err := p.Write(asked, "pipe", text("x")); err == nil || !strings.Contains(err.Error(), "cannot write proj/suites/pipe: it is a named pipe") {
		t.Error(err)
	}
	if _, err := policy(t, asked, "/").Read(asked, "/dev/zero", 10); err == nil || !strings.Contains(err.Error(), "it is a device") {
		t.Error(err)
	}
}

// swapped says of a named pipe that it is a file, as if it took the file's place
// after the question.
type swapped struct{ system }

func (swapped) Stat(string) (os.FileInfo, error) { return os.Stat("file") }

// TestReadWaitsForNobody would hang if opening a named pipe waited for a writer.
func TestReadWaitsForNobody(t *testing.T) {
	tree(t, "file")
	if err := syscall.Mkfifo("pipe", 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := readIn(swapped{}, "pipe", "pipe", 10); err == nil || !strings.Contains(err.Error(), "it is a named pipe") {
		t.Error(err)
	}
}

func TestPolicyPermissions(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may read everything")
	}
	dir := project(t)
	for _, locked := range []string{"proj/shared", "other"} {
		if err := os.Chmod(locked, 0); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.Chmod(filepath.Join(dir, locked), 0o755) })
	}
	for path, want := range map[string]string{
		"../shared/ca.pem":   "cannot read proj/shared/ca.pem: permission denied",
		"../../other/secret": "it lies outside",
	} {
		if _, err := policy(t, asked, "").Read(asked, path, 10); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, expected %q", path, err, want)
		}
	}
}
