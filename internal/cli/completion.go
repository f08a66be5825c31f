package cli

import (
	"slices"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/apicel/apicel/internal/files"
	"github.com/apicel/apicel/runner"
	"github.com/apicel/apicel/spec"
)

// maxCompleted is the number of suites that are read while somebody waits for
// the shell.
const maxCompleted = 200

// suitesToComplete reads the suites that the arguments so far mean.
func suitesToComplete(args []string) []*spec.Suite {
	var paths []string
	for _, arg := range args {
		path, _, _ := atLine(arg)
		paths = append(paths, path)
	}
	if len(paths) == 0 {
		paths = []string{"."}
	}
	names, err := files.Discover(paths)
	if err != nil {
		return nil
	}
	return spec.Load(names[:min(len(names), maxCompleted)], "")
}

// completeTags offers the tags of the suites, each behind the tags that were
// typed before it.
func completeTags(_ *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	before, last := "", typed
	if i := strings.LastIndex(typed, ","); i >= 0 {
		before, last = typed[:i+1], typed[i+1:]
	}
	if name, excluded := strings.CutPrefix(last, "!"); excluded {
		before, last = before+"!", name
	}
	var offers []string
	for _, s := range suitesToComplete(args) {
		for _, t := range runner.SuiteTags(s) {
			if offer := before + t; strings.HasPrefix(t, last) && completable(t) && !slices.Contains(offers, offer) {
				offers = append(offers, offer)
			}
		}
	}
	return offers, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

// completeQueries offers the names of queries, as regular expressions that find them.
func completeQueries(_ *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	var offers []string
	for _, s := range suitesToComplete(args) {
		for _, q := range s.Queries {
			if offer := anyOf(q.Name.Value); strings.HasPrefix(offer, typed) && completable(offer) && !slices.Contains(offers, offer) {
				offers = append(offers, offer)
			}
		}
	}
	return offers, cobra.ShellCompDirectiveNoFileComp
}

// anyOf is a regular expression that finds the name. What is neither a letter nor
// a digit and could mean something in it or to a shell is a dot there: shells
// insert what several offers begin with as it is, and the scripts of cobra
// evaluate it when the next word is completed.
func anyOf(name string) string {
	return strings.Map(func(r rune) rune {
		if completable(string(r)) {
			return r
		}
		return '.'
	}, name)
}

// completable tells whether text can be offered to a shell: nothing in it means
// something there, or could steer a terminal.
func completable(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(" ,_-/.:@%=", r)
	})
}

// completeReports offers files of JSON.
func completeReports(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return []string{"json"}, cobra.ShellCompDirectiveFilterFileExt
}
