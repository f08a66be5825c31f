package cli

import (
	"flag"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/apicel/apicel/docs"
)

var update = flag.Bool("update", false, "rewrite what docs and scripts have of generated text")

var flagsSection = regexp.MustCompile(`(?s)<!-- flags of (\w+) -->\n.*?<!-- end of flags -->`)

// TestReference keeps docs/cli in step with the flags: its tables are made from
// them. docs/cli.md lists the commands.
func TestReference(t *testing.T) {
	root := (&app{}).root()
	documented := map[string]bool{}
	for _, page := range book(t, "cli") {
		updateFile(t, page, func(text string) string {
			return flagsSection.ReplaceAllStringFunc(text, func(section string) string {
				name := flagsSection.FindStringSubmatch(section)[1]
				documented[name] = true
				cmd, _, err := root.Find([]string{name})
				if err != nil {
					t.Fatal(err)
				}
				return fmt.Sprintf("<!-- flags of %s -->\n%s<!-- end of flags -->", name, flagTable(cmd))
			})
		})
	}
	overview := readFile(t, "../../docs/cli.md")
	for _, cmd := range root.Commands() {
		if cmd.Flags().HasAvailableFlags() && !documented[cmd.Name()] {
			t.Errorf("docs/cli has no section for the flags of %s", cmd.Name())
		}
		if !strings.Contains(overview, "\napicel "+cmd.Name()+" ") {
			t.Errorf("docs/cli.md does not list apicel %s", cmd.Name())
		}
	}
}

// shownHelp is a command that a text tells people to give.
var shownHelp = regexp.MustCompile("[`(\"]apicel help ([a-z0-9-]+)")

// TestHelpIsThere says that help knows what pages and messages send people to.
func TestHelpIsThere(t *testing.T) {
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	root := (&app{}).root()
	names := helpNames(root)
	for _, path := range slices.Concat(book(t, ""), sources, []string{"../../README.md", "../../CHANGELOG.md", "../../docs/README.md"}) {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		for _, m := range shownHelp.FindAllStringSubmatch(readFile(t, path), -1) {
			if !slices.Contains(names, m[1]) {
				t.Errorf("%s shows apicel help %s, of which there is none", path, m[1])
			}
		}
	}
}

// book returns the files of the pages of a part, or of the whole book where it
// is "", in the order in which they are read.
func book(t *testing.T, part string) []string {
	t.Helper()
	var paths []string
	for _, p := range docs.Pages {
		if part == "" || p.Part() == part {
			paths = append(paths, filepath.Join("../../docs", filepath.FromSlash(p.Path)))
		}
	}
	if len(paths) == 0 {
		t.Fatalf("there are no pages of %q", part)
	}
	return paths
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
