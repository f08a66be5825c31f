package spec

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// project makes a folder with the files, of which the contents are given by
// name, and a file beside it, and returns the folder.
func project(t *testing.T, contents map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	root := filepath.Join(dir, "project")
	all := map[string]string{"../outside.yaml": "source: {base_url: \"http://127.0.0.1\"}\n"}
	for name, text := range contents {
		all[name] = text
	}
	for name, text := range all {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func link(t *testing.T, target, name string) {
	t.Helper()
	if err := os.Symlink(target, name); err != nil {
		t.Skipf("no links here: %v", err)
	}
}

const oneQuery = "queries:\n  - name: one\n    get: /\n"

func TestSourceFile(t *testing.T) {
	s := Load([]string{"testdata/ok/source-file/suite.yaml"}, "testdata")[0]
	if len(s.Problems) > 0 || s.Source == nil || s.Files == nil {
		t.Fatalf("%v", s.Problems)
	}
	const file = "testdata/ok/source-file/source.yaml"
	for what, pos := range map[string]Pos{
		"source": s.Source.Pos, "base_url": s.Source.BaseURL.Pos, "secret": s.Secrets[0].FilePath.Pos, "header": s.Source.Headers[0].Values[0].Pos,
	} {
		if pos.File.Name != file {
			t.Errorf("%s is at %v", what, pos)
		}
	}
	var vars []string
	for _, v := range s.Vars {
		vars = append(vars, v.Name.Value+"="+v.Value.Scalar.Value+" in "+filepath.Base(v.Name.Pos.File.Name))
	}
	if !slices.Equal(vars, []string{"region=us in suite.yaml", "api=http://127.0.0.1:8080 in source.yaml"}) {
		t.Errorf("vars are %q", vars)
	}
}

// TestSourceFileUnread says that what either file could not declare is handed
// out once, and that a suite's own entry wins, also one that is wrong.
func TestSourceFileUnread(t *testing.T) {
	root := project(t, map[string]string{
		"a.yaml": "vars: {own: 0x1, both: 0x1}\nsecrets: {s: {env: S}, t: {}}\nsource: s.yaml\n" + oneQuery,
		"s.yaml": "vars: {own: 1, both: 0x2, theirs: 0x3, fine: 1}\nsecrets: {s: {}, t: {env: T}, u: {}}\nsource: {base_url: \"http://127.0.0.1\"}\n",
	})
	s := Load([]string{filepath.Join(root, "a.yaml")}, root)[0]
	if len(s.Vars) != 1 || s.Vars[0].Name.Value != "fine" || len(s.Secrets) != 1 || s.Secrets[0].Env.Value != "S" {
		t.Errorf("vars %v, secrets %v", s.Vars, s.Secrets)
	}
	if !slices.Equal(s.Unread.Vars, []string{"own", "both", "theirs"}) || !slices.Equal(s.Unread.Secrets, []string{"t", "u"}) {
		t.Errorf("unread are %+v", s.Unread)
	}
}

// TestSourcePaths says which files a suite may name as its source.
func TestSourcePaths(t *testing.T) {
	const source = "source: {base_url: \"http://127.0.0.1\"}\n"
	root := project(t, map[string]string{
		"sources/s.yaml": source, "s.yaml": source, "suites/s.yaml": source, "sources/large.yaml": strings.Repeat("#", MaxFileSize+1),
	})
	link(t, "../sources/s.yaml", filepath.Join(root, "suites/inside.yaml"))
	link(t, "../../outside.yaml", filepath.Join(root, "suites/outside.yaml"))
	link(t, "..", filepath.Join(root, "suites/up"))
	link(t, "../..", filepath.Join(root, "suites/out"))
	link(t, "gone.yaml", filepath.Join(root, "suites/dangling.yaml"))
	link(t, "loop.yaml", filepath.Join(root, "suites/loop.yaml"))
	for path, want := range map[string]string{
		"s.yaml":                              "",
		"./s.yaml":                            "",
		"../s.yaml":                           "",
		"../sources/s.yaml":                   "",
		"../../project/s.yaml":                "",
		filepath.Join(root, "sources/s.yaml"): "",
		"inside.yaml":                         "",
		"up/s.yaml":                           "",
		"../../outside.yaml":                  "lies outside of the project",
		"/etc/hosts":                          "lies outside of the project",
		"outside.yaml":                        "outside of the project",
		"out/outside.yaml":                    "outside of the project",
		"dangling.yaml":                       "does not exist",
		"loop.yaml":                           "too many",
		"gone.yaml":                           "no such file",
		"gone/s.yaml":                         "no such file",
		"../sources":                          "it is a folder",
		".":                                   "it is a folder",
		"s.yaml/x":                            "cannot read",
		"../sources/large.yaml":               "at most 16 MiB are read",
		"a\\0b":                               "control character",
	} {
		file := filepath.Join(root, "suites/a.apicel.yaml")
		if err := os.WriteFile(file, []byte("source: \""+path+"\"\n"+oneQuery), 0o600); err != nil {
			t.Fatal(err)
		}
		s := Load([]string{file}, root)[0]
		switch {
		case want == "" && (len(s.Problems) > 0 || s.Source == nil):
			t.Errorf("%s: %v", path, s.Problems)
		case want != "" && (len(s.Problems) != 1 || !strings.Contains(s.Problems[0].Message, want) || s.Problems[0].Pos != (Pos{s.File, 1, 9}) || s.Source != nil):
			t.Errorf("%s: %v, expected %q", path, s.Problems, want)
		}
	}
}

func TestLoadWithoutRoot(t *testing.T) {
	root := project(t, map[string]string{
		"suites/a.apicel.yaml": "source: ../s.yaml\n" + oneQuery, "s.yaml": "source: {base_url: \"http://127.0.0.1\"}\n", ".git": "",
	})
	name := filepath.Join(root, "suites/a.apicel.yaml")
	if s := Load([]string{name}, "")[0]; len(s.Problems) > 0 {
		t.Errorf("the root is found by .git: %v", s.Problems)
	}
	if s := Load([]string{name}, filepath.Join(root, "suites"))[0]; len(s.Problems) != 1 || !strings.Contains(s.Problems[0].Message, "outside of the project") {
		t.Errorf("a narrower root: %v", s.Problems)
	}
	for _, none := range []string{filepath.Join(root, "none"), filepath.Join(root, "s.yaml")} {
		s := Load([]string{name}, none)[0]
		if len(s.Problems) != 1 || s.Problems[0].Pos != (Pos{s.File, 1, 1}) || s.Name.Value != "a" {
			t.Errorf("root %s: %v", none, s.Problems)
		}
	}
}

// TestParseReadsNoFiles says that a suite whose content is at hand names none.
func TestParseReadsNoFiles(t *testing.T) {
	s := parse("source: s.yaml\n" + oneQuery)
	if len(s.Problems) != 1 || !strings.Contains(s.Problems[0].Message, "no other files can be read here") || s.Files != nil {
		t.Errorf("%v", s.Problems)
	}
}
