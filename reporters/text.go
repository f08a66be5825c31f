package reporters

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"

	"github.com/apicel/apicel/internal/lazyregexp"
)

// Inline returns text as this package prints it within a line: what could act on
// a terminal, end the line, or reorder or hide text is spelled out.
func Inline(text string) string { return inline(text) }

// visible returns s with every character spelled out that could act on a
// terminal, reorder or hide text, or that XML 1.0 forbids: an escape becomes
// `\x1b`, a right-to-left override `\u202e`, a byte that is not UTF-8 `\xff`.
// Newlines and tabs stay.
func visible(s string) string {
	return spell(s, hostile)
}

// inline is visible for text that must stay on its line: newlines and tabs are
// spelled out as well.
func inline(s string) string {
	return spell(s, func(r rune) bool { return r == '\n' || r == '\t' || hostile(r) })
}

func spell(s string, bad func(rune) bool) string {
	if utf8.ValidString(s) && strings.IndexFunc(s, bad) < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case bad(r):
			b.WriteString(spelled(r))
		default:
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return b.String()
}

// pastCI returns a finished text in which nothing is left that CI systems would
// obey if they found it in a log: "##[" and "##vso[", wherever they stand in a
// line (Azure Pipelines, GitHub Actions), and lines that begin with "::" (GitHub
// Actions). hash and colon are how the format at hand writes these characters
// otherwise.
func pastCI(text []byte, hash, colon string) []byte {
	if bytes.Contains(text, []byte("##")) {
		text = bytes.ReplaceAll(text, []byte("##["), []byte("#"+hash+"["))
		text = bytes.ReplaceAll(text, []byte("##vso["), []byte("#"+hash+"vso["))
	}
	if bytes.Contains(text, []byte("::")) {
		text = workflowCommand.ReplaceAll(text, []byte("${1}"+colon+":"))
	}
	return text
}

var workflowCommand = lazyregexp.New(`(?m)^([ \t]*)::`)

func spelled(r rune) string {
	switch {
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	case r < 0x100:
		return fmt.Sprintf(`\x%02x`, r)
	case r < 0x10000:
		return fmt.Sprintf(`\u%04x`, r)
	}
	return fmt.Sprintf(`\U%08x`, r)
}

// hostileRanges are the characters beyond ASCII that visible spells out. Joiners
// are not among them: emoji and several scripts need them.
var hostileRanges = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x0080, 0x009f, 1}, // C1 controls, which some terminals obey
		{0x061c, 0x061c, 1}, // Arabic letter mark
		{0x200b, 0x200b, 1}, // zero width space
		{0x200e, 0x200f, 1}, // direction marks
		{0x2028, 0x202e, 1}, // line and paragraph separators, bidi embeddings and overrides
		{0x2066, 0x2069, 1}, // bidi isolates
		{0xfeff, 0xfeff, 1}, // byte order mark
		{0xfff9, 0xfffb, 1}, // interlinear annotation
		{0xfffe, 0xffff, 1}, // not characters, forbidden by XML 1.0
	},
	R32:         []unicode.Range32{{0xe0000, 0xe007f, 1}}, // tags: invisible ASCII
	LatinOffset: 1,
}

func hostile(r rune) bool {
	if r < 0x80 {
		return r < 0x20 && r != '\n' && r != '\t' || r == 0x7f
	}
	return unicode.Is(hostileRanges, r)
}

// displayWidth returns the number of terminal cells that s takes: two for wide
// characters, none for marks that combine with the one before.
func displayWidth(s string) int {
	n := 0
	for _, r := range s {
		n += runeWidth(r)
	}
	return n
}

func runeWidth(r rune) int {
	if r < 0x300 {
		return 1
	}
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// shorten returns s cut to at most limit characters, an ellipsis included.
func shorten(s string, limit int) string {
	if len(s) <= limit || utf8.RuneCountInString(s) <= limit {
		return s
	}
	return string([]rune(s)[:limit-1]) + "…"
}

// middle returns s cut to at most limit cells by an ellipsis in its middle.
func middle(s string, limit int) string {
	if len(s) <= limit || displayWidth(s) <= limit {
		return s
	}
	runes := []rune(s)
	from, to := 0, len(runes)
	left, right := limit/2, (limit-1)/2 // cells, one being taken by the ellipsis
	for ; left >= runeWidth(runes[from]); from++ {
		left -= runeWidth(runes[from])
	}
	for ; right >= runeWidth(runes[to-1]); to-- {
		right -= runeWidth(runes[to-1])
	}
	// What joins or marks a character goes with the one before it.
	for to < len(runes) && runeWidth(runes[to]) == 0 {
		to++
	}
	return string(runes[:from]) + "…" + string(runes[to:])
}

// firstLine returns the first line of s that holds anything.
func firstLine(s string) string {
	s = strings.TrimSpace(s)
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		return strings.TrimSpace(s[:i]) + " …"
	}
	return s
}

// count returns n with its noun: "1 query", "2 queries".
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
