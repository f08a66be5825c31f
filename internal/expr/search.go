package expr

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"strconv"
)

// MaxSearch is what searches by regular expressions may cost, of one evaluation
// together: the steps of the expression times the bytes of the text, each of which
// takes some ten nanoseconds at the worst, so that all of it is about 5 s.
const MaxSearch = 500_000_000

// SearchSteps is the size of the program that a regular expression is compiled
// to. Each byte of a text can take every one of its steps. It is 1 where a plain
// text is searched for.
func SearchSteps(re *regexp.Regexp) int {
	if _, plain := re.LiteralPrefix(); plain {
		return 1
	}
	tree, err := syntax.Parse(re.String(), syntax.Perl)
	if err != nil {
		return 1 // it was compiled before
	}
	program, err := syntax.Compile(tree.Simplify())
	if err != nil {
		return 1
	}
	return len(program.Inst)
}

// CheckSearch refuses a search that would cost more than [MaxSearch], given the
// [SearchSteps] of the regular expression and the length of the text. It is asked
// before the search, because nothing can interrupt one. The error is an *[EvalError].
func CheckSearch(steps, bytes int) error {
	if steps <= MaxSearch/max(bytes, 1) {
		return nil
	}
	return &EvalError{
		Message: fmt.Sprintf("the regular expression has %d steps and the text %d bytes, which may take minutes: at most %s steps × bytes are searched",
			steps, bytes, strconv.Itoa(MaxSearch)),
		Hint: "shorten its repetitions, such as {400}, or search a smaller text",
	}
}
