package secret

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"unicode/utf8"
)

// MinLength is the number of characters from which a value can be redacted.
// Masking a shorter one would mask ordinary text.
const MinLength = 6

// Redactor replaces the secrets that it was told of in any text, in the forms
// in which they travel: as they are, in base64, hexadecimal, percent-encoded,
// and escaped for JSON, XML and HTML. A nil Redactor redacts nothing. Its
// methods may be called by several goroutines at once.
//
// Every form is at least prefixLength bytes long. A text is scanned once: a
// filter of one bit per hash of a prefix tells where a form may begin, and only
// there the forms with this prefix are compared. The work does not grow with
// the number of secrets, and forms are added without copying what is there.
type Redactor struct {
	known   sync.Map // value → true
	adding  sync.Mutex
	filter  [filterBits / 64]atomic.Uint64
	buckets sync.Map // prefix as uint32 → []form, longest first
	// masklike tells that a form holds a character of Mask, so that masking can
	// make it appear where it was not.
	masklike atomic.Bool
	filled   atomic.Bool
	longest  atomic.Int64 // the length of the longest form, in bytes
}

// form is one way to write a secret.
type form struct {
	text string
	name string
}

const (
	prefixLength = 4
	filterBits   = 1 << 16
)

// NewRedactor returns a Redactor that knows no secret.
func NewRedactor() *Redactor { return &Redactor{} }

// Add makes the redactor replace value from now on. It reports false, and does
// nothing, where value is shorter than MinLength characters. The name is what
// Find gives back.
func (r *Redactor) Add(name, value string) bool {
	if r == nil || utf8.RuneCountInString(value) < MinLength {
		return false
	}
	if _, ok := r.known.Load(value); ok {
		return true
	}
	r.adding.Lock()
	defer r.adding.Unlock()
	for _, text := range forms(value) {
		if len(text) >= MinLength {
			r.add(form{text: text, name: name})
		}
	}
	r.known.Store(value, true)
	r.filled.Store(true)
	return true
}

// add puts the form in its bucket before its bit is set, so that a reader that
// sees the bit finds the form. The caller holds r.adding.
func (r *Redactor) add(f form) {
	prefix := prefixOf(f.text)
	var bucket []form
	if old, ok := r.buckets.Load(prefix); ok {
		bucket = old.([]form)
	}
	if slices.ContainsFunc(bucket, func(b form) bool { return b.text == f.text }) {
		return
	}
	at, _ := slices.BinarySearchFunc(bucket, f, func(a, b form) int { return cmp.Compare(len(b.text), len(a.text)) })
	r.buckets.Store(prefix, slices.Insert(slices.Clone(bucket), at, f))
	if strings.ContainsAny(f.text, Mask) {
		r.masklike.Store(true)
	}
	r.longest.Store(max(r.longest.Load(), int64(len(f.text))))
	bit := hash(prefix)
	r.filter[bit/64].Or(1 << (bit % 64))
}

// Redact returns text with every secret replaced by Mask. Secrets that overlap
// are replaced together. A text without secrets is returned as it is.
func (r *Redactor) Redact(text string) string {
	if r == nil || !r.filled.Load() {
		return text
	}
	redacted, changed := r.redact(text)
	// Ends because a form is longer than the mask that replaces it.
	for changed && r.masklike.Load() {
		redacted, changed = r.redact(redacted)
	}
	return redacted
}

func (r *Redactor) redact(text string) (string, bool) {
	at, f := r.next(text, 0)
	if at < 0 {
		return text, false
	}
	var b strings.Builder
	b.Grow(len(text))
	copied := 0
	for at >= 0 {
		start, end := at, at+len(f.text)
		for at, f = r.next(text, at+1); at >= 0 && at <= end; at, f = r.next(text, at+1) {
			end = max(end, at+len(f.text))
		}
		b.WriteString(text[copied:start])
		b.WriteString(Mask)
		copied = end
	}
	b.WriteString(text[copied:])
	return b.String(), true
}

// RedactPrefix is Redact for the beginning of a longer text. The cut may have
// gone through a secret, so as much of the end as may be left of one is dropped.
func (r *Redactor) RedactPrefix(text string) string {
	if r == nil {
		return text
	}
	text = r.Redact(text)
	return text[:max(0, len(text)-max(0, int(r.longest.Load())-1))]
}

// Find returns the name of a secret that text holds in some form.
func (r *Redactor) Find(text string) (name string, found bool) {
	if r == nil || !r.filled.Load() {
		return "", false
	}
	at, f := r.next(text, 0)
	return f.name, at >= 0
}

// next returns where the next form begins at or after from, and the longest
// form that begins there; -1 if there is none.
func (r *Redactor) next(text string, from int) (int, form) {
	if len(text)-from < prefixLength {
		return -1, form{}
	}
	prefix := prefixOf(text[from:])
	for i := from; ; i++ {
		if bit := hash(prefix); r.filter[bit/64].Load()&(1<<(bit%64)) != 0 {
			if f, ok := r.at(prefix, text[i:]); ok {
				return i, f
			}
		}
		if i+prefixLength >= len(text) {
			return -1, form{}
		}
		prefix = prefix<<8 | uint32(text[i+prefixLength])
	}
}

func (r *Redactor) at(prefix uint32, text string) (form, bool) {
	bucket, ok := r.buckets.Load(prefix)
	if !ok {
		return form{}, false
	}
	for _, f := range bucket.([]form) {
		if strings.HasPrefix(text, f.text) {
			return f, true
		}
	}
	return form{}, false
}

func prefixOf(text string) uint32 {
	return uint32(text[0])<<24 | uint32(text[1])<<16 | uint32(text[2])<<8 | uint32(text[3])
}

// hash spreads a prefix over the bits of the filter (Knuth's multiplicative hashing).
func hash(prefix uint32) uint32 { return prefix * 2654435761 >> 16 }
