// Apicel tests HTTP APIs: suites are YAML, logic is CEL, and a run ends in
// reports that CI systems read. Everything is in internal/cli.
package main

import (
	"context"
	"os"

	"github.com/apicel/apicel/internal/cli"
	_ "github.com/apicel/apicel/internal/heap" // before all tables are made
)

func main() {
	os.Exit(cli.Command{
		Stdin:  os.Stdin,
		Stdout: os.Stdout,
		Stderr: os.Stderr,
		Args:   os.Args[1:],
		Env:    os.Environ(),
		Exit:   os.Exit,
	}.Run(context.Background()))
}
