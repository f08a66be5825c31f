//go:build !windows

package cli

import "os"

// obeys tells whether a terminal obeys control sequences.
func obeys(*os.File) bool { return true }
