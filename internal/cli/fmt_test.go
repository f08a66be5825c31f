package cli

import (
	"os"
	"regexp"
	"testing"

	"github.com/apicel/apicel/spec"
)

var yamlBlock = regexp.MustCompile("(?s)```yaml[^\n]*\n(.*?)```")

// TestDocsAreFormatted says that what readers copy from the documentation is as
// apicel fmt would leave it.
func TestDocsAreFormatted(t *testing.T) {
	suites := 0
	for _, page := range append(book(t, ""), "../../README.md", "../../examples/README.md") {
		data, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range yamlBlock.FindAllSubmatch(data, -1) {
			text, problems := spec.Format(spec.NewFile(page, block[1]))
			if problems.HasErrors() {
				continue // a part of a suite, or one with a mistake
			}
			suites++
			if string(text) != string(block[1]) {
				t.Errorf("%s: not formatted:\n%s", page, unified("suite", string(block[1]), string(text)))
			}
		}
	}
	if suites == 0 {
		t.Error("no suite was found")
	}
}
