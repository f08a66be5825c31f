package cli

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/apicel/apicel/internal/files"
	"github.com/apicel/apicel/runner"
	"github.com/apicel/apicel/spec"
)

// inputFlags are the flags that give suites their vars.
type inputFlags struct {
	vars     listFlag
	files    listFlag
	envFiles listFlag
}

func (f *inputFlags) register(cmd *cobra.Command) {
	f.vars.kind, f.files.kind, f.envFiles.kind = "NAME=VALUE", "FILE", "FILE"
	cmd.Flags().Var(&f.vars, "var", "set a var of the suites; may be repeated")
	cmd.Flags().Var(&f.files, "vars-file", "set vars from a file of YAML, JSON or, if it is named like .env, NAME=VALUE lines; may be repeated")
	cmd.Flags().Var(&f.envFiles, "env-file", "set environment variables for suites that are not set, from NAME=VALUE lines; may be repeated")
}

// read returns the inputs, the environment included. It reads the vars files.
func (f *inputFlags) read(a *app, cmd *cobra.Command) (runner.Inputs, error) {
	in := runner.Inputs{Env: a.env}
	if err := f.addEnvFiles(&in); err != nil {
		return in, err
	}
	for _, text := range f.vars.values {
		name, value, ok := strings.Cut(text, "=")
		if !ok || name == "" {
			return in, a.usage(cmd, "--var %s: expected NAME=VALUE", text)
		}
		in.Vars = append(in.Vars, runner.VarFlag{Name: name, Value: value})
	}
	for _, path := range f.files.values {
		data, err := files.Read(path, runner.MaxVarsFile)
		if err != nil {
			return in, failf(ExitUsage, "--vars-file: %v", err)
		}
		values, err := runner.ParseVarsFile(path, data)
		if err != nil {
			return in, failf(ExitUsage, "--vars-file: %v", err)
		}
		in.Files = append(in.Files, values)
	}
	return in, nil
}

// addEnvFiles gives the inputs the environment with what the env files add to
// it; of two that set one variable the later wins.
func (f *inputFlags) addEnvFiles(in *runner.Inputs) error {
	in.Env = maps.Clone(in.Env)
	for _, path := range slices.Backward(f.envFiles.values) {
		data, err := files.Read(path, runner.MaxVarsFile)
		if err == nil {
			err = runner.AddEnvFile(in.Env, path, data)
		}
		if err != nil {
			return failf(ExitUsage, "--env-file: %v", err)
		}
	}
	return nil
}

// discover returns the suites at the paths, or in the current folder where
// there are none. A folder without suites is refused unless allowEmpty is set.
func discover(paths []string, allowEmpty bool) ([]string, error) {
	if len(paths) == 0 {
		paths = []string{"."}
	}
	if allowEmpty {
		paths = slices.DeleteFunc(slices.Clone(paths), func(path string) bool {
			_, err := files.Discover([]string{path})
			return errors.Is(err, files.ErrNoSuites)
		})
	}
	names, err := files.Discover(paths)
	if err != nil {
		failed := failf(ExitUsage, "%v", err)
		switch {
		case slices.ContainsFunc(paths, pointsAtLine):
			failed.hint = "only run and list take a line of a suite"
		case errors.Is(err, files.ErrNoSuites) && slices.Equal(paths, []string{"."}):
			failed.hint = "apicel init writes a first one"
		}
		return nil, failed
	}
	return names, nil
}

// rootFlag is the folder that suites may read files below.
type rootFlag struct{ dir string }

func (f *rootFlag) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.dir, "root", "", "let suites name files below `DIR` only (default the nearest folder above each that holds .git, or its own)")
	_ = cmd.MarkFlagDirname("root") // fails only for a flag that there is none of
}

// check refuses what is no folder.
func (f *rootFlag) check(a *app, cmd *cobra.Command) error {
	switch {
	case !cmd.Flags().Changed("root"):
		return nil
	case f.dir == "":
		return a.usage(cmd, "--root: found nothing, expected a folder")
	}
	if _, err := files.NewPolicy("", f.dir); err != nil {
		return a.usage(cmd, "--root: %v", err)
	}
	return nil
}

// compile loads the suites, which may name files below root, and makes a plan of
// them; the app's redactor learns their secrets, unless there is one in o.
func (a *app) compile(names []string, root string, o runner.CompileOptions) *runner.Plan {
	if o.Redactor == nil {
		o.Redactor = a.redactor
	}
	return runner.Compile(spec.Load(names, root), o)
}
