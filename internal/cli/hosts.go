package cli

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/apicel/apicel/runner/source"
)

// hostsFlag is --allow-host.
type hostsFlag struct {
	listFlag
	allowed *source.Hosts // after check; nil allows all
}

func (f *hostsFlag) register(cmd *cobra.Command) {
	f.kind = "HOST"
	cmd.Flags().Var(&f.listFlag, "allow-host", "send requests to this host only, tokens and redirects included: host, host:port, *.domain or unix:PATH; may be repeated (default all)")
}

// check reads the hosts.
func (f *hostsFlag) check(a *app, cmd *cobra.Command) error {
	if len(f.values) == 0 {
		return nil
	}
	var err error
	if f.allowed, err = source.ParseHosts(f.values); err == nil {
		return nil
	}
	refused := a.usage(cmd, "--allow-host: %v", err)
	var wrong *source.Error
	if errors.As(err, &wrong) && wrong.Hint != "" {
		refused.hint = wrong.Hint
	}
	return refused
}
