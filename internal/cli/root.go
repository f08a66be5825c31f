package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/apicel/apicel/docs"
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
More about a command: apicel help run. More about a topic, such as apicel help matchers:

` + topicList()
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

// helpCommand is cobra's with the topics of the documentation beside the
// commands; for a name that is neither it fails.
func (a *app) helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND | TOPIC]",
		Short: "Say more about a command or a topic",
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return helpNames(cmd.Root()), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			found, rest, err := cmd.Root().Find(args)
			if err == nil && len(rest) == 0 {
				found.InitDefaultHelpFlag() // so that the help names it
				return found.Help()
			}
			if topic, ok := docs.Find(strings.Fields(strings.Join(args, " "))); ok {
				return a.print(topic.Text())
			}
			return a.unknownTopic(cmd.Root(), args)
		},
	}
}

// unknownTopic answers a name that help knows nothing about.
func (a *app) unknownTopic(root *cobra.Command, args []string) error {
	name := strings.Join(args, "-")
	err := a.usage(root, "there is no command or topic %q", name)
	if best := spec.Closest(name, helpNames(root)); best != "" {
		return err.withHint("did you mean apicel help %s?", best)
	}
	return err
}

// helpNames are the commands and topics that help says more about.
func helpNames(root *cobra.Command) []string {
	var names []string
	for _, sub := range root.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, sub.Name())
		}
	}
	for _, t := range docs.Topics {
		names = append(names, t.Name)
	}
	return names
}

// topicList lists the topics, as many in a line as fit.
func topicList() string {
	text, line := "", " "
	for _, t := range docs.Topics {
		if len(line)+1+len(t.Name) > 78 {
			text, line = text+line+"\n", " "
		}
		line += " " + t.Name
	}
	return text + line + "\n"
}

// noArgs refuses arguments where a command takes none.
func (a *app) noArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return a.usage(cmd, "unexpected argument %q", args[0])
}
