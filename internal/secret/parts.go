package secret

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// The numbers of bytes from which a run of characters counts as a part of a
// secret: where it is a part of the secret itself, of one of its encodings, and
// where it is nothing but letters, as any word is.
const (
	minPart        = 4
	minEncodedPart = 6
	minWordPart    = 8
)

// maxParts is the number of bytes of a text that RedactParts looks at. It drops
// the rest.
const maxParts = 4 << 10

// RedactParts is Redact for what somebody says who was given the secrets: it
// masks parts of them as well, such as the beginning of a password, the
// signature of a JSON Web Token or the end of a base64 text. A word of fewer than
// eight letters is shown, though a secret may have it too. Only the first 4 KiB
// of the text are kept.
func (r *Redactor) RedactParts(text string) string {
	if r == nil || !r.filled.Load() {
		return text
	}
	text = r.Redact(text)
	text = strings.ToValidUTF8(text[:min(len(text), maxParts)], "")
	plain, encoded := r.written()
	var b strings.Builder
	for text != "" {
		n := max(partAt(text, plain, minPart), partAt(text, encoded, minEncodedPart))
		if n > 0 {
			b.WriteString(Mask)
			text = text[n:]
			continue
		}
		_, n = utf8.DecodeRuneInString(text)
		b.WriteString(text[:n])
		text = text[n:]
	}
	return b.String()
}

// written is all that is known, as it is and in its encodings, with a character
// in between that stands in no text.
func (r *Redactor) written() (plain, encoded string) {
	var p, e strings.Builder
	r.known.values.Range(func(value, _ any) bool {
		p.WriteString(value.(string) + "\x00")
		for _, f := range forms(value.(string)) {
			e.WriteString(f + "\x00")
		}
		return true
	})
	return p.String(), e.String()
}

// partAt is the length of the part of all that text begins with, 0 where it is
// shorter than least.
func partAt(text, all string, least int) int {
	if len(text) < least || text[0] == ' ' || strings.ContainsRune(text[:least], 0) || !strings.Contains(all, text[:least]) {
		return 0
	}
	n := least
	for n < len(text) && text[n] != 0 && strings.Contains(all, text[:n+1]) {
		n++
	}
	for n > 0 && n < len(text) && !utf8.RuneStart(text[n]) {
		n++ // the rest of a character is no text of its own
	}
	if n < minWordPart && isWord(text[:n]) {
		return 0
	}
	return n
}

// isWord tells what any sentence may have: letters, and what stands between words.
func isWord(part string) bool {
	return !strings.ContainsFunc(part, func(c rune) bool { return !unicode.IsLetter(c) && !strings.ContainsRune(" _-.,:'", c) }) &&
		!isMixed(part)
}

// isMixed tells a text with a capital behind a small letter.
func isMixed(part string) bool {
	small := false
	for _, c := range part {
		if small && unicode.IsUpper(c) {
			return true
		}
		small = unicode.IsLower(c)
	}
	return false
}
