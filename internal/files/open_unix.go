//go:build unix

package files

import "syscall"

// atOnce makes that opening never waits: a named pipe that took the place of a
// file would keep whoever opens it until somebody writes to it.
const atOnce = syscall.O_NONBLOCK | syscall.O_NOCTTY
