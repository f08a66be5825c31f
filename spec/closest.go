package spec

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/agext/levenshtein"
)

// Closest returns the one of names that name was probably meant to be, or ""
// where none is near enough to be worth suggesting. Case, hyphens and
// underscores do not count as differences; of equally near names the first wins.
func Closest(name string, names []string) string {
	plain := plainName(name)
	best, least := "", (utf8.RuneCountInString(plain)+1)/3+1
	for _, n := range names {
		if d := distance(plain, plainName(n)); d < least {
			best, least = n, d
		}
	}
	return best
}

// distance is how many letters must change to make b of a. Swapped letters, the
// commonest slip of the fingers, count as one change.
func distance(a, b string) int {
	d := levenshtein.Distance(a, b, nil)
	if d == 2 && len(a) == len(b) && sortedBytes(a) == sortedBytes(b) {
		return 1
	}
	return d
}

func sortedBytes(s string) string {
	b := []byte(s)
	slices.Sort(b)
	return string(b)
}

func plainName(s string) string {
	return strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(s))
}

// didYouMean is the hint for a name that is none of names: the one it was
// probably meant to be, else all of them under the given heading.
func didYouMean(name string, names []string, heading string) string {
	if c := Closest(name, names); c != "" {
		return `did you mean "` + c + `"?`
	}
	if len(names) == 0 {
		return ""
	}
	return heading + " " + strings.Join(names, ", ")
}
