package assert

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/google/jsonschema-go/jsonschema" // so that its module, which has the suite, is there

	"github.com/apicel/apicel/spec"
)

// suiteModule carries the JSON Schema Test Suite.
const suiteModule = "github.com/google/jsonschema-go"

// schemaSuite is the folder of the JSON Schema Test Suite in the module cache.
// It is read from there and not copied: it is not ours.
func schemaSuite(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", suiteModule).Output()
	dir := filepath.Join(strings.TrimSpace(string(out)), "jsonschema", "testdata")
	if _, statErr := os.Stat(dir); err != nil || statErr != nil {
		t.Skipf("the JSON Schema Test Suite is not in the module cache: go mod download %s", suiteModule)
	}
	return dir
}

// suiteCase is a schema of the suite and what it says of some values.
type suiteCase struct {
	Description string
	Schema      json.RawMessage
	Tests       []struct {
		Description string
		Data        json.RawMessage
		Valid       bool
	}
}

// TestSchemaSuite runs the required cases of the JSON Schema Test Suite. They
// are written as the files and bodies that a check meets.
func TestSchemaSuite(t *testing.T) {
	dir := schemaSuite(t)
	remotes := filepath.Join(dir, "remotes")
	for draft, dialect := range map[string]string{
		"draft7":       "http://json-schema.org/draft-07/schema#",
		"draft2020-12": "https://json-schema.org/draft/2020-12/schema",
	} {
		files, err := filepath.Glob(filepath.Join(dir, draft, "*.json"))
		if err != nil || len(files) < 30 {
			t.Fatalf("%s: %d files, %v", draft, len(files), err)
		}
		count := 0
		for _, file := range files {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var cases []suiteCase
			if err := json.Unmarshal(raw, &cases); err != nil {
				t.Fatal(err)
			}
			for i, c := range cases {
				t.Run(fmt.Sprintf("%s/%s/%d", draft, filepath.Base(file), i), func(t *testing.T) {
					count += runSuiteCase(t, c, dialect, remotes)
				})
			}
		}
		t.Logf("%s: %d tests", draft, count)
	}
}

func runSuiteCase(t *testing.T, c suiteCase, dialect, remotes string) int {
	all := newSchemas(func(from, path string) ([]byte, error) {
		if filepath.Base(path) == "case.json" {
			return withDialect(c.Schema, dialect), nil
		}
		return os.ReadFile(filepath.Join(filepath.Dir(from), filepath.FromSlash(path)))
	})
	// The suite's remote schemas are at http://localhost:1234/, which a schema
	// in a file calls by the path of a file.
	all.ids["http://localhost:1234/"] = remotes
	done := all.file(spec.String{Value: "case.json", Pos: spec.Pos{File: spec.NewFile(filepath.Join(remotes, "suite.yaml"), nil), Line: 1, Col: 1}})
	if done.err != nil {
		t.Fatalf("%s: %v", c.Description, done.err)
	}
	check := &schemaCheck{schema: done.schema}
	for _, one := range c.Tests {
		value, err := decodeForSchema(string(one.Data))
		if err != nil {
			t.Fatal(err)
		}
		bad, err := check.validate(value)
		if err != nil {
			t.Fatal(err)
		}
		if (bad == nil) != one.Valid {
			t.Errorf("%s, %s: want valid %t, got %v", c.Description, one.Description, one.Valid, bad)
		}
	}
	return len(c.Tests)
}

// withDialect gives a schema the draft that it is written for.
func withDialect(schema json.RawMessage, dialect string) []byte {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(schema, &object); err != nil || object["$schema"] != nil {
		return schema
	}
	object["$schema"] = json.RawMessage(fmt.Sprintf("%q", dialect))
	out, err := json.Marshal(object)
	if err != nil {
		return schema
	}
	return out
}
