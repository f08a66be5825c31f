//go:build unix

package cli

import (
	"os/signal"
	"syscall"
)

// outliveLimits lets a write beyond the largest size of a file (ulimit -f) fail
// with an error, after which the rest of the reports is written. Go would end the
// process.
func outliveLimits() { signal.Ignore(syscall.SIGXFSZ) }
