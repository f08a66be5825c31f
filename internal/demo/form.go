package demo

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"slices"
)

// maxParts is how many parts a form may have.
const maxParts = 20

// form is what a multipart body holds (RFC 7578), in the order of its parts.
type form struct {
	files  []*attachment
	fields []field
}

// readForm reads a multipart body. Parts with a file name are files, the others
// are fields.
func readForm(r *http.Request) (*form, error) {
	if _, err := contentType(r, mimeParts); err != nil {
		return nil, err
	}
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, badForm("its content type names no boundary")
	}
	read := &form{fields: []field{}}
	for range maxParts {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return read, nil
		}
		if err != nil {
			return nil, readError(err)
		}
		if err := read.add(part); err != nil {
			return nil, err
		}
	}
	if _, err := parts.NextRawPart(); !errors.Is(err, io.EOF) {
		return nil, badForm("it has more parts than the desk takes")
	}
	return read, nil
}

// readError is the problem of a part that cannot be read.
func readError(err error) error {
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return bodyTooLarge(tooLarge)
	}
	return badForm("its parts do not begin and end as the boundary says")
}

// badForm is the problem of a multipart body that cannot be read.
func badForm(why string) error {
	return fail(http.StatusBadRequest, "invalid_multipart", "the form cannot be read: %s", why)
}

// add reads one part into the form.
func (f *form) add(part *multipart.Part) error {
	data, err := io.ReadAll(part)
	if err != nil {
		return readError(err)
	}
	name, kind := part.FormName(), part.Header.Get("Content-Type")
	if part.FileName() == "" {
		one, err := newField(name, kind, data)
		f.fields = append(f.fields, one)
		return err
	}
	a := &attachment{name: part.FileName(), kind: kind, data: data}
	if slices.ContainsFunc(f.files, func(b *attachment) bool { return b.name == a.name }) {
		return invalid("filename", "two files are called %q", clip(a.name))
	}
	f.files = append(f.files, a)
	return a.check()
}
