package cli

import (
	"bytes"
	"errors"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/apicel/apicel/internal/files"
	"github.com/apicel/apicel/spec"
)

// fromStdin is the PATH of a file that is read from standard input.
const fromStdin = "-"

// fmtFlags are the flags of apicel fmt.
type fmtFlags struct {
	check bool
	diff  bool
}

func (f *fmtFlags) register(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.check, "check", false, "write nothing, list the files that are not formatted, and exit with 1 if there are any")
	cmd.Flags().BoolVar(&f.diff, "diff", false, "write nothing, show what would change, and exit with 1 if anything would")
}

func (a *app) fmtCommand() *cobra.Command {
	var f fmtFlags
	cmd := &cobra.Command{
		Use:   "fmt [PATH...]",
		Short: "Put the keys of suites into the documented order",
		Long: `Fmt puts the keys of suites and source files into the order in which the
reference lists them, and names the files that it changed. Comments and blank
lines go with their keys, scalars stay as they are spelled, and what a suite means
never changes. A PATH is a file or a folder, as for run; - formats standard input
to standard output. A file that is wrong is left as it is.

Exit codes: 0 all is formatted, 1 with --check or --diff: something is not,
2 a file is wrong (the others are formatted), 3 a file could not be written.`,
		Example: `  apicel fmt
  apicel fmt --check suites
  apicel fmt - < orders.apicel.yaml`,
		ValidArgsFunction: completeSuites,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.format(cmd, &f, args)
		},
	}
	f.register(cmd)
	return cmd
}

func (a *app) format(cmd *cobra.Command, f *fmtFlags, paths []string) error {
	if len(paths) == 1 && paths[0] == fromStdin {
		return a.formatStdin(cmd, f)
	}
	names, err := discover(paths, false)
	if err != nil {
		return err
	}
	code := ExitOK
	for _, name := range names {
		result, err := a.formatFile(f, name)
		if err != nil {
			return err
		}
		code = max(code, result)
	}
	return exit(code)
}

// formatFile formats one file and returns the exit code that it alone would give.
// An error is one of the output.
func (a *app) formatFile(f *fmtFlags, name string) (int, error) {
	data, err := files.Read(name, spec.MaxFileSize)
	if err != nil {
		a.say("%v", err)
		return ExitUsage, nil
	}
	text, err := a.formatted(filepath.ToSlash(name), data)
	switch {
	case err != nil:
		return exitCodeOf(err)
	case bytes.Equal(text, data):
		return ExitOK, nil
	case f.diff:
		return ExitFailed, a.printDiff(filepath.ToSlash(name), data, text)
	case f.check:
		return ExitFailed, a.print(name + "\n")
	}
	err = files.WriteAtomic(name, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
	if err != nil {
		a.say("%v", err)
		return ExitIO, nil
	}
	return ExitOK, a.print(name + "\n")
}

// formatted returns the text of a file formatted; where it is wrong it prints its
// problems.
func (a *app) formatted(name string, data []byte) ([]byte, error) {
	text, problems := spec.Format(spec.NewFile(name, data))
	if !problems.HasErrors() {
		return text, nil
	}
	if err := a.writeProblems(a.stderr, problems); err != nil {
		return nil, err
	}
	return nil, exit(ExitUsage)
}

// exitCodeOf separates a file that is wrong, after which others are formatted,
// from an output that cannot be written.
func exitCodeOf(err error) (int, error) {
	var end *exitError
	if errors.As(err, &end) && end.code == ExitUsage {
		return ExitUsage, nil
	}
	return ExitIO, err
}

func (a *app) formatStdin(cmd *cobra.Command, f *fmtFlags) error {
	data, err := io.ReadAll(io.LimitReader(cmd.InOrStdin(), spec.MaxFileSize+1))
	if err != nil {
		return failf(ExitIO, "standard input could not be read: %v", err)
	}
	const name = "standard input"
	text, err := a.formatted(name, data)
	switch {
	case err != nil:
		return err
	case f.diff || f.check:
		if bytes.Equal(text, data) {
			return nil
		}
		shown := a.print(name + "\n")
		if f.diff {
			shown = a.printDiff(name, data, text)
		}
		return errors.Join(shown, exit(ExitFailed))
	}
	if _, err := a.stdout.Write(text); err != nil {
		return unwritable(err)
	}
	return nil
}

// printDiff prints what would change as a unified diff that patch and git read.
func (a *app) printDiff(name string, before, after []byte) error {
	return a.print(unified(name, string(before), string(after)))
}
