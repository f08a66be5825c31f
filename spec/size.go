package spec

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/apicel/apicel/internal/lazyregexp"
)

const (
	// MaxResponseSize is the most bytes that max_response_size may allow, because
	// an answer is held in memory.
	MaxResponseSize = 4 << 30
	// maxSize is the largest size that can be written: a pebibyte.
	maxSize = 1 << 50
)

// sizeUnits are the units of sizes, those of SI and those of IEC 80000-13.
var sizeUnits = []struct {
	name  string
	bytes float64
}{
	{"B", 1}, {"kB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12},
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40},
}

var sizeSyntax = lazyregexp.New(`^([0-9]{1,18}(?:\.[0-9]{1,18})?)( *)([A-Za-z]*)$`)

// ParseSize reads a number of bytes such as 512B, 10kB, 64MiB or 1.5GiB. It
// needs its unit: B, kB, MB, GB and TB (powers of 1000), or KiB, MiB, GiB and
// TiB (powers of 1024). The result is rounded to whole bytes, is more than 0,
// and at most 2^50.
func ParseSize(text string) (int64, error) {
	if strings.HasPrefix(text, "-") {
		return 0, fmt.Errorf("the size %s is negative", shorten(text))
	}
	m := sizeSyntax.FindStringSubmatch(text)
	if m == nil {
		return 0, fmt.Errorf("%q is not a size, write one like 512B, 10kB or 64MiB", shorten(text))
	}
	if m[3] == "" {
		return 0, fmt.Errorf("the size %s has no unit, write %sB for bytes, or kB, MiB and the like", text, m[1])
	}
	for _, u := range sizeUnits {
		if m[2] == "" && u.name == m[3] {
			return sizeOf(text, m[1], u.bytes)
		}
	}
	if unit := nearUnit(m[3]); unit != "" {
		return 0, fmt.Errorf("%q is not a size, write %s%s", text, m[1], unit)
	}
	return 0, fmt.Errorf("%q is not a unit of size, the units are B, kB, MB, GB, TB, KiB, MiB, GiB, TiB", shorten(m[3]))
}

func sizeOf(text, number string, unit float64) (int64, error) {
	n, err := strconv.ParseFloat(number, 64)
	if err != nil || n*unit > maxSize {
		return 0, fmt.Errorf("the size %s is too large, at most 1024TiB can be written", text)
	}
	size := int64(math.Round(n * unit))
	if size < 1 {
		return 0, fmt.Errorf("the size %s is less than one byte", text)
	}
	return size, nil
}

// nearUnit returns the unit that a word in the wrong case or without its B was
// probably meant to be.
func nearUnit(word string) string {
	for _, u := range sizeUnits {
		if strings.EqualFold(word, u.name) || strings.EqualFold(word+"B", u.name) {
			return u.name
		}
	}
	return ""
}

// maxShown is how many characters of a text a message shows.
const maxShown = 60

// shorten cuts a text that is too long for a message.
func shorten(text string) string {
	if r := []rune(text); len(r) > maxShown {
		return string(r[:maxShown]) + "…"
	}
	return text
}

// size reads a size, or a template that gives one. A limit of 0 is none.
func (l *loader) size(p place, limit int64, why string) Size {
	s := l.nonEmpty(p, "a size")
	if !s.IsSet() || holdsTemplate(s.Value) {
		return Size{Text: s}
	}
	n, err := ParseSize(s.Value)
	switch {
	case err != nil:
		l.problems.Errorf(s.Pos, "%v", err)
	case limit > 0 && n > limit:
		l.problems.Errorf(s.Pos, "%s is %s, expected at most %s", p.label(), s.Value, why)
	}
	return Size{Text: s, Value: n}
}
