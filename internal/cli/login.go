package cli

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"github.com/apicel/apicel/internal/keep"
	"github.com/apicel/apicel/runner"
	"github.com/apicel/apicel/runner/source/oauth"
)

// defaultLogin is the time that a person has for one account.
const defaultLogin = 5 * time.Minute

// loginFlags are the flags of apicel login.
type loginFlags struct {
	accountFlags
	port      int
	noBrowser bool
	timeout   durationFlag
}

func (f *loginFlags) register(cmd *cobra.Command) {
	f.timeout = durationFlag(defaultLogin)
	flags := cmd.Flags()
	flags.IntVar(&f.port, "port", 0, "let the browser come back to port `N` of 127.0.0.1 (default any that is free)")
	flags.BoolVar(&f.noBrowser, "no-browser", false, "open no browser, only print the URL")
	flags.Var(&f.timeout, "timeout", "give up on an account where nobody has logged in after this time, at most 15m")
	f.accountFlags.register(cmd)
}

func (a *app) loginCommand() *cobra.Command {
	var f loginFlags
	cmd := &cobra.Command{
		Use:   "login SUITE",
		Short: "Log in for a suite, so that runs need nobody",
		Long: `Login gets what only a person can get: it opens a browser (grant_type
authorization_code) or shows a code to enter on any device (device_code). The
refresh token is kept in the system keyring, else in a file of yours alone, for
runs with the same source only. A suite with several accounts asks for one after
another.

Exit codes: 0 logged in, 1 it failed or time was up, 2 wrong arguments, inputs or
suites, or nothing to log in to, 130 interrupted.`,
		Example: `  apicel login suites/orders.apicel.yaml
  apicel login --no-browser --port 8085 orders.apicel.yaml`,
		Args:              a.oneSuite,
		ValidArgsFunction: completeSuites,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.login(cmd, &f, args[0])
		},
	}
	f.register(cmd)
	return cmd
}

func (a *app) login(cmd *cobra.Command, f *loginFlags, path string) error {
	if err := f.validate(a, cmd); err != nil {
		return err
	}
	var place string
	store := a.tokenStore(func(o *keep.Options) { o.Kept = func(where string) { place = where } })
	if why := store.Off(); why != "" {
		return failf(ExitUsage, "%s: nobody can log in there, and nothing is kept", why).
			withHint("give the refresh token as a secret: refresh_token: ${secrets.refresh_token}")
	}
	ctx, done := a.interruptible(cmd.Context(), "")
	defer done()
	return a.withAccounts(cmd, &f.accountFlags, path, store, func(account runner.Account) error {
		if err := a.loginTo(ctx, f, account); err != nil {
			return err
		}
		a.say("logged in at %s; the refresh token is kept in %s", account.Server(), place)
		return nil
	})
}

func (f *loginFlags) validate(a *app, cmd *cobra.Command) error {
	if f.port < 0 || f.port > 65535 {
		return a.usage(cmd, "--port %d: expected 1 to 65535", f.port)
	}
	if timeout := time.Duration(f.timeout); timeout > oauth.LoginTimeout {
		return a.usage(cmd, "--timeout %s: expected at most 15m", f.timeout.String())
	}
	return nil
}

// loginTo logs in to one account.
func (a *app) loginTo(ctx context.Context, f *loginFlags, account runner.Account) error {
	late := fmt.Errorf("nobody logged in within %s", f.timeout.String())
	limited, stop := context.WithTimeoutCause(ctx, time.Duration(f.timeout), late)
	defer stop()
	options := oauth.LoginOptions{Port: f.port}
	browse := a.browse
	if f.noBrowser {
		browse = nil
	}
	options.Show = func(p oauth.Prompt) { a.show(p, browse != nil) }
	if browse != nil {
		options.Open = func(at string) error {
			err := browse(at)
			if err != nil {
				a.say("no browser could be opened; open the URL yourself")
			}
			return err
		}
	}
	err := account.Login(limited, options)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return failf(ExitInterrupted, "interrupted: nobody was logged in at %s", account.Server())
	}
	return accountError(err)
}

// show tells a person what to do. A URL stands on a line of its own, to be copied.
func (a *app) show(p oauth.Prompt, opens bool) {
	switch {
	case p.Code != "" && opens:
		a.say("a browser opens; compare or enter the code %s there, until %s; the URL for any other device:", p.Code, clock(p.Expires))
	case p.Code != "":
		a.say("enter the code %s on any device, until %s, at", p.Code, clock(p.Expires))
	case opens:
		a.say("a browser opens for the login; if not, open this URL on this machine:")
	default:
		a.say("open this URL in a browser on this machine:")
	}
	_, _ = io.WriteString(a.stderr, "  "+a.shownURL(p.URL, opens)+"\n") // as in say
}

func clock(t time.Time) string { return t.Local().Format("15:04") }

// shownURL is a URL as it is to be opened: it may hold what the suite calls a
// secret, such as a client_id, which the browser shows as well. Where a browser
// opens by itself, nobody needs to see that.
func (a *app) shownURL(raw string, opens bool) string {
	if !opens || a.redactor.Redact(raw) == raw {
		return raw
	}
	u, err := url.Parse(raw)
	if err != nil {
		return a.redactor.Redact(raw)
	}
	return a.redactor.Redact(u.Scheme+"://"+u.Host+u.EscapedPath()) + " (its parameters hold a secret: --no-browser shows them)"
}
