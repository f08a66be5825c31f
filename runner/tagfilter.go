package runner

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// TagFilter is one --tag: a query fits that has any of the wanted tags, where
// there are such, and none of the excluded ones.
type TagFilter struct {
	Wanted, Excluded []string
	// text is how it was written.
	text string
}

// ParseTagFilter reads tags that commas separate; those that "!" precedes are
// excluded. Spaces around a tag do not count.
func ParseTagFilter(text string) (TagFilter, error) {
	f := TagFilter{text: text}
	for word := range strings.SplitSeq(text, ",") {
		word = strings.TrimSpace(word)
		name, excluded := strings.CutPrefix(word, "!")
		name = strings.TrimSpace(name)
		switch {
		case name == "" && excluded:
			return f, errors.New("found ! without a tag behind it")
		case name == "":
			return f, errors.New("found an empty tag, expected tags separated by commas, such as smoke,!slow")
		case excluded:
			f.Excluded = append(f.Excluded, name)
		default:
			f.Wanted = append(f.Wanted, name)
		}
	}
	for _, t := range f.Wanted {
		if slices.Contains(f.Excluded, t) {
			return f, fmt.Errorf("%s is both wanted and excluded", t)
		}
	}
	return f, nil
}

// String returns the filter as it was written.
func (f TagFilter) String() string { return f.text }

// fits tells whether a query with these tags is selected.
func (f TagFilter) fits(tags []string) bool {
	has := func(t string) bool { return slices.Contains(tags, t) }
	return !slices.ContainsFunc(f.Excluded, has) && (len(f.Wanted) == 0 || slices.ContainsFunc(f.Wanted, has))
}
