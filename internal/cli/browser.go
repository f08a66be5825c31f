package cli

import (
	"sync"
	"time"

	"github.com/pkg/browser"
)

// browserPatience is how long a browser has to say that it cannot be opened.
// Some start in the background, others run until they are closed.
const browserPatience = 3 * time.Second

// quiet keeps from standard output what browsers print: not by a writer, whose
// end the program would wait for, but by giving them none.
var quiet = sync.OnceFunc(func() { browser.Stdout, browser.Stderr = nil, nil })

// systemBrowser opens a URL in the user's browser.
func systemBrowser(url string) error {
	quiet()
	ended := make(chan error, 1)
	go func() { ended <- browser.OpenURL(url) }()
	select {
	case err := <-ended:
		return err
	case <-time.After(browserPatience):
		return nil
	}
}

// hasBrowser tells whether there is likely to be a screen with a browser. A
// browser of the terminal, which xdg-open would take, cannot be used beside us.
func hasBrowser(env map[string]string, system string) bool {
	switch system {
	case "darwin", "windows":
		return true
	}
	return env["DISPLAY"] != "" || env["WAYLAND_DISPLAY"] != "" || env["BROWSER"] != "" || env["WSL_DISTRO_NAME"] != ""
}
