//go:build unix

package files

import (
	"os"
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
