// Package examples_test keeps the examples loadable and their table of
// contents complete.
package examples_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apicel/apicel/internal/demo"
	"github.com/apicel/apicel/spec"
)

// mistakes is the one suite that shows mistakes in the file itself.
const mistakes = "11-mistakes.apicel.yaml"

// suites returns the paths of all suites.
func suites(t *testing.T) []string {
	t.Helper()
	var paths []string
	for _, pattern := range []string{"*.apicel.yaml", "_failing/*.apicel.yaml", "_login/*.apicel.yaml"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %v, %v", pattern, found, err)
		}
		paths = append(paths, found...)
	}
	return paths
}

func TestEveryExampleLoads(t *testing.T) {
	for _, suite := range spec.Load(suites(t), "") {
		broken := filepath.Base(suite.File.Name) == mistakes
		if broken != suite.Problems.HasErrors() {
			t.Errorf("%s: errors expected: %t", suite.File.Name, broken)
		}
		if broken {
			continue
		}
		for _, p := range suite.Problems {
			t.Errorf("%v (%s)", p, p.Hint)
		}
	}
}

func TestEveryExampleTakesTheDemo(t *testing.T) {
	for _, suite := range spec.Load(suites(t), "") {
		if strings.HasSuffix(suite.File.Name, "07-no-answer.apicel.yaml") || suite.Source == nil {
			continue // it asks where nobody listens
		}
		got := suite.Source.BaseURL.Value
		if got != "${vars.demo_url}" && got != "${vars.demo_tls_url}" && !strings.HasPrefix(got, "${vars.demo_url.replace(") {
			t.Errorf("%s: base_url is %q", suite.File.Name, got)
		}
		if !slices.ContainsFunc(suite.Vars, isDemoURL) {
			t.Errorf("%s: no var is demo_url", suite.File.Name)
		}
	}
}

func isDemoURL(v spec.Var) bool {
	return v.Name.Value == "demo_url" && v.Value.Scalar.Value == "http://127.0.0.1:8080"
}

func TestTableOfContents(t *testing.T) {
	contents, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range suites(t) {
		path = filepath.ToSlash(path)
		name := strings.TrimSuffix(filepath.Base(path), ".apicel.yaml")
		if row := "| [" + name + "](" + path + ") | "; strings.Count(string(contents), row) != 1 {
			t.Errorf("README.md should have one row %s", row)
		}
	}
}

func TestSecretsAreTheDemosOwn(t *testing.T) {
	files := map[string]string{
		"demo-password.txt": demo.Password, "demo-api-key.txt": demo.APIKey, "demo-signing-key.txt": demo.SigningKey,
		"demo-client-secret.txt": demo.ServiceSecret, "demo-refresh-token.txt": demo.RefreshToken, "demo-aws-secret.txt": demo.AWSSecretAccessKey,
		"demo-aws-session.txt": "of-temporary-credentials", // the demo takes any
	}
	for name, value := range files {
		data, err := os.ReadFile(filepath.Join("secrets", name))
		if err != nil || string(data) != value || len(data) < 6 {
			t.Errorf("%s holds %q, want %q (%v)", name, data, value, err)
		}
	}
	entries, err := os.ReadDir("secrets")
	if err != nil || len(entries) != len(files) {
		t.Errorf("secrets holds %d files, want %d (%v)", len(entries), len(files), err)
	}
}
