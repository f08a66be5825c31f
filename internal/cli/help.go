package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/apicel/apicel/docs"
	"github.com/apicel/apicel/spec"
)

// helpCommand is cobra's with the pages of the documentation beside the commands;
// for a name that is neither it fails.
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
			var words []string
			for _, arg := range args {
				words = append(words, strings.Fields(arg)...)
			}
			if show := a.helpOn(cmd.Root(), words); show != nil {
				return show()
			}
			return a.unknownTopic(cmd.Root(), words)
		},
	}
}

// helpOn returns what shows the help on the command or the topic of that name, and
// nil where there is none.
func (a *app) helpOn(root *cobra.Command, words []string) func() error {
	if found, rest, err := root.Find(words); err == nil && len(rest) == 0 {
		found.InitDefaultHelpFlag() // so that the help names it
		return found.Help
	}
	if page, ok := docs.Find(words); ok {
		return func() error { return a.print(page.Text()) }
	}
	return nil
}

// unknownTopic answers a name that help knows nothing about.
func (a *app) unknownTopic(root *cobra.Command, words []string) error {
	for n := len(words) - 1; n > 0; n-- {
		if a.helpOn(root, words[:n]) != nil {
			known := strings.Join(words[:n], " ")
			return a.usage(root, "unexpected argument %q behind %q, expected one command or topic", words[n], known).
				withHint("apicel help %s", known)
		}
	}
	name := strings.Join(words, "-")
	err := a.usage(root, "there is no command or topic %q", name)
	if best := spec.Closest(name, helpNames(root)); best != "" {
		return err.withHint("did you mean apicel help %s?", best)
	}
	return err
}

// helpNames are the commands and topics that help says more about.
func helpNames(root *cobra.Command) []string {
	return append(commandNames(root), topics(root, "")...)
}

func commandNames(root *cobra.Command) []string {
	var names []string
	for _, sub := range root.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, sub.Name())
		}
	}
	return names
}

// topics are those of a part of the book, or all of them where it is "". A page
// that is called as a command is none: help shows the command.
func topics(root *cobra.Command, part string) []string {
	commands := commandNames(root)
	var names []string
	for _, p := range docs.Pages {
		if (part == "" || p.Part() == part) && !slices.Contains(commands, p.Topic()) {
			names = append(names, p.Topic())
		}
	}
	return names
}

// topicList lists the topics, those of a part together.
func topicList(root *cobra.Command) string {
	var alone []string
	text, seen := "", ""
	for _, p := range docs.Pages {
		if p.Part() == seen {
			continue
		}
		seen = p.Part()
		if names := topics(root, seen); len(names) == 1 {
			alone = append(alone, names...)
		} else {
			text += wrapped(seen+":", names[1:])
		}
	}
	return wrapped("", alone) + text
}

// wrapped writes words behind a label, as many in a line as fit, and further lines
// below the first word.
func wrapped(label string, words []string) string {
	const indent, width = 12, 78
	if label == "" {
		return wrappedAt(" ", 2, width, words)
	}
	return wrappedAt("  "+label+strings.Repeat(" ", indent-3-len(label)), indent, width, words)
}

func wrappedAt(line string, indent, width int, words []string) string {
	text := ""
	for _, word := range words {
		if len(line)+1+len(word) > width {
			text, line = text+line+"\n", strings.Repeat(" ", indent-1)
		}
		line += " " + word
	}
	return text + line + "\n"
}
