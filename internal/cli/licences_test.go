package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/google/licensecheck"
)

const licencesDoc = "../../docs/licences.md"

// allowedLicences are those that ask for no more than to be named, and for
// changes of MPL files to stay MPL.
var allowedLicences = []string{"Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MPL-2.0"}

// module is what go list says of a module in the program.
type module struct {
	Path, Version, Dir string
	Main               bool
}

// TestLicences says that docs/licences.md lists the modules that end up in the
// program on any system, and that each has a licence that is allowed.
func TestLicences(t *testing.T) {
	lines := map[string]string{}
	for _, system := range []string{"linux", "darwin", "windows"} {
		for _, m := range modules(t, system) {
			if lines[m.Path] == "" {
				lines[m.Path] = fmt.Sprintf("| `%s` | %s |\n", m.Path, licenceOf(t, m))
			}
		}
	}
	var table []string
	for _, line := range lines {
		table = append(table, line)
	}
	sort.Strings(table)
	want := "# Licences\n\napicel is under the Apache License 2.0. These modules are part of the program; allowed are\n" +
		strings.Join(allowedLicences, ", ") + ".\n\n| module | licence |\n| --- | --- |\n" + strings.Join(table, "") + "\nBack to the [contents](README.md).\n"
	if *update {
		if err := os.WriteFile(licencesDoc, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got := readFile(t, licencesDoc); got != want {
		t.Errorf("docs/licences.md is not what the program is made of; go test ./internal/cli -run TestLicences -update writes it")
	}
}

// modules are those whose packages the program imports.
func modules(t *testing.T, system string) []module {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps", "-json=Module", ".")
	cmd.Dir = "../.."
	cmd.Env = append(os.Environ(), "GOOS="+system, "CGO_ENABLED=0")
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		t.Fatalf("go list: %s", exit.Stderr)
	} else if err != nil {
		t.Skipf("go list cannot be run: %v", err)
	}
	var found []module
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct{ Module *module }
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return found
		} else if err != nil {
			t.Fatal(err)
		}
		if m := p.Module; m != nil && !m.Main && !slices.Contains(found, *m) {
			found = append(found, *m)
		}
	}
}

// licenceOf names the licences of a module's files, as SPDX does.
func licenceOf(t *testing.T, m module) string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(m.Dir, "LICEN[CS]E*"))
	if err != nil || len(paths) == 0 {
		t.Errorf("%s has no file with its licence", m.Path)
		return "?"
	}
	var names []string
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range licensecheck.Scan(data).Match {
			if !slices.Contains(names, match.ID) {
				names = append(names, match.ID)
			}
			if !slices.Contains(allowedLicences, match.ID) {
				t.Errorf("%s is under %s, which is not among those that are allowed", m.Path, match.ID)
			}
		}
	}
	if len(names) == 0 {
		t.Errorf("%s: the licence is not known", m.Path)
	}
	return strings.Join(names, ", ")
}
