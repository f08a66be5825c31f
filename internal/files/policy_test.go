package files

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// project is a project beside files that are none of its business. The files
// of a suite in suites are asked for from it.
func project(t *testing.T) string {
	t.Helper()
	return tree(t, "proj/.git/HEAD", "proj/suites/a.apicel.yaml", "proj/suites/rows.csv", "proj/shared/ca.pem",
		"proj/suites/sub/deep.json", "secret", "other/secret",
		"proj/suites/toRows -> rows.csv", "proj/suites/toToRows -> toRows", "proj/suites/toShared -> ../shared",
		"proj/suites/toSecret -> ../../secret", "proj/suites/toOther -> ../../other", "proj/suites/chain -> toSecret",
		"proj/suites/nowhere -> gone", "proj/suites/nowhereOut -> ../../gone", "proj/suites/loop -> loop",
		"proj/suites/ping -> pong", "proj/suites/pong -> ping", "proj/suites/back -> ../../proj/suites/rows.csv",
		"linked -> proj")
}

const asked = "proj/suites/a.apicel.yaml"

func policy(t *testing.T, suite, root string) *Policy {
	t.Helper()
	p, err := NewPolicy(suite, root)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPolicyReads(t *testing.T) {
	dir := project(t)
	for _, p := range []*Policy{
		policy(t, asked, ""), policy(t, asked, "proj"), policy(t, asked, "./other/../proj/"),
		policy(t, asked, dir+"/proj"), policy(t, asked, "linked"), policy(t, "linked/suites/a.apicel.yaml", ""),
	} {
		for _, tt := range []struct{ from, path, want string }{
			{asked, "rows.csv", "suites/rows.csv"},
			{asked, "./sub//deep.json", "suites/sub/deep.json"},
			{asked, "../shared/ca.pem", "shared/ca.pem"},
			{asked, "../../proj/shared/ca.pem", "shared/ca.pem"},
			{asked, "toRows", "suites/rows.csv"},
			{asked, "toToRows", "suites/rows.csv"},
			{asked, "toShared/ca.pem", "shared/ca.pem"},
			{asked, "back", "suites/rows.csv"},
			// Text first: the folder beside the link, not the one beside its target.
			{asked, "toShared/../rows.csv", "suites/rows.csv"},
			{asked, "toOther/../rows.csv", "suites/rows.csv"},
			{asked, dir + "/proj/suites/rows.csv", "suites/rows.csv"},
			{asked, dir + "/linked/suites/rows.csv", "suites/rows.csv"},
			{"linked/suites/a.apicel.yaml", "rows.csv", "suites/rows.csv"},
			{dir + "/" + asked, "rows.csv", "suites/rows.csv"},
			{"proj/a.apicel.yaml", "suites/rows.csv", "suites/rows.csv"},
		} {
			data, err := p.Read(tt.from, tt.path, 100)
			if err != nil || string(data) != "proj/"+tt.want {
				t.Errorf("root %s: %s: %q, %v", p.named, tt.path, data, err)
			}
			abs, err := p.Path(tt.from, tt.path)
			if err != nil || abs != filepath.Join(p.Root(), filepath.FromSlash(tt.want)) {
				t.Errorf("root %s: %s: %q, %v", p.named, tt.path, abs, err)
			}
		}
	}
}

func TestPolicyRefuses(t *testing.T) {
	dir := project(t)
	const below = "put it below that folder, or name another with --root"
	const itself = "put the file itself below that folder, or name another with --root"
	const relative = "a path is relative to the folder of the file that it stands in, here " + asked
	for _, tt := range []struct {
		path, message, hint string
		is                  error
	}{
		{"../../secret", "secret: it lies outside of the project " + dir + "/proj", below, ErrOutside},
		{"../../../../../../../../../../etc/passwd", "it lies outside of the project", below, ErrOutside},
		{dir + "/secret", dir + "/secret: it lies outside", below, ErrOutside},
		{"/", "/: it lies outside", below, ErrOutside},
		{"../..", ".: it lies outside", below, ErrOutside},
		{"../../project-of-others/x", "it lies outside", below, ErrOutside},
		{"../../proj2", "it lies outside", below, ErrOutside},
		{dir + "/secret/below/a/file", "it lies outside", below, ErrOutside},
		{dir + "/gone/gone", "it lies outside", below, ErrOutside},
		{"toSecret", "proj/suites/toSecret: a link leads outside of the project " + dir + "/proj", itself, ErrOutside},
		{"chain", "a link leads outside", itself, ErrOutside},
		{"toOther/secret", "a link leads outside", itself, ErrOutside},
		{"toOther/gone", "a link leads outside", itself, ErrOutside},
		{"gone.csv", "cannot read proj/suites/gone.csv: no such file", relative, fs.ErrNotExist},
		{"gone/gone.csv", "cannot read proj/suites/gone/gone.csv: no such file", relative, fs.ErrNotExist},
		{"rows.csv/x", "not a directory", "", nil},
		{`sub\deep.json`, "no such file", `write folders with / instead of \, which is right on every system`, fs.ErrNotExist},
		{"nowhere", "it is behind a link to a file that does not exist", "", fs.ErrNotExist},
		{"nowhere/x", "it is behind a link to a file that does not exist", "", fs.ErrNotExist},
		{"nowhereOut", "it is behind a link to a file that does not exist", "", fs.ErrNotExist},
		{"loop", "cannot read proj/suites/loop: too many links", "", nil},
		{"ping", "too many links", "", nil},
		{"loop/x", "too many links", "", nil},
		{"", "cannot read a file whose path is empty", "", nil},
		{".", "cannot read proj/suites: it is a folder, expected a file", "", nil},
		{"sub", "it is a folder", "", nil},
		{"toShared", "it is a folder", "", nil},
		{"..", "cannot read proj: it is a folder", "", nil},
		{"rows.csv\x00.png", `cannot read "rows.csv\x00.png": a path cannot hold a NUL character`, "", nil},
		{strings.Repeat("a/", 1<<20), "cannot read a file whose path has 2097152 bytes, at most 4096 are possible", "", nil},
		{strings.Repeat("a/", maxPath/2-1), "bytes, at most 4096 are possible", "", nil},
		{strings.Repeat("n", 300), "name too long", "", nil},
	} {
		_, err := policy(t, asked, "").Read(asked, tt.path, 100)
		if err == nil || !strings.Contains(err.Error(), tt.message) || Hint(err) != tt.hint || tt.is != nil && !errors.Is(err, tt.is) {
			t.Errorf("%.40q: %v (%s), expected %q (%s)", tt.path, err, Hint(err), tt.message, tt.hint)
		}
	}
	if _, err := (*Policy)(nil).Read(asked, "rows.csv", 100); err == nil || err.Error() != "cannot read proj/suites/rows.csv: no files may be read or written here" {
		t.Error(err)
	}
	if _, err := policy(t, asked, "").Read(asked, "rows.csv", 3); err == nil || !strings.Contains(err.Error(), "at most 3 bytes are read") {
		t.Error(err)
	}
}

func TestNewPolicy(t *testing.T) {
	dir := project(t)
	for _, tt := range []struct{ suite, root, want string }{
		{asked, "", "proj"},
		{asked, "proj/suites", "proj/suites"},
		{asked, ".", ""},
		{asked, "/", "/"},
		{asked, "linked", "proj"},
		{asked, "linked/suites/toShared", "proj/shared"},
		{"other/x.apicel.yaml", "", "other"},
		{"gone/x.apicel.yaml", "proj", "proj"},
	} {
		want := filepath.Join(dir, tt.want)
		if tt.want == "/" {
			want = "/"
		}
		if p := policy(t, tt.suite, tt.root); p.Root() != want {
			t.Errorf("%s, %q: %s, expected %s", tt.suite, tt.root, p.Root(), want)
		}
	}
	for root, want := range map[string]string{
		"gone":               "cannot take gone as the project's root: no such file",
		"secret":             "cannot take secret as the project's root: it is a file, expected a folder",
		"proj/suites/loop":   "cannot take proj/suites/loop as the project's root: too many links",
		"proj/suites/toRows": "it is a file, expected a folder",
	} {
		if p, err := NewPolicy(asked, root); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %v", root, p, err)
		}
	}
}

// TestPolicyOfAll is a root that leaves nothing out.
func TestPolicyOfAll(t *testing.T) {
	dir := project(t)
	p := policy(t, asked, "/")
	for _, path := range []string{"../../secret", "toSecret", dir + "/secret"} {
		if data, err := p.Read(asked, path, 100); err != nil || string(data) != "secret" {
			t.Errorf("%s: %q, %v", path, data, err)
		}
	}
}

// TestPolicyKnowsItsRoot stands for file systems on which the root has several
// names: its text is another, the folder is the same.
func TestPolicyKnowsItsRoot(t *testing.T) {
	dir := project(t)
	p := policy(t, asked, "")
	p.root, p.named = filepath.Join(dir, "PROJ"), filepath.Join(dir, "PROJ")
	for path, want := range map[string]string{"proj/suites/rows.csv": "suites/rows.csv", "proj/suites/new/file": "suites/new/file", "proj": "."} {
		if inside, ok := p.below(filepath.Join(dir, path)); !ok || filepath.ToSlash(inside) != want {
			t.Errorf("%s: %s, %t", path, inside, ok)
		}
	}
	for _, path := range []string{"", "other/secret", "secret"} {
		if inside, ok := p.below(filepath.Join(dir, path)); ok {
			t.Errorf("%s: %s", path, inside)
		}
	}
}

func TestPolicyPathOfNewFile(t *testing.T) {
	dir := project(t)
	p := policy(t, asked, "")
	for path, want := range map[string]string{
		"new":                  "suites/new",
		"snapshots/a/new.json": "suites/snapshots/a/new.json",
		"toShared/new/file":    "shared/new/file",
		"gone/../new":          "suites/new",
	} {
		if got, err := p.Path(asked, path); err != nil || got != filepath.Join(dir, "proj", want) {
			t.Errorf("%s: %s, %v", path, got, err)
		}
	}
	for _, path := range []string{"../../new", "toOther/new", "toOther/new/new", "nowhere", "nowhereOut", "loop/new", "rows.csv/new", ""} {
		if got, err := p.Path(asked, path); err == nil {
			t.Errorf("%s: %s", path, got)
		}
	}
}

func TestPolicyWrites(t *testing.T) {
	dir := project(t)
	p := policy(t, asked, "")
	for path, want := range map[string]string{
		"new":                                    "suites/new",
		"snapshots/a/new.json":                   "suites/snapshots/a/new.json",
		"rows.csv":                               "suites/rows.csv",
		"toToRows":                               "suites/rows.csv",
		"toShared/ca.pem":                        "shared/ca.pem",
		"toShared/snapshots/new":                 "shared/snapshots/new",
		"../" + strings.Repeat("n", 255):         strings.Repeat("n", 255),
		filepath.Join(dir, "linked/suites/abs"):  "suites/abs",
		filepath.Join(dir, "linked/new/and/abs"): "new/and/abs",
	} {
		if err := p.Write(asked, path, text("for "+path)); err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if data, err := os.ReadFile(filepath.Join("proj", want)); err != nil || string(data) != "for "+path {
			t.Errorf("%s: %q, %v", path, data, err)
		}
	}
	if target, err := os.Readlink("proj/suites/toToRows"); err != nil || target != "toRows" {
		t.Errorf("the link is now %q, %v", target, err)
	}
	for path, want := range map[string]string{
		"../../secret":   "cannot write secret: it lies outside of the project",
		"../../new":      "cannot write new: it lies outside",
		"toSecret":       "cannot write proj/suites/toSecret: a link leads outside",
		"toOther/secret": "a link leads outside",
		"toOther/new":    "a link leads outside",
		"nowhereOut":     "cannot write proj/suites/nowhereOut: it is behind a link",
		"sub":            "cannot write proj/suites/sub: it is a folder, expected a file",
		"rows.csv/new":   "cannot write proj/suites/rows.csv/new: not a directory",
		"":               "cannot write a file whose path is empty",
	} {
		if err := p.Write(asked, path, text("x")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, expected %q", path, err, want)
		}
	}
	if data, err := os.ReadFile("secret"); err != nil || string(data) != "secret" {
		t.Errorf("%q, %v", data, err)
	}
	failed := errors.New("failed")
	if err := p.Write(asked, "rows.csv", func(io.Writer) error { return failed }); !errors.Is(err, failed) {
		t.Error(err)
	}
	for _, pattern := range []string{"proj/.*.tmp", "proj/*/.*.tmp", "other/*", "gone", "new"} {
		left, err := filepath.Glob(pattern)
		if err != nil || len(left) > 1 || len(left) == 1 && left[0] != "other/secret" {
			t.Errorf("left over: %q, %v", left, err)
		}
	}
}

// TestPolicyRace swaps a folder for a link to the outside while files below it
// are read and written: nothing outside is ever seen or touched.
func TestPolicyRace(t *testing.T) {
	project(t)
	p := policy(t, asked, "")
	if err := errors.Join(os.Mkdir("proj/suites/swap", 0o755), os.WriteFile("proj/suites/swap/secret", []byte("inside"), 0o644)); err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			// What fails is tried again; the last state is not looked at.
			_ = os.Rename("proj/suites/swap", "proj/suites/kept")
			_ = os.Symlink("../../other", "proj/suites/swap")
			_ = os.Remove("proj/suites/swap")
			_ = os.Rename("proj/suites/kept", "proj/suites/swap")
		}
	})
	for range 300 {
		data, err := p.Read(asked, "swap/secret", 100)
		if err == nil && string(data) != "inside" {
			t.Fatalf("read %q", data)
		}
		_ = p.Write(asked, "swap/secret", text("inside")) // may be in the way of the swap
	}
	close(stop)
	wg.Wait()
	if data, err := os.ReadFile("other/secret"); err != nil || string(data) != "other/secret" {
		t.Errorf("%q, %v", data, err)
	}
	if entries, err := os.ReadDir("other"); err != nil || len(entries) != 1 {
		t.Errorf("%v, %v", entries, err)
	}
}

func TestShown(t *testing.T) {
	for _, tt := range []struct{ from, path, want string }{
		{"a.yaml", "b", "b"},
		{"suites/a.yaml", "b", "suites/b"},
		{"suites/a.yaml", "./../c//b", "c/b"},
		{"suites/a.yaml", "../../b", "../b"},
		{"suites/a.yaml", "/x/../b", "/b"},
		{"/suites/a.yaml", "b", "/suites/b"},
		{"", "b", "b"},
	} {
		if got := Shown(tt.from, tt.path); got != tt.want {
			t.Errorf("%s, %s: %s, expected %s", tt.from, tt.path, got, tt.want)
		}
	}
}

func FuzzPolicy(f *testing.F) {
	for _, path := range []string{"rows.csv", "../../secret", "toSecret", "a\x00b", "", "/", `..\..\secret`, "toOther/../../../secret", "loop/x"} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		if strings.Count(path, "/") > 50 {
			return // keeps the fuzzer fast
		}
		dir := project(t)
		p := policy(t, asked, "")
		if data, err := p.Read(asked, path, 100); err == nil && !strings.HasPrefix(string(data), "proj/") {
			t.Errorf("read %q of %q", data, path)
		}
		if abs, err := p.Path(asked, path); err == nil && abs != dir+"/proj" && !strings.HasPrefix(abs, dir+"/proj/") {
			t.Errorf("%q is %s", path, abs)
		}
	})
}
