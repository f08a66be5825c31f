// Package reporters turns what a run found into something to read: lines for
// people, files for machines.
//
// There are two kinds of reporter. A Console is a [runner.Sink]: it is handed
// the events of a run and prints while the run goes on. A Format is a pure
// function of the finished [runner.Report]; it opens no file and asks no clock,
// so that the same report gives the same bytes today and from an earlier JSON
// file:
//
//	console := reporters.NewConsole(os.Stdout, reporters.ConsoleOptions{Color: tty})
//	report := plan.Run(ctx, options, console)
//	err := console.Finish(report)
//	err = reporters.WriteJUnit(file, report)
//
// Names, headers and bodies come from outside and are hostile until proven
// otherwise. Whatever could steer a terminal, reorder text or end an XML file
// early is spelled out before it is printed (see visible); a newline is only
// ever printed where this package lays out lines. Secrets are not this
// package's business: the Report has passed the redactor.
package reporters

import (
	"io"

	"github.com/apicel/apicel/runner"
)

// Format is a way to write a finished report.
type Format struct {
	// Name is what --report calls it.
	Name string
	// Doc says in half a line who reads it.
	Doc string
	// Extension is how names of its files end, without the dot.
	Extension string
	// Write writes r to w. It returns the first error of w.
	Write func(w io.Writer, r *runner.Report) error
}

// Formats are the formats there are, in the order in which help shows them.
var Formats = []Format{
	{"junit", "JUnit XML, for CI systems", "xml", WriteJUnit},
	{"tap", "TAP 14, for harnesses of the Test Anything Protocol", "tap", WriteTAP},
	{"ctrf", "Common Test Report Format, for dashboards and bots", "ctrf.json", WriteCTRF},
	{"markdown", "Markdown, for summaries of jobs and comments", "md", WriteMarkdown},
	{"github", "annotations and the step summary of GitHub Actions", "github.txt", writeGitHub},
	{"html", "one page for a browser, with exchanges and a waterfall", "html", WriteHTML},
	{"json", "the whole report, for programs", "json", WriteJSON},
}

func writeGitHub(w io.Writer, r *runner.Report) error { return WriteGitHub(w, r, nil) }
