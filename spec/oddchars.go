package spec

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/apicel/apicel/internal/lazyregexp"
)

// oddCharacters are characters that look like those that YAML gives a meaning,
// or like nothing. They come along where text is pasted from a page or a chat.
var oddCharacters = map[rune]string{
	'\u00a0': "a no-break space",
	'\u1680': "an ogham space",
	'\u2002': "an en space",
	'\u2003': "an em space",
	'\u2004': "a three-per-em space",
	'\u2005': "a four-per-em space",
	'\u2006': "a six-per-em space",
	'\u2007': "a figure space",
	'\u2008': "a punctuation space",
	'\u2009': "a thin space",
	'\u200a': "a hair space",
	'\u200b': "a zero-width space",
	'\u202f': "a narrow no-break space",
	'\u205f': "a mathematical space",
	'\u2060': "a word joiner",
	'\u3000': "an ideographic space",
	'\uff1a': "a fullwidth colon",
}

const (
	spaceLike = "\u00a0\u1680\u2002-\u200b\u202f\u205f\u2060\u3000"
	// invisible are those of them that show nothing at all.
	invisible = "\u200b\u2060"
)

// lineStart is what of a line YAML reads as its structure, where the characters
// were those that they look like: indentation, list marks, a key and its colon.
var lineStart = lazyregexp.New(
	`^[ ` + spaceLike + `]*(?:-[ ` + spaceLike + `]+)*(?:[\w.-]+[ ` + spaceLike + `]*(?::[ ` + spaceLike + `]+|\x{ff1a}))?`)

// oddSpace returns where on a line the first odd character stands that is part
// of its structure, and its name, or "".
func oddSpace(line string) (i int, name string) {
	for i, c := range lineStart.FindString(line) {
		if c >= utf8.RuneSelf && oddCharacters[c] != "" {
			return i, oddName(c)
		}
	}
	return 0, ""
}

func oddName(c rune) string { return fmt.Sprintf("%s (U+%04X)", oddCharacters[c], c) }

// plainFor is what is to be written instead of an odd character.
func plainFor(name string) string {
	switch {
	case strings.Contains(name, "colon"):
		return "a colon and a space"
	case strings.Contains(name, "zero-width"), strings.Contains(name, "joiner"):
		return "nothing"
	}
	return "a space"
}

func oddSpaceMessage(name string) string {
	if plain := plainFor(name); plain != "nothing" {
		return "found " + name + ", expected " + plain
	}
	return "found " + name + ", which shows nothing but counts"
}

func oddSpaceHint(name string) string {
	if plain := plainFor(name); plain != "nothing" {
		return "write " + plain + " instead"
	}
	return "remove it"
}

// oddLine reports an odd character in the structure of the line of a problem
// that it is the cause of, and tells whether there is one.
func (l *loader) oddLine(at Pos) bool {
	if l.index.ascii || at.File != l.file {
		return false
	}
	line := l.file.Line(at.Line)
	i, name := oddSpace(line)
	if name == "" {
		return false
	}
	pos := l.pos(at.Line, utf8.RuneCountInString(line[:i])+1)
	l.problems.Errorf(pos, "%s", oddSpaceMessage(name)).Hint = oddSpaceHint(name)
	return true
}

// checkOdd warns of characters of a scalar that nobody sees: one without a
// width, and a space other than YAML's at either end of a text without quotes.
func (l *loader) checkOdd(s String) {
	if l.index.ascii || isASCII([]byte(s.Value)) {
		return
	}
	for i, c := range s.Value {
		atEnd := !s.Quoted && (i == 0 || i+utf8.RuneLen(c) == len(s.Value))
		if !strings.ContainsRune(invisible, c) && (!atEnd || oddCharacters[c] == "" || c == '\uff1a') {
			continue
		}
		if atEnd && i == 0 && l.oddLine(s.Pos) {
			return
		}
		at := s.At(i)
		if here := l.index.cursor(at.Line, at.Col); here.peek() == '\\' {
			continue // written as an escape, so it is meant
		}
		l.problems.Warnf(at, "found %s, which is part of this text", oddName(c)).
			WithHint(`remove it, or write it as "\u%04x" in double quotes if it is meant`, c)
		return
	}
}
