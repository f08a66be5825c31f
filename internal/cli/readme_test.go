package cli

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// varying is what differs between two runs of the README's suite: ports, times
// and how often a poll asked.
var varying = regexp.MustCompile(`127\.0\.0\.1:\d+| *\d+(\.\d+)? m?s\b|\d+ attempts`)

// TestReadme runs the suite of the README, whole and with the two mistakes that
// it shows, and looks for every line of its output there.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```(yaml|console)\n(.*?)```").FindAllStringSubmatch(string(readme), -1)
	if len(blocks) != 4 {
		t.Fatalf("%d blocks, expected a suite and three outputs", len(blocks))
	}
	suite := blocks[0][2]
	for i, c := range []struct{ command, old, new string }{
		{"run", "", ""},
		{"run", "gt: 0", "gt: 20000"},
		{"check", "gt: 0", "greater: 0"},
	} {
		t.Chdir(t.TempDir())
		writeFile(t, ".", "orders.apicel.yaml", strings.Replace(suite, c.old, c.new, 1))
		args := []string{c.command, "orders.apicel.yaml"}
		if c.command == "run" {
			args = append(args, "--demo")
		}
		output := strings.Split(varying.ReplaceAllString(apicel(t, nil, args...).stdout, ""), "\n")
		for line := range strings.Lines(blocks[i+1][2]) {
			line = varying.ReplaceAllString(strings.TrimSuffix(line, "\n"), "")
			if !strings.HasPrefix(line, "$") && !slices.Contains(output, line) {
				t.Errorf("no line %q in\n%s", line, strings.Join(output, "\n"))
			}
		}
	}
}
