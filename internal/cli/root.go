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
		a.schemaCommand(), a.demoCommand(), a.versionCommand(),
	}
	root.AddCommand(commands...)
	root.SetHelpCommand(a.helpCommand())
	help := root.HelpFunc()
	root.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		if cmd.HasParent() {
			help(cmd, args)
			return
		}
		_, _ = io.WriteString(a.stdout, rootHelp(commands)) // cobra asks for no error
	})
	return root
}

// rootHelp is the first thing that a newcomer reads.
func rootHelp(commands []*cobra.Command) string {
	var list strings.Builder
	for _, cmd := range commands {
		fmt.Fprintf(&list, "  %-24s %s\n", strings.TrimSuffix(cmd.UseLine(), " [flags]"), cmd.Short)
	}
	return `apicel runs tests of HTTP APIs. A suite is a YAML file that says what to send and
what to expect; apicel works out what can run together, and reports.

` + list.String() + `
A suite, hello.apicel.yaml:

  source: {base_url: "https://api.example.com"}
  queries:
    - name: the API is up
      get: /health
      expect: {gjson: {status: ok}}

To send it: apicel run hello.apicel.yaml. Without an API at hand: apicel run --demo examples.
More about a command: apicel help run.
`
}

// runRoot shows the help, or answers a command that there is none of.
func (a *app) runRoot(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return cmd.Help()
	}
	return a.unknownCommand(cmd, args[0])
}

func (a *app) unknownCommand(root *cobra.Command, name string) error {
	var names []string
	for _, sub := range root.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, sub.Name())
		}
	}
	err := a.usage(root, "unknown command %q", name)
	switch best := spec.Closest(name, names); {
	case best != "":
		return err.withHint("did you mean apicel %s?", best)
	case strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml"):
		return err.withHint("to run a suite: apicel run %s", name)
	}
	return err
}

// helpCommand is cobra's, but for a name that is no command it fails.
func (a *app) helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Say more about a command",
		RunE: func(cmd *cobra.Command, args []string) error {
			found, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return a.unknownCommand(cmd.Root(), args[0])
			}
			found.InitDefaultHelpFlag() // so that the help names it
			return found.Help()
		},
	}
}

// noArgs refuses arguments where a command takes none.
func (a *app) noArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return a.usage(cmd, "unexpected argument %q", args[0])
}
