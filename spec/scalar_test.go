package spec

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"
)

// style is a way to write a text in YAML. Write returns the lines of the
// scalar, to be indented by the caller, or false where the style cannot hold it.
type style struct {
	name  string
	write func(t *rapid.T, text string) (lines []string, ok bool)
}

var styles = []style{
	{"plain", func(_ *rapid.T, text string) ([]string, bool) {
		return []string{text}, plainText(text)
	}},
	{"plain, folded", func(t *rapid.T, text string) ([]string, bool) {
		words := strings.Split(text, " ")
		if !plainText(text) || len(words) < 2 || strings.ContainsAny(words[0], "#") {
			return nil, false
		}
		for _, w := range words {
			if w == "" || strings.HasPrefix(w, "#") || strings.HasSuffix(w, ":") {
				return nil, false
			}
		}
		return foldWords(t, words), true
	}},
	{"single-quoted", func(_ *rapid.T, text string) ([]string, bool) {
		return []string{"'" + strings.ReplaceAll(text, "'", "''") + "'"}, !strings.ContainsAny(text, "\n\r")
	}},
	{"single-quoted, folded", func(_ *rapid.T, text string) ([]string, bool) {
		if strings.Contains(text, " \n") || strings.Contains(text, "\n ") || strings.Contains(text, "\t") {
			return nil, false
		}
		quoted := "'" + strings.ReplaceAll(text, "'", "''") + "'"
		return strings.Split(strings.ReplaceAll(quoted, "\n", "\n\n"), "\n"), true
	}},
	{"double-quoted", func(t *rapid.T, text string) ([]string, bool) {
		return []string{doubleQuoted(t, text, false)}, true
	}},
	{"double-quoted, broken", func(t *rapid.T, text string) ([]string, bool) {
		return strings.Split(doubleQuoted(t, text, true), "\n"), true
	}},
	{"literal", func(_ *rapid.T, text string) ([]string, bool) {
		return append([]string{"|" + blockHeader(text)}, strings.Split(text, "\n")...), !strings.HasSuffix(text, "\n") && text != ""
	}},
	{"folded", func(_ *rapid.T, text string) ([]string, bool) {
		if strings.HasSuffix(text, "\n") || text == "" || strings.Contains(text, "\n ") || strings.Contains(text, "\n\t") || strings.HasPrefix(text, " ") || strings.HasPrefix(text, "\t") {
			return nil, false
		}
		return append([]string{">" + blockHeader(text)}, strings.Split(strings.ReplaceAll(text, "\n", "\n\n"), "\n")...), true
	}},
}

// blockHeader is what follows the | or >: the indentation where the text begins
// with a space, and that no line break is kept at the end.
func blockHeader(text string) string {
	if t := strings.TrimLeft(text, "\n"); strings.HasPrefix(t, " ") {
		return "2-"
	}
	return "-"
}

func plainText(text string) bool {
	return text != "" && strings.TrimSpace(text) == text && !strings.ContainsAny(text, "\n\t") &&
		!strings.ContainsAny(text[:1], "-?:,[]{}#&*!|>'\"%@`") && !strings.Contains(text, ": ") &&
		!strings.Contains(text, " #") && !strings.HasSuffix(text, ":") && text != "..." && text != "~"
}

func foldWords(t *rapid.T, words []string) []string {
	lines := []string{words[0]}
	for _, w := range words[1:] {
		if rapid.Bool().Draw(t, "break") {
			lines = append(lines, w)
		} else {
			lines[len(lines)-1] += " " + w
		}
	}
	return lines
}

// doubleQuoted writes text in double quotes, each character either as it is or
// as one of its escapes, with escaped line breaks in between where broken is set.
func doubleQuoted(t *rapid.T, text string, broken bool) string {
	var b strings.Builder
	b.WriteByte('"')
	for i, r := range text {
		if broken && i > 0 && rapid.IntRange(0, 3).Draw(t, "break") == 0 {
			b.WriteString("\\\n")
			if r == ' ' || r == '\t' {
				b.WriteString(`\x` + fmt.Sprintf("%02x", r))
				continue
			}
		}
		switch {
		case r == '\n':
			b.WriteString(`\n`)
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case rapid.IntRange(0, 4).Draw(t, "escape") == 0:
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String() + `"`
}

var alphabet = rapid.StringOfN(rapid.SampledFrom([]rune("aaab c  \n\n'\"\\é😀$/#:{}日")), 0, 40, -1)

// TestEveryCharacterKnowsItsPlace writes a random text in every style that can
// hold it and asks where each of its characters stands.
func TestEveryCharacterKnowsItsPlace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := alphabet.Draw(t, "text")
		st := rapid.SampledFrom(styles).Draw(t, "style")
		lines, ok := st.write(t, text)
		if !ok {
			t.Skip("not for this style")
		}
		eol := rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(t, "line ending")
		prefix := rapid.SampledFrom([]string{"k: ", "- ", "é: ", "k: &anchor ", "- - "}).Draw(t, "prefix")
		source := prefix + strings.Join(lines, eol+"  ")
		source = strings.ReplaceAll(source, eol+"  "+eol, eol+eol) + eol
		f := NewFile("f", []byte(source))
		n := lastScalar(t, source)
		if n.Value != text {
			t.Skipf("%q is %q in YAML", source, n.Value)
		}
		l := &loader{file: f, index: newIndex(f), bad: map[*yaml.Node]bool{}}
		checkPlaces(t, l.scalar(n), st.name)
	})
}

func lastScalar(t rapid.TB, source string) *yaml.Node {
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(source), &doc); err != nil {
		t.Skipf("%q: %v", source, err)
	}
	n := &doc
	for len(n.Content) > 0 {
		n = n.Content[len(n.Content)-1]
	}
	return n
}

// checkPlaces holds every place that s.At gives against the file.
func checkPlaces(t rapid.TB, s String, style string) {
	for i, r := range s.Value {
		p := s.At(i)
		line := []rune(s.Pos.File.Line(p.Line))
		if p.Col < 1 || p.Col > len(line)+1 {
			t.Fatalf("%s: byte %d of %q is at %v, outside of its line %q", style, i, s.Value, p, string(line))
		}
		rest := string(line[p.Col-1:])
		if !stands(r, rest, s) {
			t.Fatalf("%s: byte %d (%q) of %q is at %v, where %q stands", style, i, r, s.Value, p, rest)
		}
		if len(s.Value) > 100 {
			continue // slices cost the cube of the length
		}
		part := s.Slice(i, len(s.Value))
		for k := 0; k <= len(part.Value); k++ {
			if part.At(k) != s.At(i+k) {
				t.Fatalf("%s: a slice of %q from %d is at %v at %d, the whole at %v", style, s.Value, i, part.At(k), k, s.At(i+k))
			}
		}
	}
}

// stands tells whether the character r is what rest, the file from its place
// on, begins with: itself, an escape of it, or the end of a line that was folded.
func stands(r rune, rest string, s String) bool {
	if (r == ' ' || r == '\n') && strings.Trim(rest, " ") == "" {
		return true
	}
	if strings.HasPrefix(rest, `\`) && s.Quoted {
		var decoded string
		for n := 2; n <= len(rest); n++ {
			if yaml.Unmarshal([]byte(`"`+rest[:n]+`"`), &decoded) == nil && utf8.RuneCountInString(decoded) == 1 {
				if got, _ := utf8.DecodeRuneInString(decoded); got == r {
					return true
				}
			}
		}
	}
	return strings.HasPrefix(rest, string(r))
}
