package expr

import "strings"

// xmlPlace is where in an XML document something stands.
type xmlPlace int

const (
	xmlContent xmlPlace = iota
	xmlTag
	xmlSingleQuotes
	xmlDoubleQuotes
	xmlComment
	xmlCDATA
	xmlInstruction
	xmlDoctype
)

// takesInsertion tells whether a value that is escaped stands for itself there.
func (p xmlPlace) takesInsertion() bool {
	return p == xmlContent || p == xmlSingleQuotes || p == xmlDoubleQuotes
}

// misplaced says why no value may be inserted at a place.
var misplaced = map[xmlPlace]fault{
	xmlTag: {
		message: "${ } stands in a tag of the XML, expected between tags or in the quotes of an attribute",
		hint:    `write names as they are, and values in quotes, as in id="${vars.id}"`,
	},
	xmlComment: {
		message: "${ } stands in a comment of the XML, which the value could end",
		hint:    "write it outside of the comment",
	},
	xmlCDATA: {
		message: "${ } stands in CDATA, where the escapes of the value would be text",
		hint:    "leave out <![CDATA[ and ]]>: inserted values are escaped anyway",
	},
	xmlInstruction: {
		message: "${ } stands in a processing instruction of the XML, which the value could end",
		hint:    "write it as it is",
	},
	xmlDoctype: {
		message: "${ } stands in a declaration of the XML, where values have no escapes",
		hint:    "write it as it is",
	},
}

// xmlOpenings are what begins with < and is no tag, the longer first.
var xmlOpenings = []struct {
	text  string
	place xmlPlace
}{{"<!--", xmlComment}, {"<![CDATA[", xmlCDATA}, {"<?", xmlInstruction}, {"<!", xmlDoctype}, {"<", xmlTag}}

// xmlEndings are what ends a place that nothing but that ends.
var xmlEndings = map[xmlPlace]string{
	xmlComment: "-->", xmlCDATA: "]]>", xmlInstruction: "?>", xmlSingleQuotes: "'", xmlDoubleQuotes: `"`,
}

// after returns the place behind text that begins at p. What is inserted changes
// no place, since it is escaped.
func (p xmlPlace) after(text string) xmlPlace {
	for text != "" {
		p, text = p.next(text)
	}
	return p
}

// next returns the place that follows p in the text and what is behind it.
func (p xmlPlace) next(text string) (xmlPlace, string) {
	switch p {
	case xmlContent:
		return afterContent(text)
	case xmlTag:
		return afterTag(text)
	case xmlDoctype:
		return afterDoctype(text)
	}
	_, rest, found := strings.Cut(text, xmlEndings[p])
	switch {
	case !found:
		return p, ""
	case p == xmlSingleQuotes, p == xmlDoubleQuotes:
		return xmlTag, rest
	}
	return xmlContent, rest
}

func afterContent(text string) (xmlPlace, string) {
	i := strings.IndexByte(text, '<')
	if i < 0 {
		return xmlContent, ""
	}
	for _, o := range xmlOpenings {
		if rest, ok := strings.CutPrefix(text[i:], o.text); ok {
			return o.place, rest
		}
	}
	return xmlContent, ""
}

func afterTag(text string) (xmlPlace, string) {
	i := strings.IndexAny(text, `>'"`)
	if i < 0 {
		return xmlTag, ""
	}
	return map[byte]xmlPlace{'>': xmlContent, '\'': xmlSingleQuotes, '"': xmlDoubleQuotes}[text[i]], text[i+1:]
}

// afterDoctype ends behind the > that follows the ] of declarations inside it.
func afterDoctype(text string) (xmlPlace, string) {
	i := strings.IndexAny(text, ">[")
	if i >= 0 && text[i] == '[' {
		if end := strings.IndexByte(text[i:], ']'); end >= 0 {
			return xmlDoctype, text[i+end+1:]
		}
		return xmlDoctype, ""
	}
	if i < 0 {
		return xmlDoctype, ""
	}
	return xmlContent, text[i+1:]
}
