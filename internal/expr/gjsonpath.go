package expr

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/apicel/apicel/spec"
)

// PathFault is what makes a gjson path one that never finds anything.
type PathFault struct {
	// At is the byte offset of what is wrong.
	At            int
	Message, Hint string
}

// CheckPath says why a gjson path can never find what it is meant to find, or
// returns nil. gjson itself takes every text for a path: of one that is broken
// it finds nothing, which a check that expects nothing would not notice.
func CheckPath(path string) *PathFault {
	if isPlainPath(path) {
		return nil
	}
	if path == "" {
		return &PathFault{0, "the gjson path is empty", `write "@this" for the whole value`}
	}
	if path == "$" || strings.HasPrefix(path, "$.") {
		return &PathFault{0, "a gjson path does not begin with $", dollarHint(path)}
	}
	p := pathCheck{text: path}
	p.path(0, len(path), 0)
	if p.fault == nil && p.constant(0, len(path)) {
		p.fail(0, "the gjson path gives the same whatever the body is", `name what to find; put \ before a ! that belongs to a key: \!`)
	}
	if p.fault == nil && p.growth(0, len(path)) > maxGrowth {
		p.fail(0, fmt.Sprintf("the gjson path may give more than %d copies of what it finds", maxGrowth), "pick the values one by one")
	}
	return p.fault
}

// isPlainPath tells paths of nothing but plain keys and indexes.
func isPlainPath(path string) bool {
	for key := range strings.SplitSeq(path, ".") {
		if !isPlainKey(key) {
			return false
		}
	}
	return true
}

// dollarHint says how a path is written that begins as one of JSONPath does.
func dollarHint(path string) string {
	if path == "$" {
		return `write "@this" for the whole value; put \ before a $ that is a key: \$`
	}
	return `leave out "$."; put \ before a $ that is a key: \$`
}

// maxPathDepth is how many queries and selections may stand inside each other.
const maxPathDepth = 100

// pathCheck walks through a path as gjson reads it and keeps what is wrong first.
type pathCheck struct {
	text  string
	fault *PathFault
}

func (p *pathCheck) fail(at int, message, hint string) {
	if p.fault == nil {
		p.fault = &PathFault{at, message, hint}
	}
}

const escapeHint = `put \ before one that belongs to a key: \%c`

// path checks the path between two offsets.
func (p *pathCheck) path(from, to, depth int) {
	if depth > maxPathDepth {
		p.fail(from, "the gjson path is nested too deeply", "")
		return
	}
	begins := true // at the beginning of a path, or behind a |
	for i := from; p.fault == nil; begins = p.text[i-1] == '|' {
		if begins && strings.HasPrefix(p.text[i:to], "..") && i+2 < to {
			i += len("..") // the document as JSON lines
		}
		end := p.component(i, to, depth, begins)
		if p.fault != nil || end >= to {
			return
		}
		i = end + 1
	}
}

// component checks the part of a path that begins at i and returns where it
// ends: at a dot, at a |, or at to.
func (p *pathCheck) component(i, to, depth int, begins bool) int {
	if i >= to || p.text[i] == '.' || p.text[i] == '|' {
		p.emptyPart(i, to)
		return i
	}
	rest := p.text[i:to]
	switch {
	case rest[0] == '@':
		return p.modifier(i, to)
	case rest[0] == '!' && begins:
		return p.literal(i, to)
	case rest[0] == '{' || rest[0] == '[':
		return p.selection(i, to, depth)
	case strings.HasPrefix(rest, "#(") || strings.HasPrefix(rest, "#["):
		return p.query(i, to, depth)
	}
	return p.key(i, to)
}

func (p *pathCheck) emptyPart(i, to int) {
	at := max(min(i, len(p.text)-1), 0)
	hint := "a key is missing between two dots; put \\ before a dot that belongs to a key"
	switch {
	case i >= to && i > 0:
		at = i - 1
		hint = fmt.Sprintf("leave out the %c at the end, or write what comes behind it", p.text[at])
	case i == 0:
		hint = fmt.Sprintf("leave out the %c at the beginning", p.text[at])
	case i > 0 && p.text[i-1] == '|' || p.text[at] == '|':
		hint = "a key is missing beside the |"
	}
	p.fail(at, "the gjson path has an empty part, which finds nothing", hint)
}

// next returns where the part of a path that goes on at i ends.
func (p *pathCheck) next(i, to int) int {
	for i < to && p.text[i] != '.' && p.text[i] != '|' {
		if p.text[i] == '\\' {
			i++
		}
		i++
	}
	return min(i, to)
}

// key checks a key or an index. Brackets in it are part of the key; one without
// its partner was meant to be something else.
func (p *pathCheck) key(i, to int) int {
	end := p.next(i, to)
	var open []int
	for at := i; at < end; at++ {
		switch c := p.text[at]; c {
		case '\\':
			at++
		case '(', '[', '{':
			open = append(open, at)
		case ')', ']', '}':
			if len(open) == 0 {
				p.fail(at, fmt.Sprintf("the %c of the gjson path closes nothing", c), fmt.Sprintf(escapeHint, c))
				return end
			}
			from := open[len(open)-1]
			open = open[:len(open)-1]
			if p.text[from] == '[' && isIndex(p.text[from+1:at]) {
				p.fail(from, "a gjson path has no brackets around an index", indexHint(p.text[i:from], p.text[from+1:at]))
			}
		}
	}
	if len(open) > 0 {
		c := p.text[open[0]]
		p.fail(open[0], fmt.Sprintf("the %c of the gjson path is not closed", c), fmt.Sprintf("a query is written #(…); "+escapeHint, c))
	}
	return end
}

// isIndex tells whether s is what other languages write into brackets behind a key.
func isIndex(s string) bool {
	return s == "*" || strings.Trim(s, "0123456789") == ""
}

func indexHint(key, index string) string {
	switch index {
	case "", "*":
		index = "#"
	}
	return fmt.Sprintf(`write %s.%s; put \ before a [ that belongs to a key`, key, index)
}

// modifier checks @name or @name:argument, whose argument goes on to a | unless
// it is JSON.
func (p *pathCheck) modifier(i, to int) int {
	end := i + 1
	for end < to && strings.IndexByte(".|:", p.text[end]) < 0 {
		end++
	}
	name := p.text[i+1 : end]
	if !gjson.ModifierExists(name, nil) {
		hint := `put \ before an @ that belongs to a key: \@` + name
		if best := spec.Closest(name, modifiers); best != "" {
			hint = fmt.Sprintf("did you mean @%s? %s", best, hint)
		}
		p.fail(i, fmt.Sprintf("unknown gjson modifier %q", "@"+name), hint)
		return end
	}
	if end >= to || p.text[end] != ':' {
		return end
	}
	if end++; end < to && strings.IndexByte(`{["`, p.text[end]) >= 0 {
		if end = p.balanced(end, to, "([{", ")]}"); p.fault != nil {
			return to
		}
		return p.next(end, to)
	}
	if n := strings.IndexByte(p.text[end:to], '|'); n >= 0 {
		return end + n
	}
	return to
}

// modifiers are the names of the modifiers that gjson brings.
var modifiers = slices.DeleteFunc([]string{
	"pretty", "ugly", "reverse", "this", "flatten", "join", "valid", "keys", "values", "tostr", "fromstr", "group", "dig",
}, func(name string) bool { return !gjson.ModifierExists(name, nil) })

// literal skips a JSON value behind a !.
func (p *pathCheck) literal(i, to int) int {
	i++
	switch {
	case i < to && strings.IndexByte(`{["`, p.text[i]) >= 0:
		i = p.balanced(i, to, "([{", ")]}")
	case i < to && strings.IndexByte("+-0123456789", p.text[i]) >= 0:
		i = to - len(strings.TrimLeft(p.text[i:to], "+-.0123456789eE"))
	}
	return p.next(i, to)
}

// balanced returns the offset behind the bracket or string that begins at i.
// Brackets of all kinds count alike.
func (p *pathCheck) balanced(i, to int, opening, closing string) int {
	depth := 0
	for at := i; at < to; at++ {
		switch c := p.text[at]; {
		case c == '\\':
			at++
			continue
		case c == '"':
			if at = p.stringEnd(at, to); p.fault != nil {
				return to
			}
		case strings.IndexByte(opening, c) >= 0:
			depth++
		case strings.IndexByte(closing, c) >= 0:
			depth--
		}
		if depth == 0 {
			return at + 1
		}
	}
	c := p.text[i]
	p.fail(i, fmt.Sprintf("the %c of the gjson path is not closed", c), fmt.Sprintf("add the bracket that closes it; "+escapeHint, c))
	return to
}

// stringEnd returns the offset of the quote that closes the one at i.
func (p *pathCheck) stringEnd(i, to int) int {
	for at := i + 1; at < to; at++ {
		switch p.text[at] {
		case '\\':
			at++
		case '"':
			return at
		}
	}
	p.fail(i, "the string in the gjson path has no closing quote", `close it with "`)
	return to
}

// selection checks {a,"b":c} and [a,b], each part of which is a path.
func (p *pathCheck) selection(i, to, depth int) int {
	end := p.balanced(i, to, "([{", ")]}")
	if p.fault != nil {
		return to
	}
	for _, s := range p.selected(i+1, end-1) {
		if s[0] < s[1] {
			p.path(s[0], s[1], depth+1)
		}
	}
	if end < to && p.text[end] != '.' && p.text[end] != '|' {
		p.fail(end, fmt.Sprintf("the gjson path goes on behind %c without a dot", p.text[end-1]), "write a . or a | between the two")
	}
	return end
}

// selected returns where the paths of a selection begin and end, names left out.
func (p *pathCheck) selected(from, to int) [][2]int {
	var out [][2]int
	depth, start, named, modified := 0, from, false, false
	for i := from; i < to; i++ {
		switch p.text[i] {
		case '\\':
			i++
		case '"':
			i = p.stringEnd(i, to)
		case '@':
			modified = modified || i > from && strings.IndexByte(".|", p.text[i-1]) >= 0
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth--
		case ':':
			if depth == 0 && !named && !modified {
				start, named = i+1, true
			}
		case ',':
			if depth == 0 {
				out = append(out, [2]int{start, i})
				start, named, modified = i+1, false, false
			}
		}
	}
	return append(out, [2]int{start, to})
}

// query checks #(…) and #(…)#. What it compares is a path too.
func (p *pathCheck) query(i, to, depth int) int {
	end := p.balanced(i+1, to, "([", ")]")
	if p.fault != nil {
		return to
	}
	if from, until := p.asked(i, end); from < until {
		p.path(from, until, depth+1)
	}
	return p.next(end, to)
}

// asked returns where the path begins and ends that the query between two
// offsets compares.
func (p *pathCheck) asked(i, end int) (from, until int) {
	from, until = i+len("#("), p.operator(i+len("#("), end-1)
	for from < until && p.text[from] <= ' ' {
		from++
	}
	for from < until && p.text[until-1] <= ' ' {
		until--
	}
	return from, until
}

// operator returns where the comparison of a query begins, or to.
func (p *pathCheck) operator(from, to int) int {
	depth := 0
	for i := from; i < to; i++ {
		switch p.text[i] {
		case '\\':
			i++
		case '"':
			i = p.stringEnd(i, to)
		case '(', '[':
			depth++
		case ')', ']':
			depth--
		case '!', '=', '<', '>', '%':
			if depth == 0 {
				return i
			}
		}
	}
	return to
}
