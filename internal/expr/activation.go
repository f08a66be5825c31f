package expr

import (
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	"github.com/apicel/apicel/internal/exchange"
)

// Activation holds the values of one attempt of one query, or of the vars of a
// suite. A zero field is a variable that has no value. It remembers the decoded
// body for all that read it and is for one goroutine at a time; the values in
// it may be shared.
type Activation struct {
	Env      map[string]string
	Vars     map[string]ref.Val
	Secrets  map[string]string
	Captures map[string]ref.Val // reading a name that is missing is an error
	Row      ref.Val
	RowIndex int
	Attempt  int
	Request  *exchange.Request
	Response *exchange.Response
	// Now is the clock, time.Now where nil.
	Now func() time.Time
	// Rand is what uuid and random_int draw from.
	Rand *rand.Rand

	// What was decoded of the answer decodedOf, where it is not zero.
	decodedOf *exchange.Response
	body      ref.Val
	text      *string
	headers   *foldedMap
	links     *foldedMap
	cookies   *cookieMap
}

// Body returns the body of the answer as expressions see it: decoded where the
// content type says JSON or the text is a JSON object or array, else text, and
// null where it is empty. It is decoded once. A body that says it is JSON and
// is not, or is in a charset that is not known, gives an error value.
func (a *Activation) Body() ref.Val {
	a.refresh()
	if a.body == nil {
		a.body = decodeBody(a.Response, a.Text())
	}
	return a.body
}

// Text returns the body of the answer as text, decoded from the charset of its
// content type, without a byte order mark. What is not valid in that, and what is
// not valid UTF-8 where it names none or one that is not known, becomes U+FFFD.
func (a *Activation) Text() string {
	a.refresh()
	if a.text == nil {
		text := decodeText(a.Response)
		a.text = &text
	}
	return *a.text
}

// CheckText says why the answer cannot be read as text, as an *[EvalError], or
// returns nil: it is in a charset that is not known. What reads text or body is
// that error then; [Activation.Text] is for showing what can be shown of it.
func (a *Activation) CheckText() error {
	if fault := charsetFault(a.Response); fault != nil {
		return fault
	}
	return nil
}

// refresh forgets what was decoded from another answer.
func (a *Activation) refresh() {
	if a.decodedOf != a.Response {
		a.decodedOf, a.body, a.text = a.Response, nil, nil
		a.headers, a.links, a.cookies = nil, nil, nil
	}
}

// mapKeys returns the keys of a CEL map as text, sorted unless it came from JSON.
func mapKeys(m traits.Mapper) []string {
	switch m := m.(type) {
	case *nativeMap:
		return mapKeys(m.Mapper)
	case *jsonMap:
		return m.keys()
	case *foldedMap:
		return m.names()
	}
	keys := map[string]bool{}
	for it := m.Iterator(); it.HasNext() == types.True; {
		if s, ok := it.Next().(types.String); ok {
			keys[string(s)] = true
		}
	}
	return slices.Sorted(maps.Keys(keys))
}
