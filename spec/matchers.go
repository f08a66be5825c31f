package spec

// Operand is what stands beside the name of a matcher.
type Operand string

// The operands. Where one is not a matcher, a text that holds ${ … } may stand
// in its place.
const (
	OperandData    Operand = "value"          // any JSON value
	OperandMatcher Operand = "matcher"        // on the same subject or on its elements
	OperandLength  Operand = "length"         // a matcher on a number that counts
	OperandBool    Operand = "true or false"  //
	OperandType    Operand = "type"           // one of Types
	OperandFormat  Operand = "format"         // one of Formats
	OperandText    Operand = "text"           // not empty
	OperandRegex   Operand = "regex"          // RE2, not empty
	OperandNumber  Operand = "number"         //
	OperandChoices Operand = "list of values" // not empty
	OperandList    Operand = "list"           //
	OperandPart    Operand = "map or list"    // not empty
)

// Subject is a set of the kinds of things that matchers look at.
type Subject uint8

// The subjects.
const (
	SubjectJSON   Subject = 1 << iota // what a gjson path picks
	SubjectHeader                     // a header; text, or absent
	SubjectText                       // the body as text
	SubjectLength                     // a length
	SubjectCookie                     // the value of a cookie; text, or absent
	SubjectXPath                      // what an XPath expression picks; text, or absent
)

const (
	anyAbsent  = SubjectHeader | SubjectCookie | SubjectXPath
	anyText    = anyAbsent | SubjectText
	anySubject = SubjectJSON | anyText | SubjectLength
)

// MatcherDef is an operation of a matcher.
type MatcherDef struct {
	Name    string
	Operand Operand
	// Subjects are what it may look at.
	Subjects Subject
	// Doc is when it holds, in one sentence.
	Doc string
}

// Matchers are the operations that a matcher is made of.
var Matchers = []MatcherDef{
	{"equals", OperandData, anySubject, "The value is equal: as JSON, or as text where the subject is text."},
	{"not", OperandMatcher, anySubject, "The matcher does not hold."},
	{"exists", OperandBool, SubjectJSON | anyAbsent, "There is such a value (`true`), or none (`false`)."},
	{"type", OperandType, SubjectJSON, "The value is of the type: null, boolean, number, string, array or object."},
	{"contains", OperandText, SubjectJSON | anyText, "The text contains this."},
	{"starts_with", OperandText, SubjectJSON | anyText, "The text begins with this."},
	{"ends_with", OperandText, SubjectJSON | anyText, "The text ends with this."},
	{"matches", OperandRegex, SubjectJSON | anyText, "The regular expression (RE2) is found in the text."},
	{"length", OperandLength, SubjectJSON | anyText, "The number of characters, elements or keys is this."},
	{"gt", OperandNumber, anySubject, "The number is greater."},
	{"gte", OperandNumber, anySubject, "The number is greater or equal."},
	{"lt", OperandNumber, anySubject, "The number is less."},
	{"lte", OperandNumber, anySubject, "The number is less or equal."},
	{"one_of", OperandChoices, anySubject, "The value is equal to one of these."},
	{"each", OperandMatcher, SubjectJSON, "The matcher holds for every element, of which there is at least one."},
	{"any", OperandMatcher, SubjectJSON, "The matcher holds for at least one element."},
	{"unordered", OperandList, SubjectJSON, "The list has exactly these elements, in any order."},
	{"includes", OperandPart, SubjectJSON, "The object or list has at least this."},
	{"format", OperandFormat, SubjectJSON | anyText, "The text is a uuid, date-time, email, uri, ipv4 or ipv6."},
}

// Types are the names of the types of JSON values, the operands of `type`.
var Types = []string{Null.String(), Bool.String(), Number.String(), Text.String(), List.String(), Map.String()}

// Formats are the operands of `format`.
var Formats = []string{"uuid", "date-time", "email", "uri", "ipv4", "ipv6"}

// matcherNames are the names of those Matchers that look at s.
func matcherNames(s Subject) []string {
	var names []string
	for _, m := range Matchers {
		if m.Subjects&s != 0 {
			names = append(names, m.Name)
		}
	}
	return names
}

// findMatcher returns the entry of Matchers with the name, or nil.
func findMatcher(name string) *MatcherDef {
	for i := range Matchers {
		if Matchers[i].Name == name {
			return &Matchers[i]
		}
	}
	return nil
}
