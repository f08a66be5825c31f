package assert

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"github.com/tidwall/gjson"
)

// wordsOf says what a keyword expects and, where the value itself does not show
// it, what was found. Both are "" for a keyword without words.
func wordsOf(k jsonschema.ErrorKind) (expected, found string) {
	switch k := k.(type) {
	case *kind.Type:
		return strings.Join(k.Want, " or "), ""
	case *kind.Enum:
		return "one of " + spell(k.Want...), ""
	case *kind.Const:
		return spell(k.Want), ""
	case *kind.Format:
		return "the format " + k.Want, ""
	case *kind.Pattern:
		return "text that matches " + strconv.Quote(k.Want), ""
	case *kind.Not:
		return "anything that does not fit the schema of not", ""
	case *kind.AnyOf:
		return "what fits one of the schemas of anyOf", ""
	case *kind.OneOf:
		if len(k.Subschemas) > 1 {
			return "what fits exactly one of the schemas of oneOf", fmt.Sprintf("that it fits those at %d and %d", k.Subschemas[0], k.Subschemas[1])
		}
		return "what fits one of the schemas of oneOf", ""
	case *kind.FalseSchema:
		return "nothing here", ""
	case *kind.RefCycle:
		return "a schema that does not refer to itself", "a circle through " + k.URL
	}
	if expected, found = wordsOfSize(k); expected != "" {
		return expected, found
	}
	return wordsOfKeys(k)
}

func wordsOfSize(k jsonschema.ErrorKind) (expected, found string) {
	switch k := k.(type) {
	case *kind.Minimum:
		return ">= " + spellRat(k.Want), ""
	case *kind.Maximum:
		return "<= " + spellRat(k.Want), ""
	case *kind.ExclusiveMinimum:
		return "> " + spellRat(k.Want), ""
	case *kind.ExclusiveMaximum:
		return "< " + spellRat(k.Want), ""
	case *kind.MultipleOf:
		return "a multiple of " + spellRat(k.Want), ""
	case *kind.MinLength:
		return "at least " + count(k.Want, "character"), strconv.Itoa(k.Got)
	case *kind.MaxLength:
		return "at most " + count(k.Want, "character"), strconv.Itoa(k.Got)
	case *kind.MinItems:
		return "at least " + count(k.Want, "element"), strconv.Itoa(k.Got)
	case *kind.MaxItems:
		return "at most " + count(k.Want, "element"), strconv.Itoa(k.Got)
	case *kind.AdditionalItems:
		return "no more elements", strconv.Itoa(k.Count) + " more"
	case *kind.MinProperties:
		return "at least " + count(k.Want, "key"), strconv.Itoa(k.Got)
	case *kind.MaxProperties:
		return "at most " + count(k.Want, "key"), strconv.Itoa(k.Got)
	}
	return "", ""
}

func wordsOfKeys(k jsonschema.ErrorKind) (expected, found string) {
	switch k := k.(type) {
	case *kind.Required:
		return "the key " + strconv.Quote(strings.Join(k.Missing, `", "`)), "no such key"
	case *kind.AdditionalProperties:
		return "no other keys", strconv.Quote(strings.Join(k.Properties, `", "`))
	case *kind.Dependency:
		return fmt.Sprintf("the keys %s beside %q", spellKeys(k.Missing), k.Prop), "no such keys"
	case *kind.DependentRequired:
		return fmt.Sprintf("the keys %s beside %q", spellKeys(k.Missing), k.Prop), "no such keys"
	case *kind.UniqueItems:
		return "elements that all differ", fmt.Sprintf("that those at %d and %d are equal", k.Duplicates[0], k.Duplicates[1])
	case *kind.Contains:
		return "an element that fits the schema of contains", "none"
	case *kind.MinContains:
		return fmt.Sprintf("at least %s that fit the schema of contains", count(k.Want, "element")), strconv.Itoa(len(k.Got))
	case *kind.MaxContains:
		return fmt.Sprintf("at most %s that fit the schema of contains", count(k.Want, "element")), strconv.Itoa(len(k.Got))
	}
	return "", ""
}

func spellKeys(keys []string) string {
	quoted := make([]string, len(keys))
	for i, key := range keys {
		quoted[i] = strconv.Quote(key)
	}
	return strings.Join(quoted, ", ")
}

// spell writes values of a schema as JSON, cut.
func spell(values ...any) string {
	var r run
	parts := make([]gjson.Result, 0, len(values))
	for _, v := range values {
		raw, err := json.Marshal(v)
		if err == nil {
			parts = append(parts, gjson.ParseBytes(raw))
		}
	}
	return r.showAll(parts, false)
}

// spellRat writes a number of a schema in decimals, exactly where it can be.
func spellRat(n *big.Rat) string {
	if n.IsInt() {
		return n.Num().String()
	}
	digits, _ := n.FloatPrec()
	return n.FloatString(digits)
}
