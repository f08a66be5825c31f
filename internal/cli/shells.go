package cli

import (
	"bytes"
	_ "embed"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/apicel/apicel/spec"
)

// shells are those that cobra has a script for.
var shells = []string{"bash", "zsh", "fish", "powershell"}

// completionCommand takes the place of cobra's, whose script for bash needs the
// package bash-completion, which few containers and no Mac have.
func (a *app) completionCommand() *cobra.Command {
	var plain bool
	cmd := &cobra.Command{
		Use:   "completion SHELL",
		Short: "Print what lets bash, zsh, fish or powershell complete",
		Long: `Completion prints the script that lets a shell complete the commands of apicel, flags
and their values, tags, names of queries, topics of help, suites and reports.`,
		Example: `  source <(apicel completion bash)   # for all sessions: in ~/.bashrc
  source <(apicel completion zsh)    # in ~/.zshrc, below compinit
  apicel completion fish | source    # in ~/.config/fish/config.fish
  apicel completion powershell | Out-String | Invoke-Expression   # in the file that $PROFILE names`,
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return shells, cobra.ShellCompDirectiveNoFileComp
		},
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.oneShell(cmd, args); err != nil {
				return err
			}
			script, err := completionScript(cmd.Root(), args[0], !plain)
			if err != nil {
				return failf(ExitIO, "the script cannot be made: %v", err)
			}
			return a.print(script)
		},
	}
	cmd.Flags().BoolVar(&plain, "no-descriptions", false, "offer names without what they mean")
	return cmd
}

// oneShell refuses arguments that are not the name of one shell.
func (a *app) oneShell(cmd *cobra.Command, args []string) error {
	const expected = "expected bash, zsh, fish or powershell"
	switch {
	case len(args) == 0:
		return a.usage(cmd, "no shell is given, "+expected)
	case len(args) > 1:
		return a.usage(cmd, "unexpected argument %q, expected one shell", args[1])
	case slices.Contains(shells, args[0]):
		return nil
	}
	err := a.usage(cmd, "there is no script for %q, %s", args[0], expected)
	if best := spec.Closest(args[0], shells); best != "" {
		return err.withHint("did you mean apicel completion %s?", best)
	}
	return err
}

//go:embed completion.bash
var bashFallback string

// ofPackage are the functions of the package bash-completion that cobra's script
// calls, and those of completion.bash that do the same without it.
var ofPackage = strings.NewReplacer("_get_comp_words_by_ref", "__apicel_words", "_filedir", "__apicel_filedir")

func completionScript(root *cobra.Command, shell string, descriptions bool) (string, error) {
	var b bytes.Buffer
	var err error
	switch shell {
	case "bash":
		err = root.GenBashCompletionV2(&b, descriptions)
		return ofPackage.Replace(b.String()) + "\n" + bashFallback, err
	case "zsh":
		if descriptions {
			err = root.GenZshCompletion(&b)
		} else {
			err = root.GenZshCompletionNoDesc(&b)
		}
	case "fish":
		err = root.GenFishCompletion(&b, descriptions)
	default:
		if descriptions {
			err = root.GenPowerShellCompletionWithDesc(&b)
		} else {
			err = root.GenPowerShellCompletion(&b)
		}
	}
	return b.String(), err
}
