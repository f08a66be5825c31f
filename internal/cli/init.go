package cli

import (
	"embed"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/apicel/apicel/internal/files"
	"github.com/apicel/apicel/internal/lazyregexp"
	"github.com/apicel/apicel/spec"
)

//go:embed ci
var ciTemplates embed.FS

// ciFiles are the CI systems that init writes a file for, and where it belongs.
var ciFiles = []struct{ name, template, path string }{
	{"github", "github.yml", ".github/workflows/apicel.yml"},
	{"gitlab", "gitlab.yml", ".gitlab-ci.yml"},
	{"jenkins", "Jenkinsfile", "Jenkinsfile"},
	{"circleci", "circleci.yml", ".circleci/config.yml"},
	{"azure", "azure.yml", "azure-pipelines.yml"},
}

// The files that init writes beside that of the CI system.
const (
	firstSuite = "api" + files.SuiteSuffix
	schemaFile = "apicel.schema.json"
)

// initFlags are the flags of apicel init.
type initFlags struct {
	url string
	ci  choiceFlag
}

func (f *initFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.url, "url", "", "send one GET to `URL` and write checks for what comes back")
	f.ci.kind = "SYSTEM"
	for _, c := range ciFiles {
		f.ci.choices = append(f.ci.choices, c.name)
	}
	cmd.Flags().Var(&f.ci, "ci", "write a file for this CI system too: github, gitlab, jenkins, circleci or azure")
	_ = cmd.RegisterFlagCompletionFunc("ci", cobra.FixedCompletions(f.ci.choices, cobra.ShellCompDirectiveNoFileComp)) // fails only for a flag that there is none of
}

func (a *app) initCommand() *cobra.Command {
	var f initFlags
	cmd := &cobra.Command{
		Use:   "init [DIR]",
		Short: "Write a first suite",
		Long: `Init writes a suite into DIR, or the current folder, and the JSON Schema that lets
editors complete and explain it. With --url it sends one GET there and writes
checks for what comes back: the status, the content type, and the types of the
fields; not their values, which change. Without, the suite is for apicel demo.

A query parameter that looks like a credential becomes a secret of the suite,
which takes it from the environment. Files that are there are never changed; where
suites are there already, --ci writes the CI file alone.

Exit codes: 0 written, 1 the URL gave no answer, 2 wrong arguments or a file is
there already, 3 a file could not be written, 130 interrupted.`,
		Example: `  apicel init
  apicel init suites --url https://api.example.com/orders --ci gitlab`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return a.usage(cmd, "unexpected argument %q, expected one folder", args[1])
			}
			dir := "."
			if len(args) == 1 {
				dir = args[0]
			}
			return a.init(cmd, &f, dir)
		},
	}
	f.register(cmd)
	return cmd
}

// newFile is a file that init writes, and what it says about it.
type newFile struct {
	path string
	data []byte
	note string
	ci   bool // it is that of a CI system
}

func (a *app) init(cmd *cobra.Command, f *initFlags, dir string) error {
	var written []newFile
	if f.ci.value != "" {
		ci, err := a.ciFile(cmd, f.ci.value, dir)
		if err != nil {
			return err
		}
		written = append(written, ci)
	}
	next := nextAfterCI
	if f.ci.value == "" || f.url != "" || !hasSuites(dir) {
		suite, schema := filepath.Join(dir, firstSuite), filepath.Join(dir, schemaFile)
		if err := nothingThere(append(written, newFile{path: suite}, newFile{path: schema})); err != nil {
			return err // before anything is sent
		}
		first, err := a.firstSuite(cmd, f.url)
		if err != nil {
			return err
		}
		written = append([]newFile{
			{path: suite, data: []byte(first.text()), note: first.note},
			{path: schema, data: spec.JSONSchema(), note: "so that editors complete and explain keys"},
		}, written...)
		next = first.next(shown(dir), suite)
	}
	if err := nothingThere(written); err != nil {
		return err
	}
	text := ""
	for _, file := range written {
		if err := files.Create(file.path, file.data); err != nil {
			if errors.Is(err, files.ErrExists) {
				return failf(ExitUsage, "%v", err)
			}
			return failf(ExitIO, "%v", err)
		}
		text += fmt.Sprintf("wrote %s\n      %s\n", filepath.ToSlash(file.path), file.note)
	}
	return a.print(text + "\n" + next)
}

const nextAfterCI = "next: commit it, and the suites with it\n"

// shown is the argument that makes a command mean the folder, with its space, in
// quotes where a shell needs them.
func shown(dir string) string {
	dir = filepath.ToSlash(dir)
	switch {
	case dir == ".":
		return ""
	case plainPath.MatchString(dir) && !strings.HasPrefix(dir, "-"):
		return " " + dir
	case strings.HasPrefix(dir, "-"):
		dir = "./" + dir
	}
	return " '" + strings.ReplaceAll(dir, "'", `'\''`) + "'"
}

// nothingThere refuses files that exist, all of them at once.
func nothingThere(list []newFile) error {
	var there []string
	var ci string // that of the CI system, where it is among them
	for _, file := range list {
		if _, err := os.Lstat(file.path); err != nil {
			continue
		}
		there = append(there, filepath.ToSlash(file.path)+" is there already")
		if file.ci {
			ci = filepath.ToSlash(file.path)
		}
	}
	if len(there) == 0 {
		return nil
	}
	err := failf(ExitUsage, "%s\nnothing was written", strings.Join(there, "\n"))
	switch {
	case ci == "":
		return err.withHint("name another folder, or move what is there away")
	case len(list) == 1:
		return err.withHint("add to %s what apicel help ci shows", ci)
	case len(there) == 1:
		return err.withHint("leave --ci out, and add to %s what apicel help ci shows", ci)
	}
	return err.withHint("leave --ci out and name another folder, and add to %s what apicel help ci shows", ci)
}

func hasSuites(dir string) bool {
	found, err := files.Discover([]string{dir})
	return err == nil && len(found) > 0
}

// plainPath is what stands in a CI file without quotes for the shell and for YAML.
var plainPath = lazyregexp.New(`^[A-Za-z0-9_./-]+$`)

// ciFile makes the file of a CI system, which belongs to the root of the project.
func (a *app) ciFile(cmd *cobra.Command, name, dir string) (newFile, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return newFile{}, failf(ExitIO, "%v", err)
	}
	root := projectRoot(abs)
	inProject, err := filepath.Rel(root, abs)
	if err != nil {
		return newFile{}, failf(ExitIO, "%v", err)
	}
	inProject = filepath.ToSlash(inProject)
	if !plainPath.MatchString(inProject) {
		return newFile{}, a.usage(cmd, "--ci: the folder %q cannot stand in the commands of a CI file, expected letters, digits, and the characters _ . - /", inProject)
	}
	for _, c := range ciFiles {
		if c.name == name {
			text, err := ciTemplates.ReadFile(path.Join("ci", c.template))
			if err != nil {
				return newFile{}, failf(ExitIO, "%v", err)
			}
			target := filepath.Join(root, filepath.FromSlash(c.path))
			if rel, err := filepath.Rel(mustGetwd(), target); err == nil {
				target = rel
			}
			return newFile{target, []byte(strings.ReplaceAll(string(text), "{{path}}", inProject)), "runs " + inProject + " in CI", true}, nil
		}
	}
	return newFile{}, a.usage(cmd, "--ci %s: there is no such system", name)
}

// projectRoot is the root of the project that the folder, an absolute path,
// belongs to. Before there is a repository it is the working folder, where the
// folder is below that.
func projectRoot(dir string) string {
	root := files.Root(filepath.Join(dir, firstSuite))
	if _, err := os.Lstat(filepath.Join(root, ".git")); err == nil {
		return root
	}
	if wd := mustGetwd(); wd != "" {
		if rel, err := filepath.Rel(wd, dir); err == nil && filepath.IsLocal(rel) {
			return wd
		}
	}
	return root
}

// mustGetwd is the working folder, or "" where it is unknown.
func mustGetwd() string {
	dir, err := os.Getwd()
	if err != nil {
		return ""
	}
	return dir
}

// firstSuite makes the suite: for the URL, or for the demo where there is none.
func (a *app) firstSuite(cmd *cobra.Command, rawURL string) (*draft, error) {
	if rawURL == "" {
		return demoDraft(), nil
	}
	u, err := url.Parse(rawURL)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return nil, a.usage(cmd, "--url: this is not a URL that a request can be sent to, expected one such as https://api.example.com/orders")
	case u.User != nil:
		return nil, a.usage(cmd, "--url: the URL holds a user and password").
			withHint("leave them out; in the suite they are auth: {type: basic, …} with a secret")
	}
	ctx, done := a.interruptible(cmd.Context(), "")
	defer done()
	d, err := a.draft(ctx, u)
	if err != nil && ctx.Err() != nil {
		return nil, exit(ExitInterrupted)
	}
	return d, err
}
