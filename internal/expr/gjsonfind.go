package expr

import (
	"slices"
	"strings"

	"github.com/tidwall/gjson"
)

// Lookup is what a gjson path finds in doc. Modifiers and selections make a
// value of nothing too, such as the [] of @keys: Lookup gives one only where
// there is something to make it of. It finds nothing where [CheckPath] or
// [CheckLookup] refuse the path because of what it would take.
func Lookup(doc gjson.Result, path string) gjson.Result {
	if tooGreedy(doc, path) {
		return gjson.Result{}
	}
	found := doc.Get(path)
	if !found.Exists() || !strings.ContainsAny(path, "@!{[") || CheckPath(path) != nil || finds(doc, path) {
		return found
	}
	return gjson.Result{}
}

// pathPart is where a part of a path begins and ends.
type pathPart struct {
	from, end int
	begins    bool // at the beginning of the path, or behind a |
}

// parts takes a path apart that CheckPath finds nothing wrong with.
func (p *pathCheck) parts(from, to int) []pathPart {
	var out []pathPart
	begins := true
	for i := from; i < to; {
		if begins && strings.HasPrefix(p.text[i:to], "..") && i+2 < to {
			i += len("..")
		}
		end := p.component(i, to, 0, begins)
		if p.fault != nil {
			return out
		}
		out = append(out, pathPart{i, end, begins})
		begins = end < to && p.text[end] == '|'
		i = end + 1
	}
	return out
}

// finds tells whether a path that gives a value has made it of something.
func finds(v gjson.Result, path string) bool {
	p := pathCheck{text: path}
	if !strings.HasPrefix(path, "..") {
		for _, part := range p.parts(0, len(path)) {
			text := path[part.from:part.end]
			switch {
			case part.begins && isLiteral(text):
				return false
			case strings.IndexByte("@{[", text[0]) >= 0:
				v = upTo(v, path, part.from)
				return v.Exists() && p.makes(v, part) && findsRest(v.Get(text), path, part.end)
			case isEach(text) && part.end < len(path) && path[part.end] == '.':
				return p.findsInEach(v, part)
			}
		}
	}
	return v.Get(path).Exists()
}

// upTo is what the path finds with what goes before the part at an offset.
func upTo(v gjson.Result, path string, at int) gjson.Result {
	if at == 0 {
		return v
	}
	return v.Get(path[:at-1])
}

// findsRest tells whether what goes on behind a part finds something in v.
func findsRest(v gjson.Result, path string, end int) bool {
	if end >= len(path) {
		return v.Exists()
	}
	return v.Exists() && finds(v, path[end+1:])
}

// isEach tells whether a part stands for every element, or every one that a
// query picks: what follows its dot is looked for in each.
func isEach(part string) bool {
	return part == "#" || strings.HasPrefix(part, "#") && strings.HasSuffix(part, ")#")
}

// findsInEach tells whether an element of a list has what follows the part up
// to the next |. A list without elements is something found.
func (p *pathCheck) findsInEach(v gjson.Result, part pathPart) bool {
	until := len(p.text)
	for _, next := range p.parts(part.end+1, len(p.text)) {
		if next.end < len(p.text) && p.text[next.end] == '|' {
			until = next.end
			break
		}
	}
	list := upTo(v, p.text, part.from)
	if part.end-part.from > len("#") {
		list = v.Get(p.text[:part.end])
	}
	found := list.IsArray() && list.Get("#").Int() == 0
	list.ForEach(func(_, e gjson.Result) bool {
		found = found || finds(e, p.text[part.end+1:until])
		return !found
	})
	return found && findsRest(v.Get(p.text[:until]), p.text, until)
}

// makes tells whether a modifier or a selection has something in v to work on.
func (p *pathCheck) makes(v gjson.Result, part pathPart) bool {
	text := p.text[part.from:part.end]
	if text[0] == '@' {
		switch name, _, _ := strings.Cut(text[1:], ":"); name {
		case "keys", "values":
			return v.IsObject() || v.IsArray()
		case "dig":
			return v.Get(text+"|#").Int() > 0
		}
		return true
	}
	return slices.ContainsFunc(p.selected(part.from+1, part.end-1), func(s [2]int) bool {
		return finds(v, p.text[s[0]:s[1]])
	})
}

// isLiteral tells whether gjson takes a part that begins a path for a value
// instead of a key.
func isLiteral(part string) bool {
	if len(part) < 2 || part[0] != '!' {
		return false
	}
	switch strings.ToLower(part[1:]) {
	case "true", "false", "null", "nan", "inf":
		return true
	}
	return strings.IndexByte(`{["+-0123456789`, part[1]) >= 0
}

// constant tells whether a path gives the same whatever it is looked up in: a
// literal in it forgets what was found before, and a selection of nothing is empty.
func (p *pathCheck) constant(from, to int) bool {
	return from == to || slices.ContainsFunc(p.parts(from, to), func(part pathPart) bool {
		text := p.text[part.from:part.end]
		if text == "" || text[0] != '{' && text[0] != '[' {
			return part.begins && isLiteral(text)
		}
		return !slices.ContainsFunc(p.selected(part.from+1, part.end-1), func(s [2]int) bool {
			return !p.constant(s[0], s[1])
		})
	})
}
