package cli

import "io"

// color tells whether to colour what goes to w. NO_COLOR (no-color.org) and
// TERM=dumb switch colour off, CLICOLOR_FORCE (bixense.com/clicolors) switches it
// on where there is no terminal; NO_COLOR wins.
func (a *app) color(w io.Writer) bool {
	switch force := a.env["CLICOLOR_FORCE"]; {
	case a.env["NO_COLOR"] != "":
		return false
	case force != "" && force != "0":
		return true
	case a.env["TERM"] == "dumb":
		return false
	}
	return isTerminal(w) && obeys(fileOf(w))
}
