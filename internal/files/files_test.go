package files

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// tree makes files below a new folder and goes there. A name that ends in a
// slash is a folder, "a -> b" is a link.
func tree(t *testing.T, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	t.Chdir(dir)
	for _, name := range names {
		link, target, isLink := strings.Cut(name, " -> ")
		if err := os.MkdirAll(filepath.Dir(link), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		switch {
		case isLink:
			err = os.Symlink(target, link)
		case strings.HasSuffix(name, "/"):
			err = os.MkdirAll(name, 0o755)
		default:
			err = os.WriteFile(name, []byte(name), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestDiscover(t *testing.T) {
	tree(t, "b.apicel.yaml", "a.apicel.yaml", "other.yaml", "_skip.apicel.yaml", ".hidden.apicel.yaml",
		"sub/c.apicel.yaml", "_sub/d.apicel.yaml", ".git/e.apicel.yaml", "sub/deep/f.apicel.yaml", "empty/x.txt",
		"folder.apicel.yaml/g.apicel.yaml", "yml/h.apicel.yml", "links/to.apicel.yaml -> ../other.yaml",
		"links/loop -> ..", "links/nowhere.apicel.yaml -> gone", "toSub -> sub", "toFile -> other.yaml",
		"toFolder/x.apicel.yaml -> ../sub")
	for _, tt := range []struct {
		args []string
		want string
		err  string
	}{
		{nil, "", ""},
		{[]string{"sub"}, "sub/c.apicel.yaml sub/deep/f.apicel.yaml", ""},
		{[]string{"sub/"}, "sub/c.apicel.yaml sub/deep/f.apicel.yaml", ""},
		{[]string{"other.yaml"}, "other.yaml", ""},
		{[]string{"_skip.apicel.yaml", ".hidden.apicel.yaml"}, "_skip.apicel.yaml .hidden.apicel.yaml", ""},
		{[]string{"_sub", ".git"}, "_sub/d.apicel.yaml .git/e.apicel.yaml", ""},
		{[]string{"b.apicel.yaml", "a.apicel.yaml"}, "b.apicel.yaml a.apicel.yaml", ""},
		{[]string{"sub", "./sub/c.apicel.yaml", "sub/../sub"}, "sub/c.apicel.yaml sub/deep/f.apicel.yaml", ""},
		{[]string{"sub/deep/f.apicel.yaml", "sub"}, "sub/deep/f.apicel.yaml sub/c.apicel.yaml", ""},
		{[]string{"links"}, "links/nowhere.apicel.yaml links/to.apicel.yaml", ""},
		{[]string{"toSub", "toFile"}, "toSub/c.apicel.yaml toSub/deep/f.apicel.yaml toFile", ""},
		{[]string{"folder.apicel.yaml"}, "folder.apicel.yaml/g.apicel.yaml", ""},
		{[]string{"."}, "a.apicel.yaml b.apicel.yaml folder.apicel.yaml/g.apicel.yaml links/nowhere.apicel.yaml links/to.apicel.yaml sub/c.apicel.yaml sub/deep/f.apicel.yaml", ""},
		{[]string{"sub", "gone.yaml"}, "", "cannot read gone.yaml: no such file"},
		{[]string{"gone.yaml", "sub", "empty", "lost"}, "", "cannot read gone.yaml: no such file or directory\nno suites below empty: " +
			"their names end in .apicel.yaml and begin with neither \"_\" nor \".\"\ncannot read lost: no such file"},
		{[]string{"empty"}, "", "no suites below empty: their names end in .apicel.yaml"},
		{[]string{"toFolder"}, "", "no suites below toFolder"},
		{[]string{"yml"}, "", "yml/h.apicel.yml is not one"},
	} {
		got, err := Discover(tt.args)
		if tt.err != "" {
			if err == nil || !strings.Contains(filepath.ToSlash(err.Error()), tt.err) {
				t.Errorf("%q: %v, %v, expected the error %q", tt.args, got, err, tt.err)
			}
			continue
		}
		if err != nil || filepath.ToSlash(strings.Join(got, " ")) != tt.want {
			t.Errorf("%q: %q, %v, expected %q", tt.args, got, err, tt.want)
		}
	}
}

func TestDiscoverAbsolute(t *testing.T) {
	dir := tree(t, "a.apicel.yaml")
	got, err := Discover([]string{dir, "a.apicel.yaml"})
	if want := []string{filepath.Join(dir, "a.apicel.yaml")}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v, expected %q", got, err, want)
	}
}

func TestRead(t *testing.T) {
	tree(t, "a", "folder/", "link -> a", "loop -> loop")
	for _, limit := range []int64{1, 2, 1 << 40} {
		data, err := Read("a", limit)
		if err != nil || string(data) != "a" {
			t.Errorf("limit %d: %q, %v", limit, data, err)
		}
	}
	if data, err := Read("link", 10); err != nil || string(data) != "a" {
		t.Errorf("%q, %v", data, err)
	}
	for path, want := range map[string]string{
		"gone":   "cannot read gone: no such file",
		"folder": "cannot read folder: it is a folder, expected a file",
		"loop":   "cannot read loop: too many levels",
	} {
		if data, err := Read(path, 10); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %q, %v, expected %q", path, data, err, want)
		}
	}
	if _, err := Read("gone", 10); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v is not fs.ErrNotExist", err)
	}
	if err := os.WriteFile("large", make([]byte, 3<<20), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Read("large", 1<<20); err == nil || err.Error() != "cannot read large: it has 3 MiB, at most 1 MiB are read" {
		t.Error(err)
	}
	// What grows while it is read.
	if _, err := readAll(bytes.NewReader(make([]byte, 11)), "x", 1, 10); err == nil || !strings.Contains(err.Error(), "more than 10 bytes") {
		t.Error(err)
	}
}

func TestSize(t *testing.T) {
	for n, want := range map[int64]string{0: "0 bytes", 1023: "1023 bytes", 1024: "1 KiB", 1536: "1.5 KiB", 64 << 20: "64 MiB", 5 << 40: "5 TiB", 5000 << 40: "5000 TiB"} {
		if got := Size(n); got != want {
			t.Errorf("%d: %s, expected %s", n, got, want)
		}
	}
}

func TestRoot(t *testing.T) {
	dir := tree(t, "repo/.git/HEAD", "repo/sub/deep/a.yaml", "worktree/.git", "worktree/x/a.yaml")
	for path, want := range map[string]string{
		"repo/sub/deep/a.yaml":  "repo",
		"repo/sub/gone/a.yaml":  "repo",
		"repo/a.yaml":           "repo",
		"repo/sub":              "repo",
		"worktree/x/a.yaml":     "worktree",
		dir + "/repo/sub/a.yml": "repo",
	} {
		if got := Root(path); got != filepath.Join(dir, want) {
			t.Errorf("%s: %s, expected %s", path, got, filepath.Join(dir, want))
		}
	}
	// The temporary folder may lie in a repository.
	if got := Root("none/x/a.yaml"); !strings.HasPrefix(dir, got) && got != filepath.Join(dir, "none/x") {
		t.Errorf("%s", got)
	}
}

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
}

func TestWriteAtomic(t *testing.T) {
	tree(t, "old", "locked", "folder/", "link -> old", "sub/up -> ../dangling", "loop -> loop")
	if err := os.Chmod("locked", 0o600); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat("old")
	if err != nil {
		t.Fatal(err)
	}
	plain := info.Mode().Perm() // what the umask leaves
	long := strings.Repeat("0123456789", 20_000)
	for _, tt := range []struct {
		path, content, written string
		mode                   fs.FileMode
	}{
		{"new", "x", "new", plain},
		{"old", long, "old", plain},
		{"locked", "y", "locked", 0o600},
		{"link", "z", "old", plain},
		{"sub/up", "u", "dangling", plain},
		{"made/up/file", "m", "made/up/file", plain},
		{"empty", "", "empty", plain},
	} {
		if err := WriteAtomic(tt.path, text(tt.content)); err != nil {
			t.Errorf("%s: %v", tt.path, err)
			continue
		}
		data, err := os.ReadFile(tt.written)
		if err != nil || string(data) != tt.content {
			t.Errorf("%s: %d bytes in %s, %v", tt.path, len(data), tt.written, err)
		}
		if info, err := os.Stat(tt.written); err != nil || info.Mode().Perm() != tt.mode {
			t.Errorf("%s: %v, %v, expected %v", tt.path, info.Mode(), err, tt.mode)
		}
	}
	if target, err := os.Readlink("link"); err != nil || target != "old" {
		t.Errorf("the link is now %q, %v", target, err)
	}
	for path, want := range map[string]string{"folder": "it is a folder", "loop": "too many links", "new/below": "not a directory"} {
		if err := WriteAtomic(path, text("x")); err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "cannot write "+path+": ") {
			t.Errorf("%s: %v, expected %q", path, err, want)
		}
	}
	expectNoTemporary(t)
}

func TestWriteAtomicLeavesNothingOnFailure(t *testing.T) {
	tree(t, "old")
	failed := errors.New("failed")
	half := func(w io.Writer) error { _, _ = io.WriteString(w, strings.Repeat("x", 100_000)); return failed }
	for _, path := range []string{"old", "new"} {
		if err := WriteAtomic(path, half); !errors.Is(err, failed) {
			t.Errorf("%s: %v", path, err)
		}
	}
	func() {
		defer func() { _ = recover() }()
		_ = WriteAtomic("old", func(io.Writer) error { panic("in write") })
	}()
	if data, err := os.ReadFile("old"); err != nil || string(data) != "old" {
		t.Errorf("%q, %v", data, err)
	}
	if _, err := os.Stat("new"); !errors.Is(err, fs.ErrNotExist) {
		t.Error("new is there")
	}
	expectNoTemporary(t)
}

func expectNoTemporary(t *testing.T) {
	t.Helper()
	left, err := filepath.Glob(".*.tmp")
	if err != nil || len(left) > 0 {
		t.Errorf("left over: %q, %v", left, err)
	}
}

// Whoever looks into a project of somebody else is not shown what a link in it
// points at elsewhere.
func TestDiscoverStaysInTheProject(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "private.txt")
	if err := os.WriteFile(outside, []byte("private"), 0o600); err != nil {
		t.Fatal(err)
	}
	tree(t, ".git/", "lib/shared.yaml", "suites/in.apicel.yaml -> ../lib/shared.yaml", "evil/out.apicel.yaml -> "+outside)
	if found, err := Discover([]string{"suites"}); err != nil || len(found) != 1 {
		t.Errorf("found %q, %v", found, err)
	}
	if found, err := Discover([]string{"evil"}); err == nil || !strings.Contains(err.Error(), "leads out of the project") {
		t.Errorf("found %q, %v", found, err)
	}
	if found, err := Discover([]string{"evil/out.apicel.yaml"}); err != nil || len(found) != 1 {
		t.Errorf("named itself, found %q, %v", found, err)
	}
}
