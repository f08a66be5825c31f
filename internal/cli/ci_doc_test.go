package cli

import (
	"strings"
	"testing"
)

// TestCIPage says that the page shows what init writes.
func TestCIPage(t *testing.T) {
	page := readFile(t, "../../docs/ci.md")
	for _, c := range ciFiles {
		text, err := ciTemplates.ReadFile("ci/" + c.template)
		if err != nil {
			t.Fatal(err)
		}
		block := " " + c.name + "\n" + strings.ReplaceAll(string(text), "{{path}}", "suites") + "```\n"
		if !strings.Contains(page, block) {
			t.Errorf("docs/ci.md does not show %s as it is", c.template)
		}
	}
}
