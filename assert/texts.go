package assert

import (
	"fmt"

	"github.com/onsi/gomega/matchers"
	"github.com/onsi/gomega/types"

	"github.com/apicel/apicel/spec"
)

var onlyText = []spec.Kind{spec.Text}

// textOperations are the matchers on text. Gomega's do the work where they
// take the text as it is; its MatchRegexp would compile the pattern again for
// every element of a list.
var textOperations = map[string]*operation{
	"contains": textOperation("contains", "contains is for text; a list or an object takes includes",
		func(s string) types.GomegaMatcher { return &matchers.ContainSubstringMatcher{Substr: s} }),
	"starts_with": textOperation("starts with", "starts_with is for text",
		func(s string) types.GomegaMatcher { return &matchers.HavePrefixMatcher{Prefix: s} }),
	"ends_with": textOperation("ends with", "ends_with is for text",
		func(s string) types.GomegaMatcher { return &matchers.HaveSuffixMatcher{Suffix: s} }),
	"matches": {
		kinds: onlyText,
		use:   "matches is for text",
		prepare: func(o *op) error {
			text, err := o.neededText()
			if err != nil {
				return err
			}
			o.ready, err = newRegex(text)
			return err
		},
		judge:    func(o *op, r *run, s subject) verdict { return r.matches(o.ready.(*regexPattern), s.value.Str) },
		describe: func(o *op, r *run) string { return "text that matches " + r.pattern(textOf(o.want)) },
	},
	"format": {
		kinds: onlyText,
		use:   "format is for text",
		prepare: func(o *op) error {
			check, known := formats[textOf(o.want)]
			if !known {
				return fmt.Errorf("there is no format %q: one of %s", textOf(o.want), formatNames())
			}
			o.ready = check
			return nil
		},
		judge:    func(o *op, _ *run, s subject) verdict { return verdictOf(o.ready.(func(string) bool)(s.value.Str)) },
		describe: func(o *op, _ *run) string { return "text in the format " + textOf(o.want) },
	},
}

// textOperation is a matcher that gomega's matcher for a text judges.
func textOperation(verb, use string, with func(string) types.GomegaMatcher) *operation {
	return &operation{
		kinds: onlyText,
		use:   use,
		prepare: func(o *op) error {
			text, err := o.neededText()
			o.ready = with(text)
			return err
		},
		judge: func(o *op, _ *run, s subject) verdict {
			ok, err := o.ready.(types.GomegaMatcher).Match(s.value.Str)
			return verdictOf(ok && err == nil)
		},
		describe: func(o *op, r *run) string { return fmt.Sprintf("text that %s %s", verb, r.quote(textOf(o.want))) },
	}
}

// neededText is the operand of a matcher that an empty text would make hold of
// everything.
func (o *op) neededText() (string, error) {
	kind := kindOf(o.want)
	if kind == spec.Null || kind == spec.List || kind == spec.Map {
		return "", fmt.Errorf("%s takes a text, not %s", o.name, withArticle(kind))
	}
	if text := textOf(o.want); text != "" {
		return text, nil
	}
	return "", fmt.Errorf("%s of an empty text holds of every text", o.name)
}
