package cli

import (
	"os"

	"golang.org/x/sys/windows"
)

// obeys has a console obey control sequences (virtual terminal processing, from
// Windows 10 on) and tells whether it does.
func obeys(f *os.File) bool {
	var mode uint32
	console := windows.Handle(f.Fd())
	if windows.GetConsoleMode(console, &mode) != nil {
		return false
	}
	return windows.SetConsoleMode(console, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}
