package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/apicel/apicel/reporters"
	"github.com/apicel/apicel/runner"
)

// formatOfGitHub is the format that needs no file: it annotates by what it
// prints, and the step summary has a file of its own.
const formatOfGitHub = "github"

// githubFlag turns off what is on by itself under GitHub Actions.
type githubFlag struct{ off bool }

func (f *githubFlag) register(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.off, "no-github", false, "under GitHub Actions, do without annotations and step summary unless --report github asks for them")
}

// add adds the report for GitHub where the run is a step of a workflow and did
// not ask for it. GITHUB_ACTIONS is "true" there, and nowhere else.
func (f *githubFlag) add(a *app, targets []reportTarget) []reportTarget {
	if f.off || a.env["GITHUB_ACTIONS"] != "true" {
		return targets
	}
	for _, t := range targets {
		if t.format.Name == formatOfGitHub {
			return targets
		}
	}
	format, err := formatNamed(formatOfGitHub)
	if err != nil {
		return targets
	}
	return append(targets, reportTarget{format: format, byItself: true})
}

// writeAnnotations writes what GitHub shows at the lines of a change, files named
// as the checkout names them.
func (a *app) writeAnnotations(w io.Writer, r *runner.Report) error {
	return reporters.WriteGitHub(w, r, func(file string) string { return inCheckout(a.env["GITHUB_WORKSPACE"], file) })
}

// minSummary is the room that the counts of a summary take.
const minSummary = 4 << 10

// appendSummary adds the report to the summary of the step, a file that other
// programs of the step write to as well. Where there is none it does nothing.
// GitHub shows no summary beyond its limit, so that a report takes what is left.
func (a *app) appendSummary(r *runner.Report) (err error) {
	path := a.env["GITHUB_STEP_SUMMARY"]
	if path == "" {
		return nil
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return summaryError(err)
	}
	defer func() { err = errors.Join(err, summaryError(f.Close())) }()
	info, err := f.Stat()
	if err != nil {
		return summaryError(err)
	}
	size := info.Size()
	if size > reporters.MaxSummary-minSummary {
		a.say("the step summary is full: nothing was added to it")
		return nil
	}
	var text bytes.Buffer
	if size > 0 {
		text.WriteByte('\n') // what stands there may not end with one
	}
	if err := reporters.WriteMarkdownWithin(&text, r, int(reporters.MaxSummary-size)-1); err != nil {
		return err
	}
	if _, err := f.Write(text.Bytes()); err != nil {
		return errors.Join(summaryError(err), f.Truncate(size)) // nothing rather than half of it
	}
	return nil
}

func summaryError(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("the step summary cannot be written: %w", err)
}
