package reporters_test

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/apicel/apicel/reporters"
	"github.com/apicel/apicel/runner"
)

func ctrfOf(t testing.TB, r *runner.Report) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := reporters.WriteCTRF(&out, r); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// compileSchema reads the JSON Schema of a file, formats included.
func compileSchema(t *testing.T, path string) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	s, err := c.Compile(path)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func validate(t *testing.T, s *jsonschema.Schema, text []byte) {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(v); err != nil {
		t.Error(err)
	}
}

// TestCTRFSchema validates CTRF reports against the schema that the npm package
// ctrf brings: set APICEL_CTRF_SCHEMA to its path.
func TestCTRFSchema(t *testing.T) {
	path := os.Getenv("APICEL_CTRF_SCHEMA")
	if path == "" {
		t.Skip("APICEL_CTRF_SCHEMA does not name the schema of npm's ctrf")
	}
	schema := compileSchema(t, path)
	negative := record().report
	negative.Duration, negative.Suites[0].Queries[0].Duration = -1, -1
	negative.Suites[0].Queries[0].Name = ""
	for name, r := range map[string]*runner.Report{"recorded": record().report, "empty": {}, "negative": negative} {
		t.Run(name, func(t *testing.T) { validate(t, schema, ctrfOf(t, r)) })
	}
}

// What the specification asks for beyond its schema.
func TestCTRFAddsUp(t *testing.T) {
	var doc struct {
		Results struct {
			Summary map[string]int
			Tests   []struct {
				ID, Name, Status string
				Retries          int
				Flaky            bool
				RetryAttempts    []struct{ Attempt int }
			}
		}
	}
	if err := json.Unmarshal(ctrfOf(t, record().report), &doc); err != nil {
		t.Fatal(err)
	}
	got, ids := map[string]int{}, map[string]bool{}
	for _, test := range doc.Results.Tests {
		got["tests"]++
		got[test.Status]++
		if test.Flaky {
			got["flaky"]++
			if test.Status != "passed" {
				t.Errorf("%s is flaky and %s", test.Name, test.Status)
			}
		}
		if ids[test.ID] {
			t.Errorf("%s: its id is taken", test.Name)
		}
		ids[test.ID] = true
		if test.Retries != len(test.RetryAttempts) {
			t.Errorf("%s: %d retries, %d attempts", test.Name, test.Retries, len(test.RetryAttempts))
		}
		for i, a := range test.RetryAttempts {
			if a.Attempt != i+1 {
				t.Errorf("%s: attempt %d is called %d", test.Name, i+1, a.Attempt)
			}
		}
	}
	for _, name := range []string{"tests", "passed", "failed", "skipped", "pending", "other", "flaky"} {
		if doc.Results.Summary[name] != got[name] {
			t.Errorf("summary: %d %s, there are %d", doc.Results.Summary[name], name, got[name])
		}
	}
}
