package cli

import (
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/spf13/cobra"

	"github.com/apicel/apicel/internal/demo"
)

const (
	demoAddr = "127.0.0.1:8080"
	// freePort makes the demo of a run take any port that is free.
	freePort = "127.0.0.1:0"
)

func (a *app) demoCommand() *cobra.Command {
	var addr string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Serve the demo API that the examples talk to",
		Long: `Demo serves a small order desk on a loopback address until it is interrupted.
To run the examples against it without serving it: apicel run --demo examples.`,
		Args: a.noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.demo(cmd, addr)
		},
	}
	cmd.Flags().StringVar(&addr, "addr", demoAddr, "serve on this loopback `ADDRESS`; port 0 takes a free one")
	return cmd
}

// demo serves until it is interrupted, which is how it ends well.
func (a *app) demo(cmd *cobra.Command, addr string) error {
	ctx, done := a.interruptible(cmd.Context(), "")
	defer done()
	server, err := demo.Start(ctx, addr)
	if err != nil {
		var network *net.OpError
		if errors.As(err, &network) {
			return failf(ExitIO, "%v", err).withHint("another port: apicel demo --addr 127.0.0.1:0")
		}
		return a.usage(cmd, "%v", err)
	}
	if _, err := io.WriteString(a.stdout, demoText(server.URL(), server.TLSURL())); err != nil {
		_ = server.Close() // the output matters more
		return unwritable(err)
	}
	<-ctx.Done()
	if err := server.Close(); err != nil {
		return failf(ExitIO, "%v", err)
	}
	return nil
}

func demoText(url, tlsURL string) string {
	return fmt.Sprintf(`demo API at %[1]s
          and %[2]s

  curl %[1]s/                         lists its routes
  curl -o vars.json %[1]s/vars.json   says what the examples need of it
  apicel run --vars-file vars.json examples           runs the examples against it

press Ctrl-C to stop
`, url, tlsURL)
}
