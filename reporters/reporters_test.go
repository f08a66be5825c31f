package reporters_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/apicel/apicel/reporters"
	"github.com/apicel/apicel/runner"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares got with a file of testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs; look at it and run the test with -update (-want +got):\n%s", path, diff)
	}
}

// console returns what a Console prints of a recorded run.
func console(t *testing.T, o reporters.ConsoleOptions) []byte {
	t.Helper()
	var out bytes.Buffer
	run := record()
	c := reporters.NewConsole(&out, o)
	for _, e := range run.events {
		c.Handle(e)
	}
	if err := c.Finish(run.report); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestGoldenConsole(t *testing.T) {
	tests := []struct {
		file    string
		options reporters.ConsoleOptions
	}{
		{"console.txt", reporters.ConsoleOptions{Suites: 5}},
		{"console-color.txt", reporters.ConsoleOptions{Suites: 5, Color: true}},
		{"console-verbose.txt", reporters.ConsoleOptions{Suites: 5, Verbose: true}},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) { golden(t, tt.file, console(t, tt.options)) })
	}
}

func TestGoldenFormats(t *testing.T) {
	for _, f := range reporters.Formats {
		if f.Name == "html" {
			continue // see TestGoldenHTML
		}
		t.Run(f.Name, func(t *testing.T) {
			var out bytes.Buffer
			if err := f.Write(&out, record().report); err != nil {
				t.Fatal(err)
			}
			golden(t, "report."+f.Extension, out.Bytes())
		})
	}
}

func TestGoldenProblems(t *testing.T) {
	var out bytes.Buffer
	var problems []runner.Problem
	for _, s := range record().report.Suites {
		problems = append(problems, s.Problems...)
	}
	if err := reporters.WriteProblems(&out, problems, false); err != nil {
		t.Fatal(err)
	}
	golden(t, "problems.txt", out.Bytes())
}
