package cli

import (
	"github.com/spf13/cobra"

	"github.com/apicel/apicel/internal/keep"
	"github.com/apicel/apicel/runner"
)

func (a *app) logoutCommand() *cobra.Command {
	var f accountFlags
	cmd := &cobra.Command{
		Use:   "logout SUITE",
		Short: "Forget the login of a suite",
		Long: `Logout deletes the refresh tokens that login kept for the source of the suite. It
sends nothing: the authorization server takes them until it is told otherwise.

Exit codes: 0 nothing is kept any more, 1 it could not be deleted, 2 wrong
arguments, inputs or suites, or nothing to log in to, 130 interrupted.`,
		Example:           `  apicel logout suites/orders.apicel.yaml`,
		Args:              a.oneSuite,
		ValidArgsFunction: completeSuites,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.logout(cmd, &f, args[0])
		},
	}
	f.register(cmd)
	return cmd
}

func (a *app) logout(cmd *cobra.Command, f *accountFlags, path string) error {
	ctx, done := a.interruptible(cmd.Context(), "")
	defer done()
	var places []string
	store := a.tokenStore(func(o *keep.Options) { o.Forgot = func(where string) { places = append(places, where) } })
	return a.withAccounts(cmd, f, path, store, func(account runner.Account) error {
		places = nil
		err := account.Logout(ctx)
		for _, place := range places {
			a.say("logged out of %s; the refresh token is deleted from %s", account.Server(), place)
		}
		switch {
		case err != nil && ctx.Err() != nil:
			return failf(ExitInterrupted, "interrupted")
		case err != nil:
			return accountError(err)
		case store.Off() != "":
			a.say("nothing is kept: %s", store.Off())
		case len(places) == 0:
			a.say("nobody was logged in at %s", account.Server())
		}
		return nil
	})
}
