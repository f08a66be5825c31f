package spec

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/apicel/apicel/internal/lazyregexp"
)

// What yaml.v3's parser says where more than its place tells what led there.
const (
	noKeyHere   = "mapping values are not allowed in this context"
	noColon     = "could not find expected ':'"
	noKey       = "did not find expected key"
	noItem      = "did not find expected '-' indicator"
	noCommaMap  = "did not find expected ',' or '}'"
	noCommaList = "did not find expected ',' or ']'"
	noContent   = "did not find expected node content"
	noToken     = "found character that cannot start any token"
	noEnd       = "did not find expected <document start>"
	badEscape   = "found unknown escape character"
	noHexDigits = "did not find expected hexdecimal number"
	noCharacter = "found invalid Unicode character escape code"
	noName      = "did not find expected alphabetic or numeric character"
	tooDeep     = "exceeded max depth"
)

// syntaxMessages say in our words what yaml.v3's parser says in its own.
// Context tells that the place to show is where the thing that went wrong
// began, not where the parser noticed.
var syntaxMessages = []struct {
	yaml, ours string
	context    bool
}{
	{noKeyHere, "found a colon where no key can stand", false},
	{"mapping keys are not allowed in this context", "found a ? where no key can stand", false},
	{"block sequence entries are not allowed in this context", "found a list item where none can stand", false},
	{"found unexpected end of stream", "the text in quotes has no closing quote", true},
	{"found unexpected document indicator", "the text in quotes has no closing quote", true},
	{noToken, startMessage, false},
	{noColon, "found text without a colon, expected `key: value`", true},
	{noKey, "found text after a value, or a line that is indented otherwise than its neighbours", false},
	{noItem, "found text in a list, expected an item that begins with `- `", false},
	{noCommaMap, "expected a comma or the closing } of the map", false},
	{noCommaList, "expected a comma or the closing ] of the list", false},
	{noContent, "found no value where one is expected", false},
	{"found a tab character", tabMessage, false},
	{badEscape, "found an unknown escape in double quotes", false},
	{noHexDigits, "found an escape in double quotes without its hexadecimal digits", false},
	{noCharacter, "found an escape in double quotes that is no character", false},
	{"did not find expected comment or line break", "found text after the | or > of a block", false},
	{"found an indentation indicator equal to 0", "found an indentation of 0 after the | or > of a block", false},
	{noEnd, "found a value after the end of the suite", false},
	{noName, "found a & or * without a name", false},
	{"found undefined tag handle", "found a tag (!) that is not declared", false},
	{"found unknown directive name", "found a line that begins with %, which YAML keeps for directives", true},
	{"could not find expected directive name", "found a line that begins with %, which YAML keeps for directives", true},
	{tooDeep, fmt.Sprintf(depthMessage, maxDepth), false},
}

var (
	errorLine     = lazyregexp.New(`^line ([0-9]+): `)
	unknownAnchor = lazyregexp.New(`^unknown anchor '(.*)' referenced`)
)

// syntaxError reports that the file is not YAML, at the place where the parser
// stopped and with what probably led there.
func (l *loader) syntaxError(dec *yaml.Decoder, err error) {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	if m := unknownAnchor.FindStringSubmatch(text); m != nil {
		l.unknownAlias(m[1])
		return
	}
	line := 1
	if m := errorLine.FindStringSubmatch(text); m != nil {
		line, _ = strconv.Atoi(m[1])
		text = text[len(m[0]):]
	}
	problem, context, ok := parserMarks(dec)
	if !ok {
		problem, context = mark{line, 1}, mark{line, 1}
	}
	e := syntaxProblem{message: "this is not YAML: " + text, at: problem, context: context}
	for _, m := range syntaxMessages {
		if strings.HasPrefix(text, m.yaml) {
			e.yaml, e.message = m.yaml, m.ours
			if m.context {
				e.at = context
			}
			break
		}
	}
	if e.is(noCommaMap, noCommaList) {
		l.commentCause(&e, context.line)
	}
	if l.tabCause(&e) {
		l.problems.Errorf(l.pos(e.at.line, e.at.col), "%s", e.message).Hint = e.hint
		return
	}
	l.explain(&e)
	l.problems.Errorf(l.onText(e.at), "%s", e.message).Hint = e.hint
}

// unknownAlias reports that nothing has the name that an alias repeats.
func (l *loader) unknownAlias(name string) {
	at := mark{1, 1}
	if i := bytes.Index(l.file.Data, []byte("*"+name)); i >= 0 {
		at.line += bytes.Count(l.file.Data[:i], []byte("\n"))
		at.col += utf8.RuneCount(l.file.Data[l.file.lines[at.line-1]:i])
	}
	l.problems.Errorf(l.pos(at.line, at.col), "found the alias *%s, but nothing is anchored as &%s before it", name, name).
		WithHint("put a text that begins with * into quotes")
}

// onText returns the place of m, or, where that is past the last text before
// it, the end of that text: a caret under an empty line shows nothing.
func (l *loader) onText(m mark) Pos {
	line := min(max(m.line, 1), len(l.file.lines))
	for line > 1 && strings.TrimSpace(l.file.Line(line)) == "" {
		line--
	}
	end := utf8.RuneCountInString(l.file.Line(line)) + 1
	if line < m.line {
		return l.pos(line, end)
	}
	return l.pos(line, min(max(m.col, 1), end))
}

// syntaxProblem is an error of the parser on its way to a Problem.
type syntaxProblem struct {
	yaml          string // the beginning of what the parser says, as in syntaxMessages
	message, hint string
	at            mark
	context       mark // where what the parser was reading begins
}

// is tells whether the parser says one of the texts.
func (e *syntaxProblem) is(texts ...string) bool { return slices.Contains(texts, e.yaml) }

const (
	quoteHint   = "put the whole value into quotes, or write it as a block: | and the text below, indented"
	commentHint = "what follows # is a comment; put a value that holds # into quotes"
)

// gluedComment finds a comment that reads like a part of what it follows.
var gluedComment = lazyregexp.New(`\s#+[^#\s]`)

// commentCause looks for a comment that swallowed the end of a map or list in
// braces, which began on the given line.
func (l *loader) commentCause(e *syntaxProblem, from int) {
	for line := max(from, 1); line <= min(e.at.line, len(l.file.lines)); line++ {
		text := l.file.Line(line)
		if i := gluedComment.FindStringIndex(text); i != nil && (line < e.at.line || i[0] < e.at.col) {
			e.at = mark{line, utf8.RuneCountInString(text[:i[0]]) + 2}
			e.message = "what follows # is cut off as a comment, and the closing bracket with it"
			return
		}
	}
}

const (
	tabMessage   = "found a tab, expected spaces to indent with"
	startMessage = "found a character that no value can begin with"
)

// tabCause looks for a tab that a line begins with, also one that nothing
// follows: the parser may stop at the end of the text before it.
func (l *loader) tabCause(e *syntaxProblem) bool {
	last := e.at.line
	switch e.message {
	case tabMessage:
		last = len(l.file.lines)
	case startMessage:
	default:
		return false
	}
	for line := max(e.at.line, 1); line <= last; line++ {
		text := l.file.Line(line)
		blank := len(text) - len(strings.TrimLeft(text, " \t"))
		if i := strings.IndexByte(text[:blank], '\t'); i >= 0 {
			e.at, e.message, e.hint = mark{line, i + 1}, tabMessage, "indent with spaces"
			if blank == len(text) {
				e.hint = "remove the tab: the line has no text to indent"
			}
			return true
		}
	}
	return false
}

// lineParts splits a line into what comes before its value (indentation, list
// marks, key) and its value.
var lineParts = lazyregexp.New(`^(\s*(?:- +)*(?:[\w.\-]+:\s+)?)(.*)$`)

// indicators are the characters that give a value another meaning.
var indicators = map[byte]string{'!': "a tag", '&': "an anchor", '*': "an alias"}

// explainLine adds what the characters of a line tell of its error.
func (l *loader) explainLine(e *syntaxProblem) {
	line := l.file.Line(e.at.line)
	parts := lineParts.FindStringSubmatch(line)
	if parts == nil || parts[2] == "" {
		return
	}
	before, value := parts[1], parts[2]
	braces := value[0] == '{' || value[0] == '['
	switch {
	case strings.HasPrefix(strings.TrimLeft(line, " "), "\t"):
		e.message, e.hint = tabMessage, "indent with spaces"
	case indicators[value[0]] != "":
		e.message = "YAML takes a value that begins with " + value[:1] + " for " + indicators[value[0]]
		e.at.col = utf8.RuneCountInString(before) + 1
		e.hint = quoteHint
	case strings.ContainsAny(value[:1], "@`%"):
		e.hint = quoteHint
	case e.is(noKeyHere) && !strings.Contains(line[:min(e.at.col-1, len(line))], ": "):
		e.hint = "a line that is indented further than the one before goes on with its value; align the keys"
	case gluedComment.MatchString(value):
		e.hint = commentHint
	case l.braceInText(e):
		e.hint = "inside { } and [ ], put a value that holds " + string(l.charAt(e.at)) + " into quotes"
	case braces && (l.charAt(e.at) == '?' || strings.Contains(value, "?") && !strings.Contains(value, "${")):
		e.hint = "inside { } and [ ], put a value that holds ? into quotes"
	case e.is(noCommaMap, noCommaList, noContent):
	case braces, strings.Contains(value, ": "):
		e.hint = quoteHint
	}
}

// braceInText tells whether what stands where a comma should is a { or [ in the
// middle of a text, as in /orders/{id} and body.lines[0].
func (l *loader) braceInText(e *syntaxProblem) bool {
	if !strings.HasPrefix(e.message, "expected a comma") || l.charAt(e.at) != '{' && l.charAt(e.at) != '[' {
		return false
	}
	return !strings.ContainsRune("\x00 \t${}[]\"',:", l.charAt(mark{e.at.line, e.at.col - 1}))
}

// charAt returns the character at m, or 0.
func (l *loader) charAt(m mark) rune {
	line := []rune(l.file.Line(m.line))
	if m.col < 1 || m.col > len(line) {
		return 0
	}
	return line[m.col-1]
}
