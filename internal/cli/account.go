package cli

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/apicel/apicel/internal/keep"
	"github.com/apicel/apicel/runner"
	"github.com/apicel/apicel/runner/source"
	"github.com/apicel/apicel/spec"
)

// accountFlags are the flags that login and logout share: what is kept belongs
// to a source with its values, so that both need the inputs of a run.
type accountFlags struct {
	inputs inputFlags
	root   rootFlag
}

func (f *accountFlags) register(cmd *cobra.Command) {
	f.root.register(cmd)
	f.inputs.register(cmd)
}

// oneSuite refuses more or less than one path.
func (a *app) oneSuite(cmd *cobra.Command, args []string) error {
	switch len(args) {
	case 0:
		return a.usage(cmd, "there is no SUITE, expected the one to %s", verb(cmd))
	case 1:
		return nil
	}
	return a.usage(cmd, "unexpected argument %q, expected one SUITE", args[1])
}

func verb(cmd *cobra.Command) string {
	if cmd.Name() == "logout" {
		return "log out of"
	}
	return "log in for"
}

// withAccounts does what it is given with each account of the suite, one after
// another, until one fails.
func (a *app) withAccounts(cmd *cobra.Command, f *accountFlags, path string, store *keep.Store, do func(runner.Account) error) error {
	plan, err := a.accountPlan(cmd, f, path)
	if err != nil {
		return err
	}
	pool := plan.NewPool(runner.RunOptions{Tokens: store, Warn: a.sayOnce(), Version: programVersion()})
	defer pool.Close()
	accounts, problems := plan.Accounts(pool)
	if err := a.refuseProblems(path, problems); err != nil {
		return err
	}
	if len(accounts) == 0 {
		return noAccount(path, plan.AuthTypes())
	}
	for i, account := range accounts {
		if len(accounts) > 1 {
			a.say("account %d of %d: %s, at %s", i+1, len(accounts), account.Server(), account.Pos)
		}
		if err := do(account); err != nil {
			return err
		}
	}
	return nil
}

// accountPlan returns the plan of a suite that is right and has its inputs.
func (a *app) accountPlan(cmd *cobra.Command, f *accountFlags, path string) (*runner.Plan, error) {
	if err := f.root.check(a, cmd); err != nil {
		return nil, err
	}
	in, err := f.inputs.read(a, cmd)
	if err != nil {
		return nil, err
	}
	names, err := discover([]string{path}, false)
	if err != nil {
		return nil, err
	}
	plan := a.compile(names, f.root.dir, runner.CompileOptions{Inputs: in})
	if err := a.ready(plan); err != nil {
		return nil, err
	}
	return plan, a.refuseProblems(path, distinct(plan.Problems()))
}

// refuseProblems shows the problems where one of them is an error, and ends the command.
func (a *app) refuseProblems(path string, problems spec.Problems) error {
	if !problems.HasErrors() {
		return nil
	}
	if err := a.writeProblems(a.stderr, problems); err != nil {
		return err
	}
	return failf(ExitUsage, "nothing was sent: %s is wrong", path)
}

// noAccount is the error for suites that need nobody.
func noAccount(path string, types []string) error {
	has := "its auth is " + strings.Join(types, ", and ")
	if len(types) == 0 {
		has = "it has no auth"
	}
	return failf(ExitUsage, "%s needs no login: %s", path, has).
		withHint("a person logs in for auth oauth2 with grant_type authorization_code or device_code")
}

// accountError is what ends a command whose account failed.
func accountError(err error) *exitError {
	failed := failf(ExitFailed, "%v", err)
	var client *source.Error
	if errors.As(err, &client) {
		failed.hint = client.Hint
	}
	return failed
}
