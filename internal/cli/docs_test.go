package cli

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

var update = flag.Bool("update", false, "rewrite what docs and scripts have of generated text")

const reference = "../../docs/cli.md"

var flagsSection = regexp.MustCompile(`(?s)<!-- flags of (\w+) -->\n.*?<!-- end of flags -->`)

// TestReference keeps docs/cli.md in step with the flags: its tables are made
// from them.
func TestReference(t *testing.T) {
	data, err := os.ReadFile(reference)
	if err != nil {
		t.Fatal(err)
	}
	root := (&app{}).root()
	documented := map[string]bool{}
	got := flagsSection.ReplaceAllStringFunc(string(data), func(section string) string {
		name := flagsSection.FindStringSubmatch(section)[1]
		documented[name] = true
		cmd, _, err := root.Find([]string{name})
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("<!-- flags of %s -->\n%s<!-- end of flags -->", name, flagTable(cmd))
	})
	for _, cmd := range root.Commands() {
		if cmd.Flags().HasAvailableFlags() && !documented[cmd.Name()] {
			t.Errorf("%s has no section for the flags of %s", reference, cmd.Name())
		}
		if !strings.Contains(got, "\napicel "+cmd.Name()+" ") {
			t.Errorf("%s does not list apicel %s", reference, cmd.Name())
		}
	}
	if got == string(data) {
		return
	}
	if !*update {
		t.Fatalf("%s is not in step with the flags; run go test ./internal/cli -update", reference)
	}
	if err := os.WriteFile(reference, []byte(got), 0o644); err != nil {
		t.Fatal(err)
	}
}

func flagTable(cmd *cobra.Command) string {
	var b strings.Builder
	b.WriteString("\n| flag | default | |\n| --- | --- | --- |\n")
	cmd.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
		if f.Name == "help" {
			return
		}
		value, usage := pflag.UnquoteUsage(f)
		name := "--" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		if value != "" {
			name += " " + value
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", name, flagDefault(f), usage)
	})
	b.WriteString("\n")
	return b.String()
}

func flagDefault(f *pflag.Flag) string {
	switch f.DefValue {
	case "", "[]", "false", "0":
		return ""
	}
	return "`" + f.DefValue + "`"
}
