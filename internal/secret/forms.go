package secret

import (
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"html"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
)

// longLine is the length from which a line of a secret of several lines, such
// as a private key, is a secret of its own: output may indent or split lines.
const longLine = 16

// forms returns value in the ways in which it may stand in a request, an answer
// or an error message, each once.
func forms(value string) []string {
	texts := []string{value}
	if trimmed := strings.TrimSpace(value); trimmed != value {
		texts = append(texts, trimmed)
	}
	if strings.ContainsAny(value, "\r\n") {
		for line := range strings.Lines(value) {
			if line = strings.TrimSpace(line); len(line) >= longLine {
				texts = append(texts, line)
			}
		}
	}
	var all []string
	for _, text := range texts {
		once := unique(append(escaped(text), text))
		all = append(all, once...)
		// A server that echoes what it got quotes it once more: JSON in JSON, a
		// URL in JSON, JSON in base64.
		for _, form := range once {
			all = append(all, escaped(form)...)
			all = append(all, base64Forms(form)...)
		}
		digits := hex.EncodeToString([]byte(text))
		all = append(all, digits, strings.ToUpper(digits))
		all = append(all, base32Forms(text)...)
	}
	return unique(all)
}

// plainForms are those of forms that were encoded once, by what carries values from
// one place to another.
func plainForms(value string) []string {
	return unique(slices.Concat([]string{value}, escaped(value), base64Forms(value)))
}

// unique sorts texts and leaves out repeated ones.
func unique(texts []string) []string {
	slices.Sort(texts)
	return slices.Compact(texts)
}

func escaped(text string) []string {
	all := urlForms(text)
	all = append(all, jsonForms(text)...)
	return append(all, markupForms(text)...)
}

// What stays as it is beside letters and digits in a URL.
const (
	keptByPath    = "-._~!$&'()*+,;=:@/" // pchar (RFC 3986, 3.3) and the slash: what begins a path or comes behind it
	keptByQuery   = keptByPath + "?"
	keptByURI     = "-_.!~*'();/?:@&=+$,#" // encodeURI (ECMA-262, 19.2.6.4)
	keptBySegment = "-._~/"                // as many libraries quote a whole path
)

// urlForms are text as a query value and as a path segment, by Go's rules, by
// RFC 3986 (%20 for a space) and by those of browsers; as a part of a whole URL,
// which leaves more as it is; and as a name of a form's part (RFC 7578, 2).
func urlForms(text string) []string {
	query := url.QueryEscape(text)
	strict := strings.ReplaceAll(query, "+", "%20")
	all := []string{
		query, strict, url.PathEscape(text),
		(&url.URL{Path: text}).EscapedPath(),
		strings.NewReplacer("%21", "!", "%27", "'", "%28", "(", "%29", ")", "%2A", "*").Replace(strict),
		strings.NewReplacer("\n", "%0A", "\r", "%0D", `"`, "%22").Replace(text),
	}
	for _, kept := range []string{keptByPath, keptByQuery, keptByURI, keptBySegment} {
		all = append(all, percentEncoded(text, kept))
	}
	for _, form := range all {
		all = append(all, lowerPercent(form))
	}
	return all
}

// percentEncoded encodes all bytes but letters, digits and those that are kept.
func percentEncoded(text, kept string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for _, c := range []byte(text) {
		if '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || strings.IndexByte(kept, c) >= 0 {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'%', digits[c>>4], digits[c&0xf]})
		}
	}
	return b.String()
}

// lowerPercent spells the percent-encodings of an encoded text in lower case.
func lowerPercent(encoded string) string {
	b := []byte(encoded)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i+1:i+3], strings.ToLower(string(b[i+1:i+3])))
		}
	}
	return string(b)
}

// jsonForms are text inside a JSON string as several encoders write it, and
// inside a Go string, which error messages use.
func jsonForms(text string) []string {
	all := []string{unquoted(strconv.Quote(text)), unquoted(strconv.QuoteToASCII(text)), asciiJSON(text)}
	var b strings.Builder
	for _, html := range []bool{true, false} {
		b.Reset()
		encoder := json.NewEncoder(&b)
		encoder.SetEscapeHTML(html)
		if encoder.Encode(text) == nil {
			all = append(all, unquoted(strings.TrimSuffix(b.String(), "\n")))
		}
	}
	for _, form := range all {
		all = append(all, strings.ReplaceAll(form, "/", `\/`))
	}
	return all
}

func unquoted(s string) string { return s[1 : len(s)-1] }

// asciiJSON writes everything outside ASCII as \u escapes.
func asciiJSON(text string) string {
	const digits = "0123456789abcdef"
	encoded, err := json.Marshal(text)
	if err != nil {
		return text
	}
	var b strings.Builder
	for _, r := range unquoted(string(encoded)) {
		if r < 0x80 {
			b.WriteRune(r)
			continue
		}
		for _, u := range utf16.Encode([]rune{r}) {
			b.WriteString(`\u`)
			for shift := 12; shift >= 0; shift -= 4 {
				b.WriteByte(digits[u>>shift&0xf])
			}
		}
	}
	return b.String()
}

// markupForms are text inside XML and HTML.
func markupForms(text string) []string {
	named := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&apos;")
	content := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	all := []string{html.EscapeString(text), named.Replace(text), content.Replace(text)}
	var b strings.Builder
	if xml.EscapeText(&b, []byte(text)) == nil {
		all = append(all, b.String())
	}
	return all
}

// base64Forms are the characters of base64 that hold nothing but text, for each
// of the three ways in which text may lie in the groups of three bytes that
// base64 encodes: "user:" before a password shifts it.
func base64Forms(text string) []string {
	var all []string
	for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for shift := range 3 {
			encoded := enc.EncodeToString([]byte("\x00\x00"[:shift] + text))
			first := (shift*8 + 5) / 6
			last := (shift + len(text)) * 8 / 6
			// To the end, too: where nothing follows text, the last character holds bits of it only.
			for _, form := range []string{encoded[first:last], encoded[first:]} {
				all = append(all, form)
				if strings.ContainsAny(form, "+/") {
					all = append(all, url.QueryEscape(form), lowerPercent(url.QueryEscape(form)), strings.ReplaceAll(form, "/", `\/`))
				}
			}
		}
	}
	return all
}

// base32Forms are the same of base32 (RFC 4648, 6), which encodes groups of five
// bytes, in capitals and in small letters.
func base32Forms(text string) []string {
	var all []string
	for shift := range 5 {
		encoded := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString([]byte("\x00\x00\x00\x00"[:shift] + text))
		first := (shift*8 + 4) / 5
		last := (shift + len(text)) * 8 / 5
		for _, form := range []string{encoded[first:last], encoded[first:]} {
			all = append(all, form, strings.ToLower(form))
		}
	}
	return all
}
