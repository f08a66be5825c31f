package cli

import (
	"github.com/spf13/cobra"

	"github.com/apicel/apicel/reporters"
	"github.com/apicel/apicel/spec"
)

// The files that there is a schema of.
const (
	schemaOfSuite  = "suite"
	schemaOfSource = "source"
	schemaOfReport = "report"
)

func (a *app) schemaCommand() *cobra.Command {
	of := schemaOfSuite
	cmd := &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of suites, for editors, or of reports",
		Long: `Schema prints the JSON Schema (draft 2020-12) of suites. With it an editor that
has a YAML language server completes keys, explains them and marks mistakes.

Write it to a file, and name that file in the first line of a suite

  # yaml-language-server: $schema=apicel.schema.json

or, for all suites of a project, in .vscode/settings.json:

  "yaml.schemas": {"./apicel.schema.json": "*.apicel.yaml"}

The schema finds less than apicel check, which also knows how a scalar is
spelled, what expressions mean and what queries need of each other.

With --of report it is the schema of what apicel run --report json=FILE writes.`,
		Example: `  apicel schema > apicel.schema.json
  apicel schema --of source > apicel-source.schema.json
  apicel schema --of report > apicel-report.schema.json`,
		Args: a.noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.schema(cmd, of)
		},
	}
	cmd.Flags().StringVar(&of, "of", of, "print the schema of this `KIND` of file: suite, source or report")
	_ = cmd.RegisterFlagCompletionFunc("of", cobra.FixedCompletions([]string{schemaOfSuite, schemaOfSource, schemaOfReport}, cobra.ShellCompDirectiveNoFileComp)) // the flag is there
	return cmd
}

func (a *app) schema(cmd *cobra.Command, of string) error {
	var text []byte
	switch of {
	case schemaOfSuite:
		text = spec.JSONSchema()
	case schemaOfSource:
		text = spec.SourceJSONSchema()
	case schemaOfReport:
		text = reporters.ReportJSONSchema()
	default:
		return a.usage(cmd, "--of %s: expected suite, source or report", of)
	}
	if _, err := a.stdout.Write(text); err != nil {
		return unwritable(err)
	}
	return nil
}
