package expr

import (
	"fmt"
	"strings"

	"github.com/tidwall/gjson"
)

// What a look-up may give is bounded, because a short path can make much of
// little: each [@this,@this] doubles what goes before it, and @dig gives what
// lies inside each other once for each level.
const (
	// maxGrowth is how many times as long as the document the result may be.
	maxGrowth = 1000
	// digGrowth lets @dig stand once in a row, not twice.
	digGrowth = 100
	// maxDug is how many bytes @dig may find.
	maxDug = 1 << 30
)

// growth estimates how many times what it looks into the path between two
// offsets may give. CheckPath found nothing else wrong with the path.
func (p *pathCheck) growth(from, to int) int {
	product := 1
	for _, part := range p.parts(from, to) {
		if product *= p.partGrowth(part); product > maxGrowth {
			return maxGrowth + 1
		}
	}
	return product
}

func (p *pathCheck) partGrowth(part pathPart) int {
	text := p.text[part.from:part.end]
	switch {
	case text == "":
	case text[0] == '{' || text[0] == '[':
		sum := 0
		for _, s := range p.selected(part.from+1, part.end-1) {
			sum += p.growth(s[0], s[1])
		}
		return min(max(sum, 1), maxGrowth+1)
	case strings.HasPrefix(text, "#(") || strings.HasPrefix(text, "#["):
		return p.growth(p.asked(part.from, p.balanced(part.from+1, part.end, "([", ")]")))
	case strings.HasPrefix(text, "@tostr"):
		return 2 // each quote gets a backslash
	case text == "@dig" || strings.HasPrefix(text, "@dig:"):
		return digGrowth * p.argumentGrowth(text)
	}
	return 1
}

// argumentGrowth is the growth of the path that is the argument of a modifier.
func (p *pathCheck) argumentGrowth(modifier string) int {
	_, argument, _ := strings.Cut(modifier, ":")
	inner := pathCheck{text: argument}
	if argument == "" {
		return 1
	}
	if inner.path(0, len(argument), 0); inner.fault != nil {
		return 1 // gjson makes what it can of it
	}
	return inner.growth(0, len(argument))
}

// CheckLookup says why a path must not be looked up in a document though
// [CheckPath] finds nothing wrong with it, or returns nil.
func CheckLookup(doc gjson.Result, path string) *PathFault {
	i := strings.Index(path, "@dig")
	if i < 0 || nestedSize(doc.Raw) <= maxDug {
		return nil
	}
	return &PathFault{
		At:      i,
		Message: fmt.Sprintf("@dig may find more than %d MiB, because the value is nested deeply", maxDug>>20),
		Hint:    "name the way to what it looks for",
	}
}

// tooGreedy tells whether a look-up could fill the memory.
func tooGreedy(doc gjson.Result, path string) bool {
	if !strings.ContainsAny(path, "@{[") {
		return false
	}
	if CheckLookup(doc, path) != nil {
		return true
	}
	p := pathCheck{text: path}
	p.path(0, len(path), 0)
	return p.fault != nil || p.growth(0, len(path)) > maxGrowth
}

// nestedSize is the length of all objects and arrays in JSON, those inside
// others counted again.
func nestedSize(s string) int {
	sum, depth := 0, 0
	for i := 0; i < len(s); {
		end := i + 1
		switch class[s[i]] {
		case quoteClass:
			end = skipString(s, i)
		case openClass:
			depth++
		case closeClass:
			depth--
		}
		end = min(end, len(s))
		sum += depth * (end - i)
		i = end
	}
	return sum
}
