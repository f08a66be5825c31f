package reporters_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/apicel/apicel/reporters"
)

// What no format may pass on, since reports are printed, opened and pasted:
// controls, what reorders or hides text, and commands to CI systems.
var (
	controls   = regexp.MustCompile(`[\x00-\x08\x0b-\x1f\x7f\x{80}-\x{9f}\x{61c}\x{200b}\x{200e}\x{200f}\x{2028}-\x{202e}\x{2066}-\x{2069}\x{feff}\x{fff9}-\x{fffb}\x{fffe}\x{ffff}]`)
	ciCommands = regexp.MustCompile(`(?m)^[ \t]*::|##\[|##vso\[`)
)

// Each format there is, those to come included, writes the recorded run with its
// hostile suite as valid UTF-8 that nobody's terminal or CI system obeys.
func TestFormatsAreHarmless(t *testing.T) {
	for _, f := range reporters.Formats {
		t.Run(f.Name, func(t *testing.T) {
			var out bytes.Buffer
			if err := f.Write(&out, record().report); err != nil {
				t.Fatal(err)
			}
			if !utf8.Valid(out.Bytes()) {
				t.Error("not UTF-8")
			}
			if at := controls.FindIndex(out.Bytes()); at != nil {
				t.Errorf("a control: %q", around(out.Bytes(), at[0]))
			}
			for _, at := range ciCommands.FindAllIndex(out.Bytes(), -1) {
				if !ownCommand.Match(out.Bytes()[at[0]:]) || f.Name != "github" {
					t.Errorf("a command: %q", around(out.Bytes(), at[0]))
				}
			}
			if !strings.Contains(out.String(), "list → create → list") {
				t.Error("what is harmless is not written as it is")
			}
		})
	}
}

// ownCommand matches the commands that the format github consists of.
var ownCommand = regexp.MustCompile(`^::(error|warning|notice) (file=|title=)`)

func around(text []byte, at int) []byte {
	return text[max(0, at-40):min(len(text), at+40)]
}
