package spec

import (
	"strings"
	"testing"
)

// TestRowProblems says what is reported of a file of rows.
func TestRowProblems(t *testing.T) {
	for text, want := range map[string]string{
		"-\n":                "1:2: a row has no value, expected a value",
		"- a: [b,\n  ]\n-\n": "a row has no value, expected a value",
		"- -\n":              "an item of a list has no value, expected a value",
		"a: 1\n":             "a file of rows is a map, expected a list of rows",
		"-a: 1\n":            "a file of rows is a map, expected a list of rows",
		"- {{row}}\n":        "{{row}} inserts no value here",
		"PK\x03\x04":         "this is not a text file: it is a zip archive",
	} {
		_, problems := ParseRows(NewFile("rows.yaml", []byte(text)))
		if len(problems) != 1 || !strings.Contains(problems[0].Error(), want) {
			t.Errorf("%q: found %v, expected %q", text, problems, want)
		}
	}
}
