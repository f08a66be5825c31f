package cli

import (
	"github.com/spf13/cobra"

	"github.com/apicel/apicel/spec"
)

// The files that there is a schema of.
const (
	schemaOfSuite  = "suite"
	schemaOfSource = "source"
)

func (a *app) schemaCommand() *cobra.Command {
	of := schemaOfSuite
	cmd := &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of suites, for editors",
		Long: `Schema prints the JSON Schema (draft 2020-12) of suites. With it an editor that
has a YAML language server completes keys, explains them and marks mistakes.

Write it to a file, and name that file in the first line of a suite

  # yaml-language-server: $schema=apicel.schema.json

or, for all suites of a project, in .vscode/settings.json:

  "yaml.schemas": {"./apicel.schema.json": "*.apicel.yaml"}

The schema finds less than apicel check, which also knows how a scalar is
spelled, what expressions mean and what queries need of each other.`,
		Example: `  apicel schema > apicel.schema.json
  apicel schema --of source > apicel-source.schema.json`,
		Args: a.noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.schema(cmd, of)
		},
	}
	cmd.Flags().StringVar(&of, "of", of, "print the schema of this `KIND` of file: suite or source")
	_ = cmd.RegisterFlagCompletionFunc("of", cobra.FixedCompletions([]string{schemaOfSuite, schemaOfSource}, cobra.ShellCompDirectiveNoFileComp)) // the flag is there
	return cmd
}

func (a *app) schema(cmd *cobra.Command, of string) error {
	var text []byte
	switch of {
	case schemaOfSuite:
		text = spec.JSONSchema()
	case schemaOfSource:
		text = spec.SourceJSONSchema()
	default:
		return a.usage(cmd, "--of %s: expected suite or source", of)
	}
	if _, err := a.stdout.Write(text); err != nil {
		return unwritable(err)
	}
	return nil
}
