package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/apicel/apicel/spec"
)

// root returns the command that all others stand under.
func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "apicel",
		Short:         "Declarative tests for HTTP APIs",
		Version:       programVersion(),
		Args:          cobra.ArbitraryArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          a.runRoot,
	}
	root.SetVersionTemplate("apicel {{.Version}}\n")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return a.usage(cmd, "%s", flagMessage(cmd, err))
	})
	commands := []*cobra.Command{
		a.initCommand(),
		a.runCommand(), a.mergeCommand(), a.checkCommand(), a.fmtCommand(), a.listCommand(), a.reportCommand(), a.loginCommand(), a.logoutCommand(),
		a.schemaCommand(), a.demoCommand(), a.versionCommand(), a.completionCommand(),
	}
	root.AddCommand(commands...)
	root.SetHelpCommand(a.helpCommand())
	help := root.HelpFunc()
	root.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		if cmd.HasParent() {
			help(cmd, args)
			return
		}
		_, _ = io.WriteString(a.stdout, rootHelp(root, commands)) // cobra asks for no error
	})
	return root
}

// rootHelp is the first thing that a newcomer reads.
func rootHelp(root *cobra.Command, commands []*cobra.Command) string {
	return `apicel runs tests of HTTP APIs. A suite is a YAML file that says what to send and
what to expect; apicel works out what can run together, and reports.

` + commandList(commands) + `
A suite, hello.apicel.yaml:

  source: {base_url: "https://api.example.com"}
  queries:
    - name: the API is up
      get: /health
      expect: {gjson: {status: ok}}

To send it: apicel run hello.apicel.yaml. Without an API at hand: apicel run --demo examples.
More about a command: apicel help run. The documentation, a page for each topic, such as
apicel help matchers:

` + topicList(root)
}

// commandList has a line for each command.
func commandList(commands []*cobra.Command) string {
	use := func(cmd *cobra.Command) string { return strings.TrimSuffix(cmd.UseLine(), " [flags]") }
	width := 0
	for _, cmd := range commands {
		width = max(width, len(use(cmd)))
	}
	text := ""
	for _, cmd := range commands {
		text += fmt.Sprintf("  %-*s  %s\n", width, use(cmd), cmd.Short)
	}
	return text
}

// runRoot shows the help, or answers a command that there is none of.
func (a *app) runRoot(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return cmd.Help()
	}
	return a.unknownCommand(cmd, args[0])
}

func (a *app) unknownCommand(root *cobra.Command, name string) error {
	err := a.usage(root, "unknown command %q", name)
	switch best := spec.Closest(name, commandNames(root)); {
	case best != "":
		return err.withHint("did you mean apicel %s?", best)
	case strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml"):
		return err.withHint("to run a suite: apicel run %s", name)
	}
	return err
}

// noArgs refuses arguments where a command takes none.
func (a *app) noArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return a.usage(cmd, "unexpected argument %q", args[0])
}
