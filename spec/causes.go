package spec

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/apicel/apicel/internal/lazyregexp"
)

// causes are what usually leads to an error of the parser, the surest first.
// Each tells whether it is what led to this one, and then says so in e.
var causes = []func(l *loader, e *syntaxProblem) bool{
	directiveCause,
	oddSpaceCause,
	gluedDashCause,
	gluedColonCause,
	bracesCause,
	quoteCause,
	indentCause,
	commaCause,
	noKeyCause,
	templateCause,
	blockCause,
	escapeCause,
	depthCause,
}

// explain adds what usually leads to such an error on such a line.
func (l *loader) explain(e *syntaxProblem) {
	for _, cause := range causes {
		if cause(l, e) {
			return
		}
	}
	l.explainLine(e)
}

// directiveCause finds a line such as %YAML 1.2 before the suite.
func directiveCause(l *loader, e *syntaxProblem) bool {
	const first = 1
	if e.at.line != first || !strings.HasPrefix(l.file.Line(first), "%") {
		return false
	}
	e.message, e.hint = "found a YAML directive, which the language does without", "leave the line out"
	return true
}

// oddSpaceCause finds a character that looks like the space that YAML asks for.
func oddSpaceCause(l *loader, e *syntaxProblem) bool {
	for _, line := range []int{e.at.line, e.at.line - 1} {
		if i, name := oddSpace(l.file.Line(line)); name != "" {
			e.at = mark{line, utf8.RuneCountInString(l.file.Line(line)[:i]) + 1}
			e.message, e.hint = oddSpaceMessage(name), oddSpaceHint(name)
			return true
		}
	}
	return false
}

// gluedDash is a list mark that the space after it lacks for; a number or
// another hyphen may follow a hyphen that is none.
var gluedDash = lazyregexp.New(`^\s*(?:- +)*(-)[\pL_"'{\[$]`)

const dashHint = "put a space after the -"

// gluedDashCause finds `-name: one`, which the parser takes for a key and stops
// at what follows.
func gluedDashCause(l *loader, e *syntaxProblem) bool {
	for _, line := range []int{e.at.line, l.textBefore(e.at.line)} {
		m := gluedDash.FindStringSubmatchIndex(l.file.Line(line))
		if m == nil || line != e.at.line && l.indent(e.at.line) < m[2] {
			continue
		}
		e.at = mark{line, utf8.RuneCountInString(l.file.Line(line)[:m[2]]) + 1}
		e.message, e.hint = "found a - without a space after it", dashHint
		return true
	}
	return false
}

// gluedColon is a key that the space after its colon lacks for.
var gluedColon = lazyregexp.New(`^\s*(?:- +)*([A-Za-z_][\w.-]*)(:)([^\s:/].*|/(?:[^/\s].*)?)$`)

// gluedColonCause finds `status:200`, which the parser takes for a text.
func gluedColonCause(l *loader, e *syntaxProblem) bool {
	line := e.at.line
	switch {
	case e.is(noKeyHere):
		if line = l.textBefore(line); l.indent(line) > l.indent(e.at.line) {
			return false
		}
	case !e.is(noColon):
		return false
	}
	text := l.file.Line(line)
	m := gluedColon.FindStringSubmatchIndex(text)
	if m == nil {
		return false
	}
	e.at = mark{line, utf8.RuneCountInString(text[:m[4]]) + 1}
	e.message = "found a colon without a space after it"
	e.hint = "write " + spacedColon(text[m[2]:])
	return true
}

// spacedColon puts a space behind the first colon of a text.
func spacedColon(text string) string {
	key, value, _ := strings.Cut(text, ":")
	return shorten(key + ": " + strings.TrimSpace(value))
}

// quoteCause finds a closing quote that more text follows.
func quoteCause(l *loader, e *syntaxProblem) bool {
	inBraces := e.is(noCommaMap, noCommaList)
	if !inBraces && !e.is(noKey, noItem, noEnd, noName) {
		return false
	}
	line := []rune(l.file.Line(e.at.line))
	at := min(e.at.col-1, len(line))
	if e.is(noName) { // stopped behind the & or *
		at = max(at-1, 0)
	}
	before := strings.TrimRight(string(line[:at]), " ")
	if before == "" || !strings.ContainsAny(before[len(before)-1:], `"'`) {
		return false
	}
	glued := utf8.RuneCountInString(before) == at
	if at == len(line) || inBraces && (!glued || strings.ContainsRune("{}[]", line[at])) {
		return false
	}
	quote := before[len(before)-1:]
	e.at.col = utf8.RuneCountInString(before)
	e.message = "the text in quotes ends here, but more follows it"
	e.hint = otherQuotesHint
	if !inBraces {
		e.hint = requote(string(line), len(before)-1, quote)
	}
	return true
}

const otherQuotesHint = "put the other kind of quotes around the whole value"

// requote is the hint for a value that was to go on behind the quote at i.
func requote(line string, i int, quote string) string {
	other := map[string]string{`"`: "'", "'": `"`}[quote]
	hint := otherQuotesHint + ", or write it as a block: | and the text below, indented"
	parts := lineParts.FindStringSubmatchIndex(line)
	if parts == nil {
		return hint
	}
	value := strings.TrimSpace(line[parts[4]:])
	if parts[4] >= i || !strings.HasPrefix(value, quote) || strings.Contains(value, " #") || utf8.RuneCountInString(value) > maxShown {
		return hint
	}
	inside := value
	if strings.HasSuffix(value, quote) { // was to end there
		inside = value[1 : len(value)-1]
	}
	if strings.ContainsAny(inside, other+`\`) {
		return hint
	}
	return "put the whole value into quotes: " + other + inside + other
}

// keyLine is a line that begins with a key.
var keyLine = lazyregexp.New(`^ *(?:- +)*(?:[\w.$@#-]+|"[^"]*"|'[^']*'):(?:\s|$)`)

// itemLine is a line that begins with a list mark.
var itemLine = lazyregexp.New(`^ *-(?:\s|$)`)

// indentCause finds a key or an item that is indented otherwise than those that
// it was to stand among.
func indentCause(l *loader, e *syntaxProblem) bool {
	text := l.file.Line(e.at.line)
	found := l.indent(e.at.line)
	item := itemLine.MatchString(text)
	if !e.is(noKey, noItem) || e.at.col != found+1 || !item && !keyLine.MatchString(text) {
		return false
	}
	want := l.nearestIndent(e.at.line, found, item)
	if want < 0 || want == found {
		return false
	}
	what, others := "key", "keys"
	if item {
		what, others = "list item", "items"
	}
	e.message = fmt.Sprintf("this %s is indented by %s, the %s above by %d", what, spaces(found), others, want)
	e.hint = "indent it by " + spaces(want)
	return true
}

func spaces(n int) string {
	if n == 1 {
		return "1 space"
	}
	return fmt.Sprintf("%d spaces", n)
}

// nearestIndent returns the indentation of the keys, or of the items, that a
// line may stand among, the nearest to what was found, or -1 where there is none.
func (l *loader) nearestIndent(line, found int, item bool) int {
	best, inner := -1, maxScalarSize
	for line--; line > 0 && inner > 0; line-- {
		text := l.file.Line(line)
		indent := l.indent(line)
		if indent >= inner || !itemLine.MatchString(text) && !keyLine.MatchString(text) {
			continue
		}
		level := indent
		isItem := itemLine.MatchString(text)
		if isItem && !item && keyLine.MatchString(text) {
			level, isItem = indent+len(text[indent:])-len(strings.TrimLeft(text[indent:], "- ")), false
		}
		if isItem == item && level <= inner && (best < 0 || distant(level, found) < distant(best, found)) {
			best = level
		}
		inner = indent
	}
	return best
}

func distant(a, b int) int { return max(a-b, b-a) }

// indent is how many spaces a line begins with.
func (l *loader) indent(line int) int {
	text := l.file.Line(line)
	return len(text) - len(strings.TrimLeft(text, " "))
}

// textBefore is the number of the last line before this one that is not empty.
func (l *loader) textBefore(line int) int {
	for line--; line > 0 && strings.TrimSpace(l.file.Line(line)) == ""; line-- {
	}
	return line
}

// commaCause finds a comma where a value should be.
func commaCause(l *loader, e *syntaxProblem) bool {
	if !e.is(noContent) || l.charAt(e.at) != ',' {
		return false
	}
	e.message, e.hint = "found a comma with nothing before it", "remove it"
	line := []rune(l.file.Line(e.at.line))
	if strings.HasSuffix(strings.TrimRight(string(line[:e.at.col-1]), " "), ",") {
		e.message, e.hint = "found two commas with nothing between them", "remove one of them"
	}
	return true
}

// noKeyCause finds a colon that a line begins with.
func noKeyCause(l *loader, e *syntaxProblem) bool {
	if !e.is(noKey, noItem, noEnd) || l.charAt(e.at) != ':' {
		return false
	}
	e.message, e.hint = "found a colon with no key before it", `write the key, or "" where it is meant to be empty`
	return true
}

// templateCause finds an expression without quotes inside braces.
func templateCause(l *loader, e *syntaxProblem) bool {
	before := mark{e.at.line, e.at.col - 1}
	if !e.is(noCommaMap, noCommaList) || l.charAt(e.at) != '{' || l.charAt(before) != '$' {
		return false
	}
	e.at, e.message = before, "found ${ … } without quotes inside { } or [ ]"
	e.hint = `put the whole value into quotes: "${ … }"`
	return true
}

// blockCause finds a block inside braces.
func blockCause(l *loader, e *syntaxProblem) bool {
	c := l.charAt(e.at)
	if !e.is(noToken) || c != '|' && c != '>' {
		return false
	}
	e.message = fmt.Sprintf("found %c inside { } or [ ], where no block can stand", c)
	e.hint = "put the text into quotes, or write what is in { } and [ ] on lines of its own"
	return true
}

// escapeCause says what the escapes in double quotes are.
func escapeCause(_ *loader, e *syntaxProblem) bool {
	switch {
	case e.is(badEscape):
		e.hint = `write \\ for a backslash, or use single quotes, in which it stands for itself`
	case e.is(noHexDigits, noCharacter):
		e.hint = `\x has 2 hexadecimal digits, \u has 4 and \U has 8; in single quotes a backslash stands for itself`
	default:
		return false
	}
	return true
}

// depthCause points at the bracket that is one too many, where the parser
// notices far behind it.
func depthCause(l *loader, e *syntaxProblem) bool {
	if !e.is(tooDeep) {
		return false
	}
	depth := 0
	for i, c := range []rune(l.file.Line(e.at.line)) {
		switch c {
		case '{', '[', '-':
			depth++
		case '}', ']':
			depth--
		}
		if depth > maxDepth {
			e.at.col = i + 1
			break
		}
	}
	return true
}
