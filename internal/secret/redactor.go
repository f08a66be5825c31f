package secret

import (
	"strings"
	"sync"
	"sync/atomic"
	"unicode/utf8"
)

// MinLength is the number of characters from which a value can be redacted.
// Masking a shorter one would mask ordinary text.
const MinLength = 6

// IsLong tells whether a value has MinLength characters, white space around it
// aside: masking that would mask the indentation of a text.
func IsLong(value string) bool {
	return utf8.RuneCountInString(strings.TrimSpace(value)) >= MinLength
}

// MaxRecent is the number of values that [Redactor.AddRecent] keeps at least:
// when as many have come again, older ones are forgotten.
const MaxRecent = 4096

// Redactor replaces the secrets that it was told of in any text, in the forms
// in which they travel: as they are, in base64, base32, hexadecimal,
// percent-encoded, and escaped for JSON, XML and HTML. A nil Redactor redacts
// nothing. Its methods may be called by several goroutines at once.
//
// A text is scanned once: a filter tells where a form may begin, and only there
// those with the same prefix are looked up. The work does not grow with the
// number of secrets, and forms are added without copying what is there.
type Redactor struct {
	known  table
	recent atomic.Pointer[recents] // nil before AddRecent
	filter atomic.Pointer[filter]  // of all tables; nil before Add
	adding sync.Mutex
	// masklike tells that a form holds a character of Mask, so that masking can
	// make it appear where it was not.
	masklike atomic.Bool
	filled   atomic.Bool
	longest  atomic.Int64 // the length of the longest form, in bytes
}

// recents are the values that came last and those that came before them.
type recents struct{ now, before *table }

// NewRedactor returns a Redactor that knows no secret.
func NewRedactor() *Redactor { return &Redactor{} }

// Add makes the redactor replace value from now on. It reports false, and does
// nothing, where value is shorter than MinLength characters, white space around
// it aside. The name is what Find gives back.
func (r *Redactor) Add(name, value string) bool {
	if r == nil || !IsLong(value) {
		return false
	}
	if r.known.holds(value) {
		return true
	}
	r.adding.Lock()
	defer r.adding.Unlock()
	r.add(&r.known, name, value, forms(value))
	return true
}

// Len is the number of values that were added, recent ones aside.
func (r *Redactor) Len() int {
	if r == nil {
		return 0
	}
	return int(r.known.count.Load())
}

// AddRecent is Add for what only may be a secret and of which there is no end, such
// as the cookies of answers: it is replaced while it is one of the last
// [MaxRecent], and not where it was encoded more than once.
func (r *Redactor) AddRecent(name, value string) bool {
	if r == nil || !IsLong(value) {
		return false
	}
	if all := r.recent.Load(); r.known.holds(value) || all != nil && all.now.holds(value) {
		return true
	}
	r.adding.Lock()
	defer r.adding.Unlock()
	all := r.recent.Load()
	switch {
	case all == nil:
		all = &recents{&table{}, &table{}}
		r.recent.Store(all)
	case all.now.count.Load() >= MaxRecent:
		all = &recents{&table{}, all.now}
		r.recent.Store(all)
		r.filter.Store(union(&r.known.filter, &all.before.filter))
	}
	r.add(all.now, name, value, plainForms(value))
	return true
}

// add is called with r.adding held.
func (r *Redactor) add(to *table, name, value string, forms []string) {
	all := r.filter.Load()
	if all == nil {
		all = &filter{}
		r.filter.Store(all)
	}
	for _, text := range forms {
		if len(text) < MinLength {
			continue
		}
		to.add(form{text: text, name: name})
		all.set(prefixOf(text))
		if strings.ContainsAny(text, Mask) {
			r.masklike.Store(true)
		}
		r.longest.Store(max(r.longest.Load(), int64(len(text))))
	}
	to.note(value)
	r.filled.Store(true)
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
	filter := r.filter.Load()
	prefix := prefixOf(text[from:])
	for i := from; ; i++ {
		if filter.mayHold(prefix) {
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

// at returns the longest form that text, which has this prefix, begins with.
func (r *Redactor) at(prefix uint32, text string) (form, bool) {
	longest, ok := r.known.at(prefix, text)
	all := r.recent.Load()
	if all == nil {
		return longest, ok
	}
	for _, t := range []*table{all.now, all.before} {
		if f, found := t.at(prefix, text); found && len(f.text) > len(longest.text) {
			longest, ok = f, true
		}
	}
	return longest, ok
}
