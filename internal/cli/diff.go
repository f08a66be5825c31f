package cli

import (
	"fmt"
	"strconv"

	udiff "github.com/aymanbagabas/go-udiff"

	"github.com/apicel/apicel/internal/lazyregexp"
)

var hunkHead = lazyregexp.New(`(?m)^@@ -(\d+)(,\d+)? \+(\d+)(,\d+)? @@`)

// unified returns a unified diff that patch and git read. The library counts the
// lines of the second text wrongly behind the first hunk, so that is done here.
func unified(name, before, after string) string {
	moved := 0
	return hunkHead.ReplaceAllStringFunc(udiff.Unified("a/"+name, "b/"+name, before, after), func(head string) string {
		m := hunkHead.FindStringSubmatch(head)
		from, _ := strconv.Atoi(m[1]) // digits
		to := from + moved
		moved += hunkLength(m[4]) - hunkLength(m[2])
		return fmt.Sprintf("@@ -%s%s +%d%s @@", m[1], m[2], to, m[4])
	})
}

// hunkLength reads the ",N" of a hunk's head, which is left out for one line.
func hunkLength(text string) int {
	if text == "" {
		return 1
	}
	n, _ := strconv.Atoi(text[1:]) // digits
	return n
}
