package source

import (
	"encoding/asn1"
	"encoding/hex"
	"slices"
	"strings"
)

// attributeNames are the short names of RFC 4514, 3, and the one that RFC 2985
// gives an attribute that certificates often have.
var attributeNames = map[string]string{
	"2.5.4.3": "CN", "2.5.4.7": "L", "2.5.4.8": "ST", "2.5.4.10": "O", "2.5.4.11": "OU", "2.5.4.6": "C", "2.5.4.9": "STREET",
	"0.9.2342.19200300.100.1.25": "DC", "0.9.2342.19200300.100.1.1": "UID", "1.2.840.113549.1.9.1": "emailAddress",
}

// distinguishedName spells the DER of a Name as RFC 4514 has it: the last
// attribute first. pkix.Name forgets the order and some attributes.
func distinguishedName(der []byte) string {
	var sequence []asn1.RawValue
	if rest, err := asn1.Unmarshal(der, &sequence); err != nil || len(rest) > 0 {
		return ""
	}
	var parts []string
	for _, set := range slices.Backward(sequence) {
		parts = append(parts, relativeName(set))
	}
	return strings.Join(parts, ",")
}

// attribute is an AttributeTypeAndValue, its value as it was encoded.
type attribute struct {
	Type  asn1.ObjectIdentifier
	Value asn1.RawValue
}

func relativeName(set asn1.RawValue) string {
	var parts []string
	for rest := set.Bytes; len(rest) > 0; {
		var a attribute
		var err error
		if rest, err = asn1.Unmarshal(rest, &a); err != nil {
			break
		}
		parts = append(parts, a.String())
	}
	return strings.Join(parts, "+")
}

// String spells an attribute whose type has no short name, or whose value is no
// text, by its numbers (RFC 4514, 2.4).
func (a attribute) String() string {
	var text string
	name, known := attributeNames[a.Type.String()]
	if !known {
		name = a.Type.String()
	}
	if _, err := asn1.Unmarshal(a.Value.FullBytes, &text); err != nil || !known {
		return name + "=#" + hex.EncodeToString(a.Value.FullBytes)
	}
	return name + "=" + escapeName(text)
}

func escapeName(text string) string {
	var b strings.Builder
	for i, c := range text {
		edge := (i == 0 && (c == ' ' || c == '#')) || (i == len(text)-1 && c == ' ')
		switch {
		case c < ' ' || c == 0x7f:
			b.WriteString(`\` + hex.EncodeToString([]byte{byte(c)}))
			continue
		case edge || strings.ContainsRune(`"+,;<>\`, c):
			b.WriteByte('\\')
		}
		b.WriteRune(c)
	}
	return b.String()
}

// maxNameText is the number of bytes of a name that a message shows.
const maxNameText = 200

// nameOf spells the DER of a Name for a message.
func nameOf(der []byte) string {
	text := distinguishedName(der)
	switch {
	case text == "":
		return "a name that is empty"
	case len(text) > maxNameText:
		return strings.ToValidUTF8(text[:maxNameText], "") + "…"
	}
	return text
}
